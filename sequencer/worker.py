"""A worker: leases a job, proves it, holds on to it meanwhile, and brings the proof; then the next one.

It knows the desk by a door alone, so that it is the same in the sequencer's process, on another machine, or in front of
a cluster. Whatever happens to it, no job is lost: its lease runs out.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

from circuits.prover import Proof, ProverDied, ProverError, Steps, TraceRefused
from sequencer.jobs import Job, JobProblem, JobRefused, Lease
from sequencer.judge import KeyName

PATIENCE = 0.5
"""Seconds after which a worker without work asks again."""
LEASE_SECONDS = 20
RENEWALS = 4
"""In the time of one lease: three may get lost."""
STEP_SECONDS = 600
"""Longest step of a proof; a prover that takes longer counts as dead."""
LONGEST_BACKOFF = 15
UPLOAD_SECONDS = 900
"""How long a proof is offered to a door that does not answer; it may be taken however late it comes."""
KILL_SECONDS = 0.1
FINAL = {JobProblem.KEY_MISMATCH, JobProblem.UNAUTHORISED}
"""After these a worker need not ask again."""

Tell = Callable[..., None]
"""Hears of an event by its name and fields."""


class DoorUnreachable(Exception):
    """The desk does not answer; asking again can help."""


class Machine(Protocol):
    """What a worker wants of ``circuits.prover.Prover``."""

    def prove(self, trace: Path, steps: Steps | None = None, timeout: float | None = None) -> Proof:
        """A proof of the trace in a file, verified."""
        ...

    def kill(self) -> None:
        """End the process now."""
        ...


class Door(Protocol):
    """The way to the desk. Everything raises ``JobRefused`` as the desk does, and ``DoorUnreachable``."""

    def lease(self, worker: str, keys: Mapping[str, KeyName], seconds: float) -> Job | None:
        """A job of one of these classes, for so long; None if there is none."""
        ...

    def renew(self, lease: Lease, step: str, seconds: float) -> None:
        """Hold on to it."""
        ...

    def trace(self, job: Job) -> AbstractContextManager[Path]:
        """The job's trace as a file that is there for the time of the context, its digest checked."""
        ...

    def finish(self, lease: Lease, proof: Proof) -> None:
        """Bring a proof."""
        ...

    def refuse(self, lease: Lease, refused: TraceRefused) -> None:
        """The trace does not prove."""
        ...

    def release(self, lease: Lease, error: str, died: bool) -> None:
        """Give the job back: something is wrong here, or, without an error, this worker stops."""
        ...


class Abandoned(Exception):
    """The job is not this worker's any more, or the worker stops."""


