"""Forgeries of orders: who may place them, how much they want, and what their time in force and the widths ask."""

from unittest.mock import patch

from circuits.native import Native
from rollup.actions import place
from rollup.layout import CASH_BITS, FOK, INDEX_BITS, IOC
from tests.forgeries.forge import Forger
from tests.forgeries.liar import (
    Fill,
    anything,
    fraction,
    held,
    only,
    rounding_down,
    suppose,
    walking,
)
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import HALF, cheap, long, two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK

CROSSES = "sign: stop: exactly whether the head crosses#"
TRIM = "sign: trim: to the position#"


@forgery("order: not the fee account")
def test_the_fee_account_trades(native: Native) -> Forged:
    """Account 0 has been paid enough to buy."""
    world = funded(native)
    suppose(world, "cash", 0, cash=10**9)
    world.begin(MARK, MARK)
    world.place(1, 1, MARK, 3)
    with anything():
        world.place(0, 0, MARK, 5)
    return Forged(Forger(world).seal())


@forgery("place: market takes it")
def test_an_order_opens_risk_in_a_market_that_is_not_open(native: Native) -> Forged:
    """The mark is older than its limit of age, and an order that is not reduce-only rests."""
    world = funded(native)
    world.begin(seconds=601)
    with patch.object(place, "admitted_size", lambda _, order: order.size):
        world.place(1, 0, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("bus: market")
def test_a_stale_market_is_said_to_be_open(native: Native) -> Forged:
    """Open is a column of the order; the table of markets has another."""
    world = funded(native)
    world.begin(seconds=601)
    world.engine._state.open[0] = 1
    world.place(1, 0, MARK, 3)
    world.engine._state.open[0] = 0
    return Forged(Forger(world).seal())


@forgery("trim: to the position")
def test_a_reduce_only_taker_turns_its_position_round(native: Native) -> Forged:
    """Seven are sold of the three that there are."""
    world = long(native)
    world.place(3, 0, MARK, 7)
    with patch.object(place, "admitted_size", lambda _, order: order.size):
        world.place(1, 1, MARK, 7, reduce_only=1)
    return Forged(Forger(world).seal(), lies={TRIM + "3": [0]})


@forgery("trim: to the position")
def test_a_reduce_only_taker_is_trimmed_at_will(native: Native) -> Forged:
    """One is sold of three: four times 3/2 is six beyond the position in place of four."""
    world = long(native)
    world.place(3, 0, MARK, 7)
    with patch.object(place, "admitted_size", lambda *_: 1):
        world.place(1, 1, MARK, 7, reduce_only=1)
    return Forged(Forger(world).seal(), lies={TRIM + "3": [fraction(3, 2)]})


@forgery("place: something is wanted")
def test_an_order_for_nothing_is_applied(native: Native) -> Forged:
    """A reduce-only order without a position uses up its nonce as if it had been filled."""
    world = open_batch(native)
    with patch.object(place, "admitted_size", lambda *_: 0):
        world.place(1, 1, MARK, 7, reduce_only=1)
    return Forged(Forger(world).seal())


@forgery("stop: exactly whether the head crosses")
def test_a_taker_stops_early_and_rests(native: Native) -> Forged:
    """It denies that the head crosses, and the book is locked."""
    world = two_asks(native)
    with walking(only(), crosses=False):
        world.place(3, 0, MARK, 3)
    return Forged(Forger(world).seal(), lies={CROSSES + "2": [0]})


@forgery("stop: exactly whether the head crosses")
def test_a_remainder_that_would_rest_is_dropped(native: Native) -> Forged:
    """Four steps met the limit, and the next head is said to cross: so what is left is dropped."""
    world = open_batch(native)
    for price in (MARK, MARK, MARK, MARK, MARK + 1):
        world.place(1, 1, price, 1)
    with walking(lambda *_: None, crosses=True):
        world.place(3, 0, MARK, 9)
    return Forged(Forger(world).seal(), lies={CROSSES + "5": [1]})


@forgery("stop: a taker that wants more met the sweep limit")
def test_a_taker_stops_early_and_is_dropped(native: Native) -> Forged:
    """The head crosses, and the sweep ends before its limit."""
    world = two_asks(native)
    with walking(only(Fill(3))):
        world.place(3, 0, MARK + 1, 6)
    return Forged(Forger(world).seal())


@forgery("stop: a taker that wants more met the sweep limit")
def test_a_taker_does_not_begin(native: Native) -> Forged:
    """An order to buy at what is asked is dropped at once."""
    world = two_asks(native)
    with walking(only()):
        world.place(3, 0, MARK + 1, 6)
    return Forged(Forger(world).seal())


@forgery("tif: fill or kill")
def test_a_part_of_fill_or_kill_is_filled(native: Native) -> Forged:
    """Six of seven."""
    world = two_asks(native)
    with anything(), patch.object(place, "FOK", None):
        world.place(3, 0, MARK + 1, 7, tif=FOK)
    return Forged(Forger(world).seal())


@forgery("tif: post only")
def test_a_post_only_order_takes_first(native: Native) -> Forged:
    """It fills three, and rests with the others."""
    world = two_asks(native)

    def honest(taker, _):
        taker.first_step = taker.step
        return

    with walking(honest):
        world.place(3, 0, MARK, 7, post_only=1)
    return Forged(Forger(world).seal())


@forgery("tif: post only")
def test_a_post_only_order_does_not_rest(native: Native) -> Forged:
    """It is immediate-or-cancel at once, which no order can be."""
    world = open_batch(native)
    with anything():
        world.place(3, 0, MARK, 7, post_only=1, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("fee: taker, rounded up")
def test_a_taker_fee_is_rounded_down(native: Native) -> Forged:
    """A notional that a thousandth does not divide, and a micro-unit less than the fee."""
    world = open_batch(native)
    world.place(1, 1, MARK + 1, 1)
    with rounding_down(place):
        world.place(2, 0, MARK + 1, 1)
    return Forged(Forger(world).seal())


@forgery("order: within the width of cash")
def test_a_taker_gets_more_than_cash_can_hold(native: Native) -> Forged:
    """A seller's cash is nine below the end of its width."""
    world = open_batch(native)
    world.place(1, 0, MARK, 1)
    world.seal()
    suppose(world, "cash", 2, cash=2 ** (CASH_BITS - 1) - 9)
    world.begin(MARK, MARK)
    with anything():
        world.place(2, 1, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("order: within the widths")
def test_an_order_to_buy_could_not_be_filled(native: Native) -> Forged:
    """The largest position there is, and a lot more."""
    world = cheap(native)
    world.seal()
    held(world, 1, size=HALF - 1)
    world.begin(1, 1)
    with anything():
        world.place(1, 0, 1, 1)
    return Forged(Forger(world).seal())


@forgery("order: within the widths")
def test_an_order_to_sell_could_not_be_filled(native: Native) -> Forged:
    """The shortest position there is, and a lot more."""
    world = cheap(native)
    world.seal()
    held(world, 1, size=-HALF)
    suppose(world, "cash", 1, cash=2**58)
    world.begin(1, 1)
    with anything():
        world.place(1, 1, 1, 1)
    return Forged(Forger(world).seal())


@forgery("order: count")
def test_an_index_is_wider_than_its_field(native: Native) -> Forged:
    """2^24 orders since the epoch rose."""
    world = funded(native)
    held(world, 1, count=2**INDEX_BITS - 1)
    world.begin(MARK, MARK)
    with anything():
        world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal())
