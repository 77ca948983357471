"""The record of what was sent: written before it is sent, so that a crash in between loses nothing (D21).

An attempt is a signed transaction; attempts with one nonce replace each other, and one of them at most is ever mined.
What a row says holds on the chain as it was seen last: no end is for good while a reorganisation can take it back.

| state     | it says                                                       | it becomes
|-----------|---------------------------------------------------------------|------------------------------------
| pending   | recorded, and sent unless a crash came between; may be mined  | mined, overtaken, dropped
| mined     | it, or another attempt with its nonce, is in a block          | pending, when the nonce is unused again
| overtaken | its nonce was used by what is not in this record              | pending, when the nonce is unused again
| dropped   | refused, or vanished and bound to fail: its nonce is free     | pending, when all is cancelled and the
|           | for the next call                                             | nonce is unused
| foreign   | another key's or chain's: not touched, not looked for         | nothing else

``reopen`` does the ways back, before every send and every cancel. Whatever happens between two of them, it comes out
the same: a transaction that left its block and was mined again meanwhile has a receipt and ends once more; one that
waits in the pool is waited for; one that vanished is sent again, or dropped; one whose nonce went to another is
overtaken. Of the attempts with a nonce only the newest is ever sent again: what was cancelled is not, as its newest
attempt does nothing.
"""

import sqlite3
from collections.abc import Iterator, Sequence
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
CREATE INDEX IF NOT EXISTS attempts_nonce ON attempts (nonce);
CREATE TABLE IF NOT EXISTS disowned (hash TEXT PRIMARY KEY) STRICT;
"""
KEPT = 1024
"""Nonces that are kept behind the last one that ended: no reorganisation is followed that takes back more of them."""


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
    """Attempts in a file. Those of one nonce are pending together, and end together."""

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
        found: dict[int, list[Attempt]] = {}
        for attempt in self._read("state = 'pending'"):
            found.setdefault(attempt.nonce, []).append(attempt)
        return found

    def named(self, name: str) -> list[Attempt]:
        """What was sent under a name, lowest nonce first, however it ended."""
        return list(self._read("name = ?", name))

    def _read(self, which: str, *values: str) -> Iterator[Attempt]:
        columns = "hash, nonce, raw, target, data, gas, name, most, tip, sent_at"
        rows = self._connection.execute(f"SELECT {columns} FROM attempts WHERE {which} ORDER BY nonce, rowid", values)
        for *fields, most, tip, sent_at in rows:
            yield Attempt(*fields, Fees(int(most), int(tip)), sent_at)

    def end(self, nonce: int, state: str) -> None:
        """Nothing more of a nonce is waited for: ``mined``, ``overtaken`` or ``dropped``. Old ends are forgotten."""
        self._connection.execute("DELETE FROM attempts WHERE nonce < ? AND state != 'pending'", (nonce - KEPT,))
        self._connection.execute("UPDATE attempts SET state = ? WHERE nonce = ? AND state = 'pending'", (state, nonce))

    def reopen(self, nonce: int, states: Sequence[str]) -> None:
        """What ended in one of these states with this nonce or a higher one is pending again."""
        listed = ", ".join("?" * len(states))
        statement = f"UPDATE attempts SET state = 'pending' WHERE nonce >= ? AND state IN ({listed})"
        self._connection.execute(statement, (nonce, *states))

    def disown(self, transactions: Sequence[str]) -> None:
        """Remember that these are not meant any more, should they be mined nevertheless."""
        self._connection.execute("BEGIN")
        with self._connection:
            rows = [(transaction,) for transaction in transactions]
            self._connection.executemany("INSERT OR IGNORE INTO disowned VALUES (?)", rows)

    def disowns(self, transaction: str) -> bool:
        """Whether a transaction is not meant any more."""
        found = self._connection.execute("SELECT 1 FROM disowned WHERE hash = ?", (transaction,)).fetchone()
        return found is not None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()
