"""Real keys for benches that prove: made from numbers, signed by the native door."""

from hashlib import sha256

from circuits.native import Native
from novate.bench.flow import Signer
from rollup.actions import Action, Report


def secret(number: int) -> bytes:
    """Seed of a bench's key."""
    return sha256(f"novate bench {number}".encode()).digest()


class Desk:
    """Keys by number, and signatures under one domain."""

    def __init__(self, native: Native) -> None:
        self._native = native
        self._keys: dict[int, Signer] = {}
        self.domain = 0
        """Digest of the domain: set once the deployment is known."""

    def key(self, number: int) -> Signer:
        """The key of a number."""
        if number not in self._keys:
            self._keys[number] = Signer(number, *self._native.public_key(secret(number)))
        return self._keys[number]

    def sign(self, action: Action | Report, signer: Signer) -> Action | Report:
        """The action or report with its signature."""
        signature = self._native.sign(secret(signer.seed), action.message(self.domain))
        return action._replace(signature=tuple(signature))
