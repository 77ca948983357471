"""Rewinding: undo batches that cannot be settled as they are, and sequence their actions again.

A batch that missed its window for commitments, or that holds a deposit which a reorganisation of the chain removed, can
never be settled; nor can what came after it. So the state goes back to what it was after an earlier batch, and the
actions of the undone batches, and of the one in progress, are applied again in their order, to new batches with a new
clock and new prices. What no longer holds then is recorded as refused, with the reason. The journal only grows: one
record says what is undone, the records of what was sequenced again follow it, and all of it is one transaction.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rollup.actions import Action, Collect, Deposit, Sheet, decode, to_dict
from rollup.engine import Engine
from rollup.receipts import Receipt
from rollup.refusals import Code, Refused
from sequencer import receipts, snapshots, traces
from sequencer.batcher import Batcher
from sequencer.errors import Problem, SequencerError
from sequencer.events import Rewound, Sequenced
from sequencer.head import Head
from sequencer.journal import Journal, Kind
from sequencer.ledger import Ledger, store_receipts
from sequencer.snapshots import Snapshot

NOTHING: frozenset = frozenset()


class Undone(NamedTuple):
    """An action to be sequenced again, as its owner sent it; ``amended`` counts the times before."""

    sequence: int
    action: Action
    digest: bytes | None
    amended: int


TO_FORGET = (
    ("batches", "number"),
    ("jobs", "batch"),
    ("culprits", "batch"),
    ("settlements", "batch"),
    ("stages", "batch"),
)
"""Tables of what is known of a batch, and their column of its number."""


class State(NamedTuple):
    """Engine and deposits as they were after a batch."""

    engine: Engine
    deposits: int


class Rewind:
    """One rewind to after ``batch``, on the thread that owns the ledger, between two groups.

    ``dropped`` are places in the contract's queue whose deposits are there no more; those behind them move up.
    ``without`` are names of owners' actions that are to take no effect.
    ``state_after`` rebuilds the state after a batch.
    """

    def __init__(
        self,
        journal: Journal,
        batcher: Batcher,
        batch: int,
        reason: str,
        dropped: frozenset[int] = NOTHING,
        without: frozenset[bytes] = NOTHING,
    ) -> None:
        self._journal = journal
        self._connection = journal.connection
        self._batcher = batcher
        self._ledger = batcher.ledger
        self._batch = batch
        self._reason = reason
        self._dropped = dropped
        self._without = without

    def _refusal(self) -> SequencerError | None:
        """Why it cannot be done; None if it can."""
        settled = "SELECT max(batch) FROM stages WHERE stage = 'settled'"
        floor = self._connection.execute(settled).fetchone()[0] or 0
        sealed = self._ledger.sealed
        if not floor <= self._batch <= sealed:
            return SequencerError(Problem.REWIND_TOO_FAR, batch=self._batch, settled=floor, sealed=sealed)
        return None

    def run(self, state_after: Callable[[int], State]) -> SequencerError | None:
        """Do it, durably, or return why it cannot be done.

        Raises JOURNAL_FAILED, and CHAIN_DIFFERS for a deposit that cannot be applied again.
        """
        return self._refusal() or self._run(state_after)

    def _run(self, state_after: Callable[[int], State]) -> SequencerError | None:
        if self._batch == self._ledger.sealed and not self._ledger.is_open:
            return None
        after = _end_of(self._connection, self._batch)
        undone = [*_sealed(self._connection, after), *_in_progress(self._ledger)]
        if unknown := self._without - {one.digest for one in undone if hasattr(one.action, "signature")}:
            return SequencerError(Problem.NO_SUCH_ACTION, digest=min(unknown).hex(), batch=self._batch)
        keys = {one.action.account: self._key(one.action.account) for one in undone if hasattr(one.action, "signature")}
        state = state_after(self._batch)
        if any(place < state.deposits for place in self._dropped):
            reason = "a deposit to drop was sequenced before it"
            return SequencerError(Problem.REWIND_TOO_FAR, reason, batch=self._batch, deposits=state.deposits)
        with self._journal.as_one():
            self._go_back(after, state)
            place = state.deposits
            for one in undone:
                if type(one.action) is Deposit:
                    self._deposit(place, one)
                    place += 1
                else:
                    self._again(one, keys[one.action.account])
            if self._ledger.is_open:
                self._batcher.seal("rewind")
        traces.sweep(self._connection, self._ledger.directory)
        return None

    def _key(self, account: int) -> tuple[int, int] | None:
        return self._ledger.engine.key(account)

    def _go_back(self, after: Head, state: State) -> None:
        plain = {
            "batch": self._batch,
            "sequence": after.sequence,
            "reason": self._reason,
            "dropped": sorted(self._dropped),
        }
        sequence = self._journal.append(Kind.REWIND, json.dumps(plain, separators=(",", ":")).encode())
        said = Rewound(sequence, after.sequence, self._batch, self._reason, self._journal.time)
        self._ledger.go_back(*state, said)
        self._batcher.went_back()
        root, body = state.engine.root(self._batcher.hasher), state.engine.snapshot()
        snapshot = Snapshot(self._journal.last, self._batch, root, state.deposits, body)
        self._journal.commit(lambda connection: _forget(connection, after, self._batch, snapshot))

    def _deposit(self, place: int, one: Undone) -> None:
        """The deposit that was at this place of the queue."""
        if place in self._dropped:
            self._refuse(one._replace(digest=None), Problem.DEPOSIT_REMOVED, {"index": place})
            return
        digest = receipts.digest_of_deposit(self._ledger.deposits, one.action)
        try:
            self._batcher.apply(one.action, digest, None, one.amended + 1)
        except Refused as refusal:
            reason = f"a deposit cannot be applied: {refusal}"
            raise SequencerError(Problem.CHAIN_DIFFERS, reason, index=self._ledger.deposits) from refusal

    def _again(self, one: Undone, key: tuple[int, int] | None) -> None:
        """An owner's action. Its signature was checked against the key that the account had."""
        if one.digest in self._without:
            self._refuse(one, Problem.TAKEN_OUT, {})
            return
        try:
            now = self._key(one.action.account)
            if now is not None and now != key:
                raise Refused(Code.BAD_SIGNATURE, account=one.action.account)
            self._batcher.apply(one.action, one.digest, None, one.amended + 1)
        except Refused as refusal:
            self._refuse(one, refusal.code, refusal.numbers)

    def _refuse(self, one: Undone, code: Code | Problem, numbers: dict[str, int]) -> None:
        """Record that an action takes no effect after all; its nonce stays unused."""
        plain = {"replaces": one.sequence, "code": code, "numbers": numbers, "action": to_dict(one.action)}
        sequence = self._journal.append(Kind.REFUSED, json.dumps(plain, separators=(",", ":")).encode())
        receipt = Receipt(code, one.action, 0, numbers)
        entry = Sequenced(sequence, self._journal.time, self._ledger.number, one.digest, receipt, one.amended + 1)
        self._ledger.happened.append(entry)
        if one.digest:
            self._ledger.refused.add(one.digest)
        self._journal.commit(lambda connection: store_receipts(connection, [entry]))


