"""A recorded market in the rollup's units: prices in micro-units of collateral per lot, sizes in whole lots.

The lot is the smallest power of ten of the base asset that is no finer than the venue's own step, makes every price a
whole number of micro-units, and is worth at least one unit of collateral (so that a fee of 100 ppm of one lot is not
rounding). Where the venue's step is finer than the lot, sizes are rounded down: the share of recorded volume that a
replay reports counts what that loses.

A coin-margined contract is worth a fixed sum of dollars (100 for BTC, 10 for every other coin), so its size in the
base asset depends on the price: contracts x value / price. It is replayed as a linear market at the recorded price in
dollars, each level and each trade converted at its own price and rounded down to a lot.
"""

from collections.abc import Iterable
from decimal import Decimal
from math import gcd
from pathlib import Path
from typing import NamedTuple

from novate.feed.capture import Facts
from novate.feed.errors import FeedError
from novate.feed.fixed import ONE, decimal
from novate.feed.messages import Kind
from rollup.layout import MARKETS, PRICE_MAX, SIZE_BITS

MICRO = 10**6
"""Micro-units in one unit of collateral."""
LOT_WORTH = MICRO
"""Least worth of a lot in micro-units."""
LOT_MAX = 10**12 * ONE
HEADROOM = 4
"""A market is taken only if its price could still rise this many times."""
QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "USD")


class Market(NamedTuple):
    """A recorded market and its units; ``tick`` and ``lot`` are in 10**-8 of the quote and of the base asset."""

    name: str
    symbol: str
    kind: Kind
    tick: int
    lot: int
    contract: int
    """Dollars a contract is worth, 0 unless coin-margined."""
    typical_price: int
    """About where it traded, in 10**-8."""
    paths: tuple[Path, ...]
    """Its captures, earliest first."""

    @property
    def tick_units(self) -> int:
        """The tick in micro-units per lot."""
        return self.tick * self.lot * MICRO // ONE**2

    def price(self, recorded: int) -> int:
        """A recorded price in micro-units per lot; raises ``FeedError`` (FEED_OFF_GRID) if that is no whole number."""
        units, rest = divmod(recorded * self.lot * MICRO, ONE**2)
        if rest or not 0 < units <= PRICE_MAX:
            numbers = {"price": str(decimal(recorded)), "tick": str(decimal(self.tick)), "lot": str(decimal(self.lot))}
            raise FeedError("FEED_OFF_GRID", f"{self.name}: a price that is no whole number of micro-units", **numbers)
        return units

    def lots(self, size: int, price: int) -> int:
        """A recorded size in whole lots, rounded down; ``price`` matters for coin-margined contracts only."""
        base = size * self.contract * ONE // price if self.contract else size
        return min(base // self.lot, 2**SIZE_BITS - 1)

    def worth(self, size: int, price: int) -> int:
        """What a recorded size costs at a recorded price, in micro-units, rounded down."""
        if self.contract:
            return size * self.contract * MICRO // ONE
        return size * price * MICRO // ONE**2

    def worth_of_lots(self, lots: int, price: int) -> int:
        """What lots cost at a recorded price, in micro-units, rounded down."""
        return lots * self.lot * price * MICRO // ONE**2

    def price_decimal(self, units: int) -> Decimal:
        """A price in micro-units per lot as the venue would write it."""
        return Decimal(units * ONE) / (self.lot * MICRO)

    def size_decimal(self, lots: int) -> Decimal:
        """A size in lots in the base asset."""
        return decimal(lots * self.lot)


def base_of(symbol: str) -> str:
    """Base asset of a venue's symbol: BTC of BTCUSDT and of BTCUSD_PERP."""
    stem = symbol.upper().partition("_")[0]
    for quote in QUOTES:
        if stem.endswith(quote) and stem != quote:
            return stem.removesuffix(quote)
    return stem


def market_name(symbol: str, kind: Kind) -> str:
    """Our name of a recorded market: BTC-PERP, BTC-SPOT, BTC-COIN-PERP, BTC-COIN-241227."""
    base = base_of(symbol)
    if kind is Kind.INVERSE:
        return f"{base}-COIN-{symbol.partition('_')[2].upper() or 'PERP'}"
    return f"{base}-{'SPOT' if kind is Kind.SPOT else 'PERP'}"


def contract_value(symbol: str, kind: Kind) -> int:
    """Dollars that one coin-margined contract is worth."""
    if kind is not Kind.INVERSE:
        return 0
    return 100 if base_of(symbol) == "BTC" else 10


def fitting_lot(name: str, tick: int, step: int, price: int) -> int:
    """The lot, as the head of this module says; raises ``FeedError`` (FEED_UNREPRESENTABLE)."""
    lot = 1
    while step % (lot * 10) == 0:
        lot *= 10
    while tick * lot * MICRO % ONE**2 or price * lot * MICRO < LOT_WORTH * ONE**2:
        lot *= 10
        if lot > LOT_MAX:
            break
    if lot > LOT_MAX or price * lot * MICRO * HEADROOM > PRICE_MAX * ONE**2:
        numbers = {"price": str(decimal(price)), "tick": str(decimal(tick)), "lot": str(decimal(lot))}
        raise FeedError("FEED_UNREPRESENTABLE", f"{name}: no lot makes its prices whole within 36 bits", **numbers)
    return lot


def market_of(captures: list[Facts]) -> Market:
    """One market out of its captures, which follow one another in time."""
    ordered = sorted(captures, key=lambda facts: facts.first_time)
    first = ordered[0]
    name = market_name(first.symbol, first.kind)
    tick = gcd(*[facts.price_step for facts in ordered])
    contract = contract_value(first.symbol, first.kind)
    step = 1 if contract else gcd(*[facts.size_step for facts in ordered])
    lot = fitting_lot(name, tick, step, first.typical_price)
    paths = tuple(facts.path for facts in ordered)
    return Market(name, first.symbol, first.kind, tick, lot, contract, first.typical_price, paths)


def markets_of(captures: Iterable[Facts]) -> list[Market]:
    """Every market of some captures, in the order in which they are named; raises ``FeedError``."""
    groups: dict[tuple[str, Kind], list[Facts]] = {}
    for facts in captures:
        groups.setdefault((facts.symbol, facts.kind), []).append(facts)
    if len(groups) > MARKETS:
        numbers = {"markets": len(groups), "most": MARKETS}
        raise FeedError("FEED_TOO_MANY_MARKETS", f"at most {MARKETS} markets can be replayed at once", **numbers)
    return [market_of(group) for group in groups.values()]
