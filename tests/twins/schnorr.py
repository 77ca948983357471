"""The signature scheme of owners and reporters, as docs/signing.md defines it."""

import hashlib
from functools import cache

from tests.twins import curve
from tests.twins.curve import ORDER
from tests.twins.poseidon2 import FIELD, compress

CHALLENGE_BITS = 126
SHIFT = 2**127 - 2**106
HASH_BOUND = FIELD >> 210 << 210


def scalar(domain: bytes, *parts: bytes) -> int:
    """A hash in 1..l-1."""
    digest = hashlib.sha512(domain + b"".join(parts)).digest()
    return int.from_bytes(digest, "big") % (ORDER - 1) + 1


def secret(seed: bytes) -> int:
    """The secret scalar of a seed."""
    return scalar(b"novate signing key 1\0", seed)


@cache
def public_key(seed: bytes) -> curve.Point:
    """The public point of a seed."""
    return curve.multiply(curve.BASE, secret(seed))


def challenge(digest: int) -> int:
    """e* of a hash."""
    return digest % 2**CHALLENGE_BITS + SHIFT


def sign(seed: bytes, message: tuple[int, ...]) -> tuple[int, int]:
    """R.x and S."""
    prefix = hashlib.sha512(b"novate nonce key 1\0" + seed).digest()[:32]
    cells = b"".join(cell.to_bytes(32, "big") for cell in message)
    x = public_key(seed)[0]
    for attempt in range(256):
        nonce = scalar(b"novate nonce 1\0", prefix, bytes((attempt,)), cells)
        rx = curve.multiply(curve.BASE, nonce)[0]
        digest = compress(rx, x, *message)
        if digest < HASH_BOUND:
            return rx, (nonce + challenge(digest) * secret(seed)) % ORDER
    raise ArithmeticError("256 hashes in a row above the bound")


def verdict(x: int, rx: int, s: int, message: tuple[int, ...]) -> int:
    """0 if the signature holds, else the number of the reason, first one first."""
    key = curve.point_of(x)
    if key is None:
        return 1
    if s >= ORDER:
        return 2
    digest = compress(rx, x, *message)
    if digest >= HASH_BOUND:
        return 3
    total = curve.add(curve.multiply(curve.BASE, s), curve.multiply(key, -challenge(digest)))
    return 0 if total != curve.IDENTITY and total[0] == rx else 4
