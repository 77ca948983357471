"""The verifier in Python: gnark's proofs hold, altered ones do not, by both ways of checking."""

import json

import pytest
from py_ecc import optimized_bn128 as curve

from tests.verifier.kept import vector
from tests.verifier.simulator import Simulator, g1, g2
from verifier import groth16
from verifier.errors import BadInput, ProofRefused
from verifier.groth16 import BASE_FIELD, FIELD, Proof, VerifyingKey


def test_gnarks_proofs_hold(gnark_key: VerifyingKey, gnark_proofs) -> None:
    for inputs, proof in gnark_proofs:
        groth16.check(gnark_key, proof, inputs)


def test_the_fold_gives_the_same_verdicts(gnark_key: VerifyingKey, gnark_proofs) -> None:
    (inputs, proof), (others, _) = gnark_proofs[:2]
    assert groth16.verify_folded(gnark_key, proof, inputs)
    assert not groth16.verify_folded(gnark_key, proof, others)
    assert not groth16.verify_folded(gnark_key, proof._replace(knowledge=g1(5)), inputs)


@pytest.mark.parametrize("place", range(3))
def test_another_input_is_refused(gnark_key: VerifyingKey, gnark_proofs, place: int) -> None:
    inputs, proof = gnark_proofs[1]
    changed = [value + (i == place) for i, value in enumerate(inputs)]
    with pytest.raises(ProofRefused, match="CIRCUIT_FALSE"):
        groth16.check(gnark_key, proof, changed)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("a", "CIRCUIT_FALSE"),
        ("krs", "CIRCUIT_FALSE"),
        ("commitment", "KNOWLEDGE_FALSE"),
        ("knowledge", "KNOWLEDGE_FALSE"),
    ],
)
def test_another_point_is_refused(gnark_key: VerifyingKey, gnark_proofs, part: str, code: str) -> None:
    inputs, proof = gnark_proofs[1]
    with pytest.raises(ProofRefused, match=code):
        groth16.check(gnark_key, proof._replace(**{part: g1(7)}), inputs)


def test_another_point_of_g2_is_refused(gnark_key: VerifyingKey, gnark_proofs) -> None:
    inputs, proof = gnark_proofs[1]
    with pytest.raises(ProofRefused, match="CIRCUIT_FALSE"):
        groth16.check(gnark_key, proof._replace(b=g2(7)), inputs)


def off_the_subgroup() -> groth16.G2Point:
    """A point of the twist that is not in the group of order r."""
    for start in range(1, 200):
        x = curve.FQ2([start, 1])
        y = root(x * x * x + curve.b2)
        if y is not None and not curve.is_inf(curve.multiply((x, y, curve.FQ2.one()), FIELD)):
            return (1, start, int(y.coeffs[1]), int(y.coeffs[0]))
    raise AssertionError("no such point found")


def root(square: curve.FQ2) -> curve.FQ2 | None:
    """A square root in the quadratic extension, whose order of nonzero elements is p^2 - 1 = 16 (mod 32)."""
    candidate = square ** ((BASE_FIELD**2 + 15) // 32)
    unit = curve.FQ2([9, 1]) ** ((BASE_FIELD**2 - 1) // 16)  # of order 16, as 9 + i is no square
    for _ in range(16):
        if candidate * candidate == square:
            return candidate
        candidate = candidate * unit
    return None


@pytest.mark.parametrize(
    ("part", "point"),
    [
        ("a", (1, 3)),
        ("krs", (1, BASE_FIELD + 2)),
        ("commitment", (BASE_FIELD + 1, 2)),
        ("knowledge", (0, 1)),
        ("b", (1, 2, 3, 4)),
        ("b", off_the_subgroup()),
    ],
)
def test_an_invalid_point_is_refused(gnark_key: VerifyingKey, gnark_proofs, part: str, point: tuple) -> None:
    inputs, proof = gnark_proofs[1]
    with pytest.raises(ProofRefused, match="POINT_INVALID"):
        groth16.check(gnark_key, proof._replace(**{part: point}), inputs)
    assert not groth16.verify(gnark_key, proof._replace(**{part: point}), inputs)


@pytest.mark.parametrize("inputs", [(FIELD, 0, 0), (0, -1, 0), (0, 0), (0, 0, 0, 0)])
def test_unreduced_and_missing_inputs_are_refused(gnark_key: VerifyingKey, gnark_proofs, inputs: tuple) -> None:
    with pytest.raises(ProofRefused, match="INPUT_UNREDUCED"):
        groth16.check(gnark_key, gnark_proofs[0][1], inputs)


def test_a_proof_is_read_as_it_was_written(gnark_proofs) -> None:
    for (_, proof), kept in zip(gnark_proofs, vector("groth16/proofs.json"), strict=True):
        assert proof.to_bytes().hex() == kept["proof"]
    with pytest.raises(BadInput, match="PROOF_LENGTH"):
        Proof.from_bytes(b"\0" * 383)


def test_a_key_is_read_as_it_was_written(gnark_key: VerifyingKey) -> None:
    assert VerifyingKey.from_json(json.loads(json.dumps(gnark_key.to_json()))) == gnark_key
    assert VerifyingKey.from_contract(gnark_key.for_contract()) == gnark_key


@pytest.mark.parametrize(
    "change", [{"alpha": ["0x1"]}, {"beta": None}, {"k": [["0x1", "0x2"]]}, {"gamma": ["one", "2", "3", "4"]}]
)
def test_a_key_of_another_shape_is_refused(gnark_key: VerifyingKey, change: dict) -> None:
    with pytest.raises(BadInput, match="KEY_UNREADABLE"):
        VerifyingKey.from_json({**gnark_key.to_json(), **change})


def test_the_simulators_proofs_hold_for_their_inputs_only(simulator: Simulator) -> None:
    proof = simulator.prove((1, 2, 3))
    assert groth16.verify(simulator.key, proof, (1, 2, 3))
    assert not groth16.verify(simulator.key, proof, (1, 2, 4))
