"""Place: an order that meets the other side of the book and may rest what is left of it."""

from typing import NamedTuple

from rollup import margin, matching
from rollup.actions import checks
from rollup.book import rest
from rollup.layout import (
    FOK,
    GTC,
    LAST_STEP,
    ORDER_LIFETIME,
    PRICE_MAX,
    STEPS,
    book_of,
    order_address,
    position_address,
)
from rollup.quantities import fee_up, reducible, sign
from rollup.receipts import OrderId, Receipt
from rollup.refusals import Code, Ending, Refused
from rollup.state import State
from rollup.words import signed_plan

UNSIGNED = (0, 0)
"""Signature (x of R, S) of an action that nobody has signed yet."""


class Place(NamedTuple):
    """An order. ``side`` 0 buys, 1 sells; ``tif`` is GTC, IOC or FOK; a market order is an IOC with a worst price.

    ``price`` in micro-units per lot, ``size`` in lots, ``expiry`` in seconds; ``client`` is the caller's own mark.
    """

    account: int
    lane: int
    counter: int
    market: int
    side: int
    tif: int
    post_only: int
    reduce_only: int
    price: int
    size: int
    expiry: int
    client: int = 0
    signature: tuple[int, int] = UNSIGNED

    def word(self) -> int:
        """The word that is signed."""
        return PLAN.pack(self)

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (self.word(), domain)


PLAN = signed_plan("place", Place._fields)


def check_terms(state: State, market: int, terms: NamedTuple) -> None:
    """Refuse terms of an order, single or an item of a sheet, that no market could take.

    Raises BAD_TICK, BAD_FIELD.
    """
    price, size, tif = terms.price, terms.size, terms.tif
    rules = state.admission(market)
    if price % rules.tick:
        raise Refused(Code.BAD_TICK, price=price, tick=rules.tick)
    if not 0 < price <= PRICE_MAX:
        raise Refused(Code.BAD_FIELD, price=price)
    if tif > FOK or (terms.post_only and tif != GTC):
        raise Refused(Code.BAD_FIELD, tif=tif, post_only=terms.post_only)
    if size < (1 if terms.reduce_only else rules.minimum):
        raise Refused(Code.BAD_FIELD, size=size, minimum=rules.minimum)


def check(state: State, place: Place) -> None:
    """Refuse at the door."""
    checks.authority(state, place, PLAN)
    check_terms(state, place.market, place)
    if place.tif == GTC and place.expiry > state.clock + ORDER_LIFETIME:
        raise Refused(Code.BAD_FIELD, expiry=place.expiry, latest=state.clock + ORDER_LIFETIME)
    checks.trader(state, place)


def apply(state: State, place: Place) -> Receipt:
    """Match, then rest or drop the remainder, under the account's own signature."""
    return execute(state, place, single=True)


def admitted_size(state: State, place: Place) -> int:
    """Lots that the order may trade: all of them, or what a reduce-only order finds to reduce.

    Raises MARKET_REDUCE_ONLY, REDUCE_ONLY.
    """
    is_open = state.open[place.market]
    if is_open and not place.reduce_only:
        return place.size
    if not place.reduce_only:
        raise Refused(Code.MARKET_REDUCE_ONLY, market=place.market)
    held = state.memory.position.get(position_address(place.account, place.market))[4]
    size = min(place.size, reducible(held, place.side))
    if size < 1:
        raise Refused(Code.REDUCE_ONLY, market=place.market, position=held)
    return size


