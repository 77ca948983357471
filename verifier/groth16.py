"""Groth16 over BN254 with one Pedersen commitment, as gnark 0.16.3 proves it for Solidity verifiers.

Written to be read beside ``contracts/Groth16Verifier.vy`` and independent of it: the two pairing equations are checked
one by one here, and folded into one there. ``verify_folded`` repeats the contract's fold.

A point of G1 is ``(x, y)``; a point of G2 is ``(x1, x0, y1, y0)`` with x = x0 + x1 i, the order of EIP-197 and of
gnark's ``MarshalSolidity``. Infinity is all zeros.
"""

from collections.abc import Sequence
from typing import NamedTuple

from eth_hash.auto import keccak
from py_ecc import optimized_bn128 as curve
from py_ecc.optimized_bn128 import FQ, FQ2

from verifier.errors import BadInput, ProofRefused
from verifier.pairing import product_is_one
from verifier.recursion import bounded

bounded()

FIELD = curve.curve_order
BASE_FIELD = curve.field_modulus
INPUTS = 3
"""Public inputs of a batch circuit: p, z and F."""

G1Point = tuple[int, int]
G2Point = tuple[int, int, int, int]


class VerifyingKey(NamedTuple):
    """Key of one circuit. ``k`` holds the points of the constant, of p, z and F, and of the commitment's challenge."""

    alpha: G1Point
    beta: G2Point
    gamma: G2Point
    delta: G2Point
    base: G2Point
    """Base of the commitment key; equal to gamma in every key that the contract takes."""
    base_sigma_neg: G2Point
    """minus sigma times the base."""
    k: tuple[G1Point, ...]

    @classmethod
    def from_json(cls, fields: dict) -> "VerifyingKey":
        """Read a key whose coordinates are hex strings; raises ``BadInput`` (KEY_UNREADABLE)."""
        try:
            points = {name: tuple(int(x, 16) for x in fields[name]) for name in cls._fields if name != "k"}
            k = tuple(tuple(int(x, 16) for x in point) for point in fields["k"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput("KEY_UNREADABLE", f"the verifying key cannot be read: {error!r}") from error
        widths = {"alpha": 2, "beta": 4, "gamma": 4, "delta": 4, "base": 4, "base_sigma_neg": 4}
        wrong = [name for name, width in widths.items() if len(points[name]) != width]
        if wrong or len(k) != INPUTS + 2 or any(len(point) != 2 for point in k):
            raise BadInput("KEY_UNREADABLE", "the verifying key has another shape", wrong=wrong, k=len(k))
        return cls(**points, k=k)

    def to_json(self) -> dict:
        """Coordinates as hex strings, by name."""
        points = {name: [hex(x) for x in getattr(self, name)] for name in self._fields if name != "k"}
        return {**points, "k": [[hex(x) for x in point] for point in self.k]}

    def for_contract(self) -> tuple:
        """The key as the contract's constructor takes it, with beta, gamma and delta negated."""
        beta, gamma, delta = negated(self.beta), negated(self.gamma), negated(self.delta)
        return (self.alpha, beta, gamma, delta, self.base, self.base_sigma_neg, self.k)

    @classmethod
    def from_contract(cls, fields: Sequence) -> "VerifyingKey":
        """Undo ``for_contract``."""
        alpha, beta, gamma, delta, base, base_sigma_neg, k = fields
        beta, gamma, delta = (negated(tuple(point)) for point in (beta, gamma, delta))
        return cls(tuple(alpha), beta, gamma, delta, tuple(base), tuple(base_sigma_neg), tuple(map(tuple, k)))


class Proof(NamedTuple):
    """The five points of a proof."""

    a: G1Point
    b: G2Point
    krs: G1Point
    commitment: G1Point
    knowledge: G1Point

    @classmethod
    def from_bytes(cls, data: bytes) -> "Proof":
        """Read the 384 bytes of gnark's ``MarshalSolidity``; raises ``BadInput`` (PROOF_LENGTH)."""
        if len(data) != 384:
            raise BadInput("PROOF_LENGTH", "a proof has 384 bytes", length=len(data))
        return cls.from_words([int.from_bytes(data[i : i + 32], "big") for i in range(0, 384, 32)])

    @classmethod
    def from_words(cls, words: Sequence[int]) -> "Proof":
        """Read twelve coordinates in the same order."""
        w = tuple(words)
        return cls(w[0:2], w[2:6], w[6:8], w[8:10], w[10:12])

    def words(self) -> list[int]:
        """Twelve coordinates, as the contract takes them."""
        return [coordinate for point in self for coordinate in point]

    def to_bytes(self) -> bytes:
        """The 384 bytes of gnark's ``MarshalSolidity``."""
        return b"".join(word.to_bytes(32, "big") for word in self.words())


def negated(point: G2Point) -> G2Point:
    """The inverse of a point of G2."""
    x1, x0, y1, y0 = point
    return (x1, x0, -y1 % BASE_FIELD, -y0 % BASE_FIELD)


def g1(point: G1Point) -> tuple:
    """A point of G1 for py_ecc; raises ``ProofRefused`` (POINT_INVALID) unless it is reduced and on the curve."""
    x, y = point
    if not all(0 <= coordinate < BASE_FIELD for coordinate in point):
        raise ProofRefused("POINT_INVALID", "a coordinate is not reduced", point=point)
    if (x, y) == (0, 0):
        return curve.Z1
    lifted = (FQ(x), FQ(y), FQ(1))
    if not curve.is_on_curve(lifted, curve.b):
        raise ProofRefused("POINT_INVALID", "a point is not on the curve", point=point)
    return lifted


def g2(point: G2Point, trusted: bool = False) -> tuple:
    """A point of G2 for py_ecc; raises ``ProofRefused`` (POINT_INVALID) unless it lies in the group of order r.

    Of a trusted point, one of a key, only reduction and curve are looked at: the contract's constructor looked further.
    """
    x1, x0, y1, y0 = point
    if not all(0 <= coordinate < BASE_FIELD for coordinate in point):
        raise ProofRefused("POINT_INVALID", "a coordinate is not reduced", point=point)
    if point == (0, 0, 0, 0):
        return curve.Z2
    lifted = (FQ2([x0, x1]), FQ2([y0, y1]), FQ2.one())
    if not curve.is_on_curve(lifted, curve.b2):
        raise ProofRefused("POINT_INVALID", "a point is not on the twist", point=point)
    if not trusted and not curve.is_inf(curve.multiply(lifted, FIELD)):
        raise ProofRefused("POINT_INVALID", "a point is not in the subgroup", point=point)
    return lifted


def commitment_challenge(commitment: G1Point) -> int:
    """h: gnark's hash to field for Solidity verifiers, of a commitment that covers no public input."""
    return int.from_bytes(keccak(b"".join(x.to_bytes(32, "big") for x in commitment)), "big") % FIELD


def fold_weight(proof: Proof, inputs: Sequence[int]) -> int:
    """rho: a hash of the whole proof and all inputs."""
    return int.from_bytes(keccak(proof.to_bytes() + b"".join(x.to_bytes(32, "big") for x in inputs)), "big") % FIELD


class _Opened(NamedTuple):
    """Points of key and proof, checked, and L = K0 + p K1 + z K2 + F K3 + h K4 + C."""

    a: tuple
    b: tuple
    krs: tuple
    commitment: tuple
    knowledge: tuple
    combined: tuple


def _open(key: VerifyingKey, proof: Proof, inputs: Sequence[int]) -> _Opened:
    if len(inputs) != INPUTS or not all(0 <= value < FIELD for value in inputs):
        raise ProofRefused("INPUT_UNREDUCED", "three inputs below r are wanted", inputs=list(inputs))
    points = (g1(proof.a), g2(proof.b), g1(proof.krs), g1(proof.commitment), g1(proof.knowledge))
    combined = curve.add(g1(key.k[0]), points[3])
    for k, value in zip(key.k[1:], (*inputs, commitment_challenge(proof.commitment)), strict=True):
        combined = curve.add(combined, curve.multiply(g1(k), value))
    return _Opened(*points, combined)


def check(key: VerifyingKey, proof: Proof, inputs: Sequence[int]) -> None:
    """Check both equations, one after the other.

    Raises ``ProofRefused``: INPUT_UNREDUCED, POINT_INVALID, KNOWLEDGE_FALSE (the commitment is not known to be one of
    the circuit's private wires) or CIRCUIT_FALSE.
    """
    o = _open(key, proof, inputs)
    if not product_is_one(
        (o.commitment, g2(key.base_sigma_neg, trusted=True)), (o.knowledge, g2(key.base, trusted=True))
    ):
        raise ProofRefused("KNOWLEDGE_FALSE", "the proof of knowledge of the commitment does not hold")
    if not product_is_one(
        (o.a, o.b),
        (curve.neg(o.krs), g2(key.delta, trusted=True)),
        (curve.neg(g1(key.alpha)), g2(key.beta, trusted=True)),
        (curve.neg(o.combined), g2(key.gamma, trusted=True)),
    ):
        raise ProofRefused("CIRCUIT_FALSE", "the proof does not hold for these inputs")


def verify(key: VerifyingKey, proof: Proof, inputs: Sequence[int]) -> bool:
    """Whether the proof holds for p, z and F."""
    try:
        check(key, proof, inputs)
    except ProofRefused:
        return False
    return True


def verify_folded(key: VerifyingKey, proof: Proof, inputs: Sequence[int]) -> bool:
    """The same verdict by the contract's way: one product of five pairings under the weight rho. Needs base = gamma."""
    try:
        o = _open(key, proof, inputs)
    except ProofRefused:
        return False
    weight = fold_weight(proof, inputs)
    merged = curve.add(o.combined, curve.neg(curve.multiply(o.knowledge, weight)))
    return key.base == key.gamma and product_is_one(
        (o.a, o.b),
        (curve.neg(o.krs), g2(key.delta, trusted=True)),
        (curve.neg(g1(key.alpha)), g2(key.beta, trusted=True)),
        (curve.neg(merged), g2(key.gamma, trusted=True)),
        (curve.multiply(o.commitment, weight), g2(key.base_sigma_neg, trusted=True)),
    )
