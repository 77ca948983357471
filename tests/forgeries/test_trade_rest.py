"""Forgeries of resting: a remainder goes into a free slot of its book, last among its equals, as it is."""

from circuits.native import Native
from rollup.layout import SLOT_BITS
from rollup.memory import BEFORE
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, resting
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import two_asks
from tests.worlds.scenes import open_batch
from tests.worlds.world import MARK

NEXT_BOOK = 2**SLOT_BITS


@forgery("rest: slot fits")
def test_an_order_rests_in_another_book(native: Native) -> Forged:
    """An ask of market 0 lies among the bids of market 1."""
    world = open_batch(native)
    with anything(), resting(at=NEXT_BOOK + 1):
        world.place(1, 1, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("rest: slot fits")
def test_an_order_rests_behind_one_of_another_book(native: Native) -> Forged:
    """An ask of market 0 follows a bid of market 1, where a taker of that market will meet it."""
    world = open_batch(native)
    world.place(1, 0, MARK, 3, market=1)
    with resting(behind=NEXT_BOOK + 1):
        world.place(2, 1, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("rest: predecessor is live")
def test_an_order_rests_behind_a_free_slot(native: Native) -> Forged:
    """It is in no list, and nobody ever meets it."""
    world = two_asks(native)
    with resting(behind=14):
        world.place(3, 1, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("rest: predecessor not worse")
def test_an_order_rests_behind_a_worse_one(native: Native) -> Forged:
    """The best ask is said to be last."""
    world = two_asks(native)
    with resting(behind=2):
        world.place(3, 1, MARK - 5, 3)
    return Forged(Forger(world).seal())


@forgery("rest: successor strictly worse")
def test_an_order_jumps_the_queue(native: Native) -> Forged:
    """An ask above the others is first."""
    world = two_asks(native)
    with resting(behind=0):
        world.place(3, 1, MARK + 5, 3)
    return Forged(Forger(world).seal())


@forgery("rest: successor strictly worse")
def test_an_order_is_first_among_its_equals(native: Native) -> Forged:
    """The later of two orders of one price comes before the earlier."""
    world = two_asks(native)
    with resting(behind=0):
        world.place(3, 1, MARK, 3)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_an_order_rests_where_another_does(native: Native) -> Forged:
    """It takes the slot of the best, who is heard of no more."""
    world = two_asks(native)
    with resting(at=1):
        world.place(3, 1, MARK + 5, 3)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_what_follows_an_order_is_cut_off(native: Native) -> Forged:
    """Its next is 0, though its predecessor had one."""
    world = two_asks(native)
    world.place(3, 1, MARK, 3)
    forger = Forger(world)
    forger.leave(forger.row("orders")["record"], next=0)
    return Forged(forger.seal())


@forgery("bus: order")
def test_an_index_is_given_twice(native: Native) -> Forged:
    """A second order under the first one's id: cancelling one would cancel either."""
    world = two_asks(native)
    world.place(1, 1, MARK + 2, 3)
    forger = Forger(world)
    forger.leave(forger.row("orders")["record"], index=0)
    return Forged(forger.seal())


@forgery("bus: order")
def test_an_order_rests_under_another_epoch(native: Native) -> Forged:
    """It is void from the start, and its lots count."""
    world = two_asks(native)
    forger = Forger(world)
    forger.leave(forger.row("orders")["record"], epoch=9)
    return Forged(forger.seal())


@forgery("bus: order")
def test_an_order_rests_as_somebody_elses(native: Native) -> Forged:
    """Its lots are in the signer's totals, the record is account 4's."""
    world = two_asks(native)
    forger = Forger(world)
    forger.leave(forger.row("orders")["record"], owner=4)
    return Forged(forger.seal())


@forgery("bus: order")
def test_a_remainder_does_not_come_to_rest(native: Native) -> Forged:
    """What is left of an order good till cancelled is dropped, though its total stays."""
    world = two_asks(native)
    world.place(3, 0, MARK, 5)
    forger = Forger(world)
    order = forger.row("orders")
    forger.leave(order["record"], **dict.fromkeys(("owner", "price", "expiry", "remaining"), 0))
    forger.leave(order["predecessor"], next=0)
    return Forged(forger.seal())


@forgery("bus: position")
def test_the_count_of_orders_stays(native: Native) -> Forged:
    """So that the next order gets the same index."""
    world = two_asks(native)
    forger = Forger(world)
    order = forger.row("orders")
    forger.leave(order["position"], count=order["position"][BEFORE][5])
    return Forged(forger.seal())


@forgery("bus: position")
def test_an_open_total_stays(native: Native) -> Forged:
    """An order rests, and its owner's margin knows nothing of it."""
    world = two_asks(native)
    forger = Forger(world)
    forger.leave(forger.row("orders")["position"], sell=0)
    return Forged(forger.seal())
