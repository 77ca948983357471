"""Nonces: an account has eight lanes, and each takes only counters above the last one it saw.

So actions of one lane must arrive in the order of their counters, and lanes do not wait for one another. An action
holds a lane from before it is signed until it is answered; a file lock says so to other threads, tasks and processes
of this machine. Counters are milliseconds since 1970, or one above the last one of the lane: programs on other
machines that share a key stay in step without a word between them, as long as they keep to lanes of their own.
"""

import fcntl
import os
import time
from pathlib import Path

from rollup.layout import COUNTER_BITS, LANES

SCHEDULE_LANE = LANES - 1
"""Holds what the dead-man switch has: cancels that are signed now and used much later, if ever."""
SOCKET_LANE = LANES - 2
"""The same for cancels that wait for a socket's end."""
TRADING_LANES = tuple(range(LANES - 2))
"""Lanes of everything else: so many actions of an account may be under way at once."""
FIGURES = 20
"""Length of the number in a lane's file."""


class Lane:
    """One lane, held by this caller until ``release``."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.number = number
        self._descriptor = descriptor
        text = os.pread(descriptor, FIGURES, 0).strip(b" \n")
        self._last = int(text) if text.isdigit() else 0

    def next(self, now_ms: int | None = None) -> int:
        """A counter that this lane has not seen, put down before anyone sees it."""
        now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        counter = max(self._last + 1, now)
        if counter >> COUNTER_BITS:
            raise OverflowError(f"lane {self.number} has no counters left")
        self.raise_to(counter)
        return counter

    def raise_to(self, used: int) -> None:
        """Counters up to this one are used."""
        if used > self._last:
            self._last = used
            os.pwrite(self._descriptor, str(used).rjust(FIGURES).encode(), 0)

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Lanes:
    """The lanes of one account; its files lie in a folder that all programs of this machine share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = 0

    def take(self, wanted: int | None = None) -> Lane | None:
        """A free trading lane, or the wanted one; None while others hold it. Never waits."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if wanted is not None:
            return self._lock(wanted)
        for step in range(len(TRADING_LANES)):
            lane = self._lock(TRADING_LANES[(self._turn + step) % len(TRADING_LANES)])
            if lane is not None:
                self._turn = lane.number
                return lane
        return None

    def _lock(self, number: int) -> Lane | None:
        descriptor = os.open(self._folder / f"lane-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Lane(number, descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise


def folder_of(root: Path, domain: int, account: int) -> Path:
    """Where an account's lanes are kept: apart for every contract on every chain."""
    return root / f"{domain:064x}"[:16] / str(account)


def state_folder() -> Path:
    """The user's folder of nonces, for services that are not of this machine."""
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "novate" / "nonces"
