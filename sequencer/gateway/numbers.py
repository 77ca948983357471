"""From whole numbers of the state to the decimal strings that people read, exactly and fast."""

from decimal import Decimal
from fractions import Fraction

from sequencer.instruments import MICRO, Instrument


class Scale:
    """Multiples of a step that is a finite decimal. Raises ValueError for one that is not."""

    __slots__ = ("_factor", "_places")

    def __init__(self, step: Fraction) -> None:
        places, denominator = 0, step.denominator
        while denominator > 1:
            common = 10 if denominator % 10 == 0 else 2 if denominator % 2 == 0 else 5
            if denominator % common:
                raise ValueError(f"{step} has no finite decimals")
            denominator //= common
            places += 1
        scaled = step * 10**places
        while scaled.denominator > 1:
            places += 1
            scaled = step * 10**places
        self._factor = scaled.numerator
        self._places = places

    def text(self, count: int) -> str:
        """So many steps, without trailing zeros."""
        value = count * self._factor
        places = self._places
        if not places:
            return str(value)
        digits = str(value if value >= 0 else -value)
        if len(digits) <= places:
            digits = digits.rjust(places + 1, "0")
        text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
        return text if value >= 0 else "-" + text


class Units:
    """How the numbers of one market are written."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.symbol = instrument.symbol
        lot = Fraction(instrument.lot)
        self.price = Scale(1 / (lot * MICRO)).text
        self.size = Scale(lot).text


amount = Scale(Fraction(1, MICRO)).text
"""Micro-units as collateral."""
fraction = Scale(Fraction(1, 10**6)).text
"""Parts per million as a fraction."""


def leverage(initial: int) -> str:
    """Most leverage at an initial margin in parts per million, rounded down to two decimals."""
    return f"{(Decimal(100 * 10**6) // initial) / 100:f}" if initial else "0"
