"""Honest batches of the smallest class, and development keys for them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from circuits import prover
from circuits.build import tools_folder
from circuits.native import Native
from rollup.batch import Batch
from tests.worlds.world import MARK, World


@pytest.fixture(scope="session")
def native() -> Iterator[Native]:
    with Native() as door:
        yield door


@pytest.fixture(scope="session")
def batch(native: Native) -> Batch:
    """Deposits, a trade, a resting order, a refused one, a withdrawal, priced by reports."""
    world = World(native)
    world.begin(MARK, MARK)
    for account in (1, 2, 3):
        world.deposit(account)
    world.place(1, 0, MARK, 5)
    world.place(2, 1, MARK, 3)
    world.place(3, 1, MARK - 10, 7, post_only=1)
    world.withdraw(3, 1000)
    return world.seal()


@pytest.fixture(scope="session")
def trace_file(batch: Batch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("traces") / "batch.json"
    path.write_text(json.dumps(batch.trace))
    return path


@pytest.fixture(scope="session")
def key_dir() -> Path:
    """A folder that keeps keys of class XS between runs, of the circuit as it is; older ones go."""
    folder = tools_folder() / "test-keys"
    system = prover.setup("XS", folder).system
    for path in folder.glob("XS-*"):
        if path.suffix != ".system" and not path.name.startswith(f"XS-{system[:16]}."):
            path.unlink()
    return folder


@pytest.fixture(scope="session")
def xs(key_dir: Path) -> Iterator[prover.Prover]:
    with prover.Prover("XS", key_dir) as running:
        yield running


@pytest.fixture(scope="session")
def proof(xs: prover.Prover, batch: Batch) -> prover.Proof:
    return xs.prove(batch.trace)


@pytest.fixture(scope="session")
def checker(key_dir: Path) -> Iterator[prover.Checker]:
    with prover.Checker(key_dir) as running:
        yield running
