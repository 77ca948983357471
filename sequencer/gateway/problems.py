"""Errors as the API gives them: from whatever was raised to the one envelope."""

from concurrent.futures import CancelledError

from rollup.refusals import Code, Full, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.gateway import wire
from sequencer.gateway.catalogue import KINDS, NUMBERS, Kind, Own

__all__ = ["Own", "Trouble", "error_of", "kind_of", "listed"]

DOCUMENT = "api.md#errors"
AFTER_MS = 1_000
"""Milliseconds until asking again may help, where no better figure is known."""
RETRY_AFTER_MS = {
    Problem.QUEUE_FULL: 500,
    Problem.PROOFS_BEHIND: 30_000,
    Own.BUSY: 100,
    Problem.HALTED: 5_000,
    Problem.REDUCED: 30_000,
    Problem.STOPPED: 1_000,
    Own.GOING_AWAY: 1_000,
    Own.TOO_MANY_SOCKETS: 5_000,
}
PUBLIC_DETAIL = {Problem.HALTED}
"""Problems whose words may be told to anyone; those of the others may name files."""


class Trouble(Exception):
    """What the gateway itself refuses. ``details`` are the numbers behind it."""

    def __init__(self, code: Own | Code | Problem, message: str = "", after_ms: int | None = None, **details) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.after_ms = after_ms
        self.details = details


def kind_of(code: str) -> Kind:
    """The row of a code; one that is not in the table is a fault of ours."""
    return KINDS.get(code) or KINDS[Own.INTERNAL]


def error_of(problem: BaseException, hash_: str | None = None) -> wire.Error:
    """The envelope's content; what is no Refused, SequencerError or Trouble is INTERNAL and says nothing."""
    if isinstance(problem, Refused):
        return _error(problem.code, "", problem.numbers, hash_=hash_)
    if isinstance(problem, Full):
        return _error(Own.BUSY, "", {"column": problem.column}, hash_=hash_)
    if isinstance(problem, SequencerError):
        details = {name: value for name, value in problem.numbers.items() if isinstance(value, int | str)}
        return _error(problem.code, "", details, hash_=hash_)
    if isinstance(problem, Trouble):
        return _error(problem.code, problem.message, problem.details, problem.after_ms, hash_)
    if isinstance(problem, TimeoutError | CancelledError):
        return _error(Own.UNKNOWN_OUTCOME, "", {}, hash_=hash_)
    return _error(Own.INTERNAL, "", {}, hash_=hash_)


def _error(code: str, message: str, details: dict, after_ms: int | None = None, hash_: str | None = None) -> wire.Error:
    kind = kind_of(code)
    if after_ms is None:
        after_ms = RETRY_AFTER_MS.get(code, AFTER_MS if kind.retry == "after" else None)
    return wire.Error(
        code=str(code) if code in KINDS else str(Own.INTERNAL),
        num=kind.num,
        message=message or kind.message,
        outcome=kind.outcome,
        retry=kind.retry,
        details={
            name: str(value) if isinstance(value, int) and abs(value) >= 1 << 53 else value
            for name, value in details.items()
        },
        doc=f"{DOCUMENT}-{kind.num}",
        retry_after_ms=after_ms,
        hash=hash_,
    )


def listed() -> list[wire.ErrorKind]:
    """Every code, by its number."""
    rows = (
        wire.ErrorKind(
            str(code), kind.num, kind.message, kind.outcome, kind.retry, kind.http, dict(NUMBERS.get(code, {}))
        )
        for code, kind in KINDS.items()
    )
    return sorted(rows, key=lambda row: row.num)
