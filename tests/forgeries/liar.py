"""An engine that lies: each context makes it break one of its own rules, and do the rest as an honest one then would.

What it writes down is consistent: rows, pages, tree, words and signatures agree with the lie, and only the circuit's
rule against it is in the way. Contexts nest.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from unittest.mock import patch

from rollup import book, margin, matching, pages
from rollup.actions import RULES, Cancel, CancelAll, Place, checks, sheet
from rollup.book import Book
from rollup.layout import FIELD, ROWS, SWEEP_END, order_address, position_address
from rollup.quantities import fee_up, sign
from rollup.refusals import Ending
from rollup.state import State
from tests.worlds.world import World

Signed = Place | Cancel | CancelAll
STOP = "stop"
"""What a step does instead of a step."""


class Fill(NamedTuple):
    """A step that fills so many lots, at the record's price."""

    size: int


def _nothing(*_: object, **__: object) -> None:
    return None


@contextmanager
def anything() -> Iterator[None]:
    """Nothing is refused: no terms of an action, no margin, no limit."""
    with ExitStack() as stack:
        for rules in set(RULES.values()):
            stack.enter_context(patch.object(rules, "check", _nothing))
        for module, name in (
            (checks, "cash_limit"),
            (checks, "size_limit"),
            (margin, "require_admissible"),
        ):
            stack.enter_context(patch.object(module, name, _nothing))
        stack.enter_context(patch.object(book, "in_book", lambda *_: True))
        yield


@contextmanager
def walking(choose: Callable[..., object], *, crosses: bool | None = None) -> Iterator[None]:
    """Takers step as ``choose(taker, record)`` says: ``STOP``, ``Fill(size)``, an ``Ending`` to evict for, or None
    for what an honest engine does. ``crosses`` is then what the order makes of the head that it stopped at.
    """

    def sweep(state: State, order: Place, tick: int, size: int) -> matching.Sweep:
        taker = matching.Sweep(state, order, tick, size)
        while True:
            record = state.memory.order.get(order_address(taker.book, taker.head))
            chosen = choose(taker, record)
            inside = taker.head and taker.crosses(record[3])
            if chosen is STOP or chosen is None and not (inside and taker.remaining and taker.step < SWEEP_END):
                break
            _take(state, taker, record, chosen)
        taker.head_crosses = bool(inside) if crosses is None else crosses
        return taker

    with patch.object(matching, "sweep", sweep):
        yield


def _take(state: State, taker: matching.Sweep, record: tuple, chosen: object) -> None:
    """One step as chosen."""
    if chosen is None:
        matching._step(state, taker, record)
        return
    owner, price, resting = record[0], record[3], record[6]
    position = state.memory.position.get(position_address(owner, taker.market))
    side, fraction = 1 - taker.side, state.markets[taker.market].maker_fee
    size = chosen.size if isinstance(chosen, Fill) else min(taker.remaining, resting)
    cost = price * size
    fee = matching.fee_up(cost, fraction)
    if isinstance(chosen, Fill):
        moved = book.traded(position, side, size)
        matching._fill(state, taker, record, moved, size, fee, -sign(side) * cost - fee)
    elif chosen is Ending.MARGIN:
        matching._evict_for_margin(state, taker, record, position, fee)
    else:
        matching._evict(state, taker, record, position, chosen)


def always(chosen: object) -> Callable[..., object]:
    """Every step does this while there is a head and something is wanted, whatever the head is."""
    return lambda taker, _: chosen if taker.head and taker.remaining else STOP


def once(chosen: object) -> Callable[..., object]:
    """The first step does this; what follows is honest."""
    return lambda taker, _: chosen if taker.step == taker.first_step else None


def only(*chosen: object) -> Callable[..., object]:
    """These steps and no more."""
    steps = dict(enumerate(chosen))
    return lambda taker, _: steps.get(taker.step - taker.first_step, STOP)


@contextmanager
def rounding_down(module: object) -> Iterator[None]:
    """Fees that a module charges come out one micro-unit too low."""
    with patch.object(module, "fee_up", lambda cost, fraction: fee_up(cost, fraction) - 1):
        yield


@contextmanager
def resting(*, at: int | None = None, behind: int | None = None, place: int | None = None) -> Iterator[None]:
    """Orders come to rest in slot ``at``, behind the record in slot ``behind``, at a ``place`` of the list."""
    with ExitStack() as stack:
        if at is not None:
            stack.enter_context(patch.object(Book, "lowest_free", lambda _: at))
        if behind is not None:
            stack.enter_context(patch.object(Book, "before", lambda *_: behind))
        if place is not None:
            stack.enter_context(patch.object(Book, "place_for", lambda *_: place))
        yield


@contextmanager
def between(act: Callable[[], object]) -> Iterator[None]:
    """Something happens, once, between the head of a sheet and its items; nothing is collected for them."""
    acts = [act]

    def clear(*_: object) -> tuple[int, tuple]:
        if acts:
            acts.pop()()
        return 0, ()

    with patch.object(sheet, "_clear_heads", clear):
        yield


@contextmanager
def behind(slot: int) -> Iterator[None]:
    """What is taken out of a book is said to follow the record in this slot; sentinels can be taken out."""
    take_out = State.take_out

    def lying(state: State, book: int, place: int, record: tuple) -> int:
        if place:
            take_out(state, book, place, record)
        return slot

    with patch.object(State, "take_out", lying):
        yield


@contextmanager
def blind(head: int = 0) -> Iterator[None]:
    """Every book seems to begin with the order in slot ``head``, or to be empty."""
    with patch.object(Book, "head", lambda _: head):
        yield


def suppose(world: World, kind: str, address: int, **columns: int) -> None:
    """As if earlier batches had left these columns in a row; between two batches."""
    engine = world.engine
    table = engine._state.memory.tables[kind]
    row = dict(zip(ROWS[kind].columns, table.get(address)))
    table.store(address, tuple({**row, **columns}.values()))
    engine._unhashed = pages.all_pages(engine._state)


def held(world: World, account: int, market: int = 0, **columns: int) -> None:
    """As if earlier batches had left this position."""
    suppose(world, "position", position_address(account, market), **columns)


def misread(action: Signed, **changes: int) -> Signed:
    """The same signed word, read in another way: each named field differs by so much."""
    other = action._replace(**{name: getattr(action, name) + by for name, by in changes.items()})
    assert other.word() == action.word()
    return other


def twice(trace: dict, chip: str) -> dict:
    """The trace with the first row of a chip done twice and undone once."""
    first = trace[chip][0]
    return {**trace, chip: [{**first, "live": 2}, *trace[chip][1:], {**first, "live": -1}]}


def fraction(numerator: int, denominator: int) -> int:
    """A quotient in the field."""
    return numerator * pow(denominator, -1, FIELD) % FIELD
