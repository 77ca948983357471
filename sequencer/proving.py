"""Proving: sealed batches become proofs while trading goes on.

This room runs the desk, and a worker in this process if there is a prover for it; other workers come to the desk by
``sequencer.doors``. A prover that dies is started again and its job repeated. A trace that the circuit refuses means
that engine and circuit disagree about what is true: nothing more is placed, and the trace stays where it is for
inspection.

The prover in this process is the sequencer's own: it is believed when it refuses a trace, and what makes it unusable
stops the sequencer.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from circuits.prover import Proof, TraceRefused
from rollup.layout import CLASSES
from sequencer import jobs, store
from sequencer.desk import Desk, JobStatus, Progress
from sequencer.errors import Problem, SequencerError
from sequencer.halt import Halt
from sequencer.jobs import Job, JobProblem, JobRefused, JobTable, Lease
from sequencer.judge import Judge, KeyName
from sequencer.owed import SealedBatch
from sequencer.worker import Machine as Prover
from sequencer.worker import Worker

__all__ = ["JobStatus", "Progress", "Prover", "Proving", "retry"]

PATIENCE = 0.5
"""Seconds after which the sealed batches are looked at without being told."""
OWN = "sequencer"
"""Name of the worker in this process."""


class Proving:
    """The desk at work, and the sequencer's own worker."""

    def __init__(
        self,
        directory: Path,
        prover: Prover | None,
        halt: Halt,
        attempts: int,
        proven: Callable[[int], None] = lambda batch: None,
        check: Callable[[Proof], bool] | None = None,
        *,
        judge: Judge | None = None,
        table: JobTable | None = None,
        by_hand: bool = False,
        mend: Callable[[SealedBatch], None] | None = None,
    ) -> None:
        """``table`` is a file of the directory unless another is given; see ``Desk`` for the rest."""
        self._halt = halt
        self._changed = threading.Event()
        self._stopping = False
        table = table or jobs.opened(directory)
        self.desk = Desk(directory, table, halt, attempts, proven, check, judge, by_hand, mend=mend)
        self._worker = None
        if prover:
            door = Own(self.desk, halt, attempts)
            self._worker = Worker(door, dict.fromkeys(CLASSES, prover), {}, OWN)
        self.desk.recall(OWN)
        failure = self.desk.failure()
        if failure:
            halt.throw(failure)

    @property
    def progress(self) -> Progress | None:
        """What is proven right now."""
        return self.desk.progress

    def wake(self) -> None:
        """There is something new to prove, or something was undone."""
        self._changed.set()

    def run(self) -> None:
        """Publish, and prove, until stopped."""
        self.desk.announce()
        proving = threading.Thread(target=self._prove, name="prover", daemon=True)
        proving.start()
        while not self._stopping:
            self._changed.clear()
            self._publish()
            if self._worker:
                self._worker.wake()
            self._changed.wait(PATIENCE)
        proving.join()

    def _publish(self) -> None:
        """A table that is away for a while is no reason to stop; ``Desk.trouble`` tells."""
        try:
            self.desk.publish()
            self.desk.fault = ""
        except Exception as error:
            self.desk.fault = f"jobs cannot be published: {error!r}"

    def _prove(self) -> None:
        while self._worker and not self._stopping:
            try:
                self._worker.run()
            except Exception as error:
                self._halt.throw(SequencerError(Problem.PROVER_UNUSABLE, repr(error)))
                self._changed.wait(PATIENCE)

    def stop(self) -> None:
        """End the job in progress; it is repeated after the next start. To be called until ``run`` has returned."""
        self._stopping = True
        self._changed.set()
        if self._worker:
            self._worker.stop()

    def close(self) -> None:
        """Give the files back."""
        self.desk.close()


class Own:
    """The door of the sequencer's own worker: nothing travels, and what goes wrong here is the sequencer's trouble."""

    def __init__(self, desk: Desk, halt: Halt, attempts: int) -> None:
        self._desk = desk
        self._halt = halt
        self._attempts = attempts

    def lease(self, worker: str, keys: Mapping[str, KeyName], seconds: float) -> Job | None:
        """See ``Door``, as for every method."""
        return self._desk.lease(worker, list(CLASSES), seconds)

    def renew(self, lease: Lease, step: str, seconds: float) -> None:
        """Hold on to a job."""
        self._desk.renew(lease, step, seconds)

    @contextmanager
    def trace(self, job: Job) -> Iterator[Path]:
        """The file itself."""
        yield self._desk.trace(job.batch, job.trace)

    def finish(self, lease: Lease, proof: Proof) -> None:
        """A proof that does not verify stops the sequencer."""
        try:
            self._desk.finish(lease, proof, is_own=True)
        except JobRefused as refused:
            if refused.code != JobProblem.WITHDRAWN:
                self._halt.throw(SequencerError(Problem.PROOF_REFUSED, refused.message, batch=lease.batch))
            raise

    def refuse(self, lease: Lease, refused: TraceRefused) -> None:
        """Believed as it is."""
        self._desk.refuse(lease, refused, is_own=True)

    def release(self, lease: Lease, error: str, died: bool) -> None:
        """Again, if the prover died; after too many deaths, or with any other trouble, everything stops."""
        job = self._desk.release(lease, error, died)
        if job is None or not error:
            return
        if not died:
            is_false = error.partition(":")[0] == Problem.PROOF_REFUSED
            code = Problem.PROOF_REFUSED if is_false else Problem.PROVER_UNUSABLE
            self._halt.throw(SequencerError(code, error, batch=lease.batch))
        elif job.deaths >= self._attempts:
            numbers = {"batch": lease.batch, "attempts": job.deaths}
            self._halt.throw(SequencerError(Problem.PROVER_KEEPS_DYING, error, **numbers))


def retry(directory: Path, table: JobTable | None = None) -> int:
    """Let batches that failed, or whose prover kept dying, be proven again; of a directory that nobody runs.

    Returns how many. What made them fail should have been mended.
    """
    lock = store.acquire(directory)
    try:
        connection = store.connect(directory / store.FILE)
        reset = "UPDATE jobs SET state = 'waiting', attempts = 0, error = '' WHERE state != 'proven' AND error != ''"
        count = connection.execute(reset).rowcount
        connection.close()
        table = table or jobs.opened(directory)
        table.retry()
        table.close()
        return count
    finally:
        store.release(lock)
