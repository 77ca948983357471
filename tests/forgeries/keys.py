"""A thief's keys and signatures, and what hints have to answer so that they pass: points of the comb, digits, eighths.

Numbers are those of circuits/schnorr and circuits/curve: a scalar is read in 21 columns, six rows for a key.
"""

from functools import cache

from circuits.native import Native
from rollup.layout import CLASSES, FIELD
from tests.twins import curve
from tests.twins.schnorr import CHALLENGE_BITS, SHIFT

COLUMNS = 21
KEY_ROWS, BASE_ROWS = 6, 12
SCALE = 4 * pow(-1 - curve.D, -1, FIELD) % FIELD
"""Takes Montgomery's u to the X of the Weierstrass model Y^2 = X^3 + A2 X^2 + A4 X."""
A2 = 2 * (curve.D - 1) * pow(-1 - curve.D, -1, FIELD) * SCALE % FIELD
A4 = SCALE * SCALE % FIELD
BASE_X = curve.BASE[0]
SLOTS = CLASSES["XS"].slots
STAND_IN = 2**200 + 271828
"""The challenge of a run under an observer."""


def eighth(slot: int) -> str:
    """Label of the hint that a signer slot asks; reports follow the signers."""
    return f"signature: eighth of a key#{slot}"


def key_digits(slot: int) -> str:
    """Label of the hint for the challenge of a signature slot; reports follow the signatures."""
    return f"signature: digits of e#{slot}"


def base_digits(slot: int) -> str:
    """Label of the hint for the S of a signature slot."""
    return f"signature: digits of S#{slot}"


def weierstrass(point: curve.Point) -> list[int]:
    """The point in the circuit's model."""
    x, y = point
    u = SCALE * (1 + y) * pow(1 - y, -1, FIELD) % FIELD
    return [u, SCALE * u * pow(x, -1, FIELD) % FIELD]


def masks(scalar: int, rows: int) -> list[int]:
    """A scalar by columns."""
    return [sum((scalar >> COLUMNS * row + column & 1) << row for row in range(rows)) for column in range(COLUMNS)]


def spread(mask: int) -> int:
    """The scalar of a column."""
    return sum((mask >> row & 1) << COLUMNS * row for row in range(BASE_ROWS))


@cache
def entry(point: curve.Point, rows: int, mask: int) -> curve.Point:
    """An entry of the comb of a point."""
    return curve.multiply(point, (1 << COLUMNS * (rows - 1) + 1) + spread(mask))


class Thief:
    """Whoever knows this secret; it need not come out of a seed."""

    def __init__(self, native: Native, secret: int, nonce: int = 987_654_321) -> None:
        self.native = native
        self.secret = secret
        self.nonce = nonce
        self.key = curve.multiply(curve.BASE, secret)
        self.x = self.key[0]
        self.rx = curve.multiply(curve.BASE, nonce)[0]

    def digest(self, message: tuple[int, ...], x: int) -> int:
        """The hash of a message under the key that has this x."""
        cells = (self.rx, x, *message)
        return self.native.compress_many(len(cells), [tuple(cell % FIELD for cell in cells)])[0]

    def sign(self, message: tuple[int, ...], x: int | None = None, wrap: int = 0) -> tuple[int, int]:
        """R.x and S, good if the key that has this x (the thief's own by default) were the thief's."""
        digest = self.digest(message, self.x if x is None else x) + wrap
        challenge = digest % 2**CHALLENGE_BITS + SHIFT
        return self.rx, (self.nonce + challenge * self.secret) % curve.ORDER

    def digits(self, message: tuple[int, ...], x: int | None = None, wrap: int = 0) -> list[int]:
        """What the hint on the challenge answers, out of the thief's comb."""
        columns = masks(self.digest(message, self.x if x is None else x) + wrap, KEY_ROWS)
        points = [coordinate for mask in columns for coordinate in weierstrass(entry(self.key, KEY_ROWS, mask))]
        return points + [spread(mask) for mask in columns]

    def eighth(self) -> list[int]:
        """What the hint on a key answers, for the thief's."""
        return eighth_of(self.key)


def eighth_of(key: curve.Point) -> list[int]:
    """A point that doubles to a key in three steps, in the circuit's model."""
    return weierstrass(curve.multiply(key, pow(8, -1, curve.ORDER)))


def moved_digits(s: int) -> list[int]:
    """What the hint on S answers, with a point added in the first column and half of it taken off in the second."""
    columns = masks(s, BASE_ROWS)
    points = [entry(curve.BASE, BASE_ROWS, mask) for mask in columns]
    for column, times in ((0, 424_242), (1, -212_121)):
        points[column] = curve.add(points[column], curve.multiply(curve.BASE, times))
    flat = [coordinate for point in points for coordinate in weierstrass(point)]
    return flat + [spread(mask) for mask in columns[1:]]


def eight_times(x: int, y: int) -> int:
    """The Edwards x of a point doubled three times by the formulas, whichever curve it is on."""
    for _ in range(3):
        slope = (3 * x * x + 2 * A2 * x + A4) * pow(2 * y, -1, FIELD) % FIELD
        third = (slope * slope - A2 - 2 * x) % FIELD
        x, y = third, (slope * (x - third) - y) % FIELD
    return SCALE * x * pow(y, -1, FIELD) % FIELD


def far_start() -> list[int]:
    """A start of the sums beyond the 256 that the challenge allows."""
    number = 256
    while True:
        x = STAND_IN + number
        y = curve.square_root(x * (x * x + A2 * x + A4))
        if y is not None:
            return [number, *[0] * 7, y]
        number += 1
