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


def lost(connection: sqlite3.Connection, directory: Path) -> bool:
    """Whether the trace of a batch that has yet to be proven is missing or altered."""
    unproven = "SELECT trace, trace_digest FROM batches JOIN jobs ON batch = number WHERE state != 'proven'"
    return any(not is_whole(directory / FOLDER / name, digest) for name, digest in connection.execute(unproven))


def is_whole(path: Path, digest: str) -> bool:
    """Whether a trace is what was written."""
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def write(directory: Path, batch: Batch) -> TraceFile:
    """Write a batch's trace durably, in place of what a crash left before its batch was journaled."""
    folder = directory / FOLDER
    if not folder.exists():
        folder.mkdir(mode=0o700)
        sync_directory(directory)
    body = json.dumps(batch.trace, separators=(",", ":")).encode()
    name = f"{batch.number:08}.json"
    write_file(folder / name, body)
    return TraceFile(name, hashlib.sha256(body).hexdigest())
