"""Several proofs in one pairing check: all of them hold or none counts, whatever cancels under foreseeable weights."""

from pathlib import Path

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from py_ecc import optimized_bn128 as curve

from tests.verifier.simulator import Simulator
from tests.verifier.test_verifier_contract import attack, mutations
from tests.verifier.world import World
from verifier import compile, groth16
from verifier.compile import Contract, contract
from verifier.deploy import DEPLOY_GAS, DEVELOPMENT, deploy_verifier
from verifier.groth16 import FIELD, G1Point, Proof

INPUTS = [(10 + i, 20 + i, 30 + i) for i in range(4)]
PROOF_TYPE = "(uint256[2],uint256[4],uint256[2],uint256[2],uint256[2])"
SEED = "abi_encode(proofs_, inputs)"


@pytest.fixture
def ours(world: World):
    """The verifier of the world's key."""
    return world.settlement.verifier("XS")


@pytest.fixture
def proofs(world: World) -> list[Proof]:
    return [world.simulator.prove(inputs) for inputs in INPUTS]


def ask(verifier, proofs: list[Proof], inputs=INPUTS) -> bool:
    """The verdict."""
    return verifier.functions.verify_many([tuple(proof) for proof in proofs], [tuple(i) for i in inputs]).call()


@pytest.fixture(scope="module")
def foreseeable(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """Our verifier with weights that hash the inputs alone, so that who makes the proofs knows them before."""
    source = (compile.CONTRACTS / "Groth16Verifier.vy").read_text()
    assert source.count(SEED) == 1
    folder: Path = tmp_path_factory.mktemp("foreseeable")
    (folder / "Groth16Foreseeable.vy").write_text(source.replace(SEED, "abi_encode(inputs)"))
    return contract("Groth16Foreseeable", folder)


@pytest.fixture
def weak(world: World, foreseeable: Contract):
    """One under the world's key."""
    return world.chain.deploy(foreseeable, world.admin, world.simulator.key.for_contract(), DEVELOPMENT, gas=DEPLOY_GAS)


def moved(point: G1Point, steps: int) -> G1Point:
    """A point, and so many times the generator."""
    x, y = curve.normalize(curve.add(groth16.g1(point), curve.multiply(curve.G1, steps % FIELD)))
    return (x.n, y.n)


def cancelling(proofs: list[Proof], part: str, weights: tuple[int, int]) -> list[Proof]:
    """The second and the third proof made false by errors that cancel under these weights."""
    second, third = weights
    forged = list(proofs)
    forged[1] = forged[1]._replace(**{part: moved(getattr(forged[1], part), 7 * third)})
    forged[2] = forged[2]._replace(**{part: moved(getattr(forged[2], part), -7 * second)})
    return forged


def weight(seed: bytes, place: int) -> int:
    """rho for place 0, tau of a proof for others."""
    return int.from_bytes(keccak(seed + place.to_bytes(32, "big")), "big") % FIELD


KNOWN = keccak(encode(["uint256[3][]"], [INPUTS]))
"""The seed of the weak verifier."""


def test_true_proofs_hold_however_many(ours, proofs: list[Proof]) -> None:
    for count in range(1, 5):
        assert ask(ours, proofs[:count], INPUTS[:count])


def test_gnarks_proofs_hold_together(world: World, gnark_key, gnark_proofs) -> None:
    verifier = world.chain.contract(contract("Groth16Verifier"), deploy_verifier(world.chain, world.admin, gnark_key))
    inputs, proofs = zip(*gnark_proofs)
    assert ask(verifier, proofs, inputs)
    assert not ask(verifier, proofs, inputs[::-1])


@pytest.mark.parametrize("place", range(4))
def test_one_false_proof_among_true_ones_is_refused(world: World, ours, proofs: list[Proof], place: int) -> None:
    for false in (world.simulator.prove((1, 2, 3)), proofs[(place + 1) % 4], *mutations(proofs[place])[::5]):
        assert not ask(ours, [*proofs[:place], false, *proofs[place + 1 :]])


@pytest.mark.parametrize("part", ["krs", "knowledge"])
def test_errors_of_two_proofs_that_cancel_under_weights_one_can_foresee(
    ours, weak, proofs: list[Proof], part: str
) -> None:
    forged = cancelling(proofs, part, (weight(KNOWN, 1), weight(KNOWN, 2)))
    assert ask(weak, forged), "the attack does not work: the test shows nothing"
    assert not ask(ours, forged)


def test_errors_of_two_equations_that_cancel_under_a_weight_one_can_foresee(
    world: World, ours, weak, proofs: list[Proof]
) -> None:
    forged = [*proofs[:2], attack(world.simulator.key, proofs[2], weight(KNOWN, 0)), proofs[3]]
    assert ask(weak, forged), "the attack does not work: the test shows nothing"
    assert not ask(ours, forged)


@pytest.mark.parametrize("part", ["krs", "knowledge"])
def test_errors_that_cancel_under_the_weights_of_the_true_proofs_or_none(ours, proofs: list[Proof], part: str) -> None:
    types = [PROOF_TYPE + "[]", "uint256[3][]"]
    seed = keccak(encode(types, [[tuple(proof) for proof in proofs], INPUTS]))
    assert not ask(ours, cancelling(proofs, part, (weight(seed, 1), weight(seed, 2))))
    assert not ask(ours, cancelling(proofs, part, (1, 1)))


def test_one_proof_twice_counts_for_its_own_inputs_only(ours, proofs: list[Proof]) -> None:
    assert ask(ours, [proofs[0], proofs[0]], [INPUTS[0], INPUTS[0]])
    assert not ask(ours, [proofs[0], proofs[0]], INPUTS[:2])


def test_nothing_and_unequal_numbers_are_refused(ours, proofs: list[Proof]) -> None:
    assert not ask(ours, [], [])
    assert not ask(ours, proofs[:2], INPUTS[:1])
    assert not ask(ours, proofs[:1], INPUTS[:2])


@pytest.mark.parametrize("value", [FIELD, 2**256 - 1])
def test_an_unreduced_input_is_refused(ours, proofs: list[Proof], value: int) -> None:
    for place in range(3):
        inputs = [list(one) for one in INPUTS]
        inputs[1][place] = inputs[1][place] + FIELD if value == FIELD else value
        assert not ask(ours, proofs, inputs)


def test_calldata_that_is_cut_is_refused_and_what_trails_has_no_effect(world: World, ours, proofs: list[Proof]) -> None:
    data = ours.functions.verify_many([tuple(proof) for proof in proofs], INPUTS)._encode_transaction_data()
    call = {"to": ours.address}
    assert int(world.net.call("eth_call", {**call, "data": data + "00" * 32}, "latest"), 16) == 1
    for cut in (64, 64 * 3 * 4, 64 * 16):
        assert int(world.net.call("eth_call", {**call, "data": data[:-cut]}, "latest"), 16) == 0


def test_too_little_gas_ends_in_a_refusal(ours, proofs: list[Proof]) -> None:
    call = ours.functions.verify_many([tuple(proof) for proof in proofs], INPUTS)
    assert call.call({"gas": 300_000}) is False


def test_another_keys_proof_is_refused(ours, proofs: list[Proof]) -> None:
    assert not ask(ours, [*proofs[:3], Simulator("another set-up").prove(INPUTS[3])])
