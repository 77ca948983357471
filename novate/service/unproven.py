"""What the operator does about a batch that does not prove: prove it again, or sequence it again without an action.

The first after whatever refused it was mended; the second where nothing can prove it, and only for that batch: what is
settled stays, and what the contract holds a commitment to is undone only once that could be voided.
"""

from concurrent.futures import TimeoutError as NotYet

from novate.errors import NovateError, Unreachable
from sequencer.contract import ChainRefused, ChainUnreachable
from sequencer.sequencer import Sequencer

PATIENCE = 300.0
"""Seconds that going back may take."""
HASH_BYTES = 32


class Unproven:
    """The batch of a sequencer that does not prove."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    def retry(self, number: int) -> dict:
        """Have a batch proven as if for the first time; raises ``NovateError`` (NOTHING_TO_RETRY)."""
        if not self._sequencer.retry(number):
            raise NovateError("NOTHING_TO_RETRY", f"no attempt to prove batch {number} failed", batch=number)
        return {"batch": number, "mode": self._sequencer.mode}

    def undo(self, number: int, without: str | None) -> dict:
        """Sequence the batches from this one on again, without an action if one is named by its hash.

        Raises ``NovateError`` (BAD_HASH, NOTHING_TO_UNDO, CHAIN_UNREACHABLE, UNDO_SLOW), and ``SequencerError``:
        STILL_COMMITTED, NO_SUCH_ACTION, REWIND_TOO_FAR, HALTED.
        """
        names = frozenset({hash_of(without)} if without else ())
        self._sequencer.halt.check()
        reduction = self._sequencer.halt.reduction
        failed = reduction.numbers.get("batch") if reduction else None
        if number != failed:
            raise NovateError("NOTHING_TO_UNDO", f"batch {number} is not the one that does not prove", failed=failed)
        try:
            self._sequencer.undo(number, names).result(PATIENCE)
        except (ChainUnreachable, ChainRefused) as error:
            raise Unreachable("CHAIN_UNREACHABLE", f"nothing was undone: {error}", fix="novate status") from error
        except NotYet:
            text = f"batch {number} is not undone after {PATIENCE:.0f} s: {self._sequencer.status().trouble}"
            raise NovateError("UNDO_SLOW", text, outcome="unknown", fix="novate status") from None
        return {"batch": number, "without": without, "mode": self._sequencer.mode}


def hash_of(text: str) -> bytes:
    """An action's name; raises ``NovateError`` (BAD_HASH)."""
    try:
        name = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        name = b""
    if len(name) != HASH_BYTES:
        raise NovateError("BAD_HASH", f"a hash has {2 * HASH_BYTES} hexadecimal digits: {text[:80]}")
    return name
