"""The single writer: one thread that applies actions in the order in which it meets them.

A group is applied, made durable in one write, told to whoever listens, and only then answered.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress

from rollup.refusals import Code, Refused
from sequencer.admission import PATIENCE
from sequencer.batcher import Batcher
from sequencer.errors import Problem, SequencerError
from sequencer.events import Events
from sequencer.halt import Halt
from sequencer.inbox import Inbox
from sequencer.ledger import Ledger
from sequencer.receipts import Acknowledged, acknowledged
from sequencer.underway import Submission, adds_no_risk

QUESTIONS = 1_000
"""Most that may wait between two groups."""


class Writer:
    """Owner of the ledger while the sequencer runs.

    ``find`` looks up the acknowledgement of an action of an earlier batch by its name; ``answer`` tells the outcomes of
    a group to those who wait for them.
    """

    def __init__(
        self,
        batcher: Batcher,
        find: Callable[[bytes], Acknowledged | None],
        halt: Halt,
        events: Events,
        group: int,
        answer: Callable[[Sequence[Submission], Sequence[object]], None],
    ) -> None:
        self._batcher = batcher
        self._answer = answer
        self._ledger = batcher.ledger
        self._find = find
        self._halt = halt
        self._events = events
        self._inbox = Inbox()
        self._group = group
        self._asked: deque[Future] = deque()
        self._errands: deque[tuple[Callable[[], object], Future]] = deque()
        self._questions: deque[tuple[Callable[[Ledger], object], Future]] = deque()
        self._seals_at_end = False
        self._has_ended = False
        self.put_all = self._inbox.put_all

    def run(self) -> None:
        """Work until closed and empty."""
        while (group := self._inbox.take(self._group, PATIENCE)) is not None:
            self.work(group)
        if self._seals_at_end:
            self.ask_seal()
        self._has_ended = True
        self._run_errands()
        self._see_to_batch()
        self._answer_questions()

    def close(self, seal: bool) -> None:
        """Take nothing more; what waits is worked off, and then the batch in progress is sealed, or left open."""
        self._seals_at_end = seal
        self._inbox.close()

    def work(self, group: list[Submission]) -> None:
        """Apply a group, answer it, and end the batch if it is time. A fault stops the sequencer."""
        outcomes = self._guarded(self._outcomes, group)
        if isinstance(outcomes, SequencerError):
            outcomes = [outcomes] * len(group)
        self._answer(group, outcomes)
        self._run_errands()
        self._see_to_batch()
        self._answer_questions()

    def _guarded(self, step: Callable, *arguments) -> object:
        """What a step returns, or the fault that it met: after one, nothing in memory can be relied on."""
        try:
            self._halt.check()
            return step(*arguments)
        except SequencerError as fault:
            if fault.code is not Problem.HALTED:
                self._halt.throw(fault)
            return fault
        except Exception as error:
            fault = SequencerError(Problem.ENGINE_FAILED, repr(error))
            fault.__cause__ = error
            self._halt.throw(fault)
            return fault

    def _outcomes(self, group: list[Submission]) -> list:
        outcomes = [self._outcome(submission) for submission in group]
        self._ledger.commit()
        self._events.publish(self._ledger.tell())
        return outcomes

    def ask_seal(self) -> Future:
        """Ask for the end of the batch in progress if it holds anything; a future of the last sealed number."""
        asked: Future = Future()
        if self._has_ended:
            asked.set_exception(SequencerError(Problem.STOPPED))
        else:
            self._asked.append(asked)
            self._inbox.nudge()
            self._take_back(self._asked, asked, asked)
        return asked

    def ask(self, function: Callable[[Ledger], object]) -> Future:
        """A future of what the function says of the ledger between two groups, when all in it is durable.

        It must be quick, since nothing else happens meanwhile, and change nothing. What it raises goes to the future.
        Raises QUEUE_FULL; the future raises STOPPED, and HALTED after a fault that left the memory unlike the disk.
        """
        if len(self._questions) >= QUESTIONS:
            raise SequencerError(Problem.QUEUE_FULL, waiting=QUESTIONS, capacity=QUESTIONS)
        future: Future = Future()
        self._questions.append((function, future))
        self._inbox.nudge()
        if self._has_ended:
            self._answer_questions()
        return future

    def do(self, errand: Callable[[], object]) -> Future:
        """A future of an errand that changes the ledger, run between two groups; a fault in it stops the sequencer."""
        future: Future = Future()
        if self._has_ended:
            future.set_exception(SequencerError(Problem.STOPPED))
        else:
            self._errands.append((errand, future))
            self._inbox.nudge()
            self._take_back(self._errands, (errand, future), future)
        return future

    def _take_back(self, queue: deque, item: object, future: Future) -> None:
        """The writer may have ended while something was put there that nobody looks at any more."""
        if self._has_ended:
            with suppress(ValueError):
                queue.remove(item)
                future.set_exception(SequencerError(Problem.STOPPED))

    def _run_errands(self) -> None:
        for errand, future in drained(self._errands):
            outcome = self._guarded(self._errand, errand)
            if isinstance(outcome, SequencerError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _errand(self, errand: Callable[[], object]) -> object:
        outcome = errand()
        self._events.publish(self._ledger.tell())
        return outcome

    def _answer_questions(self) -> None:
        for function, future in drained(self._questions):
            if not future.set_running_or_notify_cancel():
                continue
            try:
                self._halt.check_memory()
                if self._has_ended:
                    raise SequencerError(Problem.STOPPED)
                future.set_result(function(self._ledger))
            except Exception as error:
                future.set_exception(error)

    def _see_to_batch(self) -> None:
        """End the batch if it is time, or somebody asked for it."""
        asked = list(drained(self._asked))
        outcome = self._guarded(self._end_batch, bool(asked))
        for future in asked:
            if isinstance(outcome, SequencerError):
                future.set_exception(outcome)
            else:
                future.set_result(self._ledger.sealed)

    def _end_batch(self, is_asked: bool) -> None:
        holds_any = self._ledger.is_open and not self._ledger.engine.is_empty
        reason = "asked" if is_asked and holds_any else self._batcher.due()
        if reason:
            self._batcher.seal(reason)
            self._events.publish(self._ledger.tell())

    def _outcome(self, submission: Submission) -> Acknowledged | Refused | SequencerError:
        """What to answer once the group is durable."""
        if submission.digest in self._ledger.refused:
            return self._find(submission.digest)  # taken once, and no more since its batch was undone
        refusal = self._halt.refusal_to_place()
        if refusal and not adds_no_risk(submission.action):
            return self._known(submission.digest) or refusal
        if submission.index is not None:
            return self._deposit(submission)
        action = submission.action
        if self._ledger.engine.key(action.account)[0] != submission.claim.x:
            return Refused(Code.BAD_SIGNATURE, account=action.account)
        known = None if self._ledger.is_open else self._find(submission.digest)
        if known:
            return known  # a batch begins with something new
        try:
            return self._apply(submission)
        except Refused as refusal:
            if refusal.code is Code.NONCE_USED:
                return self._known(submission.digest) or refusal
            return refusal

    def _deposit(self, submission: Submission) -> Acknowledged | Refused | SequencerError:
        """Deposits come in the order of the contract's queue, each once."""
        if submission.index < self._ledger.deposits:
            known = self._known(submission.digest)
            differs = SequencerError(
                Problem.CHAIN_DIFFERS, "another deposit was sequenced here", index=submission.index
            )
            return known or differs
        if submission.index > self._ledger.deposits:
            return SequencerError(Problem.DEPOSIT_GAP, index=submission.index, next=self._ledger.deposits)
        try:
            return self._apply(submission)
        except Refused as refusal:
            return refusal

    def _apply(self, submission: Submission) -> Acknowledged:
        return acknowledged(self._batcher.apply(submission.action, submission.digest, submission.payload))

    def _known(self, digest: bytes) -> Acknowledged | None:
        """The acknowledgement that these bytes got before, if they did."""
        entry = self._ledger.named.get(digest)
        return acknowledged(entry, duplicate=True) if entry is not None else self._find(digest)


def drained(queue: deque) -> Iterator:
    """What waits now, each taken out when it is its turn: others may take out of the queue meanwhile."""
    for _ in range(len(queue)):
        try:
            yield queue.popleft()
        except IndexError:
            return
