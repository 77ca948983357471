"""The job table: which sealed batches wait for their proof, who is at which, and until when.

A worker does not own a job, it leases it: a lease that is not renewed in time is given to another worker. Every lease
of a job has a token greater than the one before, by a number that nobody can guess. Renewing, giving back and whatever
else a holder says of a job needs the current token; a proof does not, since it speaks for itself: see
``sequencer.desk``.

What has to be proven is known from the sealed batches, and proofs that hold are kept with those. The table can be lost:
the desk publishes it anew.
"""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import NamedTuple, Protocol

from circuits.prover import ProverError

LONGEST_LEASE = 120
"""Seconds that a lease may last without being renewed. One that ends later was given by a clock since set back."""
KEPT_DURATIONS = 9
"""Proofs of a class that a guess is made from."""


class State(StrEnum):
    """Of a job."""

    WAITING = "waiting"
    LEASED = "leased"
    PROVEN = "proven"
    FAILED = "failed"
    """Its trace does not prove. No later batch is given out, since it could not be settled."""
    WITHDRAWN = "withdrawn"
    """Its batch was undone."""


class Task(NamedTuple):
    """What a job is: the batch, its trace (SHA-256 of the file, hexadecimal), and the key to prove it with.

    ``circuit`` is the digest of the constraint system, ``key`` that of the verifying key; both are empty where the
    sequencer's own prover is the only one.
    """

    batch: int
    size_class: str
    trace: str
    circuit: str = ""
    key: str = ""


class Job(NamedTuple):
    """A job as the table has it; times are milliseconds since the epoch, 0 where there is none.

    ``attempts``    leases so far
    ``deaths``      attempts that ended because the prover died, or its lease was not renewed
    ``token``       of the last lease, 0 before the first
    ``step``        what the worker last said it is at, since ``step_began``
    ``ended``       when it was proven
    ``error``       why the last attempt failed
    """

    batch: int
    size_class: str
    trace: str
    circuit: str
    key: str
    state: State
    attempts: int
    deaths: int
    token: int
    worker: str
    step: str
    began: int
    step_began: int
    lease_ends: int
    ended: int
    error: str

    @property
    def task(self) -> Task:
        """What the job is."""
        return Task(self.batch, self.size_class, self.trace, self.circuit, self.key)

    @property
    def lease(self) -> "Lease":
        """What its holder shows."""
        return Lease(self.batch, self.trace, self.token, self.worker)


class Lease(NamedTuple):
    """What a worker shows to speak for a job."""

    batch: int
    trace: str
    token: int
    worker: str


class JobProblem(StrEnum):
    """Why a worker is turned away. Stable codes."""

    LEASE_LOST = "LEASE_LOST"
    """The job was given to another worker, or given back."""
    ALREADY_PROVEN = "ALREADY_PROVEN"
    """Another worker's proof was taken."""
    WITHDRAWN = "WITHDRAWN"
    """There is no such job any more: its batch was undone, or has another trace now."""
    TOO_LONG = "TOO_LONG"
    """The job was held longer than proofs take; it goes to another worker."""
    KEY_MISMATCH = "KEY_MISMATCH"
    """The worker's keys are not those of the contract."""
    PROOF_REFUSED = "PROOF_REFUSED"
    """The proof does not verify, or is of other public words."""
    REFUSAL_UNTRUE = "REFUSAL_UNTRUE"
    """The trace does prove, whatever the worker says."""
    RESTING = "RESTING"
    """The worker failed or lied; it is given no job for a while."""
    UNREADABLE = "UNREADABLE"
    """What the worker sent is not what this door takes."""
    TOO_LARGE = "TOO_LARGE"
    """What the worker sent is longer than this door reads."""
    UNAUTHORISED = "UNAUTHORISED"
    """The worker did not show the provers' token."""


class JobRefused(ProverError):
    """A worker is turned away. ``code`` is a ``JobProblem``, ``numbers`` are what was compared."""

    def __init__(self, code: JobProblem, message: str = "", **numbers: object) -> None:
        super().__init__(code, message)
        self.numbers = numbers


class JobTable(Protocol):
    """Where jobs are kept. For several threads; ``now`` is in milliseconds since the epoch.

    Every method is one transaction. A table has one desk: nobody else writes to it.
    """

    def publish(self, task: Task) -> bool:
        """Add a job if it is not there; true if something changed.

        A job of the batch with another trace or key is replaced, and one that was withdrawn or counted as proven waits
        again: in all these cases leases given before are void. Anything else stays as it is.
        """
        ...

    def lease(self, worker: str, classes: Collection[str], seconds: float, now: int) -> Job | None:
        """The lowest batch that waits, or whose lease ran out; None if there is none.

        No batch behind one that failed is given out. Two callers never get the same job.
        """
        ...

    def renew(self, lease: Lease, step: str, seconds: float, now: int) -> Job | None:
        """Hold on to a job; None if the lease is void."""
        ...

    def finish(self, batch: int, trace: str, now: int) -> bool:
        """The batch has a proof, whoever made it; false if there is no such job, or it is proven already."""
        ...

    def release(self, lease: Lease, error: str, died: bool) -> Job | None:
        """Give a job back to wait; None if the lease is void. ``died`` counts as a death."""
        ...

    def fail(self, batch: int, trace: str, error: str) -> bool:
        """The trace does not prove; false if there is no such job, or it is proven."""
        ...

    def withdraw(self, batch: int) -> bool:
        """The batch was undone; false if there is no such job."""
        ...

    def retry(self) -> int:
        """Let jobs that failed or whose prover died be tried anew, as if for the first time; how many there are."""
        ...

    def job(self, batch: int) -> Job | None:
        """One job."""
        ...

    def jobs(self, states: Collection[State] = tuple(State), limit: int = 1000) -> list[Job]:
        """Jobs in these states, lowest batch first."""
        ...

    def durations(self, size_class: str) -> list[int]:
        """Milliseconds that the last proofs of a class took, newest first; ``KEPT_DURATIONS`` at most."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


def usual_duration(table: JobTable, size_class: str) -> int | None:
    """Milliseconds that a proof of a class takes: the median of the last ones; None before the first."""
    durations = table.durations(size_class)
    return round(median(durations)) if durations else None


def opened(directory: Path, address: str | None = None) -> JobTable:
    """The table of a sequencer's directory, or of a Postgres server by its address (``postgresql://...``).

    Raises ``OSError`` or the driver's errors where the server cannot be reached, ``ImportError`` without the extra
    ``postgres``.
    """
    if address is None:
        from sequencer.jobs_sqlite import FILE, SqliteJobs

        return SqliteJobs(directory / FILE)
    from sequencer.jobs_postgres import PostgresJobs

    return PostgresJobs(address)
