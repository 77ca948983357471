"""Chance that is the same everywhere: numbers drawn from a digest of the seed and of what they are for."""

from hashlib import sha256


def draw(bound: int, *what: int | str) -> int:
    """A number from 0 to ``bound - 1``; the same arguments always draw the same one."""
    digest = sha256("/".join(map(str, what)).encode()).digest()
    return int.from_bytes(digest, "big") % bound


def spread(width: int, *what: int | str) -> int:
    """A number from ``-width`` to ``width``."""
    return draw(2 * width + 1, *what) - width
