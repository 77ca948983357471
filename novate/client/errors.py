"""What a client is told when something is not done: one exception for each class of outcome.

Every one carries the API's ``code`` and ``num``, ``outcome`` (rejected, accepted or unknown: whether what was asked can
still take effect), ``retry`` (never, after, or same_bytes), and ``details``, the numbers that failed.
"""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from novate.errors import Exit, NovateError

if TYPE_CHECKING:
    from novate.client.models import Receipt


STALE = 1002
"""Number of NONCE_USED."""
AUTHORITY = {1001, 1101, 1102, 1103, 1104}
"""Numbers of signatures, tokens and origins that are not good."""
TOKENS = {1101, 1102, 1104}
"""Those among them of read tokens."""
MISSING = {1004, 2103, 2108, 2109, 2110, 6001}
"""Numbers of what does not exist, or not yet."""


class ClientError(NovateError):
    """Base of all. ``hash`` names the action, where there is one."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        num: int = 0,
        outcome: str = "rejected",
        retry: str = "never",
        hash: str | None = None,
        retry_after_ms: int | None = None,
        fix: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, message, fix=fix, outcome=outcome)
        self.details = dict(details or {})  # not as keywords: they have whatever names the API gives them
        self.num = num
        self.retry = retry
        self.hash = hash
        self.retry_after_ms = retry_after_ms

    def as_dict(self) -> dict[str, object]:
        """The error object that ``--json`` prints."""
        told = {**super().as_dict(), "num": self.num, "retry": self.retry}
        return {**told, "hash": self.hash} if self.hash else told


class InvalidInput(ClientError, ValueError):
    """What was asked cannot be put in whole ticks, lots or micro-units, or names nothing known. Nothing was sent."""


class FloatRefused(InvalidInput, TypeError):
    """A float came where an exact number belongs. Nothing was sent."""


class Rejected(ClientError):
    """Turned away before it was sequenced: it cannot take effect, its nonce is unused, and asking again is no use."""


class NonceUsed(Rejected):
    """The counter is not above the last one of its lane; the client signs anew some times before it says so."""


class Unauthorised(Rejected):
    """The signature, the key or the token is not the account's."""


class NotFound(Rejected):
    """There is no such market, account, action or batch."""


class Throttled(ClientError):
    """Turned away for now: it cannot take effect, and may be sent again after ``retry_after_ms``."""


class ActionRefused(ClientError):
    """Sequenced and refused by a rule: its nonce is used, nothing else changed. ``receipt`` says which rule and why."""

    def __init__(self, receipt: "Receipt", num: int = 0) -> None:
        numbers: dict[str, object] = dict(receipt.numbers)
        super().__init__(receipt.code, f"the {receipt.kind} was refused", num=num, hash=receipt.hash, details=numbers)
        self.receipt = receipt


class UnknownOutcome(ClientError):
    """No answer, though the action may have arrived. It was sent again, the same bytes, for as long as was allowed.

    ``receipt(hash)`` tells as soon as the server answers; ``resend(error)`` sends the same bytes once more, which can
    never take effect twice. The next action of its lane ends the doubt too: what was not sequenced by then never is.
    """

    def __init__(self, message: str, hashes: Sequence[str], body: bytes, code: str = "UNKNOWN_OUTCOME") -> None:
        first = hashes[0] if hashes else None
        numbers: dict[str, object] = {"hashes": list(hashes)}
        super().__init__(code, message, outcome="unknown", retry="same_bytes", hash=first, details=numbers)
        self.hashes = tuple(hashes)
        self.body = body


class ServerFailed(ClientError):
    """The server broke, or halted, and says so."""


class Unreachable(ClientError):
    """Nobody answers at the address, and nothing was sent."""

    exit_code = Exit.UNREACHABLE


class ProtocolError(ClientError):
    """An answer that is none of this API's."""


class TimedOut(ClientError):
    """What was waited for did not come in time. It may still."""

    exit_code = Exit.TIMEOUT


class StreamClosed(ClientError):
    """The socket is gone and could not be had again."""

    exit_code = Exit.UNREACHABLE


def of_answer(status: int, error: dict) -> ClientError:
    """The exception of an error object of the API."""
    num, outcome = int(error.get("num") or 0), str(error.get("outcome") or "rejected")
    retry = str(error.get("retry") or "never")
    details = {str(name): value for name, value in (error.get("details") or {}).items()}
    return kind_of(status, num, outcome, retry)(
        str(error.get("code", "UNNAMED")),
        str(error.get("message", "")),
        num=num,
        outcome=outcome,
        retry=retry,
        hash=error.get("hash"),
        retry_after_ms=error.get("retry_after_ms"),
        fix=clock_hint(details) if error.get("code") == "EXPIRED" else "",
        details=details,
    )


def clock_hint(details: Mapping[str, object]) -> str:
    """What to do about an action that expired on its way because this machine's clock is behind; empty if it is not."""
    clock = details.get("clock")
    behind = clock - int(time.time()) if isinstance(clock, int) else 0
    return f"this machine's clock is {behind} s behind the sequencer's: set it" if behind > 0 else ""


def kind_of(status: int, num: int, outcome: str, retry: str) -> type[ClientError]:
    """The class of exception of an answer."""
    if num == STALE:
        return NonceUsed
    if num in AUTHORITY or status in (401, 403):
        return Unauthorised
    if num in MISSING or status == 404:
        return NotFound
    if outcome != "rejected" or (status >= 500 and retry == "never"):
        return ServerFailed
    return Rejected if retry == "never" else Throttled
