"""Forgeries of collects: only what is void, has expired or has nothing to reduce leaves a book unasked."""

from unittest.mock import patch

from circuits.native import Native
from rollup.actions import Collect, collect
from rollup.layout import SLOT_BITS
from rollup.memory import BEFORE
from rollup.refusals import Ending
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, behind, held, twice
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import idle, next_batch, two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK, World


def collected(world: World, slot: int, ending: Ending, *, market: int = 0, side: int = 1) -> Forger:
    """The order in a slot is collected for a reason that it may not have."""
    with anything(), patch.object(collect, "why_dead", lambda *_: ending):
        world.apply(Collect(market, side, slot))
    return Forger(world)


def void_ask(native: Native) -> World:
    """A batch in which account 1's ask in slot 1 is void; it has another of the same size above."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    world.cancel_all(1)
    world.place(1, 1, MARK + 9, 3)
    return world


@forgery("collect: live is a bit")
def test_an_order_is_collected_twice_less_once(native: Native) -> Forged:
    """Two of it, less one."""
    return Forged(twice(collected(void_ask(native), 1, Ending.VOID).seal(), "collects"))


@forgery("collect: side is a bit")
def test_an_order_is_void_by_the_epoch_of_another_market(native: Native) -> Forged:
    """The bids of market 1 are side 2 of market 0, where their owner has cancelled all."""
    world = open_batch(native)
    world.place(1, 0, MARK, 3, market=1)
    world.cancel_all(1)
    forger = collected(world, 1, Ending.VOID, market=1, side=0)
    row = forger.row("collects")
    row.update(market=0, side=2)
    forger.move(row["position"], address=row["position"][1] - 1)
    return Forged(forger.seal())


@forgery("unlink: not the sentinel")
def test_the_sentinel_is_collected(native: Native) -> Forged:
    """Account 0 has voided all its orders, and a book has no beginning any more."""
    world = funded(native)
    held(world, 0, epoch=1)
    world.begin(MARK, MARK)
    world.place(1, 1, MARK, 3)
    with behind(1):
        forger = collected(world, 0, Ending.VOID)
    return Forged(forger.seal())


@forgery("collect: expired is a bit")
def test_a_collected_order_is_twice_expired(native: Native) -> Forged:
    """It is good until now, and has two lots to reduce, which stand against twice the second that is missing."""
    world = idle(native, left=2)
    placed = world.place(1, 1, MARK + 2, 2, reduce_only=1, expiry=world.clock)
    forger = collected(world, placed.slot, Ending.EXPIRED)
    forger.row("collects").update(expired=2, reduce=-1)
    return Forged(forger.seal())


@forgery("collect: void, or one reason")
def test_a_live_order_is_collected(native: Native) -> Forged:
    """Without a reason."""
    return Forged(collected(two_asks(native), 1, Ending.CANCELLED).seal())


@forgery("collect: void, or one reason")
def test_a_void_order_is_collected_as_expired(native: Native) -> Forged:
    """It is both; a reason is for orders that are not void."""
    world = next_batch(void_ask(native), seconds=3601)
    forger = collected(world, 1, Ending.VOID)
    forger.row("collects")["expired"] = 1
    return Forged(forger.seal())


@forgery("collect: reduce-only, if there is nothing to reduce")
def test_an_order_that_may_open_is_collected(native: Native) -> Forged:
    """As if it had nothing to reduce."""
    return Forged(collected(two_asks(native), 1, Ending.REDUCE_ONLY).seal())


@forgery("collect: expired, or nothing to reduce")
def test_an_order_with_something_to_reduce_is_collected(native: Native) -> Forged:
    """Its owner has one lot."""
    return Forged(collected(idle(native, left=1), 1, Ending.REDUCE_ONLY).seal())


@forgery("collect: expired, or nothing to reduce")
def test_an_order_is_collected_in_its_last_second(native: Native) -> Forged:
    """It is good until now."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3, expiry=world.clock)
    return Forged(collected(world, 1, Ending.EXPIRED).seal())


@forgery("unlink: slot fits")
def test_a_collects_predecessor_is_of_another_book(native: Native) -> Forged:
    """The bids of market 1 lose what follows their sentinel."""
    world = void_ask(native)
    world.place(2, 0, MARK, 3, market=1)
    with behind(2**SLOT_BITS):
        forger = collected(world, 1, Ending.VOID)
    return Forged(forger.seal())


@forgery("unlink: predecessor points here")
def test_a_collects_predecessor_points_elsewhere(native: Native) -> Forged:
    """The second is collected, and what follows the sentinel is changed."""
    world = open_batch(native)
    world.place(2, 1, MARK - 1, 3)
    world.place(1, 1, MARK, 3)
    world.cancel_all(1)
    with behind(0):
        forger = collected(world, 2, Ending.VOID)
    return Forged(forger.seal())


@forgery("bus: position")
def test_a_collected_void_order_counts_twice(native: Native) -> Forged:
    """Its lots are taken off the total of what came after."""
    forger = collected(void_ask(native), 1, Ending.VOID)
    position = forger.row("collects")["position"]
    forger.leave(position, sell=position[BEFORE][3] - 3)
    return Forged(forger.seal())


@forgery("bus: order")
def test_a_collected_order_stays(native: Native) -> Forged:
    """It is taken out of the list, and its slot is never free again."""
    forger = collected(void_ask(native), 1, Ending.VOID)
    record = forger.row("collects")["record"]
    forger.leave(record, owner=1, price=MARK, remaining=3)
    return Forged(forger.seal())
