"""Poseidon2 over the scalar field of BN254, widths 4, 8 and 16: independent of the Go code, constants included.

Source: Grassi, Khovratovich, Schofnegger, "Poseidon2" (eprint 2023/323); round constants and internal matrices come out
of the paper's Grain generator, as in the authors' ``poseidon2_rust_params.sage``, which gnark-crypto follows for these
widths. About a millisecond a permutation: for checking batches, not for making them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
FIELD_BITS = 254
FULL_ROUNDS = 8
PARTIAL_ROUNDS = {4: 56, 8: 57, 16: 57}
REJECTED_MATRICES = {4: 4, 8: 30, 16: 6}
"""Internal matrices that the generator draws before one that has no invariant subspaces (5.3)."""


class Parameters(NamedTuple):
    """Constants of a width: a row per full round, one value per partial round, the internal diagonal minus one."""

    first: tuple[tuple[int, ...], ...]
    partial: tuple[int, ...]
    last: tuple[tuple[int, ...], ...]
    diagonal: tuple[int, ...]


def grain(width: int) -> Iterator[int]:
    """Bits of the Grain generator for a prime field, the S-box x^5 and this width.

    The register holds 80 bits, oldest first; every second bit is kept if the bit before it is 1.
    """
    seed = ((1, 2), (0, 4), (FIELD_BITS, 12), (width, 12), (FULL_ROUNDS, 10), (PARTIAL_ROUNDS[width], 10))
    text = "".join(f"{value:0{bits}b}" for value, bits in seed) + "1" * 30
    register = [int(bit) for bit in text]

    def step() -> int:
        bit = register[62] ^ register[51] ^ register[38] ^ register[23] ^ register[13] ^ register[0]
        register.pop(0)
        register.append(bit)
        return bit

    for _ in range(160):
        step()
    while True:
        keep = step()
        bit = step()
        if keep:
            yield bit


def element(bits: Iterator[int]) -> int:
    """The next 254 bits as a number, high bit first."""
    value = 0
    for _ in range(FIELD_BITS):
        value = value << 1 | next(bits)
    return value


def constant(bits: Iterator[int]) -> int:
    """The next number below the field."""
    while (value := element(bits)) >= FIELD:
        pass
    return value


@cache
def parameters(width: int) -> Parameters:
    """Constants of a width; half of the full rounds come before the partial ones."""
    half = FULL_ROUNDS // 2
    bits = grain(width)
    first = tuple(tuple(constant(bits) for _ in range(width)) for _ in range(half))
    partial = tuple(constant(bits) for _ in range(PARTIAL_ROUNDS[width]))
    last = tuple(tuple(constant(bits) for _ in range(width)) for _ in range(half))
    for _ in range(REJECTED_MATRICES[width] * width):
        element(bits)
    diagonal = tuple(element(bits) % FIELD - 1 for _ in range(width))
    return Parameters(first, partial, last, diagonal)


def mix_four(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """The matrix ((5 7 1 3) (4 6 1 1) (1 3 5 7) (1 1 4 6)), not reduced."""
    return (5 * a + 7 * b + c + 3 * d, 4 * a + 6 * b + c + d, a + 3 * b + 5 * c + 7 * d, a + b + 4 * c + 6 * d)


def mix_full(state: list[int]) -> list[int]:
    """The external matrix: circ(2 M4, M4, ..., M4), or M4 alone at width 4."""
    mixed = [value for i in range(0, len(state), 4) for value in mix_four(*state[i : i + 4])]
    if len(state) == 4:
        return [value % FIELD for value in mixed]
    sums = [sum(mixed[column::4]) for column in range(4)]
    return [(value + sums[i % 4]) % FIELD for i, value in enumerate(mixed)]


def permute(state: Sequence[int]) -> list[int]:
    """The permutation of 4, 8 or 16 field elements."""
    first, partial, last, diagonal = parameters(len(state))
    cells = mix_full(list(state))
    for keys in first:
        cells = mix_full([pow(cell + key, 5, FIELD) for cell, key in zip(cells, keys, strict=True)])
    for key in partial:
        cells[0] = pow(cells[0] + key, 5, FIELD)
        total = sum(cells)
        cells = [(total + scale * cell) % FIELD for scale, cell in zip(diagonal, cells, strict=True)]
    for keys in last:
        cells = mix_full([pow(cell + key, 5, FIELD) for cell, key in zip(cells, keys, strict=True)])
    return cells


def compress(*cells: int) -> int:
    """First cell of the permutation plus first cell of the input; 4, 8 or 16 cells."""
    return (permute(cells)[0] + cells[0]) % FIELD
