"""Decimal text as exact integers of 10**-8, the finest unit that recorded venues quote in."""

from decimal import Decimal
from functools import lru_cache

DIGITS = 8
ONE = 10**DIGITS


@lru_cache(maxsize=1 << 16)
def fixed(text: str) -> int:
    """The number in units of 10**-8.

    Raises ``ValueError`` for anything but plain unsigned decimal digits, and for digits finer than the unit.
    """
    whole, _, fraction = text.partition(".")
    if not (whole + fraction).isdecimal() or not text.isascii() or not whole:
        raise ValueError(f"not a plain decimal number: {text!r}")
    if fraction[DIGITS:].strip("0"):
        raise ValueError(f"finer than 10**-{DIGITS}: {text!r}")
    return int(whole + fraction[:DIGITS].ljust(DIGITS, "0"))


def decimal(value: int) -> Decimal:
    """The number itself, without trailing zeros."""
    number = (Decimal(value) / ONE).normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number
