"""The journal: every decision of the sequencer, in order, durable before anyone hears of it.

A record is (sequence, time, kind, payload) and a chain: SHA-256 over the chain before it, the sequence and the time
(8 bytes each), the lengths of kind and payload (4 bytes each, all big-endian), the kind and the payload. The time is in
milliseconds since the epoch and never falls, whatever the machine's clock does. Records are appended to a group in
memory; ``commit`` writes the group in one transaction and returns when it is on the disk. What the state is, is a
function of these records alone.
"""

import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sequencer import head, store
from sequencer.errors import Problem, SequencerError
from sequencer.head import START, Head, HeadFile

LENGTHS = struct.Struct(">QQII")


class Kind(StrEnum):
    """What a record decides."""

    GENESIS = "genesis"
    """First record: the genesis, the domain and the size class that all others are under."""
    ADVANCE = "advance"
    """A batch begins: clock, and the reports chosen for it."""
    ACTION = "action"
    """An owner's action, a deposit or a collect, with the decisions taken for it."""
    SEAL = "seal"
    """The batch ends: its number and the root it leads to."""
    REWIND = "rewind"
    """The state is again what it was after a batch: records between that batch's seal and this one are undone."""
    REFUSED = "refused"
    """An action whose batch was undone is not sequenced again, and why."""


_TYPES = [int, int, str, bytes, bytes]


class Record(NamedTuple):
    """One decision."""

    sequence: int
    time: int
    kind: str
    payload: bytes
    chain: bytes


def link(chain: bytes, sequence: int, time: int, kind: str, payload: bytes) -> bytes:
    """The chain after a record."""
    name = kind.encode()
    return sha256(b"".join((chain, LENGTHS.pack(sequence, time, len(name), len(payload)), name, payload))).digest()


def wall_milliseconds() -> int:
    """Milliseconds since the epoch, as the machine has them."""
    return time.time_ns() // 1_000_000


