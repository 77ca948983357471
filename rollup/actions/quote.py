"""Quote: a post-only item of a sheet. It rests or it is refused, and moves no money."""

from rollup import margin
from rollup.actions import checks
from rollup.actions.place import Place
from rollup.book import raised, rest
from rollup.layout import GTC, LAST_STEP, STEPS, book_of, order_address, position_address
from rollup.receipts import OrderId, Receipt
from rollup.refusals import Code, Refused
from rollup.state import State


def is_quote(place: Place) -> bool:
    """The item goes through the quote chip, not through the order chip."""
    return bool(place.post_only) and place.tif == GTC and not place.reduce_only


def execute(state: State, place: Place) -> Receipt:
    """Rest the whole item behind a head that it does not cross.

    Raises MARKET_REDUCE_ONLY, POST_ONLY_CROSSES, CASH_LIMIT, SIZE_LIMIT, TOO_MANY_ORDERS, BOOK_FULL, MARGIN and
    Full; the caller restores the state.
    """
    account, market, side, price, size = place.account, place.market, place.side, place.price, place.size
    memory, opposite = state.memory, book_of(market, 1 - side)
    if not state.open[market]:
        raise Refused(Code.MARKET_REDUCE_ONLY, market=market)
    head = state.books[opposite].head()
    if head:
        best = memory.order.get(order_address(opposite, head))[3]
        if price <= best if side else price >= best:
            raise Refused(Code.POST_ONLY_CROSSES, price=price, best=best)
    tick = state.next_tick()
    time = STEPS * tick + LAST_STEP
    row = {
        "tick": tick,
        "account": account,
        "market": market,
        "side": side,
        "price": price,
        "size": size,
        "expiry": place.expiry,
        "sentinel": memory.order.read(order_address(opposite, 0), time),
    }
    if head:
        row["head"] = memory.order.read(order_address(opposite, head), time)
    address = position_address(account, market)
    position = memory.position.get(address)
    more = raised(position, side, size)
    epoch, count = position[0], position[5]
    moved = (*more[:5], count + 1)
    row["position"] = memory.position.write(address, moved, time)
    state.add_cost(account, market, size * price)
    checks.cash_limit(state, account)
    checks.size_limit(moved)
    after = margin.value(state, account)
    record = (account, epoch, count, price, place.expiry, 0, size)
    rest(state, row, book_of(market, side), record, time, after.equity)
    if not margin.whole(after):
        margin.require_admissible(margin.value(state, account, market, position), after)
    state.emit("quotes", row)
    order = OrderId(account, market, epoch, count)
    return Receipt(Code.RESTED, place, tick, order=order, slot=row["slot"], size=size, remaining=size)
