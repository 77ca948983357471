"""What a user is told when something cannot be done."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command; they never change meaning."""

    OK = 0
    FAILED_CHECK = 1
    """A check that the command makes did not hold, or its input was refused."""
    USAGE = 2
    """The command line itself is wrong."""
    UNREACHABLE = 3
    """A chain, a file or a tool that is needed could not be reached."""
    VERIFICATION_FAILED = 4
    """A proof, a batch or a root is not what it claims to be."""
    TIMEOUT = 5
    BROKEN = 70
    """Broken by accident: an error of ours, never the answer to a question."""
    INTERRUPTED = 130
    """By SIGINT, as shells have it."""


class NovateError(Exception):
    """A refusal with a stable ``code``, the numbers that failed (``details``), and what mends it (``fix``).

    ``outcome`` says whether what was asked can still take effect: ``rejected``, ``accepted`` or ``unknown``.
    """

    exit_code = Exit.FAILED_CHECK

    def __init__(self, code: str, message: str, *, fix: str = "", outcome: str = "rejected", **details: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fix = fix
        self.outcome = outcome
        self.details = details

    def as_dict(self) -> dict[str, object]:
        """The error object that ``--json`` prints."""
        fields = {"code": self.code, "message": self.message, "outcome": self.outcome, "details": self.details}
        return {**fields, "fix": self.fix} if self.fix else fields


class Unreachable(NovateError):
    """Something outside that is needed does not answer or is not there."""

    exit_code = Exit.UNREACHABLE


class VerificationFailed(NovateError):
    """A proof, a batch or a root was refused."""

    exit_code = Exit.VERIFICATION_FAILED
