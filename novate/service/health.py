"""Whether a process that runs also works: it beats while it moves, and who should answer is asked.

One that hangs (stopped, stuck, without its disk) looks alive by its number and its lock alone.
"""

import threading
import time
import urllib.error
import urllib.request

from novate.observe.logs import logger
from novate.service.folder import Folder
from novate.service.processes import Record, beaten, end, running
from verifier.devnet import rpc
from verifier.errors import ChainUnreachable

BEATS = ("supervisor", "chain", "prover")
"""Processes that beat; the sequencer is asked instead."""
STILL = 30.0
"""Seconds without a beat after which a process counts as hanging."""
ANSWER = 5.0
"""Seconds that an answer may take."""
EVERY = 5.0
FAILURES = 6
"""Looks in a row that find a process hanging before it is ended: half a minute to a minute."""
HANGING = 2.0
"""Seconds that a hanging process is given to stop before it is killed."""


def works(folder: Folder, record: Record) -> bool:
    """Whether a process does what it is for; one that is still starting does."""
    if not record.ready:
        return True
    return beats(folder, record) and ANSWERS.get(record.name, lambda folder: True)(folder)


def beats(folder: Folder, record: Record) -> bool:
    """Whether a process moved lately, as far as it is one that beats; quick."""
    return not record.ready or record.name not in BEATS or time.time() - beaten(folder, record.name) < STILL


def node_answers(folder: Folder) -> bool:
    """Whether our own node says which chain it is."""
    try:
        return bool(rpc(folder.read().chain.url, "eth_chainId", timeout=ANSWER))
    except ChainUnreachable:
        return False


def listener_answers(folder: Folder) -> bool:
    """Whether the sequencer's process answers at all: a refusal is an answer."""
    try:
        urllib.request.urlopen(f"http://{folder.read().operator}/", timeout=ANSWER).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


ANSWERS = {"chain": node_answers, "sequencer": listener_answers}


class Probe(threading.Thread):
    """Looks at one process again and again, and ends it when it hangs: its supervisor starts it again."""

    def __init__(self, folder: Folder, name: str, stopping: threading.Event) -> None:
        super().__init__(name=f"probe of {name}", daemon=True)
        self._folder = folder
        self._of = name
        self._stopping = stopping
        self._failures = 0

    def run(self) -> None:
        """Until everything stops."""
        while not self._stopping.wait(EVERY):
            try:
                self.look()
            except Exception as error:
                logger().warning("probe.failed", of=self._of, exc_info=error)

    def look(self) -> None:
        """Once."""
        record = running(self._folder, self._of)
        if record is None or works(self._folder, record):
            self._failures = 0
            return
        self._failures += 1
        if self._failures >= FAILURES and not self._stopping.is_set():
            logger().error("process.hangs", of=self._of, pid=record.pid, failures=self._failures)
            self._failures = 0
            end(record, HANGING)
