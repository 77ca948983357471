"""Python and circuit agree: whatever the engine makes of random actions, the circuit accepts."""

from collections.abc import Iterator
from random import Random

import pytest

from circuits.native import Native
from circuits.prover import Checker
from tests.properties.proven import ProvenUniverse
from tests.properties.universe import KINDS, LISTED, OWNERS, Intent


@pytest.fixture(scope="module")
def native() -> Iterator[Native]:
    """Hashes and signatures."""
    with Native() as door:
        yield door


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    """The circuit's rules, one by one."""
    with Checker() as door:
        yield door


@pytest.mark.parametrize("number", [0, 1, 3, 5])
def test_the_circuit_accepts_what_the_engine_did(number: int, native: Native, checker: Checker) -> None:
    """Given a universe of random markets, when sixty things are tried, then every batch keeps every rule."""
    random = Random(number)
    universe = ProvenUniverse(number, native, checker, is_big=number % 3 == 0)
    universe.run(
        [
            Intent(random.choice(KINDS), random.randint(1, OWNERS), random.randrange(LISTED), random.randrange(2**16))
            for _ in range(60)
        ]
    )
    assert len(universe.batches) > 3
    assert checker.check(universe.batches[-1].trace, solve=True).solved
