"""A recorded market as a deployment lists it."""

from novate.feed.market import Market
from rollup.genesis import MarketTerms

INITIAL = 50_000
"""Initial margin, ppm: leverage of 20."""
MAINTENANCE = 30_000
TAKER_FEE = 450
MAKER_FEE = 150
RESERVE = 500
"""Fee reserve of open orders, ppm."""
JUMP = 2_000
"""Largest move of the mark in a second, ppm: forty times what the recorded minutes show."""
CEILING = 50_000
"""Largest move of the mark in one batch, ppm."""


def listing(market: Market, sweep: int) -> MarketTerms:
    """Terms of a market; ``sweep`` is the size class's. A lot is worth a unit of collateral, so the fee laws hold."""
    return MarketTerms(
        name=market.name,
        initial=INITIAL,
        maintenance=MAINTENANCE,
        reserve=RESERVE,
        taker_fee=TAKER_FEE,
        maker_fee=MAKER_FEE,
        jump=JUMP,
        ceiling=CEILING,
        sweep=sweep,
        tick=market.tick_units,
        minimum=1,
        reference_price=market.price(market.typical_price),
    )
