"""Ways past the engine's own refusals: what an honest sequencer would not apply, a liar does.

Each of them ends in a state and a trace that agree with each other, so that the circuit alone is left to say no.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from rollup import pages
from rollup.actions import Advance, Report, advance
from rollup.layout import FIELD, ROWS, pack
from tests.forgeries.forge import Forger
from tests.worlds.world import World


def force_open(world: World, clock: int, reports: Sequence[Report] = ()) -> None:
    """Open a batch at any clock, with any reports."""
    world.clock = clock
    engine = world.engine
    engine._advanced = advance.apply(engine._state, Advance(clock, tuple(reports)))
    engine._receipts = []


@contextmanager
def pretend(forger: Forger, kind: str, address: int, **columns: int) -> Iterator[None]:
    """Let a row read otherwise for as long as something is applied; then carry the true row through what was done."""
    table = forger.state.memory.tables[kind]
    true = forger._first(table, address)
    named = dict(zip(ROWS[kind].columns, true))
    forger._ripple(table, address, tuple({**named, **columns}.values()))
    yield
    forger._ripple(table, address, true)


@contextmanager
def rich(forger: Forger, *accounts: int, cash: int = 10**12) -> Iterator[None]:
    """Let accounts have so much more cash for a moment that no margin stands in their way."""
    table = forger.state.memory.cash
    true = {account: forger._first(table, account) for account in accounts}
    for account, (held,) in true.items():
        forger._ripple(table, account, (held + cash,))
    yield
    for account, row in true.items():
        forger._ripple(table, account, row)


def seal(forger: Forger) -> dict:
    """The trace of a batch in which cells of the system and market page hold fields of any sign and length."""
    with patch.object(pages, "pack", lambda fields, values: pack(fields, values) % FIELD):
        return forger.seal()


def rehash(world: World) -> None:
    """Between two batches: make the tree that of the state, which was changed by hand."""
    world.engine._unhashed = pages.all_pages(world.engine._state)


def reread(world: World, market: int, **fields: int) -> None:
    """Read a market's cell otherwise, from the beginning of a batch without reports on."""
    engine = world.engine
    state = engine._state
    state.markets[market] = state.markets[market]._replace(**fields)
    before = list(engine._advanced.markets)
    before[market] = before[market]._replace(**fields)
    engine._advanced = engine._advanced._replace(markets=tuple(before))
    state._judge_markets()


def remark(world: World, market: int, median: int, taken: bool = True) -> None:
    """Another median than the reports have, taken for a mark or left alone."""
    engine = world.engine
    state = engine._state
    medians = list(engine._advanced.medians)
    medians[market] = median
    engine._advanced = engine._advanced._replace(medians=tuple(medians))
    old = engine._advanced.markets[market]
    state.markets[market] = old._replace(mark=median, price_time=state.system.round) if taken else old
    state._judge_markets()


def doubled(trace: dict, chip: str, place: int = 0, *, of: int = 1) -> dict:
    """A row live twice, and minus once in the next slot: what it does is done once in all.

    Or not at all, if ``of`` is 0: it is live once, and the next slot takes it back.
    """
    rows = trace[chip]
    rows.insert(place + 1, {**rows[place], "live": -1})
    rows[place] = {**rows[place], "live": 1 + of}
    return trace
