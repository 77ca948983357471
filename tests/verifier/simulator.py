"""A verifying key whose trapdoor is known, and proofs of any statement under it.

The contracts cannot tell such a key from another one. It lets their tests run every path with real pairings and without
a prover: a proof made here holds for exactly the inputs it was made for.
"""

from collections.abc import Sequence
from functools import cache

from eth_hash.auto import keccak
from py_ecc import optimized_bn128 as curve

from verifier.groth16 import FIELD, G1Point, G2Point, Proof, VerifyingKey, commitment_challenge

NAMES = ("alpha", "beta", "gamma", "delta", "sigma", "k0", "k1", "k2", "k3", "k4")


def scalar(*label: object) -> int:
    """A number that depends on the label only."""
    return int.from_bytes(keccak(repr(label).encode()), "big") % FIELD


def g1(multiple: int) -> G1Point:
    """A multiple of G1's generator."""
    x, y = curve.normalize(curve.multiply(curve.G1, multiple % FIELD))
    return (x.n, y.n)


@cache
def g2(multiple: int) -> G2Point:
    """A multiple of G2's generator."""
    x, y = curve.normalize(curve.multiply(curve.G2, multiple % FIELD))
    return (int(x.coeffs[1]), int(x.coeffs[0]), int(y.coeffs[1]), int(y.coeffs[0]))


class Simulator:
    """A set-up that kept its secrets."""

    def __init__(self, name: str = "simulator") -> None:
        self.secret = {part: scalar(name, part) for part in NAMES}
        s = self.secret
        self.key = VerifyingKey(
            alpha=g1(s["alpha"]),
            beta=g2(s["beta"]),
            gamma=g2(s["gamma"]),
            delta=g2(s["delta"]),
            base=g2(s["gamma"]),
            base_sigma_neg=g2(-s["sigma"] * s["gamma"] % FIELD),
            k=tuple(g1(s[f"k{i}"]) for i in range(5)),
        )

    def prove(self, inputs: Sequence[int], salt: int = 0) -> Proof:
        """A proof of these inputs; another salt gives another proof."""
        s = self.secret
        a, b, committed = scalar("a", *inputs, salt), scalar("b"), scalar("c", *inputs, salt)
        commitment = g1(committed)
        values = (1, *inputs, commitment_challenge(commitment))
        combined = sum(s[f"k{i}"] * value for i, value in enumerate(values)) + committed
        krs = (a * b - s["alpha"] * s["beta"] - combined * s["gamma"]) * pow(s["delta"], -1, FIELD)
        return Proof(g1(a), g2(b), g1(krs), commitment, g1(s["sigma"] * committed))
