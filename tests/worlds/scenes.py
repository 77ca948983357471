"""Beginnings of tests: funded accounts, and open batches in which something is about to happen."""

from circuits.native import Native
from tests.worlds.world import MARK, World

ACCOUNTS = (1, 2, 3, 4, 5)
ANOTHER_OWNER = 0xB0B
CASH = 10**9


def funded(native: Native, **changes) -> World:
    """A world whose accounts 1 to 4 belong to one owner and 5 to another, each with ``CASH``; no batch is open.

    The marks of both markets are fresh.
    """
    world = World(native, **changes)
    world.begin(MARK, MARK)
    for account in ACCOUNTS[:3]:
        world.deposit(account, CASH)
    world.seal()
    world.begin(MARK, MARK)
    world.deposit(4, CASH)
    world.deposit(5, CASH, owner=ANOTHER_OWNER)
    world.seal()
    return world


def open_batch(native: Native, **changes) -> World:
    """The funded world with a priced batch open."""
    world = funded(native, **changes)
    world.begin(MARK, MARK)
    return world
