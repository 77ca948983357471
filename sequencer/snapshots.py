"""Snapshots: the state between two batches, kept beside the journal so that a restart replays only what came after."""

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from rollup import layout
from sequencer.head import Head

KEPT = 2
"""A snapshot that turns out to be damaged leaves the one before it."""


LAID_OUT = (
    layout.POSITION_CELL,
    layout.ORDER_CELL,
    layout.IDENTITY_CELL,
    layout.LANE_CELL,
    layout.MARKET_CELL,
    layout.SYSTEM_CELL,
)
VERSION = f"{layout.VERSION} {hashlib.sha256(repr((layout.ROWS, *LAID_OUT)).encode()).hexdigest()[:16]}"
"""What wrote a snapshot: the version of the rules, and a hash of how rows and cells are laid out."""


class Snapshot(NamedTuple):
    """``head`` is the journal's after the batch; ``body`` is the engine's own; ``version`` of what wrote it."""

    head: Head
    batch: int
    root: int
    deposits: int
    body: bytes
    version: str = VERSION


def write(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Store a snapshot and drop old ones, within the caller's transaction.

    Kept are the newest, and one from before the last settled batch: no rewind leads further back than that.
    """
    digest = hashlib.sha256(snapshot.body).digest()
    body = zlib.compress(snapshot.body, 1)
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (sequence, chain, batch, root, deposits, version, digest, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*snapshot.head, snapshot.batch, str(snapshot.root), snapshot.deposits, snapshot.version, digest, body),
    )
    connection.execute(
        "DELETE FROM snapshots WHERE sequence NOT IN (SELECT sequence FROM snapshots ORDER BY sequence DESC LIMIT ?)"
        " AND sequence NOT IN (SELECT max(sequence) FROM snapshots WHERE batch <="
        " (SELECT coalesce(max(batch), 0) FROM stages WHERE stage = 'settled'))",
        (KEPT,),
    )


def read(connection: sqlite3.Connection, last: int) -> Iterator[Snapshot]:
    """Snapshots up to a record that are whole, newest first."""
    numbers = "SELECT sequence FROM snapshots WHERE sequence <= ? ORDER BY sequence DESC"
    columns = "SELECT sequence, chain, batch, root, deposits, digest, body, version FROM snapshots WHERE sequence = ?"
    for (number,) in connection.execute(numbers, (last,)).fetchall():
        sequence, chain, batch, root, deposits, digest, body, version = connection.execute(
            columns, (number,)
        ).fetchone()
        try:
            plain = zlib.decompress(body)
        except (zlib.error, TypeError):
            continue
        if hashlib.sha256(plain).digest() == digest:
            yield Snapshot(Head(sequence, chain), batch, int(root), deposits, plain, version)
