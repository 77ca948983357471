"""How big a replay is, so that its actions fit the size class that proves it."""

from typing import NamedTuple

from novate.errors import NovateError
from rollup.layout import CLASSES


class Scale(NamedTuple):
    """Who trades, and how much of the book is quoted.

    ``makers``    of each market; together they quote ``makers * levels`` levels a side
    ``levels``    a side of one maker's sheet
    ``accounts``  in all, makers included
    ``rotation``  seconds after which makers exchange their places in the book
    ``slack``     ppm by which a taker's worst price is worse than the worst recorded one
    ``leaving``   accounts that withdraw in the end
    """

    size_class: str
    makers: int
    levels: int
    accounts: int
    rotation: int = 15
    slack: int = 100
    leaving: int = 8


SCALES = {
    "XS": Scale("XS", makers=1, levels=3, accounts=5, leaving=2),
    "S": Scale("S", makers=2, levels=8, accounts=40),
    "M": Scale("M", makers=2, levels=8, accounts=60),
    "Q": Scale("Q", makers=2, levels=8, accounts=50),
    "L": Scale("L", makers=2, levels=8, accounts=110),
}
"""What suits each size class with one or two markets."""


def scale_of(size_class: str, markets: int) -> Scale:
    """The scale for so many markets; raises ``NovateError`` (CLASS_TOO_SMALL)."""
    scale = SCALES[size_class]
    makers = scale.makers * markets
    if makers + 1 > scale.accounts or makers >= CLASSES[size_class].slots["signers"]:
        numbers = {"markets": markets, "makers": makers, "signers": CLASSES[size_class].slots["signers"]}
        raise NovateError("CLASS_TOO_SMALL", f"class {size_class} has no room for so many markets", **numbers)
    return scale
