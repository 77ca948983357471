"""Poseidon2 over the scalar field of BN254, from the paper (https://eprint.iacr.org/2023/323) and nothing of ours.

Its constants come out of the Grain generator of the authors' parameter script, as that script makes them: the round
constants first, each a sample below the field's order, then candidates for the diagonal of the inner matrix, reduced,
until one has a matrix whose first powers all have an irreducible minimal polynomial. Which candidate that was is
recorded below.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
FIELD_BITS = 254
FULL_ROUNDS = 8
PARTIAL_ROUNDS = {4: 56, 8: 57, 16: 57}
REJECTED = {4: 4, 8: 30, 16: 6}
"""Candidates for the inner matrix that fail the script's test of minimal polynomials, by width."""
OUTER = ((5, 7, 1, 3), (4, 6, 1, 1), (1, 3, 5, 7), (1, 1, 4, 6))
"""The matrix M4 of the outer rounds."""


class Parameters(NamedTuple):
    """Constants of one width: a row of constants a round, and the inner matrix less the matrix of ones."""

    constants: tuple[tuple[int, ...], ...]
    diagonal: tuple[int, ...]


def grain(width: int) -> Iterator[int]:
    """Samples of 254 bits of the Grain generator, seeded with the instance's parameters."""
    seed = (
        (1, 2),
        (0, 4),
        (FIELD_BITS, 12),
        (width, 12),
        (FULL_ROUNDS, 10),
        (PARTIAL_ROUNDS[width], 10),
        (2**30 - 1, 30),
    )
    register = [value >> (bits - 1 - i) & 1 for value, bits in seed for i in range(bits)]

    def step() -> int:
        bit = register[62] ^ register[51] ^ register[38] ^ register[23] ^ register[13] ^ register[0]
        register.append(bit)
        del register[0]
        return bit

    for _ in range(160):
        step()
    while True:
        sample = 0
        for _ in range(FIELD_BITS):
            while step() == 0:
                step()
            sample = 2 * sample + step()
        yield sample


@cache
def parameters(width: int) -> Parameters:
    """The constants of a width."""
    samples = grain(width)
    below = (sample for sample in samples if sample < FIELD)
    outer = [width] * (FULL_ROUNDS // 2)
    constants = tuple(
        tuple(next(below) for _ in range(count)) for count in (*outer, *[1] * PARTIAL_ROUNDS[width], *outer)
    )
    candidates = [[next(samples) % FIELD for _ in range(width)] for _ in range(REJECTED[width] + 1)]
    return Parameters(constants, tuple((entry - 1) % FIELD for entry in candidates[-1]))


def outer_layer(state: list[int]) -> list[int]:
    """M4 on every four cells; in wider states each block then gains the sum of all blocks."""
    blocks = [state[at : at + 4] for at in range(0, len(state), 4)]
    mixed = [[sum(entry * cell for entry, cell in zip(row, block)) % FIELD for row in OUTER] for block in blocks]
    if len(blocks) == 1:
        return mixed[0]
    total = [sum(column) for column in zip(*mixed)]
    return [(cell + more) % FIELD for block in mixed for cell, more in zip(block, total)]


def inner_layer(state: list[int], diagonal: tuple[int, ...]) -> list[int]:
    """The matrix of ones plus a diagonal."""
    total = sum(state)
    return [(entry * cell + total) % FIELD for entry, cell in zip(diagonal, state)]


def permute(state: tuple[int, ...]) -> list[int]:
    """The permutation of 4, 8 or 16 cells."""
    constants, diagonal = parameters(len(state))
    cells = outer_layer(list(state))
    for row in constants:
        cells[: len(row)] = [pow(cell + constant, 5, FIELD) for cell, constant in zip(cells, row)]
        cells = outer_layer(cells) if len(row) > 1 else inner_layer(cells, diagonal)
    return cells


def compress(*cells: int) -> int:
    """First cell of the permutation plus first cell of the input."""
    return (permute(cells)[0] + cells[0]) % FIELD
