"""The desk: publishes jobs for sealed batches, hands them out, and judges what comes back.

What is known of a batch's proof lies with the batches and counts: that it has one, which has been verified, or that its
trace does not prove. The job table says who is at what, and follows from that.

A proof is taken from whoever brings it, also when its lease ran out meanwhile, as long as the batch has none and is
still the one that was given out: a proof says nothing but that the batch's words are true, and that is checked here.
Everything else that a worker says is taken from the holder of the lease alone, and a trace is only held to be bad once
the sequencer itself has seen the rule that it breaks. A worker that lied or failed is given nothing for a while.
"""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from circuits.prover import Proof, TraceRefused
from sequencer import traces
from sequencer.errors import Problem, SequencerError
from sequencer.halt import Halt
from sequencer.jobs import Job, JobProblem, JobRefused, JobTable, Lease, State, usual_duration
from sequencer.judge import Judge, KeyName
from sequencer.owed import Owed, SealedBatch, not_proven
from sequencer.progress import JobStatus, Progress, told
from sequencer.resting import Resting

OPEN = (State.WAITING, State.LEASED, State.FAILED)
MOST_JOBS = 1_000_000
MOST_SHOWN = 1_000
SHORTEST_LEASE = 2
PRESENT = 30_000
"""Milliseconds after which a worker that neither asks for a job nor renews one is no more counted on."""
LONGEST_JOB = 600_000
"""Milliseconds that a job may be held, renewed or not, where proofs of its class take less than a tenth of it."""
USUAL_TIMES = 10


def milliseconds() -> int:
    """Since the epoch."""
    return time.time_ns() // 1_000_000


