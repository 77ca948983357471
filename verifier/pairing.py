"""Products of pairings over BN254, over py_ecc's fields and in an eighth of its pairing's time.

py_ecc carries the points of G2 as elements of the field of degree twelve. Here they stay on the twist, over the field
of degree two, and a line is the sparse element that it is. Points are py_ecc's, in projective coordinates.

With w^6 = 9 + i, the twist's (x, y) stands for (x w^2, y w^3). Through two such points runs a line of slope m w, where
m is the slope on the twist; at P = (px, py) its value is py - m px w + (m x - y) w^3.
"""

from py_ecc import optimized_bn128 as curve
from py_ecc.optimized_bn128 import FQ2, FQ12
from py_ecc.optimized_bn128.optimized_pairing import pseudo_binary_encoding

from verifier.recursion import bounded

bounded()

ORDER = curve.curve_order
PRIME = curve.field_modulus
DIGITS = pseudo_binary_encoding[63::-1]
"""Signed digits of 6 u + 2 below the highest, for the curve's parameter u = 4965661367192848881."""
FROBENIUS = (FQ2([9, 1]) ** ((PRIME - 1) // 3), FQ2([9, 1]) ** ((PRIME - 1) // 2))
"""The twist's x and y, conjugated, times these are the images of x and y under the p-th power."""

Twisted = tuple[FQ2, FQ2]


def line(slope: FQ2, through: Twisted, at: tuple[int, int]) -> FQ12:
    """Value at a point of G1 of the line with this slope through a point of the twist."""
    x, y = through
    coefficients = [0] * 12
    coefficients[0] = at[1]
    for place, value in ((1, slope * -at[0]), (3, slope * x - y)):
        real, imaginary = value.coeffs
        coefficients[place] = int(real) - 9 * int(imaginary)
        coefficients[place + 6] = int(imaginary)
    return FQ12(coefficients)


def inverse(z: FQ2) -> FQ2:
    """1 / z: the conjugate over the norm."""
    real, imaginary = (int(c) for c in z.coeffs)
    return FQ2([real, -imaginary]) * pow(real * real + imaginary * imaginary, -1, PRIME)


def step(slope: FQ2, t: Twisted, q: Twisted) -> Twisted:
    """The sum of two points of the twist that lie on a line of this slope."""
    x = slope * slope - t[0] - q[0]
    return x, slope * (t[0] - x) - t[1]


def image(q: Twisted) -> Twisted:
    """The p-th power of a point of the twist."""
    x, y = (FQ2([int(z.coeffs[0]), -int(z.coeffs[1])]) * by for z, by in zip(q, FROBENIUS, strict=True))
    return x, y


def miller(p: tuple, q: tuple) -> FQ12:
    """The pairing of P and Q but for the final exponent; one if either is infinity."""
    if curve.is_inf(p) or curve.is_inf(q):
        return FQ12.one()
    at = tuple(coordinate.n for coordinate in curve.normalize(p))
    q = curve.normalize(q)
    minus_q = (q[0], -q[1])
    f, t = FQ12.one(), q
    for digit in DIGITS:
        slope = t[0] * t[0] * 3 * inverse(t[1] * 2)
        f, t = f * f * line(slope, t, at), step(slope, t, t)
        if digit:
            f, t = added(f, t, q if digit == 1 else minus_q, at)
    first = image(q)
    second = image(first)
    f, t = added(f, t, first, at)
    return added(f, t, (second[0], -second[1]), at)[0]


def added(f: FQ12, t: Twisted, q: Twisted, at: tuple[int, int]) -> tuple[FQ12, Twisted]:
    """One addition of the loop: t becomes t + q, and f takes the line through both."""
    slope = (q[1] - t[1]) * inverse(q[0] - t[0])
    return f * line(slope, t, at), step(slope, t, q)


def product_is_one(*pairs: tuple) -> bool:
    """Whether the product of e(P, Q) over pairs (P, Q) is one. Points must lie in their groups.

    The final exponent (p^12 - 1) / r is taken in two factors: p^6 - 1, which is a conjugation (w to -w) and a division,
    and (p^6 + 1) / r.
    """
    product = FQ12.one()
    for p, q in pairs:
        product *= miller(p, q)
    conjugate = FQ12([-c if place % 2 else c for place, c in enumerate(product.coeffs)])
    return (conjugate / product) ** ((PRIME**6 + 1) // ORDER) == FQ12.one()
