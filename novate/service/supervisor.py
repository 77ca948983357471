"""Starts the processes in their order, and again when they end by themselves: after a while that doubles each time.

One that hangs is ended, and so started again. SIGHUP starts at once what is down, also what was given up.

It is small and keeps nothing: killed, it leaves the processes as they are, and the next one takes them over.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from novate.errors import NovateError
from novate.observe.logs import logger, set_up
from novate.service.folder import Folder
from novate.service.health import Probe
from novate.service.processes import NAMES, REFUSES, SUPERVISOR, Presence, claim, end, running, spawn

POLL = 0.1
FIRST_DELAY, LONGEST_DELAY = 0.2, 30.0
"""Seconds before a process is started again."""
CALM = 60
"""Seconds of life after which the delay begins anew."""
LIMITS = {"prover": 10.0, "sequencer": 30.0, "chain": 10.0}
"""Seconds that a process may take to stop before it is killed: a kill loses nothing that was acknowledged."""


class Ward:
    """One process under watch."""

    def __init__(self, folder: Folder, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.given_up = False
        """It said that another start would not help."""
        self._folder = folder
        self._clock = clock
        self._child: subprocess.Popen | None = None
        self._delay = FIRST_DELAY
        self._due = 0.0
        self._since = 0.0

    def look(self) -> None:
        """Start the process if it does not run and its time has come."""
        if self._child is not None:
            code = self._child.poll()
            if code is None:
                return
            self._child = None
            self._ended(code)
        elif running(self._folder, self.name):
            return  # somebody else's child: the one before us left it
        if not self.given_up and self._clock() >= self._due:
            self._child = spawn(self._folder, self.name)
            self._since = self._clock()

    def _ended(self, code: int) -> None:
        """Decide when it is started again."""
        self.given_up = code == REFUSES
        if self._clock() - self._since > CALM:
            self._delay = FIRST_DELAY
        logger().warning("process.ended", of=self.name, exit=code, again_in=None if self.given_up else self._delay)
        self._due = self._clock() + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY)

    def revive(self) -> None:
        """Somebody asks for another try: at once, whatever it said before."""
        self.given_up = False
        self._delay, self._due = FIRST_DELAY, 0.0

    def stop(self) -> None:
        """End the process, whoever started it."""
        record = running(self._folder, self.name)
        if record is not None:
            end(record, LIMITS[self.name])
        elif self._child is not None and self._child.poll() is None:
            self._child.terminate()  # so young that it has not said its name yet
        if self._child is not None:
            self._child.wait()


def wanted(folder: Folder) -> list[str]:
    """Processes that can run now: the chain if it is ours, the others once there are contracts."""
    service = folder.read()
    ours = service.chain.embedded
    return [name for name in NAMES if (ours if name == "chain" else service.is_deployed)]


def supervise(folder: Folder, presence: Presence, stopping: threading.Event, again: threading.Event) -> None:
    """Watch until told to stop; then stop everything, last started first. ``again`` asks to start what is down."""
    wards = {name: Ward(folder, name) for name in NAMES}
    for name in NAMES:
        Probe(folder, name, stopping).start()
    while not stopping.is_set():
        presence.beat()
        if again.is_set():
            again.clear()
            for ward in wards.values():
                ward.revive()
        for name in wanted(folder):
            wards[name].look()
        stopping.wait(POLL)
    for name in reversed(NAMES):
        wards[name].stop()


def main() -> int:
    """Supervise the folder on the command line until SIGTERM or SIGINT."""
    folder = Folder.at(Path(sys.argv[1]))
    stopping, again = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    signal.signal(signal.SIGHUP, lambda *_: again.set())
    set_up(SUPERVISOR, folder.logs / f"{SUPERVISOR}.log")
    try:
        with claim(folder, SUPERVISOR) as presence:
            presence.tell(ready=True)
            supervise(folder, presence, stopping, again)
    except NovateError as error:
        print(error, file=sys.stderr)
        return REFUSES
    return 0


if __name__ == "__main__":
    sys.exit(main())
