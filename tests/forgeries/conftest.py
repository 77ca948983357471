"""One native door and one checker for all forgeries."""

from collections.abc import Iterator

import pytest

from circuits.native import Native
from circuits.prover import Checker


@pytest.fixture(scope="session")
def native() -> Iterator[Native]:
    """Hashes and signatures."""
    with Native() as door:
        yield door


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    """Evaluates every rule of a trace in gnark's test engine."""
    with Checker() as door:
        yield door
