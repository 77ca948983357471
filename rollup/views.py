"""Read access: what screens, gateways and batchers ask of the state. Nothing here is recorded."""

from collections.abc import Iterator
from typing import NamedTuple

from rollup import margin
from rollup.actions import Collect
from rollup.book import why_dead
from rollup.layout import LANES, MARKETS, ROWS, book_of, lane_address, order_address, position_address
from rollup.receipts import OrderId
from rollup.refusals import Ending
from rollup.state import State, Void

Position = NamedTuple("Position", [(column, int) for column in ROWS["position"].columns])
Position.__doc__ = "An account's row in a market: open totals and signed size in lots, epoch and count of its orders."


class Order(NamedTuple):
    """A resting order. ``ending`` is why it is dead, None while it is live."""

    id: OrderId
    side: int
    slot: int
    price: int
    remaining: int
    expiry: int
    reduce_only: int
    ending: str | None


class Level(NamedTuple):
    """Orders of one price: lots in all, and how many orders."""

    price: int
    size: int
    orders: int


class AccountView(NamedTuple):
    """``equity`` and ``required`` (initial margin, rounded up) in micro-units; ``counters`` of the eight lanes."""

    account: int
    key: tuple[int, int]
    owner: int
    version: int
    cash: int
    equity: int
    required: int
    counters: tuple[int, ...]
    positions: tuple[Position, ...]


def account(state: State, number: int) -> AccountView | None:
    """None for an account that does not exist."""
    if number not in state.keys:
        return None
    memory = state.memory
    _, owner, version = memory.identity.get(number)
    value = margin.value(state, number)
    return AccountView(
        account=number,
        key=state.keys[number],
        owner=owner,
        version=version,
        cash=state.cash(number),
        equity=value.equity,
        required=-(-value.requirement // margin.TWICE),
        counters=tuple(memory.lane.get(lane_address(number, lane))[0] for lane in range(LANES)),
        positions=tuple(position(state, number, market) for market in range(MARKETS)),
    )


def position(state: State, number: int, market: int) -> Position:
    """The row, zeros if there is none."""
    return Position(*state.memory.position.get(position_address(number, market)))


def order(state: State, market: int, side: int, slot: int) -> Order | None:
    """None for a free slot and for the sentinel."""
    number = book_of(market, side)
    owner, epoch, index, price, expiry, reduce_only, remaining, _ = state.memory.order.get(order_address(number, slot))
    if not slot or not remaining:
        return None
    identity = OrderId(owner, market, epoch, index)
    return Order(identity, side, slot, price, remaining, expiry, reduce_only, why_dead(state, number, slot))


def orders(state: State, number: int, market: int) -> list[Order]:
    """Live orders, buys first, best first."""
    found = []
    for side in (0, 1):
        book = state.books[book_of(market, side)]
        owned = state.owned(number, book.number)
        candidates = [order(state, market, side, slot) for slot in book.slots if slot in owned] if owned else []
        found += [candidate for candidate in candidates if candidate and candidate.ending is None]
    return found


def levels(state: State, market: int, side: int, depth: int) -> list[Level]:
    """The best price levels of live orders."""
    found: list[Level] = []
    book = state.books[book_of(market, side)]
    for slot in book.slots:
        if why_dead(state, book.number, slot):
            continue
        record = state.memory.order.get(order_address(book.number, slot))
        price, remaining = record[3], record[6]
        if found and found[-1].price == price:
            last = found.pop()
            found.append(Level(price, last.size + remaining, last.orders + 1))
        elif len(found) == depth:
            break
        else:
            found.append(Level(price, remaining, 1))
    return found


def still_there(state: State, void: Void) -> bool:
    """The void order has not been collected, met or overwritten."""
    return state.memory.order.get(order_address(void.book, void.slot))[:3] == void[2:]


def voided(state: State) -> Iterator[Collect]:
    """Void orders that wait for their collection, oldest first; those at the front that are gone are forgotten."""
    queue = state.voided
    gone = next((place for place, void in enumerate(queue) if still_there(state, void)), len(queue))
    del queue[:gone]
    for void in queue:
        if still_there(state, void):
            yield Collect(void.book >> 1, void.book & 1, void.slot)


def expired(state: State) -> list[Collect]:
    """Every dead order of the books that is not void."""
    found = []
    for book in state.books:
        for slot in book.slots:
            if why_dead(state, book.number, slot) not in (None, Ending.VOID):
                found.append(Collect(book.number >> 1, book.side, slot))
    return found
