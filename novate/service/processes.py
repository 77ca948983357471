"""Processes by name: which run, started and stopped in order, never confused with another that got their number.

A process keeps a lock for as long as it lives and says in ``run/NAME.json`` who it is: its number and when the system
started it. A number alone may belong to somebody else by now.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from novate.errors import NovateError
from novate.service.folder import Folder, write_whole

NAMES = ("chain", "sequencer", "prover")
"""In the order of starting; they stop the other way round."""
SUPERVISOR = "supervisor"
REFUSES = 78
"""Exit code of a process that would fail the same way at once if it were started again."""
POLL = 0.02
BEAT = 1.0
LARGEST_LOG = 64 * 2**20
"""Bytes after which a log is put aside at the next start; the one before it goes."""


class Record(NamedTuple):
    """A process as it describes itself: ``address`` is where it listens, ``error`` why it will not start, and ``fix``
    what mends that."""

    name: str
    pid: int
    started: str
    address: str = ""
    ready: bool = False
    error: str = ""
    fix: str = ""


def started(pid: int) -> str | None:
    """When the system started a process, in its own words; None if there is none, or it is dead and not yet waited for.

    Linux counts clock ticks since boot; elsewhere ``ps`` is asked.
    """
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            is_over = fields[0] in "ZX" and int(fields[17]) <= 1  # its other threads may still hold files and locks
            return None if is_over else fields[19]
        return None
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip() or None


def read(folder: Folder, name: str) -> Record | None:
    """What a process last said of itself, dead or alive."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        return Record(**json.loads((folder.run / f"{name}.json").read_text()))
    return None


def running(folder: Folder, name: str) -> Record | None:
    """The process of this name, if it lives."""
    record = read(folder, name)
    return record if record and started(record.pid) == record.started else None


def beaten(folder: Folder, name: str) -> float:
    """When a process last said something or beat, seconds since the epoch; 0 if there is none."""
    with suppress(OSError):
        return (folder.run / f"{name}.json").stat().st_mtime
    return 0.0


class Presence:
    """This process under its name, from ``claim`` on."""

    def __init__(self, folder: Folder, name: str) -> None:
        self._path = folder.run / f"{name}.json"
        self.record = Record(name, os.getpid(), started(os.getpid()) or "")
        self._beaten = 0.0

    def tell(self, **fields: object) -> None:
        """Say more of this process."""
        self.record = self.record._replace(**fields)
        write_whole(self._path, json.dumps(self.record._asdict()) + "\n")

    def beat(self) -> None:
        """It still moves; at most once a second this is written down."""
        now = time.monotonic()
        if now - self._beaten >= BEAT:
            self._beaten = now
            with suppress(OSError):  # a disk that takes no beat is no reason to end
                os.utime(self._path)

    def leave(self) -> None:
        """It is over, in order."""
        self._path.unlink(missing_ok=True)


@contextmanager
def claim(folder: Folder, name: str) -> Iterator[Presence]:
    """Be the one process of this name; raises ``NovateError`` (ALREADY_RUNNING)."""
    folder.run.mkdir(parents=True, exist_ok=True)
    with locked(folder, name):
        presence = Presence(folder, name)
        presence.tell()
        yield presence
        if not presence.record.error:
            presence.leave()


@contextmanager
def locked(folder: Folder, name: str) -> Iterator[None]:
    """Hold the lock of a name; raises ``NovateError`` (ALREADY_RUNNING). It goes with the process."""
    folder.run.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder.run / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise NovateError("ALREADY_RUNNING", f"another '{name}' runs on {folder.root}", fix="novate status") from None
    try:
        yield
    finally:
        os.close(descriptor)


def forget(folder: Folder) -> None:
    """Remove what processes that are dead said of themselves: why the last one would not start is no news."""
    for name in (SUPERVISOR, *NAMES):
        if not running(folder, name):
            (folder.run / f"{name}.json").unlink(missing_ok=True)


def spawn(folder: Folder, name: str) -> subprocess.Popen:
    """Start a process in a session of its own: whoever ends its parent does not end it."""
    folder.logs.mkdir(parents=True, exist_ok=True)
    for path in (folder.logs / f"{name}.log", folder.logs / f"{name}.err"):
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_name(path.name + ".1"))
    command = [sys.executable, "-m", f"novate.service.{name}", str(folder.root.absolute())]
    with (folder.logs / f"{name}.err").open("ab") as errors:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True)


def is_alive(record: Record) -> bool:
    """Whether it is still the same process."""
    return started(record.pid) == record.started


def end(record: Record, limit: float) -> bool:
    """Ask a process to stop, and kill it after ``limit`` seconds. Returns whether it stopped by itself."""
    with suppress(ProcessLookupError):
        if is_alive(record):
            os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + limit
    while is_alive(record):
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.kill(record.pid, signal.SIGKILL)
            while is_alive(record):
                time.sleep(POLL)
            return False
        time.sleep(POLL)
    return True