def _end_of(connection: sqlite3.Connection, batch: int) -> Head:
    """The journal's head at the end of a batch; of genesis, behind the first record."""
    last = "SELECT last_sequence FROM batches WHERE number = ?"
    sequence = connection.execute(last, (batch,)).fetchone()[0] if batch else 1
    (chain,) = connection.execute("SELECT chain FROM journal WHERE sequence = ?", (sequence,)).fetchone()
    return Head(sequence, chain)


def _sealed(connection: sqlite3.Connection, after: Head) -> Iterator[Undone]:
    """Actions of the sealed batches that are undone; what the sequencer collected is not among them."""
    rows = connection.execute(
        "SELECT sequence, payload, digest, amended FROM receipts JOIN journal USING (sequence)"
        " WHERE sequence > ? AND kind = 'action' ORDER BY sequence",
        (after.sequence,),
    )
    for sequence, payload, digest, amended in rows:
        yield from _as_sent(sequence, decode(payload), digest, amended)


def _in_progress(ledger: Ledger) -> Iterator[Undone]:
    for entry in ledger.entries:
        yield from _as_sent(entry.sequence, entry.receipt.action, entry.digest, entry.amended)


def _as_sent(sequence: int, action: Action, digest: bytes | None, amended: int) -> Iterator[Undone]:
    if type(action) is Sheet:
        action = action.undecided()
    if type(action) is not Collect:
        yield Undone(sequence, action, digest, amended)


def _forget(connection: sqlite3.Connection, after: Head, batch: int, snapshot: Snapshot) -> None:
    """Take out of the archive what is undone, and keep the state that is gone back to."""
    refused = "SELECT sequence FROM journal WHERE kind = 'refused'"
    connection.execute(f"DELETE FROM receipts WHERE sequence > ? AND sequence NOT IN ({refused})", (after.sequence,))
    for table, column in TO_FORGET:
        connection.execute(f"DELETE FROM {table} WHERE {column} > ?", (batch,))
    connection.execute("DELETE FROM snapshots WHERE sequence > ?", (after.sequence,))
    snapshots.write(connection, snapshot)
