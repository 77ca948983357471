"""Instruments: what people call a market and write its prices and sizes in, and the whole numbers that are signed.

The state knows a market by its number, prices in micro-units of collateral per lot and sizes in lots. People write
prices in collateral per unit of the base asset and sizes in the base asset. ``lot`` ties them; nothing is rounded.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

MICRO = 10**6
"""Micro-units in one unit of collateral."""


class OffGrid(ValueError):
    """A number that no whole number of lots, ticks or micro-units is: ``value`` and the ``step`` it has to be of."""

    def __init__(self, value: object, step: Decimal) -> None:
        super().__init__(f"{value} is no multiple of {step}")
        self.value = value
        self.step = step


class Instrument(NamedTuple):
    """A listed market. ``lot`` in the base asset; ``tick`` in micro-units per lot, as the deployment has it."""

    number: int
    symbol: str
    base: str
    quote: str
    lot: Decimal
    tick: int

    @property
    def unit(self) -> Decimal:
        """The price of one micro-unit a lot, in collateral per unit of the base asset."""
        return 1 / (self.lot * MICRO)

    @property
    def price_step(self) -> Decimal:
        """The tick as people write it."""
        return plain(self.tick * self.unit)

    def price(self, units: int) -> Decimal:
        """What people call a price in micro-units per lot."""
        return plain(units * self.unit)

    def size(self, lots: int) -> Decimal:
        """What people call a number of lots."""
        return plain(lots * self.lot)

    def units(self, price: Decimal | str | int) -> int:
        """Micro-units per lot of a price. Raises OffGrid; a float is a TypeError."""
        return whole(price, self.price_step) * self.tick

    def lots(self, size: Decimal | str | int) -> int:
        """Lots of a size. Raises OffGrid; a float is a TypeError."""
        return whole(size, self.lot)


def plain(number: Decimal) -> Decimal:
    """The same number without an exponent or trailing zeros."""
    return Decimal(f"{number.normalize():f}")


def exact(number: Decimal | str | int) -> Decimal:
    """The number itself; raises TypeError for a float, which is hardly ever what was meant, and ValueError."""
    if isinstance(number, bool | float) or not isinstance(number, Decimal | str | int):
        raise TypeError(f"{number!r}: give a Decimal, a string or a whole number")
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise ValueError(f"{number!r} is no number") from None
    if not value.is_finite():
        raise ValueError(f"{number!r} is no number")
    return value


def whole(number: Decimal | str | int, step: Decimal) -> int:
    """How many steps the number is. Raises OffGrid, ValueError, and TypeError for a float."""
    value = exact(number)
    quotient = value / step
    if quotient != quotient.to_integral_value() or quotient * step != value:
        raise OffGrid(number, step)
    return int(quotient)


def amount(units: int) -> Decimal:
    """Micro-units as collateral."""
    return plain(Decimal(units) / MICRO)


def micro(amount: Decimal | str | int) -> int:
    """Collateral as micro-units. Raises OffGrid, ValueError, and TypeError for a float."""
    return whole(amount, Decimal(1) / MICRO)


def by_symbol(instruments: Iterable[Instrument]) -> dict[str, Instrument]:
    """Instruments by their symbol."""
    return {instrument.symbol: instrument for instrument in instruments}
