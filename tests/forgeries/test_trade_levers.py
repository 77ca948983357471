"""Forgeries that pull at several chips at once: one tick, one word, one sum of fees, one table for all of them."""

from unittest.mock import patch

from circuits.native import Native
from circuits.prover import Checker
from rollup.actions import CancelItem, PlaceItem, place
from rollup.layout import sheet_column
from rollup.memory import AFTER, BEFORE
from tests.forgeries.forge import Forger, honest
from tests.forgeries.liar import Fill, anything, only, walking
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import long, two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK


@forgery("time: a tick is used once")
def test_two_orders_share_a_tick(native: Native) -> Forged:
    """In two markets, by two accounts: neither comes before the other."""
    world = open_batch(native)
    first = world.place(1, 0, MARK, 3)
    world.engine._state.ticks -= 1
    world.place(2, 0, MARK, 3, market=1)
    return Forged(Forger(world).seal(), {f"used[{first.tick - 1}]": 2})


@forgery("bus: time")
def test_an_order_is_applied_at_no_tick(native: Native) -> Forged:
    """Its tick is not among those in use."""
    world = open_batch(native)
    tick = world.place(1, 0, MARK, 3).tick
    return Forged(Forger(world).seal(), {f"used[{tick - 1}]": 0})


@forgery("bus: time")
def test_an_order_comes_after_all_ticks(native: Native) -> Forged:
    """And so after the fees were paid out."""
    world = open_batch(native)
    world.engine._state.ticks = world.engine._state.size.ticks + 1
    world.place(1, 0, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("bus: authorised")
def test_an_order_is_burned_as_a_withdrawal(native: Native) -> Forged:
    """The kind is part of what was signed."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3, post_only=1)
    forger = Forger(world)
    forger.row("burns")["withdraw"] = 1
    return Forged(forger.seal())


@forgery("bus: cash")
def test_the_sum_of_fees_is_short(native: Native) -> Forged:
    """A micro-unit less than takers and makers paid reaches account 0."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3)
    forger = Forger(world)
    forger.state.fees -= 1
    return Forged(forger.seal())


@forgery("bus: cash")
def test_a_dead_slot_pays_a_fee(native: Native) -> Forged:
    """Account 0 gets the fee of a lot at 1,000 that nobody traded."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3)
    forger = Forger(world)
    forger.state.fees += 1
    fill = {"remaining": 1, "price": 1000, "maker_fee": 1000, "record.remaining": 1, "record.price": 1000}
    fill |= {"position.sell": 1, "fee": 1, "open": 1}
    return Forged(forger.seal(), {f"fills[7].{column}": value for column, value in fill.items()})


@forgery("bus: market")
def test_an_order_pays_the_fees_of_another_market(native: Native) -> Forged:
    """The row of a market that charges nothing is read for one that does."""
    world = two_asks(native)
    market = world.engine._state.markets[0]
    world.engine._state.markets[0] = market._replace(taker_fee=0, maker_fee=0)
    world.place(3, 0, MARK, 3)
    world.engine._state.markets[0] = market
    return Forged(Forger(world).seal())


@forgery("bus: market")
def test_a_market_allows_more_steps(native: Native) -> Forged:
    """A sweep begins earlier than its market says, and fills five orders."""
    world = open_batch(native)
    for _ in range(5):
        world.place(1, 1, MARK, 1)
    market = world.engine._state.markets[0]
    world.engine._state.markets[0] = market._replace(sweep=market.sweep + 1)
    world.place(2, 0, MARK, 5)
    world.engine._state.markets[0] = market
    return Forged(Forger(world).seal())


@forgery("bus: position")
def test_an_order_is_trimmed_to_another_position(native: Native) -> Forged:
    """It may only reduce, and the three lots that there are are said to be seven."""
    world = long(native)
    world.place(3, 0, MARK, 7)
    with patch.object(place, "admitted_size", lambda _, order: order.size):
        world.place(1, 1, MARK, 7, reduce_only=1)
    return Forged(Forger(world).seal(), {"orders[3].position.size": 7})


@forgery("bus: position")
def test_a_trade_moves_no_position(native: Native) -> Forged:
    """The maker is paid, and keeps its lots: sizes do not sum to zero."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3)
    forger = Forger(world)
    position = forger.row("fills")["position"]
    forger.leave(position, size=position[BEFORE][4])
    return Forged(forger.seal())


@forgery("bus: cash")
def test_a_maker_is_paid_more_than_the_taker_pays(native: Native) -> Forged:
    """A micro-unit out of nothing."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3)
    forger = Forger(world)
    cash = forger.row("fills")["cash"]
    forger.leave(cash, cash=cash[AFTER][0] + 1)
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_cancel_item_is_of_another_epoch(native: Native) -> Forged:
    """What its head saw is part of the item."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    world.sheet(1, CancelItem(0, placed.slot, 0, 0), replace=0)
    forger = Forger(world)
    forger.row("cancels")["sheet_epoch"] += 1
    return Forged(forger.seal())


@forgery("bus: item")
def test_an_order_comes_out_of_no_sheet(native: Native) -> Forged:
    """It says that it is an item, and nobody put it."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3)
    forger = Forger(world)
    order = forger.row("orders")
    order["single"] = 0
    forger.forget(order["lane_row"])
    state = forger.state
    state.signed.pop()
    return Forged(forger.seal())


@forgery("bus: lane")
def test_an_order_does_not_advance_its_lane(native: Native) -> Forged:
    """It could be applied again."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3)
    forger = Forger(world)
    lane = forger.row("orders")["lane_row"]
    forger.leave(lane, counter=lane[BEFORE][0])
    return Forged(forger.seal())


@forgery("match: not the taker's own")
def test_an_account_meets_itself_at_both_ends(native: Native) -> Forged:
    """Maker and taker are one account, whose rows both sides move at different steps: cash comes back less the fees."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    with anything(), walking(only(Fill(2))):
        world.place(1, 0, MARK, 2)
    return Forged(Forger(world).seal())


def test_an_item_of_zeros_may_be_there(native: Native, checker: Checker) -> None:
    """Given a live item of zeros, which is no order, when it is burned, then nothing is refused."""
    world = open_batch(native)
    receipt = world.sheet(1)
    forger = Forger(world)
    head = forger.row("sheets")
    head["packed"] = ((0, 0),)
    second = sheet_column(0, 1, head["position"][AFTER][0])
    nothing = {"tick": head["first"], "account": 1, "second": second, "bits": 0, "expiry": receipt.action.expiry}
    forger.rows("item_burns").append(nothing)
    honest(checker, forger.seal())


def test_an_order_may_stand_at_the_tick_of_a_burned_item(native: Native, checker: Checker) -> None:
    """Given an item that is burned, when another order uses its tick, then nothing is refused: a burn uses none."""
    world = funded(native)
    world.begin(MARK, MARK)
    world.place(2, 1, MARK, 3)
    world.sheet(1, PlaceItem(0, 0, 1, 0, MARK, 3))
    forger = Forger(world)
    assert forger.rows("item_burns")
    world.engine._state.ticks -= 1
    world.place(2, 1, MARK + 1, 3)
    honest(checker, forger.seal())
