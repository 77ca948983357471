"""Beginnings of forged trades."""

from circuits.native import Native
from rollup.layout import IOC, SIZE_BITS
from rollup.refusals import Ending
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, held, once, suppose, walking
from tests.worlds.scenes import CASH, funded, open_batch
from tests.worlds.world import MARK, World

HALF = 2 ** (SIZE_BITS - 1)
"""One more than the largest size of a position."""
RISEN = MARK + MARK // 20


def two_asks(native: Native, **changes) -> World:
    """A batch in which accounts 1 and 2 each sell 3, at the mark and one above it."""
    world = open_batch(native, **changes)
    world.place(1, 1, MARK, 3)
    world.place(2, 1, MARK + 1, 3)
    return world


def long(native: Native, size: int = 3) -> World:
    """A batch in which account 1 has bought from account 2 at the mark, in one fill."""
    world = open_batch(native)
    world.place(2, 1, MARK, size)
    world.place(1, 0, MARK, size)
    return world


def idle(native: Native, left: int = 0) -> World:
    """A batch in which account 1 has ``left`` lots, and an order to sell 3 at the mark that may only reduce."""
    world = long(native)
    world.place(1, 1, MARK, 3, reduce_only=1)
    world.place(1, 1, MARK - 1, 3 - left, reduce_only=1)
    world.place(2, 0, MARK - 1, 3 - left)
    return world


def cheap(native: Native) -> World:
    """The first batch of a deployment whose lots are worth a micro-unit."""
    world = World(native)
    world.begin(1, 1)
    for account in (1, 2, 3):
        world.deposit(account, CASH)
    return world


def next_batch(world: World, seconds: int = 10) -> World:
    """The batch is sealed and the next one open some seconds later, at the same marks."""
    world.seal()
    world.begin(MARK, MARK, seconds=seconds)
    return world


def strained(
    native: Native, *sizes: int, price: int = MARK, cash: int = 1_100_000, expiry: int = 3600, **changes
) -> World:
    """A batch in which the mark has risen by a twentieth, and account 1 cannot bear that its asks are filled.

    It has 1.1 for the margin of 100 lots, of which a fill of all takes away half.
    """
    world = funded(native, **changes)
    suppose(world, "cash", 1, cash=cash)
    world.begin(MARK, MARK)
    for size in sizes or (100,):
        world.place(1, 1, price, size, expiry=world.expiry(expiry))
    return risen(world)


def risen(world: World) -> World:
    """The next batch, with the mark of market 0 up by a twentieth."""
    world.seal()
    world.begin(RISEN, MARK, seconds=100)
    return world


def sinking(native: Native) -> World:
    """A batch in which account 1, 10 lots long, is worth a hundredth of their requirement, and sells them at the mark.

    Selling five of them is admissible: what it pays in fees is less than a sixteenth of what it gives up.
    """
    world = funded(native)
    world.begin(MARK, MARK)
    world.place(1, 1, MARK, 10)
    world.seal()
    held(world, 1, size=10)
    suppose(world, "cash", 1, cash=1000 - 10 * MARK)
    world.begin(MARK, MARK)
    return world


def evicted(world: World, size: int = 100, **changes: int) -> Forger:
    """Account 3 would buy, and account 1's head is evicted for its margin."""
    with anything(), walking(once(Ending.MARGIN)):
        world.place(3, 0, MARK + 1, size, **{"tif": IOC, **changes})
    return Forger(world)
