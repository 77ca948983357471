"""Forgeries of evictions: a head is removed for a reason that keeps it from being filled, and for no other."""

from circuits.native import Native
from rollup.memory import BEFORE
from rollup.refusals import Ending
from tests.forgeries.forge import Forger
from tests.forgeries.liar import Fill, blind, held, once, only, twice, walking
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import idle, long, next_batch, two_asks
from tests.worlds.scenes import open_batch
from tests.worlds.world import MARK, World


def expired_ask(native: Native, size: int = 3) -> World:
    """A batch in which account 1's order to sell at the mark has expired, and account 2's has not."""
    world = open_batch(native)
    world.place(1, 1, MARK, size, expiry=world.clock)
    world.place(2, 1, MARK, 3)
    return next_batch(world)


def void_ask(native: Native) -> World:
    """A batch in which account 1's order to sell at the mark is void, and one more above it is not."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    world.cancel_all(1)
    world.place(1, 1, MARK + 9, 3)
    return world


@forgery("evict: live is a bit")
def test_an_eviction_is_made_twice_and_undone_once(native: Native) -> Forged:
    """Two of it, less one."""
    world = expired_ask(native)
    world.place(3, 0, MARK, 1)
    return Forged(twice(Forger(world).seal(), "evicts"))


@forgery("evict: the taker still wants")
def test_a_head_behind_a_filled_taker_is_evicted(native: Native) -> Forged:
    """The taker has what it wanted, and an expired order behind that is removed."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    world.place(2, 1, MARK, 3, expiry=world.clock)
    next_batch(world)
    with walking(only(Fill(3), Ending.EXPIRED)):
        world.place(3, 0, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("evict: own is a bit")
def test_an_own_order_is_twice_its_own(native: Native) -> Forged:
    """Twice its own, less once that there is nothing to reduce, which there is."""
    world = idle(native, left=1)
    world.place(1, 0, MARK, 1)
    forger = Forger(world)
    forger.row("evicts").update(own=2, reduce=-1)
    return Forged(forger.seal())


@forgery("evict: own order")
def test_somebody_elses_order_is_said_to_be_the_takers(native: Native) -> Forged:
    """A good head is removed as if it were a trade with oneself."""
    world = two_asks(native)
    with walking(once(Ending.SELF_TRADE)):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("evict: expired is a bit")
def test_an_order_is_twice_expired(native: Native) -> Forged:
    """One that is good until now, and has two lots to reduce, which stand against twice the second that is missing."""
    world = idle(native, left=2)
    world.place(1, 1, MARK - 2, 2, reduce_only=1, expiry=world.clock)
    with walking(once(Ending.EXPIRED)):
        world.place(3, 0, MARK - 2, 1)
    forger = Forger(world)
    forger.row("evicts").update(expired=2, reduce=-1)
    return Forged(forger.seal())


@forgery("evict: void, or one reason")
def test_a_good_head_is_evicted(native: Native) -> Forged:
    """No reason is given, and it is not void."""
    world = two_asks(native)
    with walking(once(Ending.CANCELLED)):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("evict: void, or one reason")
def test_a_void_order_is_said_to_be_expired(native: Native) -> Forged:
    """It is both; a reason is for orders that are not void."""
    world = void_ask(native)
    next_batch(world, seconds=3601)
    world.place(3, 0, MARK, 1)
    forger = Forger(world)
    forger.row("evicts")["expired"] = 1
    return Forged(forger.seal())


@forgery("evict: reduce-only, if there is nothing to reduce")
def test_an_order_that_may_open_is_said_to_have_nothing_to_reduce(native: Native) -> Forged:
    """Its owner has no position, and the order does not ask for one."""
    world = two_asks(native)
    with walking(once(Ending.REDUCE_ONLY)):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("evict: expired, or nothing to reduce")
def test_an_order_with_a_lot_to_reduce_is_evicted(native: Native) -> Forged:
    """It may only reduce, and its owner has one lot to sell."""
    world = idle(native, left=1)
    with walking(once(Ending.REDUCE_ONLY)):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("evict: expired, or nothing to reduce")
def test_an_order_is_evicted_in_its_last_second(native: Native) -> Forged:
    """It is good until now."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3, expiry=world.clock)
    with walking(once(Ending.EXPIRED)):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("match: prices cross")
def test_a_head_is_evicted_that_the_taker_would_not_meet(native: Native) -> Forged:
    """It has expired, and asks more than the taker bids."""
    world = expired_ask(native)
    with walking(once(Ending.EXPIRED)):
        world.place(3, 0, MARK - 1, 1)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_the_second_is_evicted(native: Native) -> Forged:
    """It has expired, and the head before it has not."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    world.place(2, 1, MARK, 3, expiry=world.clock)
    next_batch(world)
    with blind(2), walking(only(Ending.EXPIRED), crosses=False):
        world.place(3, 0, MARK, 3, tif=1)
    return Forged(Forger(world).seal())


@forgery("unlink: totals")
def test_an_eviction_takes_a_total_below_nothing(native: Native) -> Forged:
    """The owner has less open than its order has left, as if it had been taken off before."""
    world = expired_ask(native)
    world.seal()
    held(world, 1, sell=2)
    world.begin(MARK, MARK)
    world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("bus: position")
def test_an_evicted_order_still_counts(native: Native) -> Forged:
    """Its lots stay in the open total of its owner, who cannot get them out of there."""
    world = expired_ask(native)
    world.place(3, 0, MARK, 1)
    forger = Forger(world)
    position = forger.row("evicts")["position"]
    forger.leave(position, sell=position[BEFORE][3])
    return Forged(forger.seal())


@forgery("bus: position")
def test_a_void_order_counts_twice(native: Native) -> Forged:
    """Its lots went with the epoch, and are taken off the total of what came after."""
    world = void_ask(native)
    world.place(3, 0, MARK, 1)
    forger = Forger(world)
    position = forger.row("evicts")["position"]
    forger.leave(position, sell=position[BEFORE][3] - 3)
    return Forged(forger.seal())


@forgery("bus: position")
def test_a_good_order_is_held_against_another_epoch(native: Native) -> Forged:
    """The eviction says that its owner's epoch is another, so that the order is void."""
    world = long(native)
    world.place(1, 1, MARK, 3)
    with walking(once(Ending.VOID)):
        world.place(3, 0, MARK, 1)
    return Forged(Forger(world).seal(), {"evicts[0].position.epoch": 1})
