"""Beginnings of forged trades."""

from circuits.native import Native
from rollup.layout import SIZE_BITS
from tests.worlds.scenes import CASH, open_batch
from tests.worlds.world import MARK, World

HALF = 2 ** (SIZE_BITS - 1)
"""One more than the largest size of a position."""


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
