"""The sweep: an order meets the head of the other side, step by step, until it is filled, stops or runs out of steps.

Every step fills the head or evicts it for a reason; the reasons are the exact complement of what a fill needs.
"""

from typing import TYPE_CHECKING

from rollup import margin
from rollup.book import raised, traded
from rollup.layout import MARGIN_STEP, MARKET_BITS, MARKETS, STEPS, SWEEP_END, book_of, order_address, position_address
from rollup.quantities import fee_up, reducible, sign
from rollup.receipts import Ended, Fill, OrderId
from rollup.refusals import Ending
from rollup.state import State

if TYPE_CHECKING:
    from rollup.actions.place import Place


class Sweep:
    """A taker on its way through the other side of the book. ``step`` and ``remaining`` move as it goes.

    ``head`` is the slot of the best order left, 0 in an empty book; ``head_crosses`` says whether it is within the
    taker's limit.
    """

    __slots__ = (
        "account",
        "book",
        "cost",
        "ended",
        "fills",
        "first_step",
        "head",
        "head_before",
        "head_crosses",
        "market",
        "open",
        "price",
        "remaining",
        "side",
        "step",
        "tick",
    )

    def __init__(self, state: State, place: "Place", tick: int, size: int) -> None:
        self.account = place.account
        self.market = place.market
        self.side = place.side
        self.price = place.price
        self.tick = tick
        self.remaining = size
        self.cost = 0
        self.book = book_of(place.market, 1 - place.side)
        self.open = state.open[place.market]
        self.head = self.head_before = state.books[self.book].head()
        self.head_crosses = False
        self.step = self.first_step = SWEEP_END - state.markets[place.market].sweep
        self.fills: list[Fill] = []
        self.ended: list[Ended] = []

    def crosses(self, price: int) -> bool:
        """A resting price lies within the taker's limit."""
        return price >= self.price if self.side else price <= self.price

    def row(self, state: State, time: int) -> dict:
        """Columns that every step has, before it is taken."""
        return {
            "time": time,
            "step": self.step,
            "market": self.market,
            "side": self.side,
            "account": self.account,
            "price": self.price,
            "maker_fee": state.markets[self.market].maker_fee,
            "open": self.open,
            "remaining": self.remaining,
            "cost": self.cost,
            "head": self.head,
        }


def sweep(state: State, place: "Place", tick: int, size: int) -> Sweep:
    """Take the best of the other side while it crosses, up to ``size`` lots and the market's budget of steps.

    Raises Full.
    """
    taker = Sweep(state, place, tick, size)
    rows = state.memory.order.rows
    while taker.head:
        record = rows[order_address(taker.book, taker.head)]
        if not taker.crosses(record[3]):
            break
        if not taker.remaining or taker.step >= SWEEP_END:
            taker.head_crosses = True
            break
        _step(state, taker, record)
    return taker


def _step(state: State, taker: Sweep, record: tuple) -> None:
    """Fill the head, or evict it for the first reason that holds."""
    owner, epoch, _, price, expiry, reduce_only, resting, _ = record
    market, side = taker.market, 1 - taker.side
    position = state.memory.position.get(position_address(owner, market))
    reduces = reduce_only or not taker.open
    most = reducible(position[4], side)
    if epoch != position[0]:
        _evict(state, taker, record, position, Ending.VOID)
    elif expiry < state.clock:
        _evict(state, taker, record, position, Ending.EXPIRED)
    elif owner == taker.account:
        _evict(state, taker, record, position, Ending.SELF_TRADE)
    elif reduces and most <= 0:
        _evict(state, taker, record, position, Ending.REDUCE_ONLY)
    else:
        size = min(taker.remaining, resting)
        if reduces and most < size:
            size = most
        cost = price * size
        fee = fee_up(cost, state.markets[market].maker_fee)
        earned = -sign(side) * cost - fee
        moved = traded(position, side, size)
        after = margin.value(state, owner, market, moved, earned)
        if margin.whole(after) or margin.admissible(margin.value(state, owner), after):
            _fill(state, taker, record, moved, size, fee, earned)
        else:
            _evict_for_margin(state, taker, record, position, fee)


def _fill(state: State, taker: Sweep, record: tuple, moved: tuple, size: int, fee: int, earned: int) -> None:
    """Trade ``size`` lots at the maker's price; a record with nothing left leaves the book."""
    memory, market, slot = state.memory, taker.market, taker.head
    owner, epoch, index, price, _, _, resting, following = record
    time = STEPS * taker.tick + taker.step
    left = resting - size
    row = taker.row(state, time)
    row["fee"] = fee
    shrunk = (*record[:6], left, following) if left else memory.order.zero
    row["record"] = memory.order.write(order_address(taker.book, slot), shrunk, time)
    row["position"] = memory.position.write(position_address(owner, market), moved, time)
    row["cash"] = memory.cash.write(owner, (memory.cash.get(owner)[0] + earned,), time)
    state.emit("fills", row)
    state.fees += fee
    cost = price * size
    state.add_cost(owner, market, -cost)
    maker = OrderId(owner, market, epoch, index)
    taker.fills.append(Fill(maker, taker.account, market, taker.side, price, size, fee))
    taker.remaining -= size
    taker.cost += cost
    taker.step += 1
    if not left:
        state.take_out(taker.book, slot, record)
        taker.ended.append(Ended(maker, 1 - taker.side, slot, 0, Ending.FILLED))
        taker.head = following


def _evict(state: State, taker: Sweep, record: tuple, position: tuple, ending: Ending) -> None:
    """Remove the head for a reason that anyone can see."""
    time = STEPS * taker.tick + taker.step
    row = taker.row(state, time)
    row["expired"] = int(ending is Ending.EXPIRED)
    row["own"] = int(ending is Ending.SELF_TRADE)
    row["reduce"] = int(ending is Ending.REDUCE_ONLY)
    _remove_head(state, taker, row, record, position, time, ending)
    state.emit("evicts", row)
    taker.step += 1


def _evict_for_margin(state: State, taker: Sweep, record: tuple, position: tuple, fee: int) -> None:
    """Remove the head because its owner could not bear the fill; the circuit sees all that the owner holds."""
    memory, owner = state.memory, record[0]
    time = STEPS * taker.tick + taker.step
    row = taker.row(state, time)
    parameters = state.markets[taker.market]
    row["fee"] = fee
    row["mark"] = parameters.mark
    row["initial"] = parameters.initial
    row["reserve"] = parameters.reserve
    row["cash"] = memory.cash.read(owner, time)
    base = owner << MARKET_BITS
    row["positions"] = [memory.position.read(base + market, time) for market in range(MARKETS)]
    _remove_head(state, taker, row, record, position, time + 1, Ending.MARGIN)
    state.emit("margin_evicts", row)
    taker.step += MARGIN_STEP


def _remove_head(
    state: State, taker: Sweep, row: dict, record: tuple, position: tuple, time: int, ending: Ending
) -> None:
    memory, market, side, slot = state.memory, taker.market, 1 - taker.side, taker.head
    owner, epoch, index, price, _, _, resting, following = record
    row["record"] = memory.order.write(order_address(taker.book, slot), memory.order.zero, time)
    address = position_address(owner, market)
    if ending is Ending.VOID:
        row["position"] = memory.position.read(address, time)
    else:
        row["position"] = memory.position.write(address, raised(position, side, -resting), time)
        state.add_cost(owner, market, -resting * price)
        taker.ended.append(Ended(OrderId(owner, market, epoch, index), side, slot, resting, ending))
    state.take_out(taker.book, slot, record)
    taker.head = following
