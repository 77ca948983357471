"""Forgeries of bits and widths that nothing in a live slot could make use of, and of slots that act twice less once.

A dead slot is the prover's to fill. Where a rule on it is alone in the way, other rules close what a live one could do
with it: a side of 2 names a book whose sentinel has another price, a market of 8 has no book.
"""

from circuits.native import Native
from rollup.footprint import BOOK_SHIFT
from rollup.layout import IOC, NEVER, STEPS, SWEEP_END, order_address
from tests.forgeries.forge import Forger
from tests.forgeries.liar import twice
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import evicted, strained
from tests.worlds.scenes import CASH, open_batch
from tests.worlds.world import MARK, World


def dead(native: Native, **columns: int) -> Forged:
    """An empty batch, of which the last slot of an order, quote, cancel or collect has these columns."""
    last = {"orders": 9, "quotes": 5, "cancels": 2, "collects": 3}
    named = (name.split("__") + [value] for name, value in columns.items())
    overrides = {f"{chip}[{last[chip]}].{column}": value for chip, column, value in named}
    return Forged(Forger(open_batch(native)).seal(), overrides)


@forgery("order: side is a bit")
def test_an_orders_side_is_two(native: Native) -> Forged:
    """A third side."""
    return dead(native, orders__side=2)


@forgery("order: fill-or-kill is a bit")
def test_fill_or_kill_is_minus_one(native: Native) -> Forged:
    """Beside immediate-or-cancel it leaves neither."""
    return dead(native, orders__ioc=1, orders__fok=-1)


@forgery("order: single is a bit")
def test_an_order_is_single_twice(native: Native) -> Forged:
    """It would take two words and give back an item."""
    return dead(native, orders__single=2)


@forgery("quote: side is a bit")
def test_a_quotes_side_is_two(native: Native) -> Forged:
    """A third side."""
    return dead(native, quotes__side=2)


@forgery("quote: market fits")
def test_a_quotes_market_is_another_accounts(native: Native) -> Forged:
    """4,096 markets are an account."""
    return dead(native, quotes__market=4096)


@forgery("cancel: single is a bit")
def test_a_cancel_is_single_twice(native: Native) -> Forged:
    """It would take two words and give back an item."""
    return dead(native, cancels__single=2)


@forgery("cancel: market fits")
def test_a_cancel_is_in_a_ninth_market(native: Native) -> Forged:
    """There are eight."""
    return dead(native, cancels__market=8)


@forgery("collect: market fits")
def test_a_collect_is_in_a_ninth_market(native: Native) -> Forged:
    """There are eight."""
    return dead(native, collects__market=8)


@forgery("order: live is a bit")
def test_an_order_is_applied_twice_less_once(native: Native) -> Forged:
    """Two of it, less one; its nonce leaves room for a second."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    world._counters[2, 0] = 1
    world.place(2, 0, MARK, 2, tif=IOC)
    trace = Forger(world).seal()
    first, second = trace["orders"]
    return Forged(twice({**trace, "orders": [second, first]}, "orders"))


@forgery("fill: live is a bit")
def test_an_order_changes_between_a_fill_and_its_undoing(native: Native) -> Forged:
    """In the last second there is, an order that never expires is filled, and one that has expired is unfilled.

    Nobody trades, and the order's owner finds it expired.
    """
    world = World(native)
    world.clock = NEVER - 30
    world.begin(MARK, MARK)
    world.deposit(1, CASH)
    world.seal()
    world.begin(MARK, MARK)
    slot = world.place(1, 1, MARK, 3, expiry=NEVER).slot
    world.seal()
    world.begin(MARK, MARK)
    state = world.engine._state
    address = order_address(1, slot)
    before = state.memory.order.get(address)
    after = (*before[:4], 0, *before[5:])
    state.footprint.touch_book(1 << BOOK_SHIFT)
    state.memory.order.store(address, after)
    trace = Forger(world).seal()
    trace["books"][0]["rows"][slot] = [0, list(before), list(after)]
    step = SWEEP_END - 4
    fill = {
        "live": 1,
        "time": STEPS + step,
        "step": step,
        "market": 0,
        "side": 0,
        "account": 4,
        "price": MARK,
        "maker_fee": 500,
        "open": 1,
        "remaining": 3,
        "cost": 0,
        "head": slot,
        "fee": 150,
        "position": [0, 0, 0, 0, 3, 0, 1],
        "cash": [0, 0],
    }
    trace["fills"] = [{**fill, "record": [0, *before]}, {**fill, "live": -1, "record": [0, *after]}]
    return Forged(trace)


@forgery("cancel all: live is a bit")
def test_a_cancel_all_is_applied_twice_less_once(native: Native) -> Forged:
    """Two of it, less one; the smallest class has a slot for one."""
    world = open_batch(native, size_class="S")
    world._counters[1, 0] = 1
    world.cancel_all(1)
    return Forged(twice(Forger(world).seal(), "cancel_alls"))


@forgery(
    "evict margin: live is a bit",
    along=("evict margin: not a cheap reason: maker is not expired", "evict: the maker would not be whole"),
)
def test_an_eviction_for_margin_is_made_twice_less_once(native: Native) -> Forged:
    """Two of it, less one; the smallest class has a slot for one.

    No expiry is good for two, and a maker that could not bear the fill could bear minus one of it. Which reason
    is given for it is free, so there it is a false one: that the maker sinks below a sixteenth.
    """
    trace = evicted(strained(native, size_class="S")).seal()
    return Forged(twice(trace, "margin_evicts"), lies={"evict: reason#1": [1, 1]})
