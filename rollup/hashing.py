"""The hash door: all that this package wants from cryptography."""

from collections.abc import Sequence
from typing import Protocol

from rollup.layout import DOMAIN_TAG


class Hasher(Protocol):
    """Poseidon2 over the scalar field of BN254."""

    def compress_many(self, width: int, rows: Sequence[tuple[int, ...]]) -> list[int]:
        """First cell of the permutation plus first cell of the input, for each row of ``width`` field elements.

        Widths are 4, 8 and 16.
        """
        ...


def compress(hasher: Hasher, *cells: int) -> int:
    """One compression; the width is the number of cells."""
    return hasher.compress_many(len(cells), [cells])[0]


def domain_digest(hasher: Hasher, chain_id: int, contract: int, version: int) -> int:
    """D of the signed messages: Poseidon2_4(tag, chain id, contract, version)."""
    return compress(hasher, DOMAIN_TAG, chain_id, contract, version)
