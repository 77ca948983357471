"""Forgeries of sweeps: from the head of the book, step by step in one block, to the order that began it."""

from contextlib import contextmanager
from unittest.mock import patch

from circuits.native import Native
from rollup.actions import CancelAll
from rollup.book import void_orders
from rollup.layout import LAST_STEP, STEPS, SWEEP_END
from rollup.memory import AFTER, TIME
from rollup.quantities import fee_up
from rollup.state import State
from tests.forgeries import liar
from tests.forgeries.forge import Forger
from tests.forgeries.liar import STOP, Fill, blind, fraction, held, only, suppose, walking
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK

FIRST = SWEEP_END - 4
"""The step at which sweeps of the test markets begin."""


@forgery("bus: order")
def test_the_head_is_passed_over(native: Native) -> Forged:
    """A taker begins with the second best."""
    world = two_asks(native)
    with blind(2):
        world.place(3, 0, MARK + 1, 2)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_a_book_is_said_to_be_empty(native: Native) -> Forged:
    """A bid rests at a price that is asked, and the asks are cut off."""
    world = two_asks(native)
    with blind(0):
        world.place(3, 0, MARK + 1, 2)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_a_fill_is_at_the_takers_price(native: Native) -> Forged:
    """The taker bids more than is asked, and pays it."""
    world = two_asks(native)
    world.place(3, 0, MARK + 900, 2)
    forger = Forger(world)
    fill, order = forger.row("fills"), forger.row("orders")
    cost, old = 2 * (MARK + 900), 2 * MARK
    fees = fee_up(cost, 500), fee_up(cost, 1000)
    forger.leave(fill["cash"], cash=fill["cash"][AFTER][0] + cost - old - fees[0] + fill["fee"])
    forger.leave(order["cash"], cash=order["cash"][AFTER][0] - cost + old - fees[1] + order["fee"])
    forger.state.fees += sum(fees) - fill["fee"] - order["fee"]
    fill["fee"], order["fee"], order["cost"] = *fees, cost
    return Forged(forger.seal(), {"fills[0].record.price": MARK + 900})


@forgery("bus: order")
def test_a_filled_order_keeps_what_it_had(native: Native) -> Forged:
    """Two of its three lots are sold, and it still offers three."""
    world = two_asks(native)
    world.place(3, 0, MARK, 2)
    forger = Forger(world)
    forger.leave(forger.row("fills")["record"], remaining=3)
    return Forged(forger.seal())


@forgery("bus: order")
def test_the_sentinel_sells_a_lot(native: Native) -> Forged:
    """It asks nothing, and a taker that meets it in an empty book gets a lot of account 0 for that."""
    world = funded(native)
    held(world, 0, sell=1)
    suppose(world, "cash", 0, cash=10**9)
    world.begin(MARK, MARK)
    take_out = State.take_out
    with (
        walking(only(Fill(1))),
        patch.object(State, "take_out", lambda state, book, slot, row: slot and take_out(state, book, slot, row)),
    ):
        world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_a_good_head_is_left_behind(native: Native) -> Forged:
    """A taker ends before the second, which does not cross, having met neither."""
    world = two_asks(native)

    def past(taker, _):
        taker.head = 2
        return STOP

    with walking(past, crosses=False):
        world.place(3, 0, MARK, 2)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_a_book_begins_with_what_was_removed(native: Native) -> Forged:
    """A filled order's slot remains the head."""
    world = two_asks(native)

    def kept(taker, _):
        if taker.remaining:
            return None
        taker.head = 1
        return STOP

    with walking(kept, crosses=False):
        world.place(3, 0, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_a_trade_that_nobody_pays(native: Native) -> Forged:
    """A step more, after the end of the sweep: a maker is paid, and nobody has bought."""
    world = two_asks(native)

    def haunted(taker, record):
        if taker.step == FIRST:
            return None
        before = taker.remaining, taker.cost, taker.step, taker.head
        taker.remaining = 1
        liar._take(world.engine._state, taker, record, Fill(1))
        taker.remaining, taker.cost, taker.step, taker.head = before
        return STOP

    with walking(haunted):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_a_taker_pays_less_than_it_traded(native: Native) -> Forged:
    """The cost at the end of the sweep is one less."""
    world = two_asks(native)

    def cheaper(taker, _):
        if taker.remaining:
            return None
        taker.cost -= 1
        return STOP

    with walking(cheaper):
        world.place(3, 0, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_a_taker_gets_more_than_it_traded(native: Native) -> Forged:
    """Nothing remains of it at the end of a sweep that left one lot."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)

    def filled(taker, _):
        if taker.head:
            return None
        taker.remaining = 0
        return STOP

    with walking(filled):
        world.place(3, 0, MARK, 4)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_a_step_is_of_another_taker(native: Native) -> Forged:
    """Account 1 meets its own order under the number of account 4, and trades with itself."""
    world = open_batch(native)
    world.place(1, 1, MARK, 1)
    with walking(only(Fill(1))):
        world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal(), {"fills[0].account": 4})


@forgery("bus: sweep")
def test_a_step_charges_the_maker_nothing(native: Native) -> Forged:
    """The fraction that the fill charges is 0, not the market's."""
    world = two_asks(native)
    market = world.engine._state.markets[0]
    world.engine._state.markets[0] = market._replace(maker_fee=0)
    world.place(3, 0, MARK, 1)
    world.engine._state.markets[0] = market
    forger = Forger(world)
    forger.row("orders")["maker_fee"] = market.maker_fee
    return Forged(forger.seal())


@forgery("bus: sweep")
def test_two_orders_end_each_others_sweep(native: Native) -> Forged:
    """Of one account, at one price, in one market, one tick apart."""
    world = open_batch(native)
    world.place(3, 0, MARK, 2)
    world.place(3, 0, MARK, 2)
    ends = {"orders[0].end_step": STEPS + FIRST, "orders[1].end_step": FIRST - STEPS}
    return Forged(Forger(world).seal(), ends)


@forgery("bus: sweep")
def test_a_sweep_is_said_to_have_met_its_limit(native: Native) -> Forged:
    """No step was taken, and the order ends at the last: what crosses is dropped."""
    world = two_asks(native)

    def late(taker, _):
        taker.step = SWEEP_END
        return STOP

    with walking(late):
        world.place(3, 0, MARK, 2)
    return Forged(Forger(world).seal())


@contextmanager
def cancelling(world, account: int, step: int):
    """Takers let an account cancel all its orders at a step, at a tick that is no whole number."""
    state = world.engine._state

    def let(taker, _):
        if taker.step == step:
            action = world.signed(CancelAll, account, market=0, expiry=world.expiry())
            tick = state.next_tick()
            state.ticks -= 1
            names = ("account", "lane", "counter", "market", "expiry")
            row = {name: getattr(action, name) for name in names} | {"lane_row": state.authorise(action, tick)}
            row["position"], _ = void_orders(state, account, 0, tick)
            for name in ("position", "lane_row"):
                row[name][TIME] = STEPS * taker.tick + step - 1
            row["tick"] = taker.tick - fraction(LAST_STEP - step + 1, STEPS)
            state.emit("cancel_alls", row)
        return

    with walking(let):
        yield


@forgery("bus: time")
def test_a_maker_cancels_between_two_steps(native: Native) -> Forged:
    """The second order of two that would be filled is gone when the taker comes to it."""
    world = two_asks(native)
    with cancelling(world, 2, FIRST + 1):
        world.place(3, 0, MARK + 1, 6)
    return Forged(Forger(world).seal())
