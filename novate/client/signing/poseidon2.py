"""Poseidon2 over the scalar field of BN254, at the widths that signatures use.

Constants lie beside this file; tests compare them with a second making of the authors' generator.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
HALF_FULL = 4
"""Full rounds before the partial ones, and after."""
FILE = Path(__file__).with_name("constants.json")


class Parameters(NamedTuple):
    """Constants of one width: full rounds before, partial rounds, full rounds after, and the inner diagonal."""

    before: tuple[tuple[int, ...], ...]
    partial: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    diagonal: tuple[int, ...]


@cache
def parameters(width: int) -> Parameters:
    """The constants of a width: 4, 8 or 16. Raises ``ValueError`` for another."""
    read = json.loads(FILE.read_text())
    if str(width) not in read:
        raise ValueError(f"no hash of width {width}")
    found = read[str(width)]
    rounds = [tuple(int(constant, 16) for constant in row) for row in found["rounds"]]
    partial = tuple(row[0] for row in rounds[HALF_FULL:-HALF_FULL])
    diagonal = tuple(int(entry, 16) for entry in found["diagonal"])
    return Parameters(tuple(rounds[:HALF_FULL]), partial, tuple(rounds[-HALF_FULL:]), diagonal)


def compress(*cells: int) -> int:
    """First cell of the permutation plus first cell of the input."""
    constants = parameters(len(cells))
    state = outer(list(cells))
    for row in constants.before:
        state = outer([fifth(cell + constant) for cell, constant in zip(state, row)])
    for constant in constants.partial:
        state[0] = fifth(state[0] + constant)
        total = sum(state)
        state = [(entry * cell + total) % FIELD for entry, cell in zip(constants.diagonal, state)]
    for row in constants.after:
        state = outer([fifth(cell + constant) for cell, constant in zip(state, row)])
    return (state[0] + cells[0]) % FIELD


def fifth(value: int) -> int:
    """x^5, reduced."""
    square = value * value % FIELD
    return square * square % FIELD * value % FIELD


def outer(state: list[int]) -> list[int]:
    """The matrix of the full rounds: four cells mixed by M4, wider states with the sum of the blocks added to each."""
    blocks = [mixed(*state[at : at + 4]) for at in range(0, len(state), 4)]
    if len(blocks) == 1:
        return [cell % FIELD for cell in blocks[0]]
    totals = [sum(column) for column in zip(*blocks)]
    return [(cell + total) % FIELD for block in blocks for cell, total in zip(block, totals)]


def mixed(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """M4 times a block, not reduced: rows (5 7 1 3), (4 6 1 1), (1 3 5 7), (1 1 4 6)."""
    return 5 * a + 7 * b + c + 3 * d, 4 * a + 6 * b + c + d, a + 3 * b + 5 * c + 7 * d, a + b + 4 * c + 6 * d
