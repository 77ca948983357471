"""Two fillings of the hash door: the slow Poseidon2, and a quick hash for tests to which any hash is as good."""

from functools import cache
from hashlib import blake2b

from tests.twins import poseidon2

FIELD = poseidon2.FIELD

_compress = cache(poseidon2.compress)


class SlowHasher:
    """Poseidon2, a millisecond or two a compression."""

    def compress_many(self, width: int, rows: list[tuple[int, ...]]) -> list[int]:
        """One compression a row."""
        assert all(len(row) == width for row in rows)
        return [_compress(*row) for row in rows]


class QuickHasher:
    """BLAKE2 in place of Poseidon2: for properties that compare roots and never prove them."""

    def compress_many(self, width: int, rows: list[tuple[int, ...]]) -> list[int]:
        """One digest a row."""
        assert all(len(row) == width and all(0 <= cell < FIELD for cell in row) for row in rows)
        digests = (blake2b(b"".join(cell.to_bytes(32) for cell in row), digest_size=32).digest() for row in rows)
        return [int.from_bytes(digest) % FIELD for digest in digests]
