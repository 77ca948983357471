"""Keys and signatures as docs/signing.md defines them. Not constant in time: sign on a machine of your own."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from novate.client.signing.curve import ORDER, times_base
from novate.client.signing.poseidon2 import FIELD, compress
from rollup.layout import DOMAIN_TAG

SEED_BYTES = 32
SHIFT = 2**127 - 2**106
"""What is added to the challenge, see docs/decisions/0003-challenge-constant.md."""
CHALLENGE_BITS = 126
HASH_BOUND = FIELD >> 210 << 210
ATTEMPTS = 256


class Keys(NamedTuple):
    """What a seed stands for: secret scalar, secret of the nonces, and the public point."""

    secret: int
    nonces: bytes
    x: int
    y: int


def scalar(tag: bytes, *parts: bytes) -> int:
    """A hash in 1 to l - 1."""
    return 1 + int.from_bytes(hashlib.sha512(tag + b"".join(parts)).digest(), "big") % (ORDER - 1)


def keys_of(seed: bytes) -> Keys:
    """Keys of a seed of 32 bytes; raises ``ValueError`` for another length."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
    secret = scalar(b"novate signing key 1\0", seed)
    nonces = hashlib.sha512(b"novate nonce key 1\0" + seed).digest()[:32]
    return Keys(secret, nonces, *times_base(secret))


def sign(keys: Keys, message: Sequence[int]) -> tuple[int, int]:
    """R.x and S; the same message always has the same signature."""
    cells = b"".join(cell.to_bytes(32, "big") for cell in message)
    for attempt in range(ATTEMPTS):
        nonce = scalar(b"novate nonce 1\0", keys.nonces, bytes((attempt,)), cells)
        r_x, _ = times_base(nonce)
        digest = compress(r_x, keys.x, *message)
        if digest < HASH_BOUND:
            return r_x, (nonce + (digest % 2**CHALLENGE_BITS + SHIFT) * keys.secret) % ORDER
    raise ArithmeticError(f"{ATTEMPTS} hashes in a row above the bound")


def domain_digest(chain_id: int, contract: int, version: int) -> int:
    """D: what ties a signature to one contract on one chain."""
    return compress(DOMAIN_TAG, chain_id, contract, version)
