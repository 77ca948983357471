"""The record of what was sent: written before it is sent, so that a crash in between loses nothing (D21)."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from verifier.fees import Fees

SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    hash TEXT PRIMARY KEY,
    nonce INTEGER NOT NULL,
    raw BLOB NOT NULL,
    target TEXT NOT NULL,
    data TEXT NOT NULL,
    gas INTEGER NOT NULL,
    name TEXT NOT NULL,
    most TEXT NOT NULL,
    tip TEXT NOT NULL,
    sent_at REAL NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempts_open ON attempts (nonce) WHERE state = 'pending';
"""
KEPT = 64
"""Nonces that are kept after their end, for people."""


class Attempt(NamedTuple):
    """A signed transaction. Attempts with one nonce replace each other; fees are wei, ``sent_at`` seconds."""

    hash: str
    nonce: int
    raw: bytes
    target: str
    data: str
    gas: int
    name: str
    fees: Fees
    sent_at: float


class Record:
    """Attempts in a file. Those of one nonce are pending together, and end together: mined, overtaken or given up."""

    def __init__(self, path: Path | None, key: str) -> None:
        """``path``: None for a record in memory alone.

        ``key``: whose nonces these are and on which chain; another one's record is left alone and not read.
        """
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._connection.executescript("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;" + SCHEMA)
        self._connection.execute("CREATE TABLE IF NOT EXISTS owner (key TEXT NOT NULL) STRICT")
        kept = self._connection.execute("SELECT key FROM owner").fetchone()
        if kept != (key,):
            with self._connection:
                self._connection.execute("BEGIN")
                self._connection.execute("UPDATE attempts SET state = 'foreign' WHERE state = 'pending'")
                self._connection.execute("DELETE FROM owner")
                self._connection.execute("INSERT INTO owner VALUES (?)", (key,))

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt, durably."""
        *others, fees, sent_at = attempt
        fields = (*others, str(fees.most), str(fees.tip), sent_at, "pending")
        self._connection.execute(f"INSERT OR REPLACE INTO attempts VALUES ({', '.join('?' * len(fields))})", fields)

    def pending(self) -> dict[int, list[Attempt]]:
        """By nonce, lowest first, what may still be mined; of each nonce the newest attempt last."""
        columns = "hash, nonce, raw, target, data, gas, name, most, tip, sent_at"
        rows = self._connection.execute(
            f"SELECT {columns} FROM attempts WHERE state = 'pending' ORDER BY nonce, length(most), most, rowid"
        )
        found: dict[int, list[Attempt]] = {}
        for *fields, most, tip, sent_at in rows:
            attempt = Attempt(*fields, Fees(int(most), int(tip)), sent_at)
            found.setdefault(attempt.nonce, []).append(attempt)
        return found

    def end(self, nonce: int, state: str) -> None:
        """Nothing more of a nonce is waited for: ``mined``, ``overtaken`` or ``dropped``. Old ends are forgotten."""
        self._connection.execute("DELETE FROM attempts WHERE state != 'pending' AND nonce < ?", (nonce - KEPT,))
        self._connection.execute("UPDATE attempts SET state = ? WHERE nonce = ? AND state = 'pending'", (state, nonce))

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()
