"""Decimal text becomes exact integers, or is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novate.feed.fixed import decimal, fixed


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("1", 10**8), ("61800.20", 6180020000000), ("0.00000001", 1), ("5.", 5 * 10**8), ("1.000000000", 10**8)],
)
def test_plain_numbers_are_read_exactly(text: str, value: int) -> None:
    assert fixed(text) == value


@pytest.mark.parametrize(
    "text", ["", ".", ".5", "-1", "+1", "1e5", "0x10", "1_000", "1.2.3", " 1", "NaN", "٣", "0.000000001"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        fixed(text)


@given(st.integers(0, 2**70))
def test_a_number_survives_being_written(value: int) -> None:
    assert fixed(f"{decimal(value):f}") == value
    assert decimal(value) == Decimal(value) / 10**8
