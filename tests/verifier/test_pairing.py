"""Pairings agree with py_ecc's own."""

import pytest
from py_ecc import optimized_bn128 as curve

from verifier.pairing import ORDER, miller, product_is_one


def g1(multiple: int) -> tuple:
    return curve.multiply(curve.G1, multiple)


def g2(multiple: int) -> tuple:
    return curve.multiply(curve.G2, multiple)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (7, 11), (ORDER - 1, 2), (2**200 + 5, 3**100)])
def test_a_pairing_is_py_eccs(a: int, b: int) -> None:
    theirs = curve.pairing(g2(b), g1(a), final_exponentiate=False)
    assert curve.final_exponentiate(miller(g1(a), g2(b))) == curve.final_exponentiate(theirs)


@pytest.mark.parametrize(
    ("exponents", "expected"),
    [
        ([(2, 3), (ORDER - 6, 1)], True),
        ([(2, 3), (ORDER - 5, 1)], False),
        ([(2, 3), (ORDER - 6, 1), (5, 1)], False),
        ([(2, 3), (1, ORDER - 7), (1, 1)], True),
        ([(1, 1)], False),
        ([(0, 1), (1, 0), (0, 0)], True),
        ([], True),
    ],
)
def test_a_product_is_one_when_the_exponents_cancel(exponents: list[tuple[int, int]], expected: bool) -> None:
    pairs = [(g1(a), g2(b)) for a, b in exponents]
    product = curve.FQ12.one()
    for p, q in pairs:
        product *= curve.pairing(q, p, final_exponentiate=False)
    assert product_is_one(*pairs) is expected
    assert (curve.final_exponentiate(product) == curve.FQ12.one()) is expected


def test_unnormalised_points_are_taken() -> None:
    """Sums that were never divided through."""
    p, q = curve.add(g1(5), g1(6)), curve.add(g2(2), g2(8))
    assert product_is_one((p, q), (g1(ORDER - 110), curve.G2))
