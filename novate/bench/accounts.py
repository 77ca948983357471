"""Accounts of the mixed flow, spread over a range of numbers, and the class that it is measured on."""

from random import Random
from typing import NamedTuple

SEED = 5


class Bench(NamedTuple):
    """A mixed flow that suits a size class: accounts, markets, and resting orders before anything is measured."""

    accounts: int
    markets: int
    resting: int


MAKERS_BENCH = Bench(64, 4, 1)
"""The maker's market, for class Q: 56 makers and 8 takers; every maker's first sheet rests."""
BENCHES = {
    "XS": Bench(4, 1, 0),
    "S": Bench(40, 2, 100),
    "M": Bench(64, 4, 500),
    "L": Bench(140, 4, 500),
}
DENSE, SPARSE = 1_000, 10**6
"""Accounts that exist, of which a flow's are drawn."""


def spread(count: int, among: int) -> list[int]:
    """So many different account numbers below ``among``, rising; the same ones every time."""
    return sorted(Random(SEED).sample(range(1, among), count))
