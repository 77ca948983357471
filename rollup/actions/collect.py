"""Collect: the sequencer sweeps a dead order out of a book. A journaled action of its own, signed by nobody."""

from typing import NamedTuple

from rollup.book import unlink, why_dead
from rollup.layout import MARKETS, SLOT_BITS, book_of
from rollup.receipts import Receipt
from rollup.refusals import Code, Ending, Refused
from rollup.state import State


class Collect(NamedTuple):
    """Names a slot of a book that holds an order which is void, expired, or left with nothing to reduce."""

    market: int
    side: int
    slot: int


def check(state: State, collect: Collect) -> None:
    """Refuse at the door. Raises BAD_FIELD, NOTHING_TO_COLLECT."""
    for name, limit in (("market", MARKETS), ("side", 2), ("slot", 1 << SLOT_BITS)):
        value = getattr(collect, name)
        if value.__class__ is not int or not 0 <= value < limit:
            raise Refused(Code.BAD_FIELD, **{name: value})
    if why_dead(state, book_of(collect.market, collect.side), collect.slot) is None:
        raise Refused(Code.NOTHING_TO_COLLECT, **collect._asdict())


def apply(state: State, collect: Collect) -> Receipt:
    """Unlink the order. Raises Full."""
    number = book_of(collect.market, collect.side)
    ending = why_dead(state, number, collect.slot)
    tick = state.next_tick()
    row = {
        "tick": tick,
        "market": collect.market,
        "side": collect.side,
        "slot": collect.slot,
        "expired": int(ending is Ending.EXPIRED),
        "reduce": int(ending is Ending.REDUCE_ONLY),
    }
    ended = unlink(state, row, number, collect.slot, ending)
    state.emit("collects", row)
    return Receipt(Code.COLLECTED, collect, tick, slot=collect.slot, ended=(ended,) if ended else ())
