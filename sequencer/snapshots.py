"""Snapshots: the state between two batches, kept beside the journal so that a restart replays only what came after."""

import hashlib
import sqlite3
import zlib
from typing import NamedTuple

from sequencer.head import Head

KEPT = 2
"""A snapshot that turns out to be damaged leaves the one before it."""


class Snapshot(NamedTuple):
    """``head`` is the journal's at the seal of the batch; ``body`` is the engine's own."""

    head: Head
    batch: int
    root: int
    deposits: int
    body: bytes


def write(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Store a snapshot and drop the oldest, within the caller's transaction."""
    digest = hashlib.sha256(snapshot.body).digest()
    body = zlib.compress(snapshot.body, 1)
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (sequence, chain, batch, root, deposits, digest, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*snapshot.head, snapshot.batch, str(snapshot.root), snapshot.deposits, digest, body),
    )
    connection.execute(
        "DELETE FROM snapshots WHERE sequence NOT IN (SELECT sequence FROM snapshots ORDER BY sequence DESC LIMIT ?)",
        (KEPT,),
    )


def read(connection: sqlite3.Connection) -> list[Snapshot]:
    """Snapshots that are whole, newest first."""
    rows = connection.execute(
        "SELECT sequence, chain, batch, root, deposits, digest, body FROM snapshots ORDER BY sequence DESC"
    )
    found = []
    for sequence, chain, batch, root, deposits, digest, body in rows:
        try:
            plain = zlib.decompress(body)
        except (zlib.error, TypeError):
            continue
        if hashlib.sha256(plain).digest() == digest:
            found.append(Snapshot(Head(sequence, chain), batch, int(root), deposits, plain))
    return found
