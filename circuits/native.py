"""Hashing, keys and signatures: the typed door to the Go program ``native``.

The program is a child process that answers framed batches (circuits/cmd/native says what a frame is). It is built when
it is first wanted, starts with the first request, and is started again if it dies: every operation is a pure function,
so a request that got no answer is simply asked again. Integers go in and come out; none is rounded or reduced.
"""

import os
import subprocess
import threading
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from circuits import build

GREETING = b"novate-native 1"
CELL = 32
"""Bytes of a field element, of a scalar and of a seed."""
LARGEST = 1 << 26
"""Bytes of the longest frame."""
WIDTHS = (4, 8, 16)
"""Cells that a hash takes."""
MESSAGE_CELLS = (2, 6, 14)
"""Cells of a message: a word and the domain, a report, a sheet."""
ATTEMPTS = 2
"""How often a request is asked before a child that dies over it is called broken."""

HASH, PUBLIC_KEY, SIGN, VERIFY, POINT = range(1, 6)


class NativeError(Exception):
    """What the child refused, or that there is none.

    ``code`` is BAD_WIDTH, NOT_REDUCED, BAD_SEED, TOO_LARGE or BAD_REQUEST if the request is wrong, NATIVE_BROKEN if the
    child died over it again and again or speaks otherwise than it should.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class PublicKey(NamedTuple):
    """A point of the prime subgroup; accounts store x, which determines y."""

    x: int
    y: int


class Signature(NamedTuple):
    """Of Schnorr's scheme: R's x, and S below the order of the subgroup."""

    rx: int
    s: int


class Verdict(IntEnum):
    """What verification says of a signature."""

    VALID = 0
    NO_KEY = 1
    """No point of the prime subgroup but the identity has this x."""
    WIDE_S = 2
    """S is not below the order of the subgroup."""
    WIDE_HASH = 3
    """The hash lies in the uppermost 2**210 part of the field, where the circuit reads none."""
    WRONG_SUM = 4
    """The equation does not hold: another key, message or domain was signed."""


class Signed(NamedTuple):
    """A claim to be verified: who (x of the key) signed what, and the signature."""

    x: int
    signature: Signature
    message: tuple[int, ...]


class Child:
    """One run of the program, and its two pipes."""

    def __init__(self, program: Path) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            greeting = self.receive()
        except EOFError:
            greeting = b""
        if greeting != GREETING:
            self.stop()
            raise NativeError("NATIVE_BROKEN", f"{program.name} greets with {greeting[:40]!r}, not {GREETING!r}")

    def ask(self, frame: bytes) -> bytes:
        """Answer to a frame; raises ``OSError`` if the child is gone."""
        self.process.stdin.write(len(frame).to_bytes(4, "little") + frame)
        self.process.stdin.flush()
        return self.receive()

    def receive(self) -> bytes:
        length = int.from_bytes(self.read(4), "little")
        return self.read(length)

    def read(self, count: int) -> bytes:
        data = self.process.stdout.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def stop(self) -> None:
        """End the child, or in a forked process only let go of it: its pipes belong to the parent."""
        if self.owner != os.getpid():
            return
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                continue
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def packed(rows: Iterable[Sequence[int]]) -> bytes:
    """Rows of integers, 32 bytes each; raises ``NativeError`` (NOT_REDUCED) for one that has no such bytes."""
    try:
        return b"".join([value.to_bytes(CELL, "big") for row in rows for value in row])
    except OverflowError as error:
        raise NativeError("NOT_REDUCED", f"an integer is negative or above 256 bits: {error}") from error


def unpacked(data: bytes) -> list[int]:
    """The integers of 32 bytes each."""
    read = int.from_bytes
    return [read(data[at : at + CELL], "big") for at in range(0, len(data), CELL)]


def seeds(many: Sequence[bytes]) -> Sequence[bytes]:
    """The seeds, if each has 32 bytes; raises ``NativeError`` (BAD_SEED)."""
    for seed in many:
        if len(seed) != CELL:
            raise NativeError("BAD_SEED", f"a seed has {CELL} bytes, not {len(seed)}")
    return many


class Native:
    """Hasher and signature scheme. Safe to share between threads; requests are answered one at a time.

    Use it as a context manager, or call ``close``. Every method raises ``NativeError``, and ``build.BuildError`` if
    there is no program and none can be built.
    """

    def __init__(self, program: Path | None = None) -> None:
        self.path = program
        self.child: Child | None = None
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child; the next request would start another."""
        with self.lock:
            self.drop()

    def drop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None

    def start(self) -> Child:
        """The running child; a forked process starts its own."""
        if self.child is not None and self.child.owner != os.getpid():
            self.child = None
        if self.child is None:
            if self.path is None:
                self.path = build.program("native")
            self.child = Child(self.path)
        return self.child

    def request(self, head: bytes, body: bytes) -> bytes:
        """Result of an operation; asks again if the child dies."""
        frame = head + body
        if len(frame) > LARGEST:
            raise NativeError("TOO_LARGE", f"a request of {len(frame)} bytes; at most {LARGEST} fit")
        with self.lock:
            answer = self.persist(frame)
        if answer[:1] == b"\0":
            return answer[1:]
        code, _, text = answer[1:].decode().partition(": ")
        raise NativeError(code, text)

    def persist(self, frame: bytes) -> bytes:
        for _ in range(ATTEMPTS):
            try:
                return self.start().ask(frame)
            except (OSError, EOFError):
                self.drop()
            except BaseException:
                self.drop()  # interrupted half way: what the pipe holds belongs to no request
                raise
        raise NativeError("NATIVE_BROKEN", f"the child died {ATTEMPTS} times over a request of {len(frame)} bytes")

    def compress_many(self, width: int, rows: Sequence[tuple[int, ...]]) -> list[int]:
        """First cell of Poseidon2's permutation plus first cell of the input, a row; width is 4, 8 or 16."""
        if width not in WIDTHS:
            raise NativeError("BAD_WIDTH", f"no hash of width {width}")
        return unpacked(self.request(bytes((HASH, width)), packed(checked(rows, width))))

    def public_keys(self, many: Sequence[bytes]) -> list[PublicKey]:
        """Public keys of seeds of 32 bytes."""
        flat = unpacked(self.request(bytes((PUBLIC_KEY,)), b"".join(seeds(many))))
        return [PublicKey(*flat[at : at + 2]) for at in range(0, len(flat), 2)]

    def public_key(self, seed: bytes) -> PublicKey:
        """Public key of a seed of 32 bytes; the same seed has the same key."""
        return self.public_keys([seed])[0]

    def sign_many(self, orders: Sequence[tuple[bytes, tuple[int, ...]]]) -> list[Signature]:
        """Signatures of (seed, message) pairs, the messages of one length; the same pair has the same signature."""
        if not orders:
            return []
        cells = message_cells(orders[0][1])
        messages = checked([message for _, message in orders], cells)
        keys = seeds([seed for seed, _ in orders])
        body = b"".join(seed + packed([message]) for seed, message in zip(keys, messages))
        flat = unpacked(self.request(bytes((SIGN, cells)), body))
        return [Signature(*flat[at : at + 2]) for at in range(0, len(flat), 2)]

    def sign(self, seed: bytes, message: tuple[int, ...]) -> Signature:
        """Signature of a message of 2, 6 or 14 field elements: what follows R.x and A.x in the hash."""
        return self.sign_many([(seed, message)])[0]

    def judge_many(self, claims: Sequence[Signed]) -> list[Verdict]:
        """Why each signature is refused, if it is; messages may be of different lengths."""
        verdicts = [Verdict.VALID] * len(claims)
        for cells in sorted({message_cells(claim.message) for claim in claims}):
            places = [place for place, claim in enumerate(claims) if len(claim.message) == cells]
            rows = ((claims[at].x, *claims[at].signature, *claims[at].message) for at in places)
            for place, verdict in zip(places, self.request(bytes((VERIFY, cells)), packed(rows))):
                verdicts[place] = Verdict(verdict)
        return verdicts

    def verify_many(self, claims: Sequence[Signed]) -> list[bool]:
        """Whether each signature holds: exactly if the circuit can prove it."""
        return [verdict is Verdict.VALID for verdict in self.judge_many(claims)]

    def points(self, xs: Sequence[int]) -> list[PublicKey | None]:
        """The key with each x: the point of the prime subgroup, other than the identity, or None if there is none."""
        answer = self.request(bytes((POINT,)), packed([xs]))
        rows = (answer[at : at + 1 + CELL] for at in range(0, len(answer), 1 + CELL))
        return [PublicKey(x, int.from_bytes(row[1:], "big")) if row[0] else None for x, row in zip(xs, rows)]

    def is_key(self, x: int, y: int) -> bool:
        """Whether (x, y) is a key: on the curve, in the prime subgroup, not the identity."""
        return self.points([x])[0] == (x, y)


def message_cells(message: tuple[int, ...]) -> int:
    """Number of cells of a message; raises ``NativeError`` (BAD_WIDTH)."""
    if len(message) not in MESSAGE_CELLS:
        raise NativeError("BAD_WIDTH", f"no message of {len(message)} cells")
    return len(message)


def checked(rows: Sequence[tuple[int, ...]], width: int) -> Sequence[tuple[int, ...]]:
    """The rows, if each has this many cells; raises ``NativeError`` (BAD_WIDTH)."""
    for place, row in enumerate(rows):
        if len(row) != width:
            raise NativeError("BAD_WIDTH", f"row {place} has {len(row)} cells, not {width}")
    return rows
