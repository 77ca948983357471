"""Backups: a copy of a sequencer's directory that is taken while it runs, checked, and put back into an empty one.

A backup holds the databases, each as it was at one moment; the head of the journal in it, so that opening it compares
like with like; the traces of batches that have yet to be proven; and a list of its files with their hashes, written
last: without it there is no backup.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from rollup.hashing import Hasher
from sequencer import head, store, traces
from sequencer.errors import Problem, SequencerError
from sequencer.head import START, Head, HeadFile
from sequencer.journal import Journal
from sequencer.recovery import Deployment, recover

LIST = "backup.json"
FORMAT = 1
PAGES = 2_000
"""Copied between two looks at whether somebody wants to write."""


class Backup(NamedTuple):
    """What a backup holds: the last record and its time in ms, the last sealed batch, files, and their bytes."""

    sequence: int
    time: int
    sealed: int
    files: int
    size: int


class Verified(NamedTuple):
    """What was found in a backup: records whose chain holds, the last sealed batch and the root it leads to."""

    records: int
    sealed: int
    root: int


def take(directory: Path, target: Path, also: tuple[Path, ...] = ()) -> Backup:
    """Copy a directory, running or not, to ``target``, which must not exist or be empty.

    ``also`` are databases of other rooms, copied the same way; missing ones are left out. Databases are written while
    they are copied, and each copy is of one moment; the journal's is copied last, so that whatever another one has from
    it is in there. Raises FileExistsError, OSError, and JOURNAL_DAMAGED.
    """
    _prepare(target)
    for path in also:
        if path.exists():
            _copy_database(path, target / path.name)
    _copy_database(directory / store.FILE, target / store.FILE)
    with closing(store.connect(target / store.FILE)) as connection:
        last, time = _head(connection)
        sealed = connection.execute("SELECT max(number) FROM batches").fetchone()[0] or 0
        _copy_traces(connection, directory, target)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    heads = HeadFile(target)
    heads.write(last)
    os.fsync(heads.descriptor)
    heads.close()
    return _list(target, Backup(last.sequence, time, sealed, 0, 0))


def _prepare(target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's own backup: begins again by itself if somebody writes meanwhile, until it is of one moment."""
    try:
        reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        with closing(reading) as old, closing(sqlite3.connect(target)) as new:
            old.execute("BEGIN")  # holds the moment: what is written from here on stays in the log
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(new, pages=PAGES)
    except sqlite3.DatabaseError as error:
        raise SequencerError(Problem.JOURNAL_DAMAGED, f"{source.name}: {error}") from error
    target.chmod(0o600)


def _head(connection: sqlite3.Connection) -> tuple[Head, int]:
    row = connection.execute("SELECT sequence, chain, time FROM journal ORDER BY sequence DESC LIMIT 1").fetchone()
    return (Head(*row[:2]), row[2]) if row else (START, 0)


def _copy_traces(connection: sqlite3.Connection, directory: Path, target: Path) -> None:
    """Those of batches that are unproven in the copied journal; the directory goes on meanwhile.

    One that is swept, rewritten or altered by now is left out: whoever starts on the backup makes it again.
    """
    unproven = "SELECT trace, trace_digest FROM batches JOIN jobs ON batch = number WHERE state != 'proven'"
    for name, digest in connection.execute(unproven).fetchall():
        (target / traces.FOLDER).mkdir(mode=0o700, exist_ok=True)
        _copy_trace(directory / traces.FOLDER / name, target / traces.FOLDER / name, digest)


def _copy_trace(source: Path, target: Path, digest: str) -> None:
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)
    if not traces.is_whole(target, digest):
        target.unlink(missing_ok=True)


def _list(target: Path, backup: Backup) -> Backup:
    files = {}
    for path in sorted(path for path in target.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        files[path.relative_to(target).as_posix()] = {"bytes": path.stat().st_size, "sha256": digest}
    backup = backup._replace(files=len(files), size=sum(entry["bytes"] for entry in files.values()))
    plain = {"format": FORMAT, "schema": store.SCHEMA_VERSION, **backup._asdict(), "list": files}
    store.write_file(target / LIST, json.dumps(plain, indent=1).encode())
    return backup


def contents(backup: Path) -> dict:
    """The list of a backup, every file compared with it. Raises JOURNAL_DAMAGED, JOURNAL_VERSION."""
    try:
        plain = json.loads((backup / LIST).read_bytes())
        listed = plain["list"]
        version = (plain["format"], plain["schema"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SequencerError(Problem.JOURNAL_DAMAGED, f"no backup, or one that was not finished: {error!r}") from error
    if version != (FORMAT, store.SCHEMA_VERSION):
        raise SequencerError(Problem.JOURNAL_VERSION, found=version[1], wanted=store.SCHEMA_VERSION)
    found = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()} - {LIST}
    for name in sorted(found ^ listed.keys()):
        raise SequencerError(Problem.JOURNAL_DAMAGED, f"{name} is {'missing' if name in listed else 'not listed'}")
    for name, entry in listed.items():
        with (backup / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry["sha256"]:
                raise SequencerError(Problem.JOURNAL_DAMAGED, f"{name} was altered")
    return plain


def verify(backup: Path, deployment: Deployment, hasher: Hasher, from_genesis: bool = False) -> Verified:
    """Open a copy of a backup as a start would: hashes of its files, the whole chain, and the root that it leads to.

    ``from_genesis`` replays everything and takes minutes for a long past; else from the last snapshot on. Raises what
    opening raises.
    """
    contents(backup)
    with tempfile.TemporaryDirectory(dir=backup.parent, prefix=".verify-") as folder:
        copy = Path(folder) / "copy"
        _put(backup, copy)
        journal = Journal(copy)
        try:
            records = journal.verify()
            ledger = recover(journal, deployment, hasher, copy, 1, use_snapshots=not from_genesis)
            query = "SELECT root_after FROM batches WHERE number = ?"
            row = journal.connection.execute(query, (ledger.sealed,)).fetchone()
            root = int(row[0]) if row else ledger.engine.root(hasher)
            if not ledger.is_open and ledger.engine.root(hasher) != root:
                raise SequencerError(Problem.ROOT_DIFFERS, "", number=ledger.sealed, root=root)
            return Verified(records, ledger.sealed, root)
        finally:
            journal.close()


def restore(backup: Path, directory: Path) -> Backup:
    """Put a backup into ``directory``, which must not exist or be empty. What came after it is gone.

    A sequencer started there goes on after the backup's last record. What it acknowledged since is known to nobody but
    whom it told; what it committed on chain since makes it halt with CHAIN_DIFFERS instead of sequencing over it.
    Raises FileExistsError, JOURNAL_DAMAGED, JOURNAL_VERSION.
    """
    plain = contents(backup)
    _put(backup, directory)
    return Backup(*(plain[name] for name in Backup._fields))


def _put(backup: Path, directory: Path) -> None:
    _prepare(directory)
    head_last = sorted(
        (path for path in backup.rglob("*") if path.is_file() and path.name != LIST),
        key=lambda path: (path.name == head.FILE, path.as_posix()),
    )
    for path in head_last:
        target = directory / path.relative_to(backup)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o600)
        with target.open("rb") as file:
            os.fsync(file.fileno())
    store.sync_directory(directory)
