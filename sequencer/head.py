"""A lower bound of what was acknowledged, kept beside the journal.

After every group commit, and before anyone is told, the head (sequence and chain) goes into one of two slots of a small
file. It is not synced: killing the process loses nothing of it, and after a power cut it may only be older than the
journal, never newer, because the journal was synced before it was written. So a journal that ends before its head has
lost records that somebody was told about.
"""

import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from sequencer.store import sync_directory

FILE = "journal.head"
SLOT_SIZE = 4096
"""Slots lie in different sectors: a torn write spoils one of them."""
FORMAT = struct.Struct("<Q32s")
CHECKSUM = struct.Struct("<I")


class Head(NamedTuple):
    """Last sequence number of a journal and its chain there."""

    sequence: int
    chain: bytes


START = Head(0, bytes(32))
"""Head of a journal without records."""


class HeadFile:
    """Two slots, written in turn."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self.is_new = not self.path.exists()
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if self.is_new:
            sync_directory(directory)
        self.turn = 0

    def read(self) -> Head | None:
        """The newest slot that is whole, and None if neither is; the other slot is written next."""
        heads = [(head, number) for number in (0, 1) if (head := self._slot(number))]
        newest, number = max(heads, default=(None, 1))
        self.turn = 1 - number
        return newest

    def _slot(self, number: int) -> Head | None:
        size = FORMAT.size + CHECKSUM.size
        body = os.pread(self.descriptor, size, number * SLOT_SIZE)
        if len(body) < size or CHECKSUM.unpack(body[FORMAT.size :])[0] != zlib.crc32(body[: FORMAT.size]):
            return None
        return Head(*FORMAT.unpack(body[: FORMAT.size]))

    def start(self) -> None:
        """Record the head of an empty journal, durably: from here on a missing head is damage."""
        self.write(START)
        os.fsync(self.descriptor)

    def write(self, head: Head) -> None:
        """Record what is about to be acknowledged."""
        body = FORMAT.pack(*head)
        os.pwrite(self.descriptor, body + CHECKSUM.pack(zlib.crc32(body)), self.turn * SLOT_SIZE)
        self.turn ^= 1

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.descriptor)