class Desk:
    """One for a sequencer. For several threads.

    ``attempts`` is how many deaths of provers at one batch are worth a word. ``proven`` hears of each proof once it is
    stored. ``check`` is a second opinion on every proof, if there is one. Without a ``judge`` nobody but the
    sequencer's own prover may be given a job. ``by_hand``: only batches that somebody asks for are published. ``mend``
    writes a trace again that is missing or altered; without it, or where it fails, everything stops.
    """

    def __init__(
        self,
        directory: Path,
        table: JobTable,
        halt: Halt,
        attempts: int,
        proven: Callable[[int], None] = lambda batch: None,
        check: Callable[[Proof], bool] | None = None,
        judge: Judge | None = None,
        by_hand: bool = False,
        now: Callable[[], int] = milliseconds,
        mend: Callable[[SealedBatch], None] | None = None,
    ) -> None:
        self.table = table
        self.judge = judge
        self.resting = Resting(now)
        self.fault = ""
        """Why jobs could not be published at the last look."""
        self.version = 0
        """Rises whenever there may be something to lease."""
        self.owed = Owed(directory)
        """What the sealed batches say."""
        self._halt = halt
        self._attempts = attempts
        self._proven = proven
        self._check = check
        self._by_hand = by_hand
        self._asked: set[int] = set()
        self._now = now
        self._mend = mend
        self._lock = threading.RLock()
        self._examining = threading.Lock()
        self._known_good: set[str] = set()
        self._heard: dict[str, int] = {}  # when each worker asked for a job, or held on to one
        self._is_closed = False
        self._unreadable = ""

    # -------------------------------------------------------------------------------------------- for the house
    def publish(self) -> None:
        """Bring the table in line with the sealed batches: new ones, undone ones, and those with another trace."""
        with self._lock:
            owed = self.owed.debts(self._key_of)
            there = {job.batch: job for job in self.table.jobs(OPEN, limit=MOST_JOBS)}
            changed = False
            for batch, (task, state, error) in owed.items():
                job = there.get(batch)
                if job is None and self._by_hand and batch not in self._asked:
                    continue
                if job is None or job.task != task:
                    changed |= self.table.publish(task)
                if state == State.FAILED and (job is None or job.state != State.FAILED):
                    self.table.fail(batch, task.trace, error)
            for batch in there.keys() - owed.keys():
                changed |= self._settle(there[batch])
        if changed:
            self.version += 1

    def _key_of(self, size_class: str) -> KeyName:
        names = self.judge.names if self.judge else {}
        return names.get(size_class, KeyName("", ""))

    def _settle(self, job: Job) -> bool:
        """A job whose batch owes no proof: it has one, or is gone."""
        batch = self.owed.batch(job.batch)
        if batch and batch.state == State.PROVEN and batch.trace_digest == job.trace:
            return self.table.finish(job.batch, job.trace, self._now())
        return self.table.withdraw(job.batch)

    def announce(self) -> None:
        """Tell of proofs that were stored by a process that died before it told."""
        for batch in self.owed.untold():
            self._proven(batch)

    def ask(self, batch: int) -> None:
        """Let a batch be proven, where that is done by hand."""
        with self._lock:
            self._asked.add(batch)
        self.publish()

    def take_back(self, first: int) -> None:
        """By hand, nobody asked for the batches from ``first`` on that come now."""
        with self._lock:
            for batch in [batch for batch in self._asked if batch >= first]:
                self._asked.remove(batch)
                self.table.withdraw(batch)

    def retry(self, batch: int) -> bool:
        """Let a batch that failed, or whose provers died, be proven as if for the first time; whether it had."""
        with self._lock:
            if not self.owed.retry(batch):
                return False
            self.table.retry()
            self.publish()
            self.version += 1
        return True

    def failure(self) -> SequencerError | None:
        """The batch that is known not to prove, until somebody asks for a retry."""
        return self.owed.failure()

    def head(self) -> int:
        """The last batch up to which every one has its proof, 0 if the first has none. Quick."""
        return self.owed.head()

    def backlog(self) -> int:
        """How many proofs have to end before that of a batch sealed now can begin; 0 while a prover is free.

        Quick. Where no prover was heard of it is as if there were one.
        """
        return max(0, self.owed.unproven() + 1 - max(1, self.provers()))

    def provers(self) -> int:
        """Workers that asked for a job or held on to one lately."""
        since = self._now() - PRESENT
        return sum(heard > since for heard in list(self._heard.values()))

    def _hear(self, worker: str) -> None:
        """A worker is there. Those that are long gone are forgotten."""
        with self._lock:
            now = self._now()
            self._heard = {name: at for name, at in self._heard.items() if at > now - PRESENT} | {worker: now}

    def status(self) -> list[JobStatus]:
        """Jobs that are not done, lowest batch first; none once the desk is closed."""
        usual = {}
        now, found = self._now(), []
        for job in self._seen(OPEN):
            if job.size_class not in usual:
                usual[job.size_class] = usual_duration(self.table, job.size_class)
            found.append(told(job, usual[job.size_class], now))
        return found

    def _seen(self, states: tuple[State, ...], limit: int = MOST_SHOWN) -> list[Job]:
        """Jobs, for those who only look: none while the table cannot be read."""
        if self._is_closed:
            return []
        try:
            return self.table.jobs(states, limit)
        except Exception as error:
            self._unreadable = f"the job table: {error!r}"
            return []

    @property
    def trouble(self) -> str:
        """Why no proofs come: the table is away, or provers keep dying at a batch, the lowest of such; else empty."""
        self._unreadable = ""
        for job in self._seen(OPEN):
            if job.deaths >= self._attempts:
                return f"batch {job.batch}: provers died {job.deaths} times: {job.error}"
        return self._unreadable or self.fault

    @property
    def progress(self) -> Progress | None:
        """What is proven right now; of several jobs the one with the lowest batch."""
        held = self._seen((State.LEASED,), limit=1)
        if not held:
            return None
        return Progress(held[0].batch, held[0].step, max(0, self._now() - held[0].began) / 1000)

    def recall(self, worker: str) -> None:
        """Take back what a worker held that is known to be gone."""
        for job in self.table.jobs((State.LEASED,)):
            if job.worker == worker:
                self.table.release(job.lease, "the sequencer was started again", died=False)

    def close(self) -> None:
        """Give the files back."""
        with self._lock:
            self._is_closed = True
            self.owed.close()
            self.table.close()

    # -------------------------------------------------------------------------------------------- for workers
    def agree(self, keys: Mapping[str, KeyName]) -> None:
        """A stranger's keys must be the contract's. Raises ``JobRefused`` (KEY_MISMATCH)."""
        names = self.judge.names if self.judge else {}
        for size_class, name in keys.items():
            wanted = names.get(size_class)
            if name != wanted:
                told = dict(wanted._asdict()) if wanted else {}
                reason = "the worker's key is not the contract's" if wanted else "no batch of this class is proven here"
                raise JobRefused(JobProblem.KEY_MISMATCH, reason, size_class=size_class, wanted=told)

    def lease(self, worker: str, classes: list[str], seconds: float) -> Job | None:
        """A job for a worker; None if there is nothing to do. Raises ``JobRefused`` (RESTING)."""
        self.resting.check(worker)
        self._hear(worker)
        if self._halt.reason is not None:
            return None
        job = self.table.lease(worker, classes, max(seconds, SHORTEST_LEASE), self._now())
        if job is None:
            return None
        self.owed.note(job)
        seen = None
        while (batch := self.owed.batch(job.batch)) and batch.trace_digest == job.trace and batch.path != seen:
            if traces.is_whole(batch.path, job.trace):
                return job
            seen = batch.path  # looked up again: it may have been swept since, and lie elsewhere with the same bytes
        if batch is None or batch.trace_digest != job.trace:
            self.publish()
            return None
        self.release(job.lease, "the trace was missing or altered", died=False)
        self._made_whole(batch)
        return None

    def _made_whole(self, batch: SealedBatch) -> None:
        """Write its trace again; where that cannot be, stop. To be called without a lease, since it may take long."""
        try:
            if self._mend is None:
                raise SequencerError(Problem.TRACE_LOST, "the next start writes it again")
            self._mend(batch)
        except Exception as error:
            is_ours = isinstance(error, SequencerError)
            code, reason = (error.code, error.detail) if is_ours else (Problem.TRACE_LOST, repr(error))
            self._halt.throw(SequencerError(code, reason, batch=batch.number, trace=str(batch.path)))
        self.version += 1

    def trace(self, batch: int, digest: str) -> Path:
        """File of a job's trace. Raises ``JobRefused`` (WITHDRAWN)."""
        return self.owed.given_out(batch, digest).path

    def renew(self, lease: Lease, step: str, seconds: float) -> Job:
        """Hold on to a job. Raises ``JobRefused``: LEASE_LOST, ALREADY_PROVEN, WITHDRAWN, TOO_LONG."""
        job = self.table.renew(lease, step, max(seconds, SHORTEST_LEASE), self._now())
        if job is None:
            raise self._void(lease)
        self._hear(lease.worker)
        usual = usual_duration(self.table, job.size_class) or 0
        held = self._now() - job.began
        if held > max(LONGEST_JOB, USUAL_TIMES * usual):
            self.release(lease, "held too long", died=True)
            self.resting.failed(lease.worker, "held a job too long")
            raise JobRefused(JobProblem.TOO_LONG, milliseconds=held)
        return job

    def _void(self, lease: Lease) -> JobRefused:
        """Why a lease is good no more."""
        job = self.table.job(lease.batch)
        if job is None or job.state == State.WITHDRAWN or job.trace != lease.trace:
            return JobRefused(JobProblem.WITHDRAWN, batch=lease.batch)
        if job.state == State.PROVEN:
            return JobRefused(JobProblem.ALREADY_PROVEN, batch=lease.batch)
        return JobRefused(JobProblem.LEASE_LOST, batch=lease.batch, token=lease.token)

    def finish(self, lease: Lease, proof: Proof, is_own: bool = False) -> bool:
        """Take a proof; false if the batch has one already. The lease need not be good any more.

        Raises ``JobRefused``: WITHDRAWN, PROOF_REFUSED, KEY_MISMATCH.
        """
        batch = self.owed.given_out(lease.batch, lease.trace)
        if batch.state == State.PROVEN:
            return False
        try:
            proof = self._verified(proof, batch)
        except JobRefused as refused:
            held = self.release(lease, str(refused), died=False)
            if held and not is_own:  # whoever holds no lease may bear any name: blaming it would rest another
                self.resting.lied(lease.worker, str(refused))
            raise
        with self._lock:
            job = self.table.job(lease.batch)
            is_stored = self.owed.store(lease, proof, job.attempts if job else 0)
        self.resting.did_well(lease.worker)
        try:
            self.table.finish(lease.batch, lease.trace, self._now())
        finally:
            self.version += 1
            if is_stored:
                self._proven(lease.batch)
        return is_stored

    def _verified(self, proof: Proof, batch: SealedBatch) -> Proof:
        if proof.words != batch.words:
            raise JobRefused(JobProblem.PROOF_REFUSED, "the proof is of other public words", batch=batch.number)
        if self.judge:
            proof = self.judge.verified(proof, batch.words)
        if self._check and not self._check(proof):
            raise JobRefused(JobProblem.PROOF_REFUSED, "the second verifier refuses the proof", batch=batch.number)
        return proof

    def refuse(self, lease: Lease, refused: TraceRefused, is_own: bool = False) -> None:
        """A worker says that a trace does not prove. If that is true, everything but leaving stops.

        The word of the sequencer's own prover counts, anyone else's is examined; nobody's, where the file is not what
        was sealed. Raises ``JobRefused``: LEASE_LOST, ALREADY_PROVEN, WITHDRAWN, REFUSAL_UNTRUE.
        """
        job = self.table.job(lease.batch)
        if job is None or job.state != State.LEASED or job.lease != lease:
            raise self._void(lease)
        batch = self.owed.given_out(job.batch, job.trace)
        if not traces.is_whole(batch.path, job.trace):
            self.release(lease, "the trace was altered while it was proven", died=False)
            self._made_whole(batch)
            raise self._void(lease)
        found = refused if is_own else self._examined(job)
        if found is None:
            self.release(lease, f"{lease.worker} refused a trace that proves", died=False)
            self.resting.lied(lease.worker, "refused a trace that proves")
            raise JobRefused(JobProblem.REFUSAL_UNTRUE, str(refused), batch=job.batch)
        with self._lock:
            batch = self.owed.given_out(job.batch, job.trace)
            if not self.table.fail(job.batch, job.trace, str(found)):
                raise self._void(lease)
            self.owed.note(job._replace(state=State.FAILED, error=str(found)))
        self._halt.throw(not_proven(batch, str(found)))

    def _examined(self, job: Job) -> TraceRefused | None:
        """Why the trace does not prove; one is examined at a time, and a good one once."""
        with self._examining:
            if job.trace in self._known_good:
                return None
            found = self.judge.examined(self.trace(job.batch, job.trace))
            if found is None:
                self._known_good.add(job.trace)
            return found

    def give_up(self, lease: Lease, error: str, died: bool) -> None:
        """A stranger did not manage, or, without an error, only stops. What ails it is not the exchange's trouble."""
        if self.release(lease, error, died) is None:
            return
        if error:
            self.resting.failed(lease.worker, error)
        else:
            self.resting.stopped(lease.worker)

    def release(self, lease: Lease, error: str, died: bool) -> Job | None:
        """A job waits again; None if the lease was void."""
        job = self.table.release(lease, error, died)
        if job:
            self.owed.note(job)
            self.version += 1
        return job
