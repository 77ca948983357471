"""Settling: every sealed batch is committed on chain at once, and settled in order when it is proven.

What was done is read from the contract, never remembered: a restart, a lost answer or a reorganisation only means that
the heads are read again. The contract takes each batch once and in order, so sending twice costs gas and nothing else.
Deposits come the other way, out of the contract's queue.

What can never be settled as it is gets sequenced again (``rewind``): a batch that missed the window for its commitment,
one with a deposit that a reorganisation removed, and one that does not prove, when somebody asks for that. If a batch
is committed that has lost a deposit, its commitment having survived it, nothing more is committed: the deposit comes
back, made anew by its owner or by anyone in their favour, or the commitment is voided once the contract's patience has
passed, and the batch is sequenced again then. Likewise if a second reorganisation brings back the commitment to a
version that was undone: there is no proof of it any more, and what was sequenced since stands on the new one, so it is
voided, and not proven after all.
"""

import itertools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NoReturn

from circuits.prover import Proof
from rollup.actions import Deposit
from rollup.refusals import Refused
from sequencer import store
from sequencer.archive import Archive, BatchRecord
from sequencer.contract import (
    LIES_AHEAD,
    NOT_OPERATOR,
    TOO_LONG_AGO,
    VOID_NOT_YET,
    Chain,
    ChainRefused,
    ChainUnreachable,
    Heads,
    Rewind,
    Sent,
)
from sequencer.errors import Problem, SequencerError
from sequencer.halt import HALTED, NORMAL, Halt
from sequencer.hands import COMMIT, SETTLE, Hands
from sequencer.policy import Policy
from sequencer.queue import Consumed, consumed, deposits_in, dropped, first_gone, words_of
from sequencer.rewind import NOTHING

REMEMBERED = 256
"""Batches that may be committed and not settled: the ring of ``verifier/contracts/commitments.vy``."""
POLL = 0.5
"""Seconds between looks at the chain."""
REFUSALS = 3
"""Times that the contract may refuse one batch before that is taken for its last word."""
ANSWER_SECONDS = 60
"""Longest wait until a deposit is sequenced."""
GONE_SECONDS = 15
"""Time that a deposit may be missing from the queue until it counts as removed: it may only be on its way again."""
REWINDS = 3
"""Times that batches are sequenced again for being late within one window: more, and the clocks are to blame."""


