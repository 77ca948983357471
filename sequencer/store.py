"""The one SQLite file of a sequencer: its tables, how it is opened, and the lock that keeps a second writer out.

WAL mode with ``synchronous=FULL``: a transaction that committed is on the disk. Every thread opens a connection of its
own; the journal's table is written by the single writer alone.
"""

import fcntl
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from sequencer.errors import Problem, SequencerError

FILE = "sequencer.sqlite"
LOCK = "sequencer.lock"
SCHEMA_VERSION = 3
BUSY_SECONDS = 30
UNREADABLE = (sqlite3.DatabaseError, ValueError, TypeError, AttributeError, LookupError, struct.error)
"""What comes of reading pages or rows that are not as they were written."""
PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
"""What SQLite says of the machine at that moment, not of the file."""
CACHE_KIB = 64 * 1024
"""Names of actions are random: their index is written all over, and should be at hand."""

SCHEMA = """
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,   -- from 1, without gaps
    time     INTEGER NOT NULL,      -- milliseconds since the epoch, never falling
    kind     TEXT NOT NULL,
    payload  BLOB NOT NULL,
    chain    BLOB NOT NULL          -- hash of this record and the chain before it
);
CREATE INDEX journal_rewinds ON journal (sequence) WHERE kind = 'rewind';
CREATE INDEX journal_refused ON journal (sequence) WHERE kind = 'refused';
CREATE TABLE snapshots (
    sequence INTEGER PRIMARY KEY,   -- the seal after which the state was taken
    chain    BLOB NOT NULL,         -- of the journal there
    batch    INTEGER NOT NULL,
    root     TEXT NOT NULL,
    deposits INTEGER NOT NULL,      -- entries of the deposit queue in the state
    version  TEXT NOT NULL,         -- of what wrote it
    digest   BLOB NOT NULL,         -- SHA-256 of the body
    body     BLOB NOT NULL          -- deflated
);
CREATE TABLE batches (
    number          INTEGER PRIMARY KEY,
    first_sequence  INTEGER NOT NULL,
    last_sequence   INTEGER NOT NULL,
    size_class      TEXT NOT NULL,
    clock           INTEGER NOT NULL,
    marks           TEXT NOT NULL,  -- of the listed markets, as they hold in it
    root_before     TEXT NOT NULL,
    root_after      TEXT NOT NULL,
    words           TEXT NOT NULL,  -- padded public words
    used            TEXT NOT NULL,  -- slots used of every capacity
    actions         INTEGER NOT NULL,
    fills           INTEGER NOT NULL,
    reason          TEXT NOT NULL,  -- why it ends where it ends
    trace           TEXT NOT NULL,  -- file name under traces/
    trace_digest    TEXT NOT NULL,
    sealed_at       INTEGER NOT NULL,
    execute_seconds REAL NOT NULL,
    seal_seconds    REAL NOT NULL,
    checksum        BLOB NOT NULL   -- of all the others
);
CREATE INDEX batches_by_first ON batches (first_sequence);
CREATE INDEX batches_by_last ON batches (last_sequence);
CREATE TABLE receipts (
    sequence INTEGER PRIMARY KEY,   -- of the record that holds now
    digest   BLOB,                  -- hash of the action's bytes; none for a collect
    batch    INTEGER NOT NULL,
    receipt  TEXT NOT NULL,
    amended  INTEGER NOT NULL,      -- times that it was sequenced again
    checksum BLOB NOT NULL          -- of all the others
);
CREATE UNIQUE INDEX receipts_by_digest ON receipts (digest) WHERE digest IS NOT NULL;
CREATE INDEX receipts_by_batch ON receipts (batch);
CREATE TABLE stages (
    stage TEXT NOT NULL,            -- sealed, committed, proven, settled
    batch INTEGER NOT NULL,
    time  INTEGER NOT NULL,         -- milliseconds since the epoch
    PRIMARY KEY (stage, batch)
) WITHOUT ROWID;
CREATE INDEX stages_by_batch ON stages (batch);
CREATE INDEX stages_by_time ON stages (time);
CREATE TABLE jobs (
    batch    INTEGER PRIMARY KEY,
    state    TEXT NOT NULL,         -- waiting, proven, failed; who is at it says the job table
    attempts INTEGER NOT NULL DEFAULT 0,
    error    TEXT NOT NULL DEFAULT '',
    proof    TEXT                   -- as the prover gave it, with its timings
);
CREATE INDEX jobs_unproven ON jobs (batch) WHERE state != 'proven';
CREATE TABLE culprits (
    batch        INTEGER PRIMARY KEY,
    trace_digest TEXT NOT NULL,     -- of the trace that does not prove
    found        TEXT NOT NULL      -- the action to blame, as JSON
);
CREATE TABLE settlements (
    batch     INTEGER PRIMARY KEY,
    commit_tx TEXT,
    settle_tx TEXT,
    gas       TEXT NOT NULL DEFAULT '{}'
);
"""


def acquire(directory: Path) -> int:
    """Take the directory for this process; the lock goes with it. Returns the lock's descriptor.

    Raises IN_USE.
    """
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise SequencerError(Problem.IN_USE, str(directory)) from None
    return descriptor


def release(lock: int) -> None:
    """Give the directory back."""
    os.close(lock)


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose commits are durable; transactions are opened by hand."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    connection.execute("PRAGMA fullfsync=ON")
    connection.execute("PRAGMA checkpoint_fullfsync=ON")
    return connection


def open_store(directory: Path) -> sqlite3.Connection:
    """Open the directory's file, made if it is not there.

    Raises JOURNAL_VERSION, and JOURNAL_DAMAGED if it is no readable database.
    """
    path = directory / FILE
    try:
        connection = connect(path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version == 0 and tables == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
            sync_directory(directory)
            version = SCHEMA_VERSION
    except UNREADABLE as error:
        raise SequencerError(Problem.JOURNAL_DAMAGED, f"{FILE}: {error}") from error
    if version != SCHEMA_VERSION:
        raise SequencerError(Problem.JOURNAL_VERSION, found=version, wanted=SCHEMA_VERSION)
    return connection


def checksum(values: Iterable[object]) -> bytes:
    """Of a row's values, in the order and with the types that they are read with: eight bytes."""
    return blake2b(repr(tuple(values)).encode(), digest_size=8).digest()


@contextmanager
def reading(**row: object) -> Iterator[None]:
    """What cannot be read within, or makes no sense, is damage of the file. Raises JOURNAL_DAMAGED with the numbers.

    An error that passes, such as a lock held too long, is raised as it is.
    """
    try:
        yield
    except sqlite3.ProgrammingError:  # a file that was closed is no damage
        raise
    except UNREADABLE as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSING:
            raise
        raise SequencerError(Problem.JOURNAL_DAMAGED, f"{FILE}: {error!r}", **row) from error


def require(values: Iterable[object], found: object, **row: object) -> None:
    """A row is as it was written. Raises JOURNAL_DAMAGED."""
    if checksum(values) != found:
        raise SequencerError(Problem.JOURNAL_DAMAGED, f"{FILE}: a row is not as it was written", **row)


def sync_directory(directory: Path) -> None:
    """Make names that were created or renamed in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, body: bytes, sync: bool = True) -> None:
    """Write a file whole or not at all: new name, fsync, rename, fsync of the directory.

    Without ``sync`` that holds for a process that dies, and not for a power cut.
    """
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(body)
        file.flush()
        if sync:
            os.fsync(file.fileno())
    temporary.replace(path)
    if sync:
        sync_directory(path.parent)
