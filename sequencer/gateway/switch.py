"""Dead-man switches: signed cancel-alls that their owner left, submitted when due, and durable until then.

Nobody else can sign a cancel for an account. A switch that is due is submitted until there is an outcome, also after a
restart; the same bytes take effect once, so it fires once.
"""

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FILE = "switches.sqlite"
SHORTEST, LONGEST = 5_000, 24 * 3600 * 1000
"""Milliseconds ahead."""
SCHEDULED, SOCKET = "schedule", "socket"


class Switch(NamedTuple):
    """``at`` in milliseconds since the epoch; ``payloads`` are encoded actions."""

    account: int
    kind: str
    at: int
    payloads: tuple[bytes, ...]


class Switches:
    """The table. One a scheduled switch and account; those of sockets are kept by the socket's name."""

    def __init__(self, directory: Path) -> None:
        self._connection = sqlite3.connect(directory / FILE, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS switches (account INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER,"
            " payloads TEXT NOT NULL, PRIMARY KEY (account, kind))"
        )
        # Sockets that were open when the process ended are gone now.
        self._connection.execute("UPDATE switches SET at = ? WHERE at IS NULL", (_now(),))

    def arm(self, account: int, kind: str, at: int | None, payloads: Sequence[bytes]) -> None:
        """Set a switch in place of the one that was there; without a time it fires after a restart only."""
        text = json.dumps([payload.decode() for payload in payloads])
        self._connection.execute("INSERT OR REPLACE INTO switches VALUES (?, ?, ?, ?)", (account, kind, at, text))

    def time(self, account: int, kind: str, at: int | None) -> None:
        """Give a switch another time."""
        self._connection.execute("UPDATE switches SET at = ? WHERE account = ? AND kind = ?", (at, account, kind))

    def disarm(self, account: int, kind: str) -> None:
        """Take a switch away."""
        self._connection.execute("DELETE FROM switches WHERE account = ? AND kind = ?", (account, kind))

    def fired(self, switch: Switch) -> None:
        """There is an outcome: forget the switch, unless it was set anew meanwhile."""
        self._connection.execute(
            "DELETE FROM switches WHERE account = ? AND kind = ? AND at = ?", (switch.account, switch.kind, switch.at)
        )

    def due(self, now: int) -> list[Switch]:
        """Switches whose time has come."""
        rows = self._connection.execute(
            "SELECT account, kind, at, payloads FROM switches WHERE at <= ? ORDER BY at", (now,)
        )
        return [
            Switch(account, kind, at, tuple(payload.encode() for payload in json.loads(payloads)))
            for account, kind, at, payloads in rows
        ]

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


def _now() -> int:
    return time.time_ns() // 1_000_000
