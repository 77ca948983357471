"""The ledger: engine and journal in step, and the batch in progress.

Everything that changes the state goes through here, once: it is applied, and the decision appended to the journal's
group. ``commit`` makes the group durable; until then nobody may be told.
"""

import json
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from rollup.actions import Action, Advance, Deposit, encode
from rollup.batch import Batch, all_fills
from rollup.engine import Engine
from rollup.hashing import Hasher
from rollup.receipts import Receipt
from sequencer import receipts, snapshots, traces
from sequencer.journal import Journal, Kind
from sequencer.snapshots import Snapshot


class Entry(NamedTuple):
    """An action of the batch in progress: its number in the journal, its name if it has one, what became of it."""

    sequence: int
    digest: bytes | None
    receipt: Receipt


class Ledger:
    """State and journal of one directory. Not for several threads."""

    def __init__(
        self, engine: Engine, journal: Journal, directory: Path, snapshot_every: int, deposits: int = 0
    ) -> None:
        self.engine = engine
        self.deposits = deposits
        """Entries of the contract's deposit queue that were applied."""
        self.all_seal_seconds = 0.0
        """Spent on ending batches, all in."""
        self._journal = journal
        self._directory = directory
        self._snapshot_every = snapshot_every
        self._close()

    def _close(self) -> None:
        self.sealed = self.engine.number
        """Last batch that is sealed and durable."""
        self.is_open = False
        self.entries: list[Entry] = []
        self.named: dict[bytes, Entry] = {}
        self.seconds = 0.0
        self._first_sequence = 0

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
        self.opened(self._journal.append(Kind.ADVANCE, encode(advance)))

    def opened(self, sequence: int) -> None:
        """The engine began a batch with this record."""
        self.is_open = True
        self._first_sequence = sequence

    def apply(self, action: Action, digest: bytes | None = None, payload: bytes | None = None) -> Entry:
        """Apply an action; ``payload`` is its encoding, if at hand. Raises Refused and Full as the engine does."""
        started = time.perf_counter()
        receipt = self.engine.apply(action)
        self.seconds += time.perf_counter() - started
        if payload is None or receipt.action is not action:
            payload = encode(receipt.action)
        return self.applied(self._journal.append(Kind.ACTION, payload), digest, receipt)

    def applied(self, sequence: int, digest: bytes | None, receipt: Receipt) -> Entry:
        """The engine applied the action of this record."""
        entry = Entry(sequence, digest, receipt)
        self.entries.append(entry)
        if digest:
            self.named[digest] = entry
        if type(receipt.action) is Deposit:
            self.deposits += 1
        return entry

    def commit(self) -> None:
        """Make everything so far durable. Raises JOURNAL_FAILED."""
        self._journal.commit()

    def seal(self, hasher: Hasher, reason: str, now: int) -> Batch:
        """End the batch and make it durable: its record, its trace, receipts, job, and now and then a snapshot.

        ``reason`` says why it ends here, ``now`` when, in seconds. Raises JOURNAL_FAILED.
        """
        started = time.perf_counter()
        batch = self.engine.seal(hasher)
        seal_seconds = time.perf_counter() - started
        sequence = self._journal.append(Kind.SEAL, seal_payload(batch))
        trace = traces.write(self._directory, batch)
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
        self._journal.commit(lambda connection: self._store(connection, row, snapshot))
        self._close()
        self.all_seal_seconds += time.perf_counter() - started
        return batch

    def _row(self, batch: Batch) -> dict[str, object]:
        """What the archive keeps of a batch, as far as the batch and its actions say it."""
        return {
            "number": batch.number,
            "first_sequence": self._first_sequence,
            "size_class": batch.size_class,
            "clock": batch.clock,
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
        if batch.number % self._snapshot_every:
            return None
        return Snapshot(self._journal.last, batch.number, batch.root_after, self.deposits, self.engine.snapshot())

    def _store(self, connection: sqlite3.Connection, row: dict[str, object], snapshot: Snapshot | None) -> None:
        """Write everything of a batch within the transaction that makes its seal durable."""
        columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
        connection.execute(f"INSERT INTO batches ({columns}) VALUES ({marks})", row)
        connection.execute("INSERT INTO jobs (batch, state) VALUES (?, 'waiting')", (row["number"],))
        connection.executemany(
            "INSERT INTO receipts (sequence, digest, batch, receipt) VALUES (?, ?, ?, ?)",
            ((entry.sequence, entry.digest, row["number"], receipts.dump(entry.receipt)) for entry in self.entries),
        )
        if snapshot:
            snapshots.write(connection, snapshot)

    def forget_batch(self) -> None:
        """The engine sealed a batch that is durable already: a replay."""
        self._close()


def seal_payload(batch: Batch) -> bytes:
    """What a seal decides, as JSON."""
    return json.dumps({"number": batch.number, "root": str(batch.root_after)}, separators=(",", ":")).encode()
