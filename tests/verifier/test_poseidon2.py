"""Poseidon2 in Python, constants included, is gnark-crypto's."""

import pytest

from tests.verifier.kept import vector
from verifier.poseidon2 import FIELD, compress, permute


@pytest.mark.parametrize("kept", vector("poseidon2.json"), ids=lambda kept: f"{kept['width']}-{kept['in'][-1][:6]}")
def test_a_permutation_is_gnarks(kept: dict) -> None:
    state = [int(x, 16) for x in kept["in"]]
    assert permute(state) == [int(x, 16) for x in kept["out"]]


def test_a_compression_feeds_its_first_cell_forward() -> None:
    cells = [5, 7, 11, 13]
    assert compress(*cells) == (permute(cells)[0] + 5) % FIELD


def test_cells_near_the_order_are_reduced() -> None:
    assert permute([FIELD + 3] * 16) == permute([3] * 16)