class Settler:
    """One contract, for one sequencer.

    ``deposit`` submits an entry of the queue, ``taken`` counts those that were sequenced, ``sealed`` is the last batch.
    ``moved`` hears what the contract holds after every look and every step; ``hands`` may hold batches back.
    ``in_progress`` are the deposits of the batch that is not sealed.
    """

    def __init__(
        self,
        directory: Path,
        chain: Chain,
        halt: Halt,
        policy: Policy,
        deposit: Callable[[int, Deposit], Future],
        taken: Callable[[], int],
        sealed: Callable[[], int],
        rewind: Rewind,
        in_progress: Callable[[], list[Deposit]],
        moved: Callable[[Heads], None] = lambda heads: None,
        hands: Hands | None = None,
    ) -> None:
        self._archive = Archive(directory)
        self._connection = store.connect(directory / store.FILE)
        self._chain = chain
        self._halt = halt
        self._policy = policy
        self._deposit = deposit
        self._taken = taken
        self._sealed = sealed
        self._moved = moved
        self._hands = hands or Hands()
        self._rewind = rewind
        self._in_progress = in_progress
        self._gone_since: float | None = None
        self._consumed: tuple[tuple[int, ...], list[Consumed]] = ((), [])
        self._sound = sys.maxsize  # last batch whose deposits are in the queue
        self._rewinds, self._rewound_at = 0, 0
        self._alone = 0  # batches up to this one are settled one by one
        self._agreed = 0
        self._undone = 0  # first batch whose commitment is to a version that was undone, if there is one
        self._refusals: dict[tuple[str, int], int] = {}
        self._back: deque[tuple[int, frozenset[bytes], Future]] = deque()
        self._changed = threading.Event()
        self._stopping = False
        self.heads: Heads | None = None
        """As of the last look."""
        self.trouble = ""
        """Why the last look led nowhere; empty if it did not fail."""

    def ask_back(self, batch: int, without: frozenset[bytes]) -> Future:
        """A future of going back to after a batch because the next one does not prove; see ``Sequencer.undo``."""
        future: Future = Future()
        self._back.append((batch, without, future))
        self.wake()
        return future

    def wake(self) -> None:
        """There is something new to commit or to settle."""
        self._changed.set()

    def run(self) -> None:
        """Look, act, wait, until stopped; the last look comes after the stop, for the batch that was sealed by it."""
        while True:
            last = self._stopping
            self._changed.clear()
            self.step()
            if last:
                return
            if not self._stopping:
                self._changed.wait(POLL)

    def step(self) -> None:
        """One look at the chain, and what follows from it. Throws the halt where going on would do harm."""
        try:
            self._look()
            trouble = self._advance()
            self._settle()
            self.trouble = trouble
        except ChainUnreachable as error:
            self.trouble = str(error)
        except SequencerError as fault:
            self.trouble = str(fault)
            if fault.code not in (Problem.STOPPED, Problem.HALTED):
                self._halt.throw(fault)
        except Exception as error:
            self.trouble = repr(error)
            self._halt.throw(SequencerError(Problem.SETTLER_FAILED, repr(error)))

    def _advance(self) -> str:
        """Deposits and commitments. Returns why they led nowhere: settling does not wait for them."""
        try:
            if self._halt.mode != HALTED:
                self._check_queue()
                if self._halt.mode == NORMAL:
                    self._credit()
                if self._undone:
                    self._void_undone(self._undone)
                self._go_back_as_asked()
                self._commit()
        except ChainUnreachable as error:
            return str(error)
        return ""

    # ------------------------------------------------------------------------------------------ agreement
    def _look(self) -> None:
        """Read the heads; what the contract holds must be ours. Raises CHAIN_DIFFERS."""
        heads = self._chain.heads()
        self._agreed = 0 if heads.is_moved else self._agreed
        if heads.settled:
            root = self._batch(heads.settled).root_after
            if root != heads.root:
                raise SequencerError(Problem.CHAIN_DIFFERS, "another root", settled=heads.settled, root=heads.root)
        self._agreed = max(min(self._agreed, heads.committed), heads.settled)
        self._undone = 0
        for number in range(self._agreed + 1, heads.committed + 1):
            if fault := self._other_commitment(number, heads):
                if not self._chain.is_undone(number):
                    raise fault
                self._undone = number
                heads = heads._replace(committed=number - 1)
                break
            self._agreed = number
        self._have(heads)

    def _other_commitment(self, number: int, heads: Heads) -> SequencerError | None:
        """What is wrong with the commitment that the contract holds for a batch."""
        sealed = self._sealed()
        if number > sealed:
            reason = "the contract holds a commitment that was not sealed here"
            return SequencerError(Problem.CHAIN_DIFFERS, reason, committed=heads.committed, sealed=sealed)
        if self._chain.commitment(number) != self._chain.digest(self._batch(number).words):
            return SequencerError(Problem.CHAIN_DIFFERS, "another commitment", batch=number)
        return None

    def _have(self, heads: Heads) -> None:
        self.heads = heads
        self._moved(heads)

    def _batch(self, number: int) -> BatchRecord:
        record = self._archive.batch(number)
        if record is None:
            raise SequencerError(Problem.CHAIN_DIFFERS, "the contract holds a batch that is not here", batch=number)
        return record

    # ------------------------------------------------------------------------------------------ deposits
    def _check_queue(self) -> None:
        """The queue must hold what was sequenced of it; what it holds no more is sequenced away.

        Raises ``ChainUnreachable`` while it may come back, and when there was something to do.
        """
        expected = self._expected()
        first = first_gone(expected, self._chain.link)
        self._sound = first.batch - 1 if first else sys.maxsize
        if first is None:
            self._gone_since = None
            return
        now = time.monotonic()
        self._gone_since = self._gone_since or now
        if now - self._gone_since < GONE_SECONDS:
            raise ChainUnreachable(f"deposit {first.place} is missing from the queue")
        if first.batch <= self.heads.committed:
            self._void(first)
        gone = expected[first.place - expected[0].place :]
        queue = [words_of(deposit) for deposit in self._chain.deposits(first.place, 1)]
        self._go_back(first.batch - 1, Problem.DEPOSIT_REMOVED, dropped(gone, queue))
        self._gone_since = None
        raise ChainUnreachable(f"deposit {first.place} was removed: batches from {first.batch} on are sequenced again")

    def _void(self, first: Consumed) -> NoReturn:
        """A commitment has outlived a deposit of its batch."""
        batch = self._batch(first.batch)
        if self.heads.time <= batch.clock + self._chain.patience:
            left = batch.clock + self._chain.patience - self.heads.time
            reason = f"batch {batch.number} is committed with deposit {first.place}, which is gone"
            raise ChainUnreachable(f"{reason}: it comes back, or the commitment is voided in {left} s")
        try:
            self._chain.void(batch.number)
        except ChainRefused as refused:
            self._refused("void", batch.number, refused)
        raise ChainUnreachable(f"the commitment to batch {batch.number} was voided")

    def _void_undone(self, number: int) -> NoReturn:
        """A commitment to an undone version of a batch came back."""
        reason = f"the contract holds a commitment to an undone version of batch {number}"
        try:
            self._chain.void(number)
        except ChainRefused as refused:
            if refused.code == VOID_NOT_YET:
                patience = self._chain.patience
                raise ChainUnreachable(f"{reason}, which is voided once it is {patience} s old") from refused
            self._refused("void", number, refused)
        raise ChainUnreachable(f"{reason}, which was voided")

    def _expected(self) -> list[Consumed]:
        """Deposits that are sequenced and not settled."""
        heads, sealed, taken = self.heads, self._sealed(), self._taken()
        state = (heads.settled, heads.taken, sealed, taken)
        if state != self._consumed[0]:
            batches = [(n, deposits_in(self._batch(n).words)) for n in range(heads.settled + 1, sealed + 1)]
            batches.append((sealed + 1, [words_of(deposit) for deposit in self._in_progress()]))
            link = self._chain.link(heads.taken)
            if link is None:
                raise ChainUnreachable("the queue is shorter than what is settled of it")
            found = consumed(heads.taken, link, batches, self._chain.extended)
            if (self._sealed(), heads.taken + len(found)) != (sealed, taken):
                raise ChainUnreachable("a batch ended meanwhile")
            self._consumed = (state, found)
        return self._consumed[1]

    def _go_back_as_asked(self) -> None:
        """What somebody asked for; whoever asked is told why not, and may ask again."""
        while self._back:
            batch, without, future = self._back.popleft()
            try:
                if batch < self.heads.settled:
                    raise SequencerError(Problem.REWIND_TOO_FAR, batch=batch, settled=self.heads.settled)
                if self.heads.committed > batch:
                    self._void_own(batch + 1)
                self._go_back(batch, Problem.TRACE_NOT_PROVEN, without=without)
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(None)

    def _void_own(self, number: int) -> None:
        """Drop the commitments to a batch and to all after it. Raises STILL_COMMITTED while they are too young."""
        left = self._batch(number).clock + self._chain.patience - self.heads.time
        if left >= 0:
            reason = "its commitment is voided when this is asked for again after so many seconds"
            raise SequencerError(Problem.STILL_COMMITTED, reason, batch=number, seconds=left + 1)
        self._chain.void(number)

    def _go_back(
        self, batch: int, reason: Problem, places: frozenset[int] = NOTHING, without: frozenset[bytes] = NOTHING
    ) -> None:
        """Have the batches after ``batch`` sequenced again, when nothing can happen to them on chain any more."""
        self._chain.cancel(batch)
        self._look()
        if self.heads.committed > batch:
            raise ChainUnreachable("a commitment took effect while it was taken back")
        self._rewind(batch, reason.value, places, without)
        self._consumed = ((), [])
        self._refusals.clear()

    def _credit(self) -> None:
        """Sequence what the queue holds. Raises CHAIN_DIFFERS for a deposit that cannot be applied."""
        taken = self._taken()
        waiting = []
        for index, deposit in enumerate(self._chain.deposits(taken, self._policy.confirmations), start=taken):
            try:
                waiting.append((index, self._deposit(index, deposit)))
            except SequencerError:
                break  # halted, stopped or full: the next look finds the rest
        for index, future in waiting:
            try:
                error = future.exception(ANSWER_SECONDS)
            except TimeoutError:
                raise ChainUnreachable(f"deposit {index} waits to be sequenced") from None
            if isinstance(error, SequencerError) and error.code is Problem.CHAIN_DIFFERS:
                raise error
            if isinstance(error, Refused):
                raise SequencerError(Problem.CHAIN_DIFFERS, f"a deposit cannot be applied: {error}", index=index)

    # ------------------------------------------------------------------------------------------ batches
    def _commit(self) -> None:
        """Commit to every sealed batch that is not committed; what is too late is sequenced again."""
        last = next(n for n in itertools.count(self.heads.committed + 1) if not self._may_commit(n)) - 1
        while self.heads.committed < last:
            batches = [self._batch(number) for number in range(self.heads.committed + 1, last + 1)]
            first = batches[0]
            if self.heads.time - first.clock > self._chain.window:
                self._too_late(first)
            try:
                answers = self._chain.commit([batch.words for batch in batches])
            except ChainRefused as refused:
                if refused.code == LIES_AHEAD:
                    raise ChainUnreachable(f"the chain's time has not come to batch {first.number}") from refused
                if refused.code == TOO_LONG_AGO:
                    self._too_late(first)
                self._refused("commit", first.number, refused)
            for batch, sent in zip(batches, answers):
                self._record(batch.number, "commit", sent)
                self._have(self.heads._replace(committed=batch.number))
                self._agreed = batch.number

    def _may_commit(self, number: int) -> bool:
        is_remembered = number <= self.heads.settled + REMEMBERED
        return number <= self._sealed() and is_remembered and self._hands.may(COMMIT, number)

    def _too_late(self, batch: BatchRecord) -> NoReturn:
        """A batch missed the window for its commitment. Raises COMMITMENT_TOO_LATE if going back does not help."""
        numbers = {"batch": batch.number, "clock": batch.clock, "now": self.heads.time, "window": self._chain.window}
        is_soon = self.heads.time - self._rewound_at <= self._chain.window
        self._rewinds = self._rewinds + 1 if is_soon else 1
        self._rewound_at = self.heads.time
        if self._rewinds > REWINDS:
            reason = "sequencing it again does not help: is the clock right?"
            raise SequencerError(Problem.COMMITMENT_TOO_LATE, reason, **numbers)
        self._go_back(batch.number - 1, Problem.COMMITMENT_TOO_LATE)
        self._changed.set()
        raise ChainUnreachable(f"batch {batch.number} missed its window and was sequenced again")

    def _settle(self) -> None:
        """Settle in order what is committed and proven, several at once where several wait."""
        while ready := self._ready():
            first, last = ready[0][0].number, ready[-1][0]
            try:
                if len(ready) > 1:
                    sent = self._chain.settle_many([(batch.words, proof) for batch, proof in ready])
                else:
                    sent = self._chain.settle(last.words, ready[0][1])
            except ChainRefused as refused:
                if len(ready) == 1:
                    self._refused("settle", first, refused)
                self._alone = last.number
                continue
            share, rest = divmod(sent.gas, len(ready))
            for batch, _ in ready:
                self._record(batch.number, "settle", Sent(sent.transaction, share + rest * (batch.number == first)))
            self._have(self.heads._replace(settled=last.number, root=last.root_after))

    def _ready(self) -> list[tuple[BatchRecord, Proof]]:
        """The next batches that can be settled together: of one class, and one alone after a refusal."""
        number, found = self.heads.settled + 1, []
        most = self._chain.many if number > self._alone else 1
        while len(found) < most and number <= min(self.heads.committed, self._sound):
            proof = self._archive.proof(number)
            if proof is None or not self._hands.may(SETTLE, number):
                break
            batch = self._batch(number)
            if found and batch.size_class != found[0][0].size_class:
                break
            found.append((batch, proof))
            number += 1
        return found

    def _refused(self, call: str, number: int, refused: ChainRefused) -> NoReturn:
        """Look again, since an earlier call may have taken effect late. Raises SETTLEMENT_REFUSED after some times."""
        if refused.code == NOT_OPERATOR:
            raise ChainUnreachable(str(refused)) from refused
        count = self._refusals[call, number] = self._refusals.get((call, number), 0) + 1
        if count >= REFUSALS:
            raise SequencerError(Problem.SETTLEMENT_REFUSED, str(refused), call=call, batch=number) from refused
        raise ChainUnreachable(f"{call} of batch {number}: {refused}") from refused

    def _record(self, number: int, call: str, sent: Sent) -> None:
        """Note the transaction, for people: what is done is what the contract says."""
        self._connection.execute("INSERT OR IGNORE INTO settlements (batch) VALUES (?)", (number,))
        self._connection.execute(
            f"UPDATE settlements SET {call}_tx = ?, gas = json_set(gas, ?, ?) WHERE batch = ?",
            (sent.transaction, f"$.{call}", sent.gas, number),
        )

    def stop(self) -> None:
        """End after one more look."""
        self._stopping = True
        self._changed.set()

    def close(self) -> None:
        """Give the file back."""
        self._archive.close()
        self._connection.close()
