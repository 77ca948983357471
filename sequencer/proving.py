"""Proving: sealed batches become proofs, one after the other, in a process of its own while trading goes on.

The jobs lie in a table: waiting -> proving -> proven, or failed. A prover that dies is started again and its job
repeated. A trace that the circuit refuses means that engine and circuit disagree about what is true: everything stops,
and the trace stays where it is for inspection.
"""

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from circuits.prover import Proof, ProverDied, ProverError, Steps, TraceRefused
from sequencer import store, traces
from sequencer.errors import Problem, SequencerError
from sequencer.halt import Halt

PATIENCE = 0.5
"""Seconds after which the table is looked at without being told."""
STEP_SECONDS = 600
"""Longest step of a proof; a prover that takes longer counts as dead."""


class Prover(Protocol):
    """What this room wants of ``circuits.prover.Prover``."""

    def prove(self, trace: Path, steps: Steps | None = None, timeout: float | None = None) -> Proof:
        """A proof of the trace in a file, verified."""
        ...

    def kill(self) -> None:
        """End the process now."""
        ...


class Progress(NamedTuple):
    """What the prover is at: the batch, the step of it, and the seconds since the job began."""

    batch: int
    step: str
    seconds: float


class Proving:
    """Works the table off, lowest batch first. ``proven`` hears of each proof once it is stored.

    ``check`` is a second opinion on every proof, if there is one: a proof that it refuses is not stored.
    """

    def __init__(
        self,
        directory: Path,
        prover: Prover,
        halt: Halt,
        attempts: int,
        proven: Callable[[int], None] = lambda batch: None,
        check: Callable[[Proof], bool] | None = None,
    ) -> None:
        self._directory = directory
        self._connection = store.connect(directory / store.FILE)
        self._prover = prover
        self._halt = halt
        self._attempts = attempts
        self._proven = proven
        self._check = check
        self._changed = threading.Event()
        self._stopping = False
        self.progress: Progress | None = None
        self._connection.execute("UPDATE jobs SET state = 'waiting' WHERE state = 'proving'")
        self._recall_failure()

    def _recall_failure(self) -> None:
        """A batch that did not prove before stops everything again, until somebody asks for a retry."""
        failed = self._connection.execute("SELECT batch, error FROM jobs WHERE state = 'failed'").fetchone()
        if failed:
            batch, error = failed
            self._halt.throw(
                SequencerError(Problem.TRACE_NOT_PROVEN, error, batch=batch, trace=str(self._trace(batch)))
            )

    def _trace(self, batch: int) -> Path:
        (name,) = self._connection.execute("SELECT trace FROM batches WHERE number = ?", (batch,)).fetchone()
        return self._directory / traces.FOLDER / name

    def wake(self) -> None:
        """There is something new to prove."""
        self._changed.set()

    def run(self) -> None:
        """Prove until stopped or halted."""
        while not self._stopping:
            self._changed.clear()
            batch = self._next()
            if batch is None or self._halt.reason is not None:
                self._changed.wait(PATIENCE)
                continue
            try:
                self._work(batch)
            except SequencerError as fault:
                self._halt.throw(fault)
            except Exception as error:
                self._halt.throw(SequencerError(Problem.PROVER_UNUSABLE, repr(error), batch=batch))
            finally:
                self.progress = None

    def _next(self) -> int | None:
        waiting = "SELECT min(batch) FROM jobs WHERE state = 'waiting'"
        return self._connection.execute(waiting).fetchone()[0]

    def _work(self, batch: int) -> None:
        """One attempt at one batch. Raises what has to stop the sequencer."""
        update = "UPDATE jobs SET state = 'proving', attempts = attempts + 1 WHERE batch = ?"
        self._connection.execute(update, (batch,))
        path, words = self._whole_trace(batch)

        def step(name: str, seconds: float) -> None:
            self.progress = Progress(batch, name, seconds)

        step("load", 0.0)
        try:
            proof = self._prover.prove(path, step, STEP_SECONDS)
        except (ProverDied, BrokenPipeError) as died:
            self._again(batch, died)
            return
        except TraceRefused as refused:
            self._store(batch, "failed", error=str(refused))
            trace = {"batch": batch, "trace": str(path)}
            raise SequencerError(Problem.TRACE_NOT_PROVEN, str(refused), **trace) from refused
        except ProverError as error:
            self._store(batch, "waiting", error=str(error))
            code = Problem.PROOF_REFUSED if error.code == "PROOF_REFUSED" else Problem.PROVER_UNUSABLE
            raise SequencerError(code, str(error), batch=batch) from error
        if proof.words != words:
            self._store(batch, "waiting", error="the proof is of other public words")
            raise SequencerError(Problem.PROOF_REFUSED, "the proof is of other public words", batch=batch)
        if self._check and not self._check(proof):
            self._store(batch, "waiting", error="the second verifier refuses the proof")
            raise SequencerError(Problem.PROOF_REFUSED, "the second verifier refuses the proof", batch=batch)
        self._store(batch, "proven", proof=json.dumps(proof.to_json()))
        self._proven(batch)

    def _whole_trace(self, batch: int) -> tuple[Path, list[int]]:
        """The trace's file and the batch's public words. Raises TRACE_LOST."""
        row = "SELECT trace_digest, words FROM batches WHERE number = ?"
        digest, words = self._connection.execute(row, (batch,)).fetchone()
        path = self._trace(batch)
        if not traces.is_whole(path, digest):
            self._store(batch, "waiting", error="the trace is missing or altered")
            raise SequencerError(Problem.TRACE_LOST, "the next start writes it again", batch=batch, trace=str(path))
        return path, json.loads(words)

    def _again(self, batch: int, died: Exception) -> None:
        """The job waits for its next attempt, if it has one. Raises PROVER_KEEPS_DYING."""
        self._store(batch, "waiting", error=str(died))
        if self._stopping:
            return
        (attempts,) = self._connection.execute("SELECT attempts FROM jobs WHERE batch = ?", (batch,)).fetchone()
        if attempts >= self._attempts:
            raise SequencerError(Problem.PROVER_KEEPS_DYING, str(died), batch=batch, attempts=attempts)

    def _store(self, batch: int, state: str, error: str = "", proof: str | None = None) -> None:
        update = "UPDATE jobs SET state = ?, error = ?, proof = ? WHERE batch = ?"
        self._connection.execute(update, (state, error, proof, batch))

    def stop(self) -> None:
        """End the job in progress; it is repeated after the next start."""
        self._stopping = True
        self._changed.set()
        with contextlib.suppress(BrokenPipeError):
            self._prover.kill()

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


def retry(directory: Path) -> int:
    """Let batches that failed, or whose prover kept dying, be proven again; of a directory that nobody runs.

    Returns how many. What made them fail should have been mended.
    """
    lock = store.acquire(directory)
    try:
        connection = store.connect(directory / store.FILE)
        reset = "UPDATE jobs SET state = 'waiting', attempts = 0, error = '' WHERE state != 'proven' AND error != ''"
        count = connection.execute(reset).rowcount
        connection.close()
        return count
    finally:
        store.release(lock)
