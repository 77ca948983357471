"""The ledger: engine and journal in step, and the batch in progress.

Everything that changes the state goes through here, once: it is applied, and the decision appended to the journal's
group. ``commit`` makes the group durable; until then nobody may be told.
"""

import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from rollup.actions import Action, Advance, Deposit, encode
from rollup.batch import Batch, all_fills
from rollup.engine import Engine
from rollup.hashing import Hasher
from rollup.receipts import Receipt
from sequencer import receipts, snapshots, store, traces
from sequencer.events import Began, Event, Rewound, Sequenced, Staged
from sequencer.journal import Journal, Kind
from sequencer.snapshots import Snapshot

STORE_RECEIPT = "INSERT INTO receipts (sequence, batch, digest, receipt, amended, checksum) VALUES (?, ?, ?, ?, ?, ?)"
MOST_TO_REPLAY = 20_000
"""Actions after which a snapshot is taken however few batches they are: a start is to take seconds."""


class Ledger:
    """State and journal of one directory. Not for several threads."""

    def __init__(
        self, engine: Engine, journal: Journal | None, directory: Path, snapshot_every: int, deposits: int = 0
    ) -> None:
        self.engine = engine
        self.deposits = deposits
        """Entries of the contract's deposit queue that were applied."""
        self.all_seal_seconds = 0.0
        """Spent on ending batches, all in."""
        self.happened: list[Event] = []
        """What is to be told of once it is durable; see ``tell``."""
        self.rewinds, self.refused = _undone(journal) if journal else (0, set())
        """How often batches were undone; names of the actions that are not sequenced any more for it."""
        self._journal = journal
        self.directory = directory
        self._snapshot_every = snapshot_every
        self._behind = 0
        self._close()

    @classmethod
    def replaying(cls, engine: Engine, deposits: int) -> "Ledger":
        """A ledger of the past, which only replays."""
        return cls(engine, None, Path(), 0, deposits)

    def _close(self) -> None:
        self.sealed = self.engine.number
        """Last batch that is sealed and durable."""
        self.began: Began | None = None
        """How the batch in progress began; None while none is."""
        self.entries: list[Sequenced] = []
        """Its actions."""
        self.named: dict[bytes, Sequenced] = {}
        self.seconds = 0.0

    @property
    def is_open(self) -> bool:
        """Whether a batch is in progress."""
        return self.began is not None

    @property
    def number(self) -> int:
        """Number of the batch in progress, or of the one that comes next."""
        return self.engine.number + 1

    @property
    def sequence(self) -> int:
        """Last record that is durable."""
        return self._journal.head.sequence

    def begin(self, advance: Advance) -> None:
        """Begin a batch. Raises Refused as the engine does."""
        self.engine.advance(advance.clock, advance.reports)
        self.opened(self._journal.append(Kind.ADVANCE, encode(advance)), self._journal.time, advance)
        self.happened.append(self.began)

    def opened(self, sequence: int, time: int, advance: Advance) -> None:
        """The engine began a batch with this record."""
        marks = tuple(market.mark for market in self.engine.markets)
        self.began = Began(sequence, self.number, advance.clock, time, advance.reports, marks)

    def apply(
        self, action: Action, digest: bytes | None = None, payload: bytes | None = None, amended: int = 0
    ) -> Sequenced:
        """Apply an action; ``payload`` is its encoding, if at hand. Raises Refused and Full as the engine does.

        ``amended`` counts how often it is sequenced again.
        """
        started = time.perf_counter()
        receipt = self.engine.apply(action)
        self.seconds += time.perf_counter() - started
        if payload is None or receipt.action is not action:
            payload = encode(receipt.action)
        entry = self.applied(self._journal.append(Kind.ACTION, payload), self._journal.time, digest, receipt, amended)
        self.happened.append(entry)
        return entry

    def applied(self, sequence: int, time: int, digest: bytes | None, receipt: Receipt, amended: int = 0) -> Sequenced:
        """The engine applied the action of this record."""
        entry = Sequenced(sequence, time, self.engine.number + 1, digest, receipt, amended)
        self.entries.append(entry)
        if digest:
            self.named[digest] = entry
        if type(receipt.action) is Deposit:
            self.deposits += 1
        return entry

    def commit(self) -> None:
        """Make everything so far durable. Raises JOURNAL_FAILED."""
        self._journal.commit()

    def tell(self) -> list[Event]:
        """What happened since this was asked last; to be asked when it is durable."""
        happened, self.happened = self.happened, []
        return happened

    def seal(self, hasher: Hasher, reason: str, now: int) -> Batch:
        """End the batch and make it durable: its record, its trace, receipts, job, and now and then a snapshot.

        ``reason`` says why it ends here, ``now`` when, in seconds. Raises JOURNAL_FAILED.
        """
        started = time.perf_counter()
        batch = self.engine.seal(hasher)
        seal_seconds = time.perf_counter() - started
        sequence = self._journal.append(Kind.SEAL, seal_payload(batch))
        trace = traces.write(self.directory, batch, self.rewinds)
        row = {
            **self._row(batch),
            "last_sequence": sequence,
            "reason": reason,
            "trace": trace.name,
            "trace_digest": trace.digest,
            "sealed_at": now,
            "seal_seconds": seal_seconds,
        }
        snapshot = self._snapshot(batch)
        sealed = Staged(batch.number, "sealed", self._journal.time)
        entries = self.entries
        self._journal.commit(lambda connection: _store(connection, row, entries, snapshot, sealed))
        self.happened.append(sealed)
        self._close()
        self.all_seal_seconds += time.perf_counter() - started
        return batch

    def _row(self, batch: Batch) -> dict[str, object]:
        """What the archive keeps of a batch, as far as the batch and its actions say it."""
        return {
            "number": batch.number,
            "first_sequence": self.began.sequence,
            "size_class": batch.size_class,
            "clock": batch.clock,
            "marks": json.dumps(self.began.marks),
            "root_before": str(batch.root_before),
            "root_after": str(batch.root_after),
            "words": json.dumps(batch.words),
            "used": json.dumps(batch.used),
            "actions": len(self.entries),
            "fills": sum(len(all_fills(entry.receipt)) for entry in self.entries),
            "execute_seconds": self.seconds,
        }

    def _snapshot(self, batch: Batch) -> Snapshot | None:
        """The state after the batch, if it is time for one."""
        self._behind += len(self.entries)
        if batch.number % self._snapshot_every and self._behind < MOST_TO_REPLAY:
            return None
        self._behind = 0
        return Snapshot(self._journal.last, batch.number, batch.root_after, self.deposits, self.engine.snapshot())

    def go_back(self, engine: Engine, deposits: int, said: Rewound) -> None:
        """Take another state in place of the present one and of its batch in progress."""
        self.engine, self.deposits = engine, deposits
        self.rewinds += 1
        self._behind = 0
        self.happened.append(said)
        self._close()

    def forget_batch(self) -> None:
        """The engine sealed a batch that is durable already: a replay."""
        self._behind += len(self.entries)
        self._close()


