"""Settling: every sealed batch is committed on chain at once, and settled in order when it is proven.

What was done is read from the contract, never remembered: a restart, a lost answer or a reorganisation only means that
the heads are read again. The contract takes each batch once and in order, so sending twice costs gas and nothing else.
Deposits come the other way, out of the contract's queue.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Protocol

from circuits.prover import Proof
from rollup.actions import Deposit
from rollup.refusals import Refused
from sequencer import store
from sequencer.archive import Archive, BatchRecord
from sequencer.errors import Problem, SequencerError
from sequencer.halt import HALTED, NORMAL, Halt
from sequencer.hands import COMMIT, SETTLE, Hands
from sequencer.policy import Policy

POLL = 0.5
"""Seconds between looks at the chain."""
REFUSALS = 3
"""Times that the contract may refuse one batch before that is taken for its last word."""
ANSWER_SECONDS = 60
"""Longest wait until a deposit is sequenced."""


class ChainUnreachable(Exception):
    """No answer, or not yet: whether something took effect shows at the next look."""


class ChainRefused(Exception):
    """The contract refused a call; ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


LIES_AHEAD, TOO_LONG_AGO = "COMMIT_T_LIES_AHEAD", "COMMIT_T_IS_TOO_LONG_AGO"


class Heads(NamedTuple):
    """What the contract holds: last committed and settled batch, the root, and the time of the latest block."""

    committed: int
    settled: int
    root: int
    time: int


class Sent(NamedTuple):
    """A transaction that took effect: its hash, and the gas it used."""

    transaction: str
    gas: int


class Chain(Protocol):
    """A settlement contract and its operator.

    ``window`` is how many seconds a commitment may lag behind its batch's clock. Words are padded to the class.
    Every method raises ``ChainUnreachable``, those that send raise ``ChainRefused``.
    """

    window: int

    def heads(self) -> Heads:
        """What the contract holds now."""
        ...

    def commitment(self, number: int) -> bytes:
        """Digest that is committed for a batch."""
        ...

    def digest(self, words: list[int]) -> bytes:
        """Digest of a batch's words, as it is committed."""
        ...

    def commit(self, words: list[int]) -> Sent:
        """Commit to the next batch."""
        ...

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """Settle the next batch."""
        ...

    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        """Entries of the queue behind the first ``taken`` ones that have so many confirmations."""
        ...


class Settler:
    """One contract, for one sequencer.

    ``deposit`` submits an entry of the queue, ``taken`` counts those that were sequenced, ``sealed`` is the last batch.
    ``moved`` hears what the contract holds after every look and every step; ``hands`` may hold batches back.
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
        self._agreed = 0
        self._refusals: dict[tuple[str, int], int] = {}
        self._changed = threading.Event()
        self._stopping = False
        self.heads: Heads | None = None
        """As of the last look."""
        self.trouble = ""
        """Why the last look led nowhere; empty if it did not fail."""

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
            if self._halt.mode == NORMAL:
                self._credit()
            if self._halt.mode != HALTED:
                self._commit()
            self._settle()
            self.trouble = ""
        except ChainUnreachable as error:
            self.trouble = str(error)
        except SequencerError as fault:
            self.trouble = str(fault)
            self._halt.throw(fault)
        except Exception as error:
            self.trouble = repr(error)
            self._halt.throw(SequencerError(Problem.SETTLER_FAILED, repr(error)))

    # ------------------------------------------------------------------------------------------ agreement
    def _look(self) -> None:
        """Read the heads; what the contract holds must be ours. Raises CHAIN_DIFFERS."""
        heads = self._chain.heads()
        if heads.committed > self._sealed():
            reason = "the contract holds a commitment that was not sealed here"
            raise SequencerError(Problem.CHAIN_DIFFERS, reason, committed=heads.committed, sealed=self._sealed())
        if heads.settled:
            root = self._batch(heads.settled).root_after
            if root != heads.root:
                raise SequencerError(Problem.CHAIN_DIFFERS, "another root", settled=heads.settled, root=heads.root)
        self._agreed = max(min(self._agreed, heads.committed), heads.settled)
        for number in range(self._agreed + 1, heads.committed + 1):
            if self._chain.commitment(number) != self._chain.digest(self._batch(number).words):
                raise SequencerError(Problem.CHAIN_DIFFERS, "another commitment", batch=number)
            self._agreed = number
        self._have(heads)

    def _have(self, heads: Heads) -> None:
        self.heads = heads
        self._moved(heads)

    def _batch(self, number: int) -> BatchRecord:
        record = self._archive.batch(number)
        if record is None:
            raise SequencerError(Problem.CHAIN_DIFFERS, "the contract holds a batch that is not here", batch=number)
        return record

    # ------------------------------------------------------------------------------------------ deposits
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
            error = future.exception(ANSWER_SECONDS)
            if isinstance(error, SequencerError) and error.code is Problem.CHAIN_DIFFERS:
                raise error
            if isinstance(error, Refused):
                raise SequencerError(Problem.CHAIN_DIFFERS, f"a deposit cannot be applied: {error}", index=index)

    # ------------------------------------------------------------------------------------------ batches
    def _commit(self) -> None:
        """Commit to every sealed batch that is not committed. Raises COMMITMENT_TOO_LATE."""
        for number in range(self.heads.committed + 1, self._sealed() + 1):
            if not self._hands.may(COMMIT, number):
                return
            batch = self._batch(number)
            if self.heads.time - batch.clock > self._chain.window:
                raise self._too_late(batch)
            try:
                sent = self._chain.commit(batch.words)
            except ChainRefused as refused:
                if refused.code == LIES_AHEAD:
                    raise ChainUnreachable(f"the chain's time has not come to batch {number}") from refused
                if refused.code == TOO_LONG_AGO:
                    raise self._too_late(batch) from refused
                self._refused("commit", number, refused)
            self._record(number, "commit", sent)
            self._have(self.heads._replace(committed=number))
            self._agreed = number

    def _too_late(self, batch: BatchRecord) -> SequencerError:
        numbers = {"batch": batch.number, "clock": batch.clock, "now": self.heads.time, "window": self._chain.window}
        return SequencerError(Problem.COMMITMENT_TOO_LATE, **numbers)

    def _settle(self) -> None:
        """Settle in order what is committed and proven."""
        for number in range(self.heads.settled + 1, self.heads.committed + 1):
            proof = self._archive.proof(number)
            if proof is None or not self._hands.may(SETTLE, number):
                return
            batch = self._batch(number)
            try:
                sent = self._chain.settle(batch.words, proof)
            except ChainRefused as refused:
                self._refused("settle", number, refused)
            self._record(number, "settle", sent)
            self._have(self.heads._replace(settled=number, root=batch.root_after))

    def _refused(self, call: str, number: int, refused: ChainRefused) -> None:
        """Look again, since an earlier call may have taken effect late. Raises SETTLEMENT_REFUSED after some times."""
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
