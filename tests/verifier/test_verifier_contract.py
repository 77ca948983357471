"""The verifier contract: same verdicts as gnark's exported contract and as Python, and keys that it does not take."""

from pathlib import Path

import pytest
from py_ecc import optimized_bn128 as curve

from tests.verifier.kept import vector
from tests.verifier.simulator import Simulator, g2
from tests.verifier.test_groth16 import off_the_subgroup
from tests.verifier.world import START, World
from verifier import compile, groth16
from verifier.chain import Chain, development_account
from verifier.compile import Contract, contract
from verifier.deploy import DEPLOY_GAS, DEVELOPMENT, deploy_verifier
from verifier.devnet import Devnet
from verifier.errors import Reverted
from verifier.groth16 import BASE_FIELD, FIELD, Proof, VerifyingKey, negated

TRANSCRIPT = b"\x01" * 32


@pytest.fixture
def ours(world: World, gnark_key: VerifyingKey):
    """Our verifier with gnark's key."""
    address = deploy_verifier(world.chain, world.admin, gnark_key)
    return world.chain.contract(contract("Groth16Verifier"), address)


@pytest.fixture
def theirs(world: World):
    """gnark's exported verifier."""
    kept = vector("groth16/solidity.json")
    return world.chain.deploy(Contract(kept["abi"], kept["bytecode"], ""), world.admin, gas=DEPLOY_GAS)


def ask(verifier, proof: Proof, inputs) -> bool:
    """Our verdict."""
    return verifier.functions.verify(tuple(proof), tuple(inputs)).call()


def ask_theirs(world: World, verifier, proof: Proof, inputs) -> bool:
    """gnark's verdict: its contract reverts where it does not hold."""
    try:
        world.chain.call(verifier.functions.verifyProof(proof.to_bytes(), tuple(inputs)))
    except Reverted:
        return False
    return True


def mutations(proof: Proof) -> list[Proof]:
    """Proofs that must not hold: coordinates changed, points exchanged, negated, infinite or outside their group."""
    words = proof.words()
    changed = [words[:i] + [(word + 1) % BASE_FIELD] + words[i + 1 :] for i, word in enumerate(words)]
    unreduced = [words[:i] + [words[i] + BASE_FIELD] + words[i + 1 :] for i in (0, 2, 6, 8, 10)]
    others = [
        proof._replace(a=proof.krs, krs=proof.a),
        proof._replace(a=(proof.a[0], BASE_FIELD - proof.a[1])),
        proof._replace(b=negated(proof.b)),
        proof._replace(b=off_the_subgroup()),
        proof._replace(commitment=(0, 0)),
        proof._replace(knowledge=(0, 0)),
        proof._replace(a=(0, 0)),
        Proof((0, 0), (0, 0, 0, 0), (0, 0), (0, 0), (0, 0)),
        Proof.from_words([2**256 - 1] * 12),
    ]
    return [Proof.from_words(w) for w in changed + unreduced] + others


def test_kept_proofs_hold_everywhere(world: World, ours, theirs, gnark_proofs) -> None:
    for inputs, proof in gnark_proofs:
        assert ask(ours, proof, inputs)
        assert ask_theirs(world, theirs, proof, inputs)


def test_mutated_proofs_hold_nowhere(world: World, ours, theirs, gnark_key, gnark_proofs) -> None:
    inputs, proof = gnark_proofs[1]
    for place, mutated in enumerate(mutations(proof)):
        assert not ask(ours, mutated, inputs), place
        assert not ask_theirs(world, theirs, mutated, inputs), place


def test_other_inputs_hold_nowhere(world: World, ours, theirs, gnark_proofs) -> None:
    inputs, proof = gnark_proofs[1]
    for place in range(3):
        for other in ((inputs[place] + 1) % FIELD, inputs[place] + FIELD, 2**256 - 1):
            changed = [other if i == place else value for i, value in enumerate(inputs)]
            assert not ask(ours, proof, changed)
            assert not ask_theirs(world, theirs, proof, changed)


def test_a_re_randomised_proof_holds(ours, theirs, world: World, gnark_key, gnark_proofs) -> None:
    """Groth16 proofs are no identities: anyone makes another one of the same statement."""
    inputs, proof = gnark_proofs[1]
    b = curve.multiply(groth16.g2(proof.b), pow(3, -1, FIELD))
    x, y = curve.normalize(b)
    third = (int(x.coeffs[1]), int(x.coeffs[0]), int(y.coeffs[1]), int(y.coeffs[0]))
    ax, ay = curve.normalize(curve.multiply(groth16.g1(proof.a), 3))
    other = proof._replace(a=(ax.n, ay.n), b=third)
    assert ask(ours, other, inputs)
    assert ask_theirs(world, theirs, other, inputs)
    assert groth16.verify(gnark_key, other, inputs)


def test_another_keys_proof_is_refused(world: World, ours, simulator: Simulator) -> None:
    assert not ask(ours, simulator.prove((1, 2, 3)), (1, 2, 3))


def test_calldata_of_another_length_is_refused(world: World, ours, gnark_proofs) -> None:
    inputs, proof = gnark_proofs[0]
    data = ours.functions.verify(tuple(proof), tuple(inputs))._encode_transaction_data()
    call = {"to": ours.address, "data": data}
    assert int(world.net.call("eth_call", call, "latest"), 16) == 1
    assert int(world.net.call("eth_call", {**call, "data": data + "00"}, "latest"), 16) == 0


def test_too_little_gas_ends_in_a_refusal(ours, gnark_proofs) -> None:
    inputs, proof = gnark_proofs[0]
    assert ours.functions.verify(tuple(proof), tuple(inputs)).call({"gas": 200_000}) is False