class Worker:
    """One job at a time, with the machine of its class. ``run`` on one thread, ``stop`` on any."""

    def __init__(
        self,
        door: Door,
        machines: Mapping[str, Machine],
        keys: Mapping[str, KeyName],
        name: str,
        tell: Tell = lambda event, **fields: None,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """``machines`` and their ``keys`` by size class; with several, one at a time is kept in memory."""
        self.name = name
        self._door = door
        self._machines = machines
        self._keys = keys
        self._tell = tell
        self._lease_seconds = lease_seconds
        self._changed = threading.Event()
        self._stopped = threading.Event()
        self._loaded: Machine | None = None
        self._holding: Holding | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped.is_set()

    def run(self, once: bool = False) -> None:
        """Work until stopped, or ``once`` until a job is done.

        Raises ``JobRefused`` where no job will ever be this worker's: see ``FINAL``.
        """
        failures = 0
        while not self.is_stopping:
            self._changed.clear()
            asked = time.monotonic()
            try:
                found, failures = self.once(), 0
                if found and once:
                    return
            except DoorUnreachable as error:
                found, failures = False, failures + 1
                self._tell("desk_unreachable", error=str(error), failures=failures)
            except JobRefused as refused:
                if refused.code in FINAL:
                    raise
                found, failures = False, failures + 1
                self._turned_away(refused)
            if not found:  # a door that waited for a job is asked again at once
                waited = 0 if failures else time.monotonic() - asked
                self._changed.wait(max(0, min(PATIENCE * 2**failures, LONGEST_BACKOFF) - waited))

    def wake(self) -> None:
        """There may be something to prove."""
        self._changed.set()

    def stop(self) -> None:
        """End the job in progress now, and give it back. To be called until ``run`` has returned."""
        self._stopped.set()
        self._changed.set()
        if self._holding:
            self._holding.kill()

    def once(self) -> bool:
        """One job, if there is one to be had; false if not."""
        job = self._door.lease(self.name, self._keys, self._lease_seconds)
        if job is None:
            return False
        self._tell("leased", batch=job.batch, size_class=job.size_class, attempt=job.attempts, token=job.token)
        machine = self._machine(job.size_class)
        with Holding(self._door, job, machine, self._lease_seconds, lambda: self.is_stopping) as self._holding:
            self._work(job, machine, self._holding)
        self._holding = None
        return True

    def _machine(self, size_class: str) -> Machine:
        machine = self._machines[size_class]
        if self._loaded not in (None, machine):
            self._loaded.kill()
        self._loaded = machine
        return machine

    def _work(self, job: Job, machine: Machine, holding: "Holding") -> None:
        """Prove, and say what came of it."""
        began = time.monotonic()
        try:
            with self._door.trace(job) as trace:
                proof = machine.prove(trace, holding.at, STEP_SECONDS)
        except TraceRefused as refused:
            self._report("trace_refused", job, partial(self._door.refuse, job.lease, refused), error=str(refused))
        except Exception as error:
            self._give_back(job, holding, error)
        else:
            holding.tell("upload")
            seconds = round(time.monotonic() - began, 3)
            self._report("proven", job, partial(self._door.finish, job.lease, proof), seconds=seconds)

    def _give_back(self, job: Job, holding: "Holding", error: Exception) -> None:
        gone = holding.lost or (error if isinstance(error, JobRefused) else None)
        if gone:
            self._tell("abandoned", batch=job.batch, code=str(gone.code))
            return
        if self.is_stopping:
            self._return(job, "released", "", died=False)
            return
        died = isinstance(error, ProverDied | BrokenPipeError)
        text = str(error) if isinstance(error, ProverError) else repr(error)
        self._return(job, "failed", text, died)

    def _return(self, job: Job, event: str, error: str, died: bool) -> None:
        """Give the job back; after the time of a lease that happens by itself."""
        fields = {"error": error, "died": died} if error else {}
        send = partial(self._door.release, job.lease, error, died)
        self._report(event, job, send, patience=self._lease_seconds, **fields)

    def _report(
        self, event: str, job: Job, send: Callable[[], None], patience: float = UPLOAD_SECONDS, **fields: object
    ) -> None:
        """Send until it is received or refused, or it has taken too long."""
        deadline = time.monotonic() + patience
        for wait in _backoff():
            try:
                send()
                self._tell(event, batch=job.batch, **fields)
                return
            except JobRefused as refused:
                self._turned_away(refused, batch=job.batch, after=event)
                return
            except DoorUnreachable as error:
                self._tell("desk_unreachable", batch=job.batch, error=str(error), after=event)
                if time.monotonic() > deadline or self._stopped.wait(wait):
                    return

    def _turned_away(self, refused: JobRefused, **fields: object) -> None:
        numbers = {name: value for name, value in refused.numbers.items() if name not in fields}
        self._tell("turned_away", code=str(refused.code), error=refused.message, **numbers, **fields)


class Holding:
    """Holds on to a job from a thread of its own while it is proven, and ends the proof once it is not wanted.

    A job that was given to another worker goes on here too: whoever is first has it, and this one began first.
    """

    def __init__(self, door: Door, job: Job, machine: Machine, seconds: float, is_stopping: Callable[[], bool]) -> None:
        self.lost: JobRefused | None = None
        """Why the job is not wanted."""
        self._door = door
        self._job = job
        self._machine = machine
        self._seconds = seconds
        self._is_stopping = is_stopping
        self._step = job.step
        self._changed = threading.Event()
        self._has_ended = False
        self._thread = threading.Thread(target=self._hold, name=f"hold {job.batch}", daemon=True)

    def __enter__(self) -> "Holding":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended = True
        self._changed.set()
        self._thread.join()

    def at(self, step: str, seconds: float) -> None:
        """A step begins. Raises ``Abandoned``, within the proof that nobody wants any more."""
        if self.lost or self._is_stopping():
            raise Abandoned
        self.tell(step)

    def tell(self, step: str) -> None:
        """Tell the desk now what the job is at."""
        self._step = step
        self._changed.set()

    def kill(self) -> None:
        """End the proof; one that is begun anew ends at its first step."""
        with contextlib.suppress(BrokenPipeError):
            self._machine.kill()

    def _hold(self) -> None:
        while not self._has_ended:
            self._changed.wait(self._seconds / RENEWALS)
            self._changed.clear()
            if self._has_ended:
                return
            try:
                self._door.renew(self._job.lease, self._step, self._seconds)
            except DoorUnreachable:
                continue
            except JobRefused as refused:
                if refused.code != JobProblem.LEASE_LOST:
                    self.lost = refused
                    break
        while not self._has_ended:
            self.kill()
            self._changed.wait(KILL_SECONDS)


def _backoff() -> Iterator[float]:
    """Seconds to wait after each failure."""
    wait = PATIENCE
    while True:
        yield wait
        wait = min(2 * wait, LONGEST_BACKOFF)