class Journal:
    """The journal of one directory, open for its single writer."""

    def __init__(self, directory: Path, now: Callable[[], int] = wall_milliseconds) -> None:
        """Open or create; ``now`` tells milliseconds. Raises IN_USE, JOURNAL_VERSION, JOURNAL_DAMAGED, JOURNAL_LOST."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._now = now
        self.time = 0
        """Of the last record, milliseconds."""
        self.failed = False
        self._lock = store.acquire(directory)
        self.connection = self._heads = None
        self._group: list[Record] = []
        self._held: list[tuple[list[Record], Callable[[sqlite3.Connection], None] | None]] | None = None
        try:
            self.connection = store.open_store(directory)
            self._heads = HeadFile(directory)
            self.head = self._check_head()
        except BaseException:
            self.close()
            raise
        self.last = self.head
        """Head with the group that is not durable yet."""

    def _check_head(self) -> Head:
        """The journal's end, compared with what was acknowledged."""
        told = self._heads.read()
        try:
            last = "SELECT time, sequence, chain FROM journal ORDER BY sequence DESC LIMIT 1"
            self.time, *end = self.connection.execute(last).fetchone() or (0, *START)
            found = Head(*end)
            at_head = chain_at(self.connection, told.sequence) if told else None
        except store.UNREADABLE as error:
            raise SequencerError(Problem.JOURNAL_DAMAGED, f"{store.FILE}: {error}") from error
        if told is None:
            if found != START:
                reason = f"{head.FILE} is missing or unreadable"
                raise SequencerError(Problem.JOURNAL_DAMAGED, reason, found=found.sequence)
            self._heads.start()
            told = START
        if told.sequence > found.sequence:
            raise SequencerError(
                Problem.JOURNAL_LOST,
                "the journal ends before what was acknowledged",
                acknowledged=told.sequence,
                found=found.sequence,
            )
        if told.sequence and at_head != told.chain:
            reason = "a record differs from what was acknowledged"
            raise SequencerError(Problem.JOURNAL_DAMAGED, reason, sequence=told.sequence)
        return found

    def append(self, kind: Kind, payload: bytes) -> int:
        """Add a record to the group; it counts for nothing before ``commit`` returns. Returns its sequence number.

        Its time is ``self.time``. Raises JOURNAL_FAILED after a write failed.
        """
        if self.failed:
            raise SequencerError(Problem.JOURNAL_FAILED)
        sequence = self.last.sequence + 1
        self.time = moment = max(self._now(), self.time)
        chain = link(self.last.chain, sequence, moment, kind, payload)
        self._group.append(Record(sequence, moment, kind, payload, chain))
        self.last = Head(sequence, chain)
        return sequence

    def commit(self, also: Callable[[sqlite3.Connection], None] | None = None) -> None:
        """Make the group durable, and with it what ``also`` writes in the same transaction.

        After a failure the journal takes no more: what is on the disk is found out by opening it again.
        Raises JOURNAL_FAILED.
        """
        if self.failed:
            raise SequencerError(Problem.JOURNAL_FAILED)
        if not self._group and also is None:
            return
        if self._held is not None:
            self._held.append((self._group, also))
        else:
            self._write([(self._group, also)])
        self._group = []

    def _write(self, parts: list[tuple[list[Record], Callable[[sqlite3.Connection], None] | None]]) -> None:
        """One transaction, and the head behind it."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            for group, also in parts:
                self.connection.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", group)
                if also:
                    also(self.connection)
            self.connection.execute("COMMIT")
            self.head = self.last
            self._heads.write(self.head)
        except (sqlite3.Error, OSError) as error:
            self.failed = True
            raise SequencerError(Problem.JOURNAL_FAILED, str(error)) from error

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """Everything that is committed within is one transaction at its end, and none of it if something fails.

        After a failure the journal takes no more. Raises JOURNAL_FAILED.
        """
        self._held = []
        try:
            yield
        except BaseException:
            self.failed = True
            raise
        held, self._held = self._held, None
        self._write(held)

    def records(self, after: Head = START) -> Iterator[Record]:
        """Committed records behind a head, each checked against the chain. Raises JOURNAL_DAMAGED."""
        return records(self.connection, after, self.head.sequence)

    def verify(self) -> int:
        """Walk the whole chain; returns the number of records. Raises JOURNAL_DAMAGED."""
        return sum(1 for _ in self.records())

    def close(self) -> None:
        """Give file and lock back; records that were not committed are gone."""
        if self.connection:
            self.connection.close()
        if self._heads:
            self._heads.close()
        if self._lock is not None:
            store.release(self._lock)
        self.connection = self._heads = self._lock = None


def records(connection: sqlite3.Connection, after: Head, last: int) -> Iterator[Record]:
    """Records behind a head up to number ``last``, each checked against the chain. Raises JOURNAL_DAMAGED."""
    sequence, chain = after
    past = 0
    try:
        if sequence and chain_at(connection, sequence) != chain:
            raise SequencerError(Problem.JOURNAL_DAMAGED, "the chain does not hold here", sequence=sequence)
        behind = "SELECT * FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY sequence"
        for row in connection.execute(behind, (sequence, last)):
            record = Record(*row)
            sequence += 1
            is_record = list(map(type, record)) == _TYPES and record.time >= past
            chain = link(chain, sequence, *record[1:4]) if is_record else None
            past = record.time
            if not is_record or record.sequence != sequence or record.chain != chain:
                raise SequencerError(Problem.JOURNAL_DAMAGED, "the chain does not hold here", sequence=sequence)
            yield record
    except store.UNREADABLE as error:
        raise SequencerError(Problem.JOURNAL_DAMAGED, str(error), sequence=sequence + 1) from error
    if sequence != last:
        raise SequencerError(Problem.JOURNAL_DAMAGED, "records are missing at the end", sequence=sequence)


def chain_at(connection: sqlite3.Connection, sequence: int) -> bytes | None:
    """The chain at a record; None if there is no such record."""
    row = connection.execute("SELECT chain FROM journal WHERE sequence = ?", (sequence,)).fetchone()
    return row[0] if row else None