def _undone(journal: Journal) -> tuple[int, set[bytes]]:
    count = journal.connection.execute("SELECT count(*) FROM journal WHERE kind = 'rewind'").fetchone()[0]
    rows = journal.connection.execute(
        "SELECT digest FROM journal JOIN receipts USING (sequence) WHERE kind = 'refused' AND digest IS NOT NULL"
    )
    return count, {digest for (digest,) in rows}


def _store(
    connection: sqlite3.Connection,
    row: dict[str, object],
    entries: list[Sequenced],
    snapshot: Snapshot | None,
    sealed: Staged,
) -> None:
    """Write everything of a batch within the transaction that makes its seal durable."""
    row = {**row, "checksum": store.checksum(row[column] for column in sorted(row))}
    columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(f"INSERT INTO batches ({columns}) VALUES ({marks})", row)
    connection.execute("INSERT INTO stages (batch, stage, time) VALUES (?, ?, ?)", sealed)
    connection.execute("INSERT INTO jobs (batch, state) VALUES (?, 'waiting')", (row["number"],))
    store_receipts(connection, entries)
    if snapshot:
        snapshots.write(connection, snapshot)


def store_receipts(connection: sqlite3.Connection, entries: Iterable[Sequenced]) -> None:
    """Write what became of actions, within the caller's transaction."""
    connection.executemany(
        STORE_RECEIPT,
        (
            receipt_row(sequence, batch, digest, receipts.dump(receipt), amended)
            for sequence, _, batch, digest, receipt, amended in entries
        ),
    )


def receipt_row(*values: object) -> tuple[object, ...]:
    """Values of ``STORE_RECEIPT``: sequence, batch, digest, receipt and amended, with their checksum."""
    return *values, store.checksum(values)


def seal_payload(batch: Batch) -> bytes:
    """What a seal decides, as JSON."""
    return json.dumps({"number": batch.number, "root": str(batch.root_after)}, separators=(",", ":")).encode()
