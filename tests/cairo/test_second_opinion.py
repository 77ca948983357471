"""Margin, the one rule, fills and evictions: ``rollup`` and the programs in Cairo agree on random states.

Every number is compared; where they differ, the state is printed. Wrong formulas, on either side, are found out.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.cairo import accounts, install, orders
from tests.cairo.mutants import MUTANTS, Mutant
from tests.extras import needs

needs("cairo", install.installed())

CHILD = Path(__file__).parent / "child.py"


class Concern(NamedTuple):
    """A program, how its states are drawn, what ``rollup`` says of one, how many are asked."""

    draw: Callable
    ours: Callable
    count: int

    def states(self) -> list:
        """The same ones in every run."""
        random = Random(20_240_501)
        return [self.draw(random) for _ in range(self.count)]


CONCERNS = {
    "judge_margin": Concern(accounts.account, accounts.ours, 700),
    "judge_rule": Concern(accounts.judged, accounts.ours_of_rule, 1_600),
    "judge_sweep": Concern(orders.sweep, orders.ours, 500),
    "judge_collect": Concern(orders.collectable, orders.ours_of_resting, 600),
}
PIECE = 150
"""States that one run of a program is given."""
WITNESSES = 3
"""States that find a mistake in ``rollup`` and are asked of the same mistake in Cairo."""


class Answered(NamedTuple):
    """States of a concern, and what either side says of each, ``theirs`` in a row as the program writes them."""

    states: list
    ours: list[list[int]]
    theirs: list[int]


def task(program: str, states: list, change: tuple | None = None) -> dict:
    """States for the child."""
    cells = [cell for state in states for cell in state.cells()]
    return {"program": program, "changes": [change] if change else [], "count": len(states), "cells": cells}


def ask(tasks: list[dict]) -> list:
    """The programs' answers, from one process of the other environment."""
    command, sent = [install.PYTHON, "-I", CHILD], json.dumps(tasks)
    done = subprocess.run(command, input=sent, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4_000:]
    return json.loads(done.stdout)


def first_difference(ours: list[list[int]], theirs: list[int]) -> int | None:
    """Number of the first state on which the two sides differ."""
    at = 0
    for number, answer in enumerate(ours):
        if theirs[at : at + len(answer)] != answer:
            return number
        at += len(answer)
    return None if at == len(theirs) else len(ours)


@pytest.fixture(scope="module")
def answered() -> dict[str, Answered]:
    """Every concern, asked once."""
    drawn = {program: concern.states() for program, concern in CONCERNS.items()}
    pieces = [
        (program, states[start : start + PIECE])
        for program, states in drawn.items()
        for start in range(0, len(states), PIECE)
    ]
    told: dict[str, list] = {program: [] for program in drawn}
    for (program, _), answer in zip(pieces, ask([task(*piece) for piece in pieces])):
        assert isinstance(answer, list), f"{program}: {answer}"
        told[program] += answer
    ours = {program: [CONCERNS[program].ours(state) for state in states] for program, states in drawn.items()}
    return {program: Answered(drawn[program], ours[program], told[program]) for program in drawn}


@pytest.mark.parametrize("program", CONCERNS)
def test_both_agree(program: str, answered: dict[str, Answered]) -> None:
    states, ours, theirs = answered[program]
    number = first_difference(ours, theirs)
    if number is not None:
        start = sum(map(len, ours[:number]))
        told = theirs[start : start + len(ours[number])]
        pytest.fail(f"state {number}: {states[number]}\nrollup: {ours[number]}\nCairo:  {told}", pytrace=False)


def test_states_meet_every_outcome(answered: dict[str, Answered]) -> None:
    """Both answers of every bit, every reason, every trim, and sweeps that stop for every cause."""
    for column in (3, 7, 8, 9):
        assert len({answer[column] for answer in answered["judge_margin"].ours}) == 2, column
    assert min(Counter(answer[0] for answer in answered["judge_rule"].ours).values()) > 200
    assert set(Counter(answer[0] for answer in answered["judge_collect"].ours)) == {0, 1, 2, 4}
    sweeps = answered["judge_sweep"].ours
    assert {answer[0] for answer in sweeps} == {0, 1, 2}
    swept = [answer for answer in sweeps if answer[0] == 0]
    steps = Counter(reason for answer in swept for reason in answer[2 : answer.index(-1, 2) : 4])
    assert set(steps) == set(range(6))
    assert min(steps.values()) >= 10, steps
    ends = Counter((answer[at + 1] > 0, answer[at + 5]) for answer in swept for at in [answer.index(-1, 2)])
    assert len(ends) == 4, ends


def witnesses(mutant: Mutant, answered: Answered, monkeypatch: pytest.MonkeyPatch) -> list:
    """States on which ``rollup`` with a mistake differs from the programs."""
    ours = CONCERNS[mutant.program].ours
    for name, function in mutant.functions().items():
        monkeypatch.setattr(mutant.module, name, function)
    found = []
    for state, right in zip(answered.states, answered.ours):
        try:
            differs = ours(state) != right
        except Exception:
            differs = True
        if differs:
            found.append(state)
            if len(found) == WITNESSES:
                break
    monkeypatch.undo()
    return found


def test_wrong_formulas_are_found(answered: dict[str, Answered], monkeypatch: pytest.MonkeyPatch) -> None:
    found = {mutant.name: witnesses(mutant, answered[mutant.program], monkeypatch) for mutant in MUTANTS}
    missed = [name for name, states in found.items() if not states]
    assert not missed, f"no state finds: {missed}"

    twins = [mutant for mutant in MUTANTS if mutant.cairo]
    told = ask([task(mutant.program, found[mutant.name], mutant.cairo) for mutant in twins])
    for mutant, wrong in zip(twins, told):
        right = [CONCERNS[mutant.program].ours(state) for state in found[mutant.name]]
        assert isinstance(wrong, str) or first_difference(right, wrong) is not None, f"Cairo passes: {mutant.name}"
