"""Traces of sealed batches on disk: what the prover reads, and what is kept for inspection when it refuses."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from rollup.batch import Batch
from sequencer.store import sync_directory, write_file

FOLDER = "traces"


class TraceFile(NamedTuple):
    """A file's name in the folder, and the SHA-256 of its bytes."""

    name: str
    digest: str


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
