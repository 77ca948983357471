"""Micro-units, prices and lots as people write them."""

from decimal import Decimal

from novate.feed.market import MICRO, Market


def units(micro: int) -> str:
    """Micro-units of collateral in whole units, with separators and two digits."""
    return f"{Decimal(micro) / MICRO:,.2f}"


def exact(micro: int) -> str:
    """Micro-units of collateral in whole units, all digits."""
    return f"{Decimal(micro) / MICRO:f}"


def price(market: Market, per_lot: int) -> str:
    """A price in collateral per whole unit of the base asset."""
    return f"{market.price_decimal(per_lot).normalize():f}"


def size(market: Market, lots: int) -> str:
    """A size in the base asset."""
    return f"{market.size_decimal(lots):f}"


def short(root: int) -> str:
    """A root's first digits."""
    return f"{root:064x}"[:8]
