"""Multiples of the base point of the signature curve, a twisted Edwards curve with a = -1 over BN254's scalar field.

Points are extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, T = XY/Z: addition without inversions, complete on
this curve (-1 is a square of the field, d is not), Hisil and others, https://eprint.iacr.org/2008/522, section 3.1.
"""

from functools import cache

from novate.client.signing.poseidon2 import FIELD

ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041
"""Of the prime subgroup."""
D = 12181644023421730124874158521699555681764249180949974110617291017600649128846
BASE = (
    9671717474070082183213120605117400219616337014328744928644933853176787189663,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)
WINDOW = 4
"""Bits of the scalar that one addition deals with."""

Extended = tuple[int, int, int, int]
IDENTITY: Extended = (0, 1, 1, 0)


def add(p: Extended, q: Extended) -> Extended:
    """Sum of two points."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = (y1 - x1) * (y2 - x2) % FIELD
    b = (y1 + x1) * (y2 + x2) % FIELD
    c = 2 * D * t1 % FIELD * t2 % FIELD
    d = 2 * z1 * z2 % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


@cache
def table() -> tuple[tuple[Extended, ...], ...]:
    """Row i holds 0 to 15 times 16^i B; made once, a few milliseconds."""
    rows = []
    base: Extended = (*BASE, 1, BASE[0] * BASE[1] % FIELD)
    for _ in range(-(-ORDER.bit_length() // WINDOW)):
        row = [IDENTITY]
        for _ in range(2**WINDOW - 1):
            row.append(add(row[-1], base))
        rows.append(tuple(row))
        base = add(row[-1], base)
    return tuple(rows)


def times_base(scalar: int) -> tuple[int, int]:
    """x and y of ``scalar`` times B, for a scalar from 0 to the order."""
    total = IDENTITY
    for row in table():
        total = add(total, row[scalar % 2**WINDOW])
        scalar >>= WINDOW
    x, y, z, _ = total
    inverse = pow(z, -1, FIELD)
    return x * inverse % FIELD, y * inverse % FIELD
