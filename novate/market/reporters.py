"""Reporters: what seven of them say that prices are, five honestly and two not."""

from collections.abc import Sequence

from novate.market.intents import Reading
from novate.market.noise import spread
from rollup.layout import MARKETS, MILLION, PRICE_MAX, REPORTERS

HONEST_NOISE = 50
"""Parts per million by which an honest reporter is off at most."""
LIARS = {1: 30_000, 3: 50_000}
"""Reporters that lie, and by how many parts per million.

Both the same way, which is the harder case for a median; and among the first five, which make up the quorum while all
seven report.
"""


def readings(second: int, mids: Sequence[int], seed: int, liars: dict[int, int] | None = None) -> list[Reading]:
    """Every reporter's prices of a second; ``mids`` in micro-units per lot by market, 0 where the book has none."""
    lies = LIARS if liars is None else liars
    prices = [*mids, *[0] * (MARKETS - len(mids))]
    return [
        Reading(number, tuple([read(price, seed, second, number, market, lies) for market, price in enumerate(prices)]))
        for number in range(REPORTERS)
    ]


def read(price: int, seed: int, second: int, reporter: int, market: int, lies: dict[int, int]) -> int:
    """One reporter's price of one market: off by its noise, and by its lie if it lies."""
    if price == 0:
        return 0
    error = spread(HONEST_NOISE, seed, "reporter", second, reporter, market) + lies.get(reporter, 0)
    return min(max(price * (MILLION + error) // MILLION, 1), PRICE_MAX)
