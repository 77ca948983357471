"""What verifier and settlement client say when something cannot be done or does not hold."""


class VerifierError(Exception):
    """A refusal with a stable ``code``, a sentence, and the numbers that failed (``details``)."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details


class ProofRefused(VerifierError):
    """A proof, or a check of a batch, does not hold."""


class Reverted(VerifierError):
    """A contract refused a call; ``message`` is its reason, ``code`` the reason in capitals."""


class ChainUnreachable(VerifierError):
    """The node does not answer, or the program that runs it is not there."""


class BadInput(VerifierError):
    """Something the caller gave is out of range or cannot be read."""
