"""The twisted Edwards curve over BN254's scalar field, affine and slow: -x^2 + y^2 = 1 + d x^2 y^2.

Parameters as in gnark-crypto's ecc/bn254/twistededwards. Addition is complete, as -1 is a square and d is not.
"""

from functools import cache

from tests.twins.poseidon2 import FIELD

D = 12181644023421730124874158521699555681764249180949974110617291017600649128846
ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041
"""Of the prime subgroup; the curve has eight times as many points."""

Point = tuple[int, int]
IDENTITY: Point = (0, 1)
TORSION: Point = (0, FIELD - 1)
"""The point of order two."""
BASE: Point = (
    9671717474070082183213120605117400219616337014328744928644933853176787189663,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)


def on_curve(point: Point) -> bool:
    """Whether the equation holds."""
    x, y = point
    return (y * y - x * x - 1 - D * x * x * y * y) % FIELD == 0


def add(p: Point, q: Point) -> Point:
    """Sum of two points."""
    (x1, y1), (x2, y2) = p, q
    product = D * x1 * x2 * y1 * y2 % FIELD
    inverse = pow(1 - product * product, -1, FIELD)
    x = (x1 * y2 + y1 * x2) * (1 - product) * inverse
    y = (y1 * y2 + x1 * x2) * (1 + product) * inverse
    return x % FIELD, y % FIELD


def negate(p: Point) -> Point:
    """The point's inverse."""
    return -p[0] % FIELD, p[1]


def multiply(p: Point, k: int) -> Point:
    """k times p, for k of either sign."""
    if k < 0:
        return multiply(negate(p), -k)
    total = IDENTITY
    for bit in bin(k)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, p)
    return total


def square_root(value: int) -> int | None:
    """A root in the field (Tonelli and Shanks), or None."""
    value %= FIELD
    if value and pow(value, (FIELD - 1) // 2, FIELD) != 1:
        return None
    odd, twos = FIELD - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    root, rest, generator = pow(value, (odd + 1) // 2, FIELD), pow(value, odd, FIELD), pow(5, odd, FIELD)
    while rest not in (0, 1):
        order, power = 0, rest
        while power != 1:
            order, power = order + 1, power * power % FIELD
        step = pow(generator, 2 ** (twos - order - 1), FIELD)
        root, generator, twos = root * step % FIELD, step * step % FIELD, order
        rest = rest * generator % FIELD
    return root


@cache
def point_of(x: int) -> Point | None:
    """The point of the prime subgroup, other than the identity, with this x."""
    y = square_root((1 + x * x) * pow(1 - D * x * x, -1, FIELD))
    if y is None or x % FIELD == 0:
        return None
    for candidate in ((x, y), (x, -y % FIELD)):
        if multiply(candidate, ORDER) == IDENTITY:
            return candidate
    return None
