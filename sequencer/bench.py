"""How fast actions are sequenced: engine and journal on one core, signatures already checked.

What is timed is what the writer does with an action that passed the door: encode, apply, append, begin and seal batches
when they are full, and a durable write for every group. Making the actions is not.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from rollup.actions import Action, Deposit, Report, encode
from rollup.batch import Batch
from rollup.hashing import Hasher
from rollup.receipts import Receipt
from sequencer import receipts, snapshots
from sequencer.batcher import Batcher
from sequencer.journal import Journal, Kind
from sequencer.ledger import STORE_RECEIPT, receipt_row
from sequencer.oracle import Oracle
from sequencer.policy import Policy
from sequencer.recovery import Deployment, recover
from sequencer.signatures import Checker
from sequencer.snapshots import Snapshot

NEVER = 10**9


class Speed(NamedTuple):
    """``seal_seconds`` are part of ``seconds``: hashing, trace, receipts and job of the batches that filled up."""

    actions: int
    batches: int
    seconds: float
    seal_seconds: float

    @property
    def actions_per_second(self) -> float:
        """Actions in one second, seals included."""
        return self.actions / self.seconds


class Bench:
    """A sequencer's inner rooms without threads, on an empty directory; ``clock`` is the time of every batch."""

    def __init__(self, directory: Path, deployment: Deployment, hasher: Hasher, clock: int, group: int = 512) -> None:
        policy = Policy(age=NEVER, round_interval=NEVER)
        self._journal = Journal(directory)
        self._ledger = recover(self._journal, deployment, hasher, directory, policy.snapshot_every)
        self._oracle = Oracle(deployment.genesis, Checker(_Believer(), 0))
        self._batcher = Batcher(
            self._ledger, self._oracle, hasher, policy, lambda: clock, backlog=lambda: 0, sealed=self._sealed
        )
        self._clock = clock
        self._group = group
        self._batches = 0
        self.engine = self._ledger.engine

    def prepare(self, reports: Iterable[Report], deposits: Iterable[Deposit]) -> None:
        """Prices and accounts, before anything is measured."""
        for report in reports:
            self._oracle.submit(report, self._clock)
        for deposit in deposits:
            self._batcher.apply(deposit, None, None)
        self._ledger.commit()

    def run(self, actions: Iterable[Action], note: Callable[[Receipt], None]) -> Speed:
        """Sequence actions; ``note`` hears of each receipt before the next action is asked for."""
        clock = time.perf_counter
        seconds, count, batches = 0.0, 0, self._batches
        seal_seconds = self._ledger.all_seal_seconds
        for action in actions:
            started = clock()
            payload = encode(action)
            entry = self._batcher.apply(action, receipts.digest_of(payload), payload)
            count += 1
            if count % self._group == 0:
                self._ledger.commit()
            seconds += clock() - started
            note(entry.receipt)
        started = clock()
        self._ledger.commit()
        seconds += clock() - started
        return Speed(count, self._batches - batches, seconds, self._ledger.all_seal_seconds - seal_seconds)

    def _sealed(self, batch: Batch) -> None:
        self._batches += 1

    def close(self) -> None:
        """Give the directory back."""
        self._journal.close()


def age(directory: Path, deployment: Deployment, hasher: Hasher, actions: int) -> int:
    """Give a directory that nobody runs, and whose last batch is sealed, a long past: so many more records of actions.

    They are copies of its own, with receipts under names of their own, and a snapshot of the present state follows
    them. So files and indices are as large as after so many actions, and a start finds its way through them, in seconds
    instead of the minutes of trading; only a replay from genesis would find that nobody applied the copies. Returns the
    last sequence number.
    """
    journal = Journal(directory)
    try:
        ledger = recover(journal, deployment, hasher, directory, Policy().snapshot_every)
        if ledger.is_open:
            raise ValueError("seal the batch in progress first")
        known = "SELECT payload, receipt FROM journal JOIN receipts USING (sequence) WHERE digest IS NOT NULL LIMIT ?"
        copied = journal.connection.execute(known, (AGE_GROUP,)).fetchall()
        for first in range(0, actions, AGE_GROUP):
            rows = []
            for number in range(first, min(first + AGE_GROUP, actions)):
                payload, receipt = copied[number % len(copied)]
                name = receipts.digest_of(b"copy %d of %d" % (number, journal.head.sequence))
                rows.append(receipt_row(journal.append(Kind.ACTION, payload), 0, name, receipt, 0))
            journal.commit(lambda connection, rows=rows: connection.executemany(STORE_RECEIPT, rows))
        root, body = ledger.engine.root(hasher), ledger.engine.snapshot()
        snapshot = Snapshot(journal.last, ledger.sealed, root, ledger.deposits, body)
        journal.commit(lambda connection: snapshots.write(connection, snapshot))
        return journal.head.sequence
    finally:
        journal.close()


AGE_GROUP = 20_000


class _Believer:
    """Signatures were checked before."""

    def verify_many(self, signed) -> list[bool]:
        return [True] * len(signed)
