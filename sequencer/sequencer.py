"""The sequencer, put together: one directory, one deployment, and a thread for each of its rooms.

submit -> admission -> writer (batcher, ledger, journal) -> prover -> settler
oracle ------------------^                                     deposits of the chain --^ (to admission)
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from rollup.actions import Action, Report
from rollup.batch import Batch
from rollup.engine import Engine
from rollup.hashing import Hasher
from sequencer.admission import Admission
from sequencer.archive import Archive
from sequencer.batcher import Batcher
from sequencer.errors import SequencerError
from sequencer.halt import Halt
from sequencer.journal import Journal
from sequencer.oracle import Oracle
from sequencer.policy import DEFAULT, Policy
from sequencer.recovery import Deployment, recover
from sequencer.signatures import Checker, Verifier
from sequencer.writer import Writer


class Status(NamedTuple):
    """Heads: the last durable record, and the last batch that got so far. ``halted`` is why nothing more is taken."""

    sequence: int
    sealed: int
    waiting: int
    halted: SequencerError | None


def wall_clock() -> int:
    """Seconds since the epoch."""
    return int(time.time())


class Sequencer:
    """Runs between ``start`` and ``stop``; a directory has one at a time."""

    def __init__(
        self,
        directory: Path,
        deployment: Deployment,
        hasher: Hasher,
        verifier: Verifier,
        policy: Policy = DEFAULT,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        """Recover the state. Raises what opening a journal and replaying it raise."""
        self.directory = directory
        self.deployment = deployment
        self.policy = policy
        self.halt = Halt()
        self._clock = clock
        self._journal = Journal(directory)
        try:
            self._ledger = recover(self._journal, deployment, hasher, directory, policy.snapshot_every)
            self._archive = Archive(directory)
        except BaseException:
            self._journal.close()
            raise
        checker = Checker(verifier, deployment.domain.digest(hasher))
        self.oracle = Oracle(deployment.genesis, checker)
        batcher = Batcher(self._ledger, self.oracle, hasher, policy, clock, self._backlog, self._sealed)
        self._writer = Writer(batcher, self._archive.find, self.halt, policy.group)
        self._admission = Admission(
            checker, self._ledger.engine.key, self._writer.put, self.halt, policy.queue, policy.group
        )
        self._threads = [
            threading.Thread(target=self._admission.run, name="admission", daemon=True),
            threading.Thread(target=self._writer.run, name="writer", daemon=True),
        ]

    @property
    def engine(self) -> Engine:
        """The state, to be read only."""
        return self._ledger.engine

    def start(self) -> "Sequencer":
        """Open the doors."""
        for thread in self._threads:
            thread.start()
        return self

    def submit(self, action: Action) -> Future:
        """A future of the action's ``Acknowledged``; see ``Admission.submit``."""
        return self._admission.submit(action)

    def submit_bytes(self, payload: bytes) -> Future:
        """The same for an encoded action."""
        return self._admission.submit_bytes(payload)

    def report(self, report: Report) -> bool:
        """Take a reporter's prices; see ``Oracle.submit``."""
        return self.oracle.submit(report, self._clock())

    def seal(self) -> Future:
        """Ask for the end of the batch in progress; a future of the number of the last sealed batch."""
        return self._writer.ask_seal()

    def status(self) -> Status:
        """How far things got."""
        return Status(self._ledger.sequence, self._ledger.engine.number, len(self._admission), self.halt.reason)

    def stop(self, seal: bool = True) -> None:
        """Answer what is under way, seal the batch in progress unless told not to, and give the directory back.

        A batch that stays open can only be committed on chain while its clock is within the contract's window.
        """
        admission, writer = self._threads
        self._admission.close()
        admission.join()
        self._writer.close(seal)
        writer.join()
        self._archive.close()
        self._journal.close()

    def _backlog(self) -> int:
        return 0

    def _sealed(self, batch: Batch) -> None:
        """A batch is durable."""
