"""Whoever signs for an account: in plain Python, or by the compiled program where that is built already.

Both make the same signatures; the compiled one is some five times as fast. It is never built for this.
"""

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from circuits import build
from circuits.native import Native, NativeError
from novate.client.signing import schnorr

PROGRAM = "native"


class Signer(Protocol):
    """One key. ``x`` and ``y`` are its public point."""

    x: int
    y: int

    def sign(self, message: Sequence[int]) -> tuple[int, int]:
        """R.x and S of a message: what follows R.x and A.x in the hash."""
        ...


class PureSigner:
    """Signs in plain Python, in about two milliseconds."""

    def __init__(self, seed: bytes) -> None:
        self._keys = schnorr.keys_of(seed)
        self.x, self.y = self._keys.x, self._keys.y

    def sign(self, message: Sequence[int]) -> tuple[int, int]:
        """R.x and S."""
        return schnorr.sign(self._keys, message)


class NativeSigner:
    """Signs by the compiled program; goes on in plain Python if that fails."""

    def __init__(self, native: Native, seed: bytes) -> None:
        """Raises ``NativeError``, also (NATIVE_BROKEN) for a program that finds another key in the seed."""
        self._native = native
        self._seed = seed
        self._pure = PureSigner(seed)
        self.x, self.y = self._pure.x, self._pure.y
        if native.public_key(seed) != (self.x, self.y):
            raise NativeError("NATIVE_BROKEN", "the compiled signer finds another key in the same seed")

    def sign(self, message: Sequence[int]) -> tuple[int, int]:
        """R.x and S."""
        try:
            signature = self._native.sign(self._seed, tuple(message))
            return signature.rx, signature.s
        except (NativeError, build.BuildError, OSError):
            return self._pure.sign(message)


_LOCK = threading.Lock()


@cache
def _shared(program: Path) -> Native:
    """One child of this process for all of its signers."""
    return Native(program)


def built_program() -> Path | None:
    """The compiled program, if it is there and made of the sources at hand."""
    target = build.tools_folder() / "bin" / PROGRAM
    stamp = target.with_name(f"{PROGRAM}.source")
    if not (target.exists() and stamp.exists()):
        return None
    return target if stamp.read_text().endswith(build.source_digest()) else None


def signer_of(seed: bytes) -> Signer:
    """The fastest signer at hand for a seed of 32 bytes; raises ``ValueError`` for another length."""
    with _LOCK:
        program = built_program()
        if program is not None:
            try:
                return NativeSigner(_shared(program), seed)
            except (NativeError, OSError):
                return PureSigner(seed)
    return PureSigner(seed)
