"""What sealed batches owe: their proofs, kept with them in the sequencer's own file, once they have been verified.

The table ``jobs`` there says of each batch that it waits, has its proof, or failed, and counts attempts; who works at
it is the job table's. Whatever is written is written only if the batch is still the one with the trace that was worked
on: a rewind may have put another in its place meanwhile.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from circuits.prover import Proof
from sequencer import store, traces
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.jobs import Job, JobProblem, JobRefused, Lease, State, Task
from sequencer.judge import KeyName

SAME = "EXISTS (SELECT 1 FROM batches WHERE number = jobs.batch AND trace_digest = ?)"
"""The batch is still the one with this trace."""
UNPROVEN = "SELECT count(*) FROM jobs WHERE state != 'proven'"


class SealedBatch(NamedTuple):
    """A batch as a proof of it is judged. ``state`` is waiting, proven or failed."""

    number: int
    trace: str
    trace_digest: str
    words: list[int]
    state: str
    path: Path


class Debt(NamedTuple):
    """A batch without proof, and why the last attempt failed."""

    task: Task
    state: str
    error: str


class Owed:
    """One for a desk. For several threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._connection = store.connect(directory / store.FILE)
        self._archive = Archive(directory)
        self._counting = store.connect(directory / store.FILE)
        self._lock = threading.RLock()
        self._looking = threading.Lock()
        self._head = self._unproven = 0
        self._is_closed = False

    def _rows(self, statement: str, *values: object) -> list[tuple]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def debts(self, key_of: Callable[[str], KeyName]) -> dict[int, Debt]:
        """Sealed batches without proof, by number. ``key_of`` names a size class's key."""
        rows = self._rows(
            "SELECT number, size_class, trace_digest, state, error FROM jobs JOIN batches ON number = batch"
            " WHERE state != 'proven' ORDER BY batch"
        )
        return {
            number: Debt(Task(number, size_class, digest, *key_of(size_class)), state, error)
            for number, size_class, digest, state, error in rows
        }

    def untold(self) -> list[int]:
        """Batches whose proof was stored by a process that died before it told."""
        told = "SELECT batch FROM stages WHERE stage = 'proven'"
        rows = self._rows(f"SELECT batch FROM jobs WHERE state = 'proven' AND batch NOT IN ({told}) ORDER BY batch")
        return [batch for (batch,) in rows]

    def failure(self) -> SequencerError | None:
        """The batch that is known not to prove."""
        rows = self._rows("SELECT batch, error FROM jobs WHERE state = 'failed' ORDER BY batch LIMIT 1")
        if not rows:
            return None
        batch, error = rows[0]
        return not_proven(self.batch(batch), error)

    def head(self) -> int:
        """The last batch up to which every one has its proof, 0 if the first has none.

        Quick, and never held up by whoever writes; after the end as it was then.
        """
        with self._looking:
            if not self._is_closed:
                self._head = self._archive.last_proven()
            return self._head

    def unproven(self) -> int:
        """How many sealed batches have no proof. As quick as ``head``."""
        with self._looking:
            if not self._is_closed:
                (self._unproven,) = self._counting.execute(UNPROVEN).fetchone()
            return self._unproven

    def batch(self, number: int) -> SealedBatch | None:
        """One that is sealed."""
        columns = "number, trace, trace_digest, words, state"
        rows = self._rows(f"SELECT {columns} FROM batches JOIN jobs ON batch = number WHERE number = ?", number)
        if not rows:
            return None
        number, trace, digest, words, state = rows[0]
        path = self._directory / traces.FOLDER / trace
        return SealedBatch(number, trace, digest, json.loads(words), state, path)

    def given_out(self, number: int, digest: str) -> SealedBatch:
        """The batch with this trace. Raises ``JobRefused`` (WITHDRAWN)."""
        batch = self.batch(number)
        if batch is None or batch.trace_digest != digest:
            raise JobRefused(JobProblem.WITHDRAWN, batch=number)
        return batch

    def store(self, lease: Lease, proof: Proof, attempts: int) -> bool:
        """Keep a proof, unless the batch has one, or was undone or replaced while this one was checked."""
        update = (
            "UPDATE jobs SET state = 'proven', error = '', proof = ?, attempts = ?"
            f" WHERE batch = ? AND state != 'proven' AND {SAME} RETURNING batch"
        )
        return bool(self._rows(update, json.dumps(proof.to_json()), attempts, lease.batch, lease.trace))

    def note(self, job: Job) -> None:
        """Keep what became of the attempts at a batch."""
        state = State.FAILED if job.state == State.FAILED else State.WAITING
        update = f"UPDATE jobs SET state = ?, attempts = ?, error = ? WHERE batch = ? AND state != 'proven' AND {SAME}"
        self._rows(update, state, job.attempts, job.error, job.batch, job.trace)

    def retry(self, number: int) -> bool:
        """Forget why attempts at a batch failed; whether one had."""
        update = (
            "UPDATE jobs SET state = 'waiting', attempts = 0, error = ''"
            " WHERE batch = ? AND state != 'proven' AND (state = 'failed' OR error != '') RETURNING batch"
        )
        return bool(self._rows(update, number))

    def close(self) -> None:
        """Give the file back."""
        self.head()
        self.unproven()
        with self._lock, self._looking:
            self._is_closed = True
            self._archive.close()
            self._counting.close()
            self._connection.close()


def not_proven(batch: SealedBatch, error: str) -> SequencerError:
    """What stops everything but leaving."""
    return SequencerError(Problem.TRACE_NOT_PROVEN, error, batch=batch.number, trace=str(batch.path))
