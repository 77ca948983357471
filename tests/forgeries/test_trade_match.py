"""Forgeries of fills: a step takes the head of the other side, at its price, and as much as possible."""

from unittest.mock import patch

from circuits.native import Native
from rollup import matching
from rollup.layout import CASH_BITS
from rollup.refusals import Ending
from tests.forgeries.forge import Forger
from tests.forgeries.liar import STOP, Fill, always, held, once, suppose, walking
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import HALF, cheap, idle, two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK


@forgery("step: within budget")
def test_a_sweep_goes_on_beyond_its_limit(native: Native) -> Forged:
    """A market allows four steps; a fifth order is filled."""
    world = open_batch(native)
    for _ in range(5):
        world.place(1, 1, MARK, 1)
    with walking(always(Fill(1))):
        world.place(2, 0, MARK, 5)
    return Forged(Forger(world).seal())


@forgery("step: within budget")
def test_steps_reach_into_the_next_block(native: Native) -> Forged:
    """Twelve steps from step 244 end at 256, which is the first of the next tick: eight fills, four evictions."""
    world = funded(native)
    for account, orders, lifetime in ((1, 8, 3600), (2, 4, 0)):
        world.begin(MARK, MARK)
        for _ in range(orders):
            world.place(account, 1, MARK, 1, expiry=world.expiry(lifetime))
        world.seal()
    world.begin(MARK, MARK)
    with walking(lambda taker, record: (Fill(1) if record[0] == 1 else Ending.EXPIRED) if taker.head else STOP):
        world.place(3, 0, MARK, 9)
    return Forged(Forger(world).seal())


@forgery("match: prices cross")
def test_a_taker_pays_more_than_its_limit(native: Native) -> Forged:
    """The head asks one more than the taker bids, and is filled."""
    world = two_asks(native)
    with walking(once(Fill(1))):
        world.place(3, 0, MARK - 1, 1)
    return Forged(Forger(world).seal())


@forgery("match: prices cross")
def test_a_taker_sells_below_its_limit(native: Native) -> Forged:
    """The same on the other side."""
    world = open_batch(native)
    world.place(1, 0, MARK, 1)
    with walking(once(Fill(1))):
        world.place(3, 1, MARK + 1, 1)
    return Forged(Forger(world).seal())


@forgery("match: maker is not void")
def test_a_void_order_is_filled(native: Native) -> Forged:
    """Account 1 cancelled all it had, placed one order more, and is held to one that is void."""
    world = open_batch(native)
    world.place(1, 1, MARK, 1)
    world.cancel_all(1)
    world.place(1, 1, MARK + 9, 1)
    with walking(once(Fill(1))):
        world.place(2, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("match: maker is not expired")
def test_an_expired_order_is_filled(native: Native) -> Forged:
    """An order that was good until the last batch meets a taker in this one."""
    world = open_batch(native)
    world.place(1, 1, MARK, 1, expiry=world.clock)
    world.seal()
    world.begin(MARK, MARK)
    with walking(once(Fill(1))):
        world.place(2, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("match: not the taker's own")
def test_an_account_trades_with_itself(native: Native) -> Forged:
    """Its own head is filled, which makes volume of nothing."""
    world = open_batch(native)
    world.place(1, 1, MARK, 1)
    with walking(once(Fill(1))):
        world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("match: as much as possible")
def test_a_taker_gets_less_than_there_is(native: Native) -> Forged:
    """One lot of two that both want: what the taker wants beyond the record is said to be two."""
    world = open_batch(native)
    world.place(1, 1, MARK, 2)
    with walking(once(Fill(1))):
        world.place(2, 0, MARK, 3)
    return Forged(Forger(world).seal(), lies={"sign: match: as much as possible#0": [2]})


@forgery("match: as much as possible")
def test_a_taker_gets_more_than_there_is(native: Native) -> Forged:
    """Three lots of an order of two; its owner has an order more, so that the open total allows it."""
    world = open_batch(native)
    world.place(1, 1, MARK, 2)
    world.place(1, 1, MARK + 9, 2)
    with walking(once(Fill(3))):
        world.place(2, 0, MARK, 3)
    return Forged(Forger(world).seal(), lies={"sign: match: as much as possible#0": [0]})


@forgery("match: as much as possible")
def test_a_reduce_only_maker_is_filled_beyond_its_position(native: Native) -> Forged:
    """An order that may sell the one lot that its owner has left sells three, and turns the position round."""
    world = idle(native, left=1)
    with walking(once(Fill(3))):
        world.place(3, 0, MARK, 3)
    return Forged(Forger(world).seal(), lies={"sign: match: as much as possible#5": [0]})


@forgery("match: quantity at least one")
def test_a_step_fills_nothing(native: Native) -> Forged:
    """The head has nothing to reduce: filling nothing keeps it there, until the taker's steps are used up."""
    world = idle(native)
    with walking(lambda taker, _: Fill(0) if taker.step < 248 else STOP):
        world.place(3, 0, MARK, 2)
    return Forged(Forger(world).seal())


@forgery("fee: maker, rounded up")
def test_a_maker_fee_is_skipped(native: Native) -> Forged:
    """The maker pays nothing, and so the fee account gets nothing of it."""
    world = two_asks(native)
    with patch.object(matching, "fee_up", lambda *_: 0):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("fill: within the width of a size")
def test_a_maker_sells_below_the_width_of_a_size(native: Native) -> Forged:
    """A maker short of 2^47 lots, in a market where a lot is worth little, sells one more."""
    world = cheap(native)
    world.place(1, 1, 1, 2)
    world.seal()
    held(world, 1, size=-HALF)
    suppose(world, "cash", 1, cash=2**58)
    world.begin(1, 1)
    world.place(2, 0, 1, 1)
    return Forged(Forger(world).seal())


@forgery("fill: within the open total")
def test_a_maker_sells_more_than_it_has_open(native: Native) -> Forged:
    """The open total of an account is less than what its order has left."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    world.seal()
    held(world, 1, sell=2)
    world.begin(MARK, MARK)
    world.place(2, 0, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("fill: within the width of cash")
def test_a_maker_gets_more_than_cash_can_hold(native: Native) -> Forged:
    """A seller's cash is nine below the end of its width."""
    world = open_batch(native)
    world.place(1, 1, MARK, 1)
    world.seal()
    suppose(world, "cash", 1, cash=2 ** (CASH_BITS - 1) - 9)
    world.begin(MARK, MARK)
    world.place(2, 0, MARK, 1)
    return Forged(Forger(world).seal())
