"""Dead-man switches: signed cancel-alls that their owner left, submitted when due, and durable until then.

Nobody else can sign a cancel for an account. A switch that is due is submitted until there is an outcome, also after a
restart; the same bytes take effect once, so it fires once.

A switch is due when the machine's clock says so, or as much time has passed as was left when it was set, whichever is
first: a clock that is set back delays none.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

FILE = "switches.sqlite"
SHORTEST, LONGEST = 5_000, 24 * 3600 * 1000
"""Milliseconds ahead."""
SCHEDULED, SOCKET = "schedule", "socket"
TABLE = """
CREATE TABLE IF NOT EXISTS switches (
    account INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER, payloads TEXT NOT NULL, armed INTEGER,
    PRIMARY KEY (account, kind)
)
"""


class Switch(NamedTuple):
    """``at`` in milliseconds since the epoch, None as long as a socket is there; ``payloads`` are encoded actions.

    ``deadline``: when it is due by the clock that nobody sets, in seconds.
    """

    account: int
    kind: str
    at: int | None
    payloads: tuple[bytes, ...]
    deadline: float | None

    def is_due(self, now: int, elapsed: float) -> bool:
        """Whether its time has come, by either clock."""
        return self.at is not None and (self.at <= now or elapsed >= self.deadline)


def wall_clock() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Switches:
    """One scheduled switch an account, and one that its last socket left. In a file, and in memory to be looked at."""

    def __init__(
        self,
        directory: Path,
        now: Callable[[], int] = wall_clock,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._elapsed = elapsed
        self._connection = sqlite3.connect(directory / FILE, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(TABLE)
        if "armed" not in {row[1] for row in self._connection.execute("PRAGMA table_info(switches)")}:
            self._connection.execute("ALTER TABLE switches ADD COLUMN armed INTEGER")
        # Sockets that were open when the process ended are gone now.
        self._connection.execute("UPDATE switches SET at = ?, armed = ? WHERE at IS NULL", (now(), now()))
        self._armed = {(one.account, one.kind): one for one in map(self._loaded, self._rows())}

    def _rows(self) -> list[tuple]:
        return self._connection.execute("SELECT account, kind, at, payloads, armed FROM switches").fetchall()

    def _loaded(self, row: tuple) -> Switch:
        """A switch of a process that ended; where the clock was set back meanwhile it waits no longer than at first."""
        account, kind, at, payloads, armed = row
        left = at - self._now()
        if armed is not None:
            left = min(left, at - armed)
        return Switch(account, kind, at, tuple(map(str.encode, json.loads(payloads))), self._elapsed() + left / 1000)

    def arm(self, account: int, kind: str, at: int | None, payloads: Sequence[bytes]) -> None:
        """Set a switch in place of the one that was there; without a time it fires after a restart only."""
        text = json.dumps([payload.decode() for payload in payloads])
        row = (account, kind, at, text, self._now())
        self._connection.execute(
            "INSERT OR REPLACE INTO switches (account, kind, at, payloads, armed) VALUES (?, ?, ?, ?, ?)", row
        )
        self._armed[account, kind] = Switch(account, kind, at, tuple(payloads), self._deadline(at))

    def time(self, account: int, kind: str, at: int | None) -> None:
        """Give a switch another time, which holds in this process even where the disk refuses it, which is raised."""
        known = self._armed.get((account, kind))
        if known is not None:
            self._armed[account, kind] = known._replace(at=at, deadline=self._deadline(at))
        row = (at, self._now(), account, kind)
        self._connection.execute("UPDATE switches SET at = ?, armed = ? WHERE account = ? AND kind = ?", row)

    def _deadline(self, at: int | None) -> float | None:
        return None if at is None else self._elapsed() + (at - self._now()) / 1000

    def disarm(self, account: int, kind: str) -> None:
        """Take a switch away."""
        self._connection.execute("DELETE FROM switches WHERE account = ? AND kind = ?", (account, kind))
        self._armed.pop((account, kind), None)

    def fired(self, switch: Switch) -> None:
        """There is an outcome: forget the switch, unless it was set anew meanwhile.

        Where the disk refuses, which is raised, it is submitted once more after a restart, and takes no effect then.
        """
        if self._armed.get((switch.account, switch.kind)) is switch:
            del self._armed[switch.account, switch.kind]
            self.disarm(switch.account, switch.kind)

    def due(self) -> list[Switch]:
        """Switches whose time has come, the earliest first."""
        now, elapsed = self._now(), self._elapsed()
        found = [switch for switch in self._armed.values() if switch.is_due(now, elapsed)]
        return sorted(found, key=lambda switch: switch.at)

    def all(self) -> list[Switch]:
        """Every switch that is set."""
        return list(self._armed.values())

    def of(self, account: int) -> list[Switch]:
        """An account's switches."""
        return [one for kind in (SCHEDULED, SOCKET) if (one := self._armed.get((account, kind))) is not None]

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()
