"""Traces of sealed batches on disk: what the prover reads, and what is kept for inspection when it refuses."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import NamedTuple

from rollup.batch import Batch
from sequencer.store import sync_directory, write_file

FOLDER = "traces"


class TraceFile(NamedTuple):
    """A file's name in the folder, and the SHA-256 of its bytes."""

    name: str
    digest: str


def lost(connection: sqlite3.Connection, directory: Path) -> list[int]:
    """Batches that have yet to be proven and whose trace is missing or altered."""
    unproven = "SELECT number, trace, trace_digest FROM batches JOIN jobs ON batch = number WHERE state != 'proven'"
    rows = connection.execute(unproven).fetchall()
    return [number for number, name, digest in rows if not is_whole(directory / FOLDER / name, digest)]


def is_whole(path: Path, digest: str) -> bool:
    """Whether a trace is what was written."""
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def name_of(number: int, rewinds: int) -> str:
    """A batch that is sequenced again gets another file, so that neither is ever taken for the other."""
    return f"{number:08}.{rewinds}.json" if rewinds else f"{number:08}.json"


def write(directory: Path, batch: Batch, rewinds: int) -> TraceFile:
    """Write a batch's trace, in place of what a crash left before its batch was journaled.

    It is not synced: the journal makes it again where a power cut spoils it, and its hash tells.
    """
    return write_as(directory, name_of(batch.number, rewinds), batch)


def write_as(directory: Path, name: str, batch: Batch) -> TraceFile:
    """The same under a name that is known."""
    folder = directory / FOLDER
    if not folder.exists():
        folder.mkdir(mode=0o700)
        sync_directory(directory)
    body = json.dumps(batch.trace, separators=(",", ":")).encode()
    write_file(folder / name, body, sync=False)
    return TraceFile(name, hashlib.sha256(body).hexdigest())


def sweep(connection: sqlite3.Connection, directory: Path) -> None:
    """Remove the files of batches that were undone."""
    kept = {name for (name,) in connection.execute("SELECT trace FROM batches")}
    for path in (directory / FOLDER).glob("*.json"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