def test_an_invalid_proof_costs_no_more_than_a_valid_one(world: World, ours, gnark_proofs) -> None:
    inputs, proof = gnark_proofs[1]

    def cost(mutated: Proof) -> int:
        data = ours.functions.verify(tuple(mutated), tuple(inputs))._encode_transaction_data()
        return int(world.net.call("debug_traceCall", {"to": ours.address, "data": data}, "latest", {})["gas"])

    assert max(cost(mutated) for mutated in mutations(proof)) < cost(proof) + 45_000


def attack(key: VerifyingKey, proof: Proof, rho: int = 1) -> Proof:
    """Errors in the two equations that cancel under a known weight: PoK + t A and B - rho t gamma."""
    t = 5
    pok = curve.add(groth16.g1(proof.knowledge), curve.multiply(groth16.g1(proof.a), t))
    b = curve.add(groth16.g2(proof.b), curve.neg(curve.multiply(groth16.g2(key.gamma), rho * t % FIELD)))
    (px, py), (x, y) = curve.normalize(pok), curve.normalize(b)
    moved = (int(x.coeffs[1]), int(x.coeffs[0]), int(y.coeffs[1]), int(y.coeffs[0]))
    return proof._replace(knowledge=(px.n, py.n), b=moved)


def unweighted(folder: Path) -> Contract:
    """Our contract with the weight one."""
    source = (compile.CONTRACTS / "Groth16Verifier.vy").read_text()
    weight = "convert(keccak256(abi_encode(proof, inputs)), uint256)"
    assert source.count(weight) == 1
    (folder / "Groth16Unweighted.vy").write_text(source.replace(weight, "1"))
    return contract("Groth16Unweighted", folder)


def test_errors_that_cancel_without_a_weight_are_refused(
    world: World, ours, theirs, gnark_key: VerifyingKey, gnark_proofs, tmp_path: Path
) -> None:
    inputs, proof = gnark_proofs[1]
    broken = world.chain.deploy(
        unweighted(tmp_path), world.admin, gnark_key.for_contract(), DEVELOPMENT, gas=DEPLOY_GAS
    )
    forged = attack(gnark_key, proof)
    assert ask(broken, forged, inputs), "the attack does not work: the test shows nothing"
    assert not ask(ours, forged, inputs)
    assert not ask_theirs(world, theirs, forged, inputs)
    assert not groth16.verify(gnark_key, forged, inputs)
    assert not groth16.verify_folded(gnark_key, forged, inputs)


def test_the_contract_tells_its_key(ours, gnark_key: VerifyingKey) -> None:
    assert VerifyingKey.from_contract(ours.functions.key().call()) == gnark_key
    assert ours.functions.development_keys().call() is True
    assert ours.functions.ceremony().call() == DEVELOPMENT


OUTSIDE = "key: a G2 point is not in its group"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alpha": (0, 0)}, "key: a G1 point is infinity"),
        ({"alpha": (1, 3)}, "key: a G1 point is not on the curve"),
        ({"alpha": (BASE_FIELD + 1, 2)}, "key: a G1 point is not on the curve"),
        ({"beta": (0, 0, 0, 0)}, "key: a G2 point is infinity"),
        ({"beta": (1, 2, 3, 4)}, OUTSIDE),
        ({"beta": off_the_subgroup()}, OUTSIDE),
        ({"delta": off_the_subgroup()}, OUTSIDE),
        ({"base_sigma_neg": off_the_subgroup()}, OUTSIDE),
        ({"base": g2(3)}, "key: the commitment's base is not gamma"),
    ],
)
def test_a_key_with_a_bad_point_is_refused(world: World, gnark_key, changes: dict, reason: str) -> None:
    with pytest.raises(Reverted) as refused:
        deploy_verifier(world.chain, world.admin, gnark_key._replace(**changes))
    assert refused.value.message == reason


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize(
    ("point", "reason"), [((0, 0), "key: a G1 point is infinity"), ((2, 2), "key: a G1 point is not on the curve")]
)
def test_a_key_with_a_bad_k_is_refused(world: World, gnark_key, place: int, point: tuple, reason: str) -> None:
    k = [point if i == place else kept for i, kept in enumerate(gnark_key.k)]
    with pytest.raises(Reverted) as refused:
        deploy_verifier(world.chain, world.admin, gnark_key._replace(k=tuple(k)))
    assert refused.value.message == reason


@pytest.mark.parametrize("part", ["delta", "base_sigma_neg"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_key_of_a_set_up_left_out_halfway_is_refused(world: World, gnark_key, part: str, sign: int) -> None:
    point = gnark_key.gamma if sign == 1 else negated(gnark_key.gamma)
    with pytest.raises(Reverted) as refused:
        deploy_verifier(world.chain, world.admin, gnark_key._replace(**{part: point}))
    assert refused.value.message == "key: delta or sigma gamma is gamma"


def test_development_keys_are_refused_on_a_live_chain(simulator: Simulator) -> None:
    admin = development_account(0)
    with Devnet(chain_id=1, timestamp=START) as net:
        chain = Chain(net.url)
        with pytest.raises(Reverted) as refused:
            deploy_verifier(chain, admin, simulator.key)
        assert refused.value.message == "key: development keys on a live chain"
        address = deploy_verifier(chain, admin, simulator.key, TRANSCRIPT)
        verifier = chain.contract(contract("Groth16Verifier"), address)
        assert verifier.functions.development_keys().call() is False
        assert verifier.functions.ceremony().call() == TRANSCRIPT
        assert ask(verifier, simulator.prove((1, 2, 3)), (1, 2, 3))
        with pytest.raises(Reverted) as refused:
            chain.deploy(contract("DevelopmentToken"), admin, "Dollar", "USD", 6, gas=DEPLOY_GAS)
        assert refused.value.message == "token: not a development chain"