def execute(state: State, place: Place, single: bool) -> Receipt:
    """One order of a signed word, or of a sheet's item, whose nonce the head has used.

    Raises every refusal of a place, and Full; the caller restores the state.
    """
    size = admitted_size(state, place)
    tick = state.next_tick()
    lane = state.authorise(place, tick) if single else None
    sweep = matching.sweep(state, place, tick, size)
    remaining = sweep.remaining
    if place.post_only and sweep.step != sweep.first_step:
        raise Refused(Code.POST_ONLY_CROSSES, price=place.price)
    if place.tif == FOK and remaining:
        raise Refused(Code.FILL_OR_KILL, size=size, remaining=remaining)
    rests = remaining > 0 and place.tif == GTC and not sweep.head_crosses

    row = _row(state, place, tick, single, sweep)
    if single:
        row["lane_row"] = lane
    order = _settle(state, place, row, size, sweep, remaining if rests else 0)
    state.emit("orders", row)
    if rests:
        code, ending = Code.RESTED, None
    elif remaining == 0:
        code, ending = Code.FILLED, Ending.FILLED
    else:
        code, ending = Code.DROPPED, Ending.SWEEP_LIMIT if sweep.head_crosses else Ending.IOC_REMAINDER
    return Receipt(
        code,
        place,
        tick,
        order=order,
        slot=row["slot"],
        size=size,
        remaining=remaining,
        ending=ending,
        fills=tuple(sweep.fills),
        cost=sweep.cost,
        fee=row["fee"],
        ended=tuple(sweep.ended),
    )


def _row(state: State, place: Place, tick: int, single: bool, sweep: matching.Sweep) -> dict:
    """The slot of the order chip, but for what its last step adds."""
    market = state.markets[place.market]
    return {
        "single": int(single),
        "tick": tick,
        "account": place.account,
        "lane": place.lane,
        "counter": place.counter,
        "market": place.market,
        "side": place.side,
        "ioc": place.tif & 1,
        "fok": place.tif >> 1,
        "post_only": place.post_only,
        "reduce_only": place.reduce_only,
        "price": place.price,
        "size": place.size,
        "expiry": place.expiry,
        "client": place.client,
        "open": state.open[place.market],
        "sweep": market.sweep,
        "taker_fee": market.taker_fee,
        "maker_fee": market.maker_fee,
        "remaining": sweep.remaining,
        "cost": sweep.cost,
        "head_before": sweep.head_before,
        "head_after": sweep.head,
        "end_step": sweep.step,
        "slot": 0,
        "predecessor_slot": 0,
    }


def _settle(state: State, place: Place, row: dict, size: int, sweep: matching.Sweep, rested: int) -> OrderId | None:
    """The order's own accesses after its sweep: what it paid, what it holds, what rests.

    Raises CASH_LIMIT, SIZE_LIMIT, TOO_MANY_ORDERS, BOOK_FULL, MARGIN.
    """
    memory, account, market, side = state.memory, place.account, place.market, place.side
    time = STEPS * row["tick"] + LAST_STEP
    opposite = book_of(market, 1 - side)
    sentinel = order_address(opposite, 0)
    row["sentinel"] = memory.order.write(sentinel, (*memory.order.get(sentinel)[:7], sweep.head), time)
    if sweep.head:
        row["head"] = memory.order.read(order_address(opposite, sweep.head), time)

    cost, direction = sweep.cost, sign(side)
    fee = row["fee"] = fee_up(cost, state.markets[market].taker_fee)
    paid = direction * cost + fee
    cash = memory.cash.get(account)[0]
    row["cash"] = memory.cash.write(account, (cash - paid,), time)
    state.fees += fee

    address = position_address(account, market)
    position = memory.position.get(address)
    epoch, funding, buy, sell, held, count = position
    if side:
        sell += rested
    else:
        buy += rested
    held += direction * (size - sweep.remaining)
    moved = (epoch, funding, buy, sell, held, count + (1 if rested else 0))
    row["position"] = memory.position.write(address, moved, time)
    if rested:
        state.add_cost(account, market, rested * place.price)
    checks.cash_limit(state, account)
    checks.size_limit(moved)

    after = margin.value(state, account)
    order = None
    if rested:
        order = OrderId(account, market, epoch, count)
        record = (account, epoch, count, place.price, place.expiry, place.reduce_only, rested)
        rest(state, row, book_of(market, side), record, time, after.equity)
    if not margin.whole(after):
        before = margin.value(state, account, market, position, paid)
        margin.require_admissible(before, after)
    return order
