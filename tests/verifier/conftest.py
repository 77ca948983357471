"""One chain for all contract tests; each test finds it as the first one did."""

import os
from collections.abc import Iterator

import pytest

from novate import tools
from tests.verifier.kept import vector
from tests.verifier.simulator import Simulator
from tests.verifier.world import START, World, build
from verifier.devnet import Devnet
from verifier.groth16 import Proof, VerifyingKey


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    os.environ.setdefault("NOVATE_ANVIL", str(tools.anvil()))


@pytest.fixture(scope="session")
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture(scope="session")
def shared_world(_programs: None, simulator: Simulator) -> Iterator[World]:
    with Devnet(timestamp=START) as net:
        yield build(net, simulator)


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    """A world of one's own: what a test does to the chain is undone."""
    snapshot = shared_world.net.call("evm_snapshot")
    shared_world.made = 0
    yield shared_world
    shared_world.net.call("evm_revert", snapshot)


@pytest.fixture(scope="session")
def gnark_key() -> VerifyingKey:
    """The key of the kept proofs."""
    return VerifyingKey.from_json(vector("groth16/key.json"))


@pytest.fixture(scope="session")
def gnark_proofs() -> list[tuple[tuple[int, ...], Proof]]:
    """Inputs and proofs that gnark made."""
    return [
        (tuple(int(x, 16) for x in kept["inputs"]), Proof.from_bytes(bytes.fromhex(kept["proof"])))
        for kept in vector("groth16/proofs.json")
    ]
