"""The sequencer, put together: one directory, one deployment, and a thread for each of its rooms.

submit -> admission -> writer (batcher, ledger, journal) -> prover -> settler
oracle ------------------^                                     deposits of the chain --^ (to admission)
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from circuits.prover import Proof
from rollup.actions import Action, Deposit, Report
from rollup.batch import Batch
from rollup.engine import Engine
from rollup.hashing import Hasher
from sequencer.admission import Admission
from sequencer.archive import Archive
from sequencer.batcher import Batcher
from sequencer.culprit import Culprit, Detective, Examine
from sequencer.desk import Desk, JobStatus
from sequencer.errors import Problem, SequencerError
from sequencer.events import Event, Events, Listener, Moded
from sequencer.follow import follow
from sequencer.halt import REDUCED, Halt
from sequencer.hands import PROVE, Hands
from sequencer.jobs import JobTable
from sequencer.journal import Journal, wall_milliseconds
from sequencer.judge import Judge
from sequencer.ledger import Ledger
from sequencer.mending import Mender
from sequencer.oracle import Oracle
from sequencer.policy import DEFAULT, Policy
from sequencer.proving import Progress, Prover, Proving
from sequencer.recovery import Deployment, History, recover
from sequencer.rewind import NOTHING, Rewind, State
from sequencer.settling import Chain, Heads, Settler
from sequencer.signatures import Checker, Verifier
from sequencer.stages import COMMITTED, PROVEN, SETTLED, Stages
from sequencer.underway import Outcomes, UnderWay
from sequencer.writer import Writer

WAIT_POLL = 0.05


class Status(NamedTuple):
    """Heads, and what may be wrong.

    ``sequence``   last durable record
    ``sealed``     last batch that was sealed; ``proven`` likewise, ``committed`` and ``settled`` as of the last look at
                   the chain, 0 before the first one
    ``waiting``    actions that were submitted and not answered yet
    ``proving``    what the prover is at
    ``trouble``    why the last look at the chain led nowhere; empty if it did not fail
    ``halted``     why nothing more is taken; None while all is well
    ``mode``       normal, reduced or halted
    ``reduced``    why nothing is placed; None while all is well
    """

    sequence: int
    sealed: int
    proven: int
    committed: int
    settled: int
    waiting: int
    proving: Progress | None
    trouble: str
    halted: SequencerError | None
    mode: str
    reduced: SequencerError | None


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
        prover: Prover | None = None,
        chain: Chain | None = None,
        check: Callable[[Proof], bool] | None = None,
        milliseconds: Callable[[], int] = wall_milliseconds,
        judge: Judge | None = None,
        by_hand: bool = False,
        table: JobTable | None = None,
        examine: Examine | None = None,
    ) -> None:
        """Recover the state. Without ``prover`` or ``chain`` batches wait for a start with one.

        ``clock`` is the time of batches in seconds, ``milliseconds`` that of records and stages. With a ``judge``
        provers of other processes may come to the ``desk``; jobs are in a file of the directory unless another
        ``table`` is given. ``by_hand`` batches are committed, proven and settled when they are released. ``examine``
        says why a trace does not prove; where the judge or this is there, the action to blame for a batch that does not
        prove is looked for.

        ``hasher`` and ``verifier`` are both filled by ``circuits.native.Native``; ``check`` is a second opinion on
        every proof. Raises what opening a journal and replaying it raise.
        """
        self.directory = directory
        self.deployment = deployment
        self.policy = policy
        self.events = Events()
        """Listen here for what happens; ``follow`` for what happened before too."""
        self.halt = Halt(self._is_moded)
        self._clock = clock
        self._hasher = hasher
        examine = examine or (judge.examined if judge else None)
        self._detective = Detective(directory, deployment, hasher, examine, self._is_blamed) if examine else None
        self._milliseconds = milliseconds
        self._journal = Journal(directory, milliseconds)
        try:
            self._ledger = recover(self._journal, deployment, hasher, directory, policy.snapshot_every)
            self._archive = Archive(directory)
        except BaseException:
            self._journal.close()
            raise
        self.stages = Stages(directory, self.events, milliseconds)
        self.hands = Hands(by_hand)
        self.checker = checker = Checker(verifier, deployment.domain.digest(hasher))
        self.oracle = Oracle(deployment.genesis, checker)
        self._batcher = Batcher(self._ledger, self.oracle, hasher, policy, clock, self._backlog, self._is_sealed)
        self._under_way = UnderWay(policy.queue, self._unsettled)
        self._writer = Writer(
            self._batcher, self._archive.find, self.halt, self.events, policy.group, self._under_way.settle
        )
        self._admission = Admission(
            checker,
            lambda account: self.engine.key(account),
            self._writer.put_all,
            self.halt,
            self._under_way,
            policy.group,
        )
        self._proven = self._archive.last_proven()
        self._proving = (
            Proving(
                directory,
                prover,
                self.halt,
                policy.attempts,
                self._has_proof,
                check,
                judge=judge,
                table=table,
                by_hand=by_hand,
                mend=Mender(directory, deployment, hasher, policy.snapshot_every).mend,
            )
            if prover or judge
            else None
        )
        self._settler = self._new_settler(chain) if chain else None
        self._threads = dict(self._rooms())

    def _rooms(self) -> Iterator[tuple[str, threading.Thread]]:
        """A thread for each room that there is."""
        rooms = {
            "admission": self._admission,
            "writer": self._writer,
            "proving": self._proving,
            "settler": self._settler,
        }
        for name, room in rooms.items():
            if room is not None:
                yield name, threading.Thread(target=room.run, name=name, daemon=True)

    def _new_settler(self, chain: Chain) -> Settler:
        return Settler(
            self.directory,
            chain,
            self.halt,
            self.policy,
            deposit=self.deposit,
            taken=lambda: self._ledger.deposits,
            sealed=lambda: self._ledger.sealed,
            rewind=self.rewind,
            in_progress=self._deposits_in_progress,
            moved=self._chain_moved,
            hands=self.hands,
        )

    @property
    def engine(self) -> Engine:
        """The state, to be read only."""
        return self._ledger.engine

    def start(self) -> "Sequencer":
        """Open the doors."""
        for thread in self._threads.values():
            thread.start()
        return self

    def submit(self, action: Action) -> Future:
        """A future of the action's ``Acknowledged``; see ``Admission.submit``."""
        return self._admission.submit(action)

    def submit_parsed(self, actions: Sequence[Action], told: Callable[[list], None]) -> Outcomes:
        """The same for several actions that a typed decoder made; see ``Admission.submit_parsed``."""
        return self._admission.submit_parsed(actions, told)

    def submit_bytes(self, payload: bytes) -> Future:
        """The same for an encoded action."""
        return self._admission.submit_bytes(payload)

    def deposit(self, index: int, deposit: Deposit) -> Future:
        """A future for entry ``index`` (from 0) of the contract's queue; with a chain, the settler does this."""
        return self._admission.deposit(index, deposit)

    def now(self) -> int:
        """Seconds by the clock that batches begin by."""
        return self._clock()

    def report(self, report: Report) -> bool:
        """Take a reporter's prices; see ``Oracle.submit``."""
        return self.oracle.submit(report, self._clock())

    def seal(self) -> Future:
        """Ask for the end of the batch in progress; a future of the number of the last sealed batch."""
        return self._writer.ask_seal()

    def ask(self, function: Callable[[Ledger], object]) -> Future:
        """A future of ``function(ledger)``, called on the writer's thread between two groups; see ``Writer.ask``."""
        return self._writer.ask(function)

    def rewind(
        self,
        batch: int,
        reason: str,
        dropped_deposits: frozenset[int] = NOTHING,
        without: frozenset[bytes] = NOTHING,
    ) -> None:
        """Undo the batches after ``batch``, and sequence their actions again, to new batches; see ``sequencer.rewind``.

        ``reason`` is the code of what made it necessary. ``dropped_deposits`` are places in the contract's queue, from
        0, whose deposits are gone; ``batch`` must be from before they were sequenced, those behind them move up, and
        what the queue holds beyond is submitted as ever. ``without`` are names of owners' actions that take no effect
        this time. Receipts are amended: the digest of an action leads to what
        holds now. Returns when it is durable; nothing at all has changed if it raises.

        Whoever calls this sees to it that the contract holds no commitment to a batch that is undone, and that none is
        sent meanwhile: the settler calls it between its looks.

        Raises REWIND_TOO_FAR for batches that are settled, and for none; NO_SUCH_ACTION; HALTED, STOPPED.
        """
        rewind = Rewind(self._journal, self._batcher, batch, reason, frozenset(dropped_deposits), without)

        def errand() -> SequencerError | None:
            refusal = rewind.run(self._state_after)
            if refusal is None:
                if self.halt.reduction and self.halt.reduction.numbers.get("batch", 0) > batch:
                    self.halt.restore()
                self._proven = min(self._proven, batch)
                self.stages.forget()
            return refusal

        refusal = self._writer.do(errand).result()
        if refusal is not None:
            raise refusal
        for room in (self._settler, self._proving):
            if room:
                room.wake()

    def retry(self, batch: int) -> bool:
        """Have a batch that does not prove, or whose provers died, proven again; whether there was one.

        What made it fail should have been mended: else it fails again, and everything but leaving stops again.
        """
        if self.desk is None or not self.desk.retry(batch):
            return False
        if self.halt.reduction and self.halt.reduction.numbers.get("batch") == batch:
            self.halt.restore()
            if failure := self.desk.failure():
                self.halt.throw(failure)
        self._proving.wake()
        return True

    def undo(self, batch: int, without: frozenset[bytes] = NOTHING) -> Future:
        """A future of the end of ``rewind`` to before a batch that does not prove, without some actions.

        The settler does it, once the contract holds no commitment to the batch: one is voided if it is old enough. What
        was released by hand waits for a word again. The future raises as ``rewind``, and STILL_COMMITTED,
        ``ChainUnreachable``, ``ChainRefused``.
        """
        self.hands.take_back(batch)
        if self.desk:
            self.desk.take_back(batch)
        if self._settler:
            return self._settler.ask_back(batch - 1, without)
        done: Future = Future()
        try:
            done.set_result(self.rewind(batch - 1, Problem.TRACE_NOT_PROVEN, without=without))
        except SequencerError as error:
            done.set_exception(error)
        return done

    def _state_after(self, batch: int) -> State:
        history = History(self._journal.connection, self.deployment, self._hasher, self.policy.snapshot_every)
        ledger = history.after(batch)
        return State(ledger.engine, ledger.deposits)

    def follow(self, listener: Listener, after: int = 0) -> Iterator[Event]:
        """Events of everything after a sequence number, and from here on to ``listener``: no gap and no duplicate.

        Returns what happened up to this call, oldest first, to be read on any one thread and in any time; everything
        that happens later goes to the listener. Both in the order of their facts:

            queue = SimpleQueue()
            for event in sequencer.follow(queue.put, after=last):   # last: highest sequence that was taken in, or 0
                take_in(event)
            while True:
                for event in queue.get():
                    take_in(event)

        What a rewind undid is left out; a listener that had taken some of it in meets the ``Rewound`` first, and drops
        all with a sequence above its ``after`` and all of batches above its ``batch``. ``Staged`` events carry no
        sequence: those of batches that were sealed before are told again if they are not older than the record
        ``after``, so one may come twice, with equal content.
        """
        if self._threads["writer"].ident is None:
            return follow(self._ledger, self.directory, self.events, listener, after)
        asked = self.ask(lambda ledger: follow(ledger, self.directory, self.events, listener, after))
        return asked.result()

    @property
    def desk(self) -> Desk | None:
        """Where provers come for their jobs, if batches are proven at all."""
        return self._proving.desk if self._proving else None

    def jobs(self) -> list[JobStatus]:
        """Batches that wait for their proof."""
        return self.desk.status() if self.desk else []

    def release(self, step: str, batch: int) -> None:
        """Let a batch be committed, proven or settled (``commit``, ``prove``, ``settle``), where that is by hand."""
        self.hands.release(step, batch)
        if step == PROVE and self.desk:
            self.desk.ask(batch)
        for room in (self._settler, self._proving):
            if room:
                room.wake()

    @property
    def mode(self) -> str:
        """``normal``, ``reduced`` or ``halted``; ``halt.cause`` says why."""
        return self.halt.mode

    def status(self) -> Status:
        """How far things got."""
        heads = self.chain_heads
        return Status(
            sequence=self._ledger.sequence,
            sealed=self._ledger.sealed,
            proven=self._last_proven(),
            committed=heads.committed if heads else 0,
            settled=heads.settled if heads else 0,
            waiting=len(self._under_way),
            proving=self._proving.progress if self._proving else None,
            trouble=self._settler.trouble if self._settler else "",
            halted=self.halt.reason,
            mode=self.halt.mode,
            reduced=self.halt.reduction,
        )

    def wait_for(self, stage: str, batch: int, timeout: float) -> None:
        """Wait until a batch is ``sealed``, ``committed``, ``proven`` or ``settled``.

        Raises TimeoutError after so many seconds, and HALTED or REDUCED where the batch will not get there.
        """
        deadline = time.monotonic() + timeout
        while getattr(self.status(), stage) < batch:
            self.halt.check()
            if stage in (PROVEN, SETTLED) and (refusal := self.halt.refusal_to_place()):
                raise refusal
            if time.monotonic() > deadline:
                raise TimeoutError(f"batch {batch} is not {stage} after {timeout} s")
            time.sleep(WAIT_POLL)

    def stop(self, seal: bool = True) -> None:
        """Answer what is under way, seal the batch in progress unless told not to, and give the directory back.

        A sealed batch is committed on chain if there is one; a proof in progress is given up and made after the next
        start. A batch that stays open can only be committed while its clock is within the contract's window.
        """
        self._admission.close()
        self._join("admission")
        self._writer.close(seal)
        self._join("writer")
        if self._proving:
            while self._threads["proving"].is_alive():
                self._proving.stop()
                self._threads["proving"].join(WAIT_POLL)
            self._proving.close()
        if self._settler:
            self._settler.stop()
            self._join("settler")
            self._settler.close()
        self._archive.close()
        self.stages.close()
        self._journal.close()

    def _join(self, name: str) -> None:
        if self._threads[name].ident is not None:
            self._threads[name].join()

    def _backlog(self) -> int:
        """Proofs that have to end before that of a batch sealed now can begin."""
        return self.desk.backlog() if self.desk else 0

    @property
    def chain_heads(self) -> Heads | None:
        """What the contract held at the last look; None before the first one, and without a chain."""
        return self._settler.heads if self._settler else None

    def _unsettled(self) -> int:
        """Batches that await their settlement, the one in progress included; 0 as long as no chain was seen."""
        heads = self.chain_heads
        return self._ledger.number - heads.settled if heads else 0

    def _last_proven(self) -> int:
        """The last batch up to which every one has its proof."""
        return self.desk.head() if self.desk else self._proven

    def _is_sealed(self, batch: Batch) -> None:
        """A batch is durable: there is something to commit and to prove."""
        for room in (self._settler, self._proving):
            if room:
                room.wake()

    def _has_proof(self, batch: int) -> None:
        """A proof is stored: there may be something to settle."""
        self.stages.reached(PROVEN, batch)
        if self._settler:
            self._settler.wake()

    def _deposits_in_progress(self) -> list[Deposit]:
        """Of the batch that is not sealed, as it is while others work on it."""
        actions = [entry.receipt.action for entry in list(self._ledger.entries)]
        return [action for action in actions if type(action) is Deposit]

    def _chain_moved(self, heads: Heads) -> None:
        """The contract was seen to hold these batches."""
        self.stages.head(COMMITTED, heads.committed)
        self.stages.head(SETTLED, heads.settled)

    def _is_moded(self, mode: str, reason: SequencerError) -> None:
        if mode == REDUCED and self._detective and "culprit" not in reason.numbers and "batch" in reason.numbers:
            self._detective.begin(reason.numbers["batch"])
        self.events.publish([Moded(mode, reason.code, self._milliseconds())])

    def _is_blamed(self, culprit: Culprit) -> None:
        """The action that makes a batch unprovable is known."""
        told = {"culprit": culprit.sequence, "digest": culprit.digest, "kind": culprit.kind, "place": culprit.place}
        self.halt.explain(**told, rules=culprit.rules)
