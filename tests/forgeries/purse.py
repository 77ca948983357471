"""Beginnings of forged payments: deposits and withdrawals, and the public words that say so."""

from circuits.native import Native
from rollup.layout import CASH_BITS, CLASSES, FIELD, PublicWord
from tests.forgeries.liar import anything
from tests.worlds.scenes import open_batch
from tests.worlds.world import World

XS = CLASSES["XS"]
TOP = 2 ** (CASH_BITS - 1)
"""One more than the largest cash."""
DEPOSIT = PublicWord.DEPOSITS
WITHDRAWAL = XS.withdrawal_offset
COUNTS = f"words[{PublicWord.COUNTS}]"
THIEF = 0xBAD
EARLIER = 300
"""As many steps lead from the end of the second tick's block into the first's."""
FRACTION = EARLIER * pow(2, -64, FIELD) % FIELD
"""What an address has less if its accesses seem to be so much earlier."""


def deposited(native: Native, account: int = 1, amount: int = 10) -> World:
    """A batch with a deposit to an account that exists."""
    world = open_batch(native)
    world.deposit(account, amount, new=0)
    return world


def opened(native: Native) -> World:
    """A batch with a deposit that opens account 9."""
    world = open_batch(native)
    world.deposit(9, 1000)
    return world


def words(place: int, *values: int) -> dict[str, int]:
    """Public words from a place on, in both copies."""
    return {f"words[{place + offset}]": value % FIELD for offset, value in enumerate(values)}


def unused(*ticks: int) -> dict[str, int]:
    """These ticks count as unused."""
    return {f"used[{tick - 1}]": 0 for tick in ticks}


def withdrawn(native: Native, account: int = 1, amount: int = 1000) -> World:
    """A batch with a withdrawal."""
    world = open_batch(native)
    with anything():
        world.withdraw(account, amount)
    return world
