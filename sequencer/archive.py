"""The archive: what is kept of sealed batches, read while the sequencer runs or after it stopped."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from circuits.prover import Proof
from rollup.actions import Advance, decode
from rollup.receipts import Receipt
from sequencer import culprit, receipts, store, traces
from sequencer.culprit import Culprit
from sequencer.errors import Problem, SequencerError
from sequencer.events import Rewound, rewound
from sequencer.journal import link
from sequencer.receipts import Acknowledged


class BatchRecord(NamedTuple):
    """A sealed batch. ``marks`` of the listed markets hold in it, ``words`` are padded to the class.

    ``used`` counts slots of every capacity; times in seconds.
    """

    number: int
    first_sequence: int
    last_sequence: int
    size_class: str
    clock: int
    marks: list[int]
    root_before: int
    root_after: int
    words: list[int]
    used: dict[str, int]
    actions: int
    fills: int
    reason: str
    trace: Path
    trace_digest: str
    sealed_at: int
    execute_seconds: float
    seal_seconds: float


class Job(NamedTuple):
    """The proof of a batch. ``state`` is waiting, proven or failed; ``attempts`` counts those that began."""

    batch: int
    state: str
    attempts: int
    error: str
    proof: Proof | None


class Settlement(NamedTuple):
    """What was sent for a batch: hashes of transactions, None where none is known, and the gas of each call."""

    commit: str | None
    settle: str | None
    gas: dict[str, int]


class Archive:
    """Read access to a directory. Not for several threads.

    Raises JOURNAL_DAMAGED where there is no readable file; batches and receipts do where a row is not as it was
    written, so no damage of the file is taken for an answer.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        path = directory / store.FILE
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        except store.UNREADABLE as error:
            raise SequencerError(Problem.JOURNAL_DAMAGED, f"{path.name}: {error}") from error
        if version != store.SCHEMA_VERSION:
            raise SequencerError(Problem.JOURNAL_VERSION, found=version, wanted=store.SCHEMA_VERSION)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def batch(self, number: int) -> BatchRecord | None:
        """One sealed batch."""
        return next(self._batches("WHERE number = ?", number), None)

    def batches(self, after: int = 0) -> list[BatchRecord]:
        """Sealed batches with higher numbers, in order."""
        return list(self._batches("WHERE number > ?", after))

    def page(self, before: int | None, limit: int) -> list[BatchRecord]:
        """So many sealed batches below a number, or the newest ones, newest first."""
        (last,) = self._connection.execute("SELECT max(number) FROM batches").fetchone()
        top = (last or 0) if before is None else min(before - 1, last or 0)
        return list(self._batches("WHERE number > ? AND number <= ?", top - limit, top))[::-1]

    def batch_of(self, sequence: int) -> BatchRecord | None:
        """The sealed batch that a record is in."""
        first = "SELECT max(first_sequence) FROM batches WHERE first_sequence <= ?"
        return next(self._batches(f"WHERE first_sequence = ({first}) AND last_sequence >= ?", sequence, sequence), None)

    def stages(self, number: int) -> dict[str, int]:
        """When a batch reached its stages, in milliseconds since the epoch."""
        rows = self._connection.execute("SELECT stage, time FROM stages WHERE batch = ?", (number,))
        return dict(rows.fetchall())

    def head(self, stage: str) -> tuple[int, int | None]:
        """The last batch that reached a stage, and when; (0, None) if none has."""
        last = "SELECT batch, time FROM stages WHERE stage = ? ORDER BY batch DESC LIMIT 1"
        return self._connection.execute(last, (stage,)).fetchone() or (0, None)

    def advance(self, number: int) -> Advance | None:
        """How a sealed batch began: its clock and the reports used for it."""
        row = self._connection.execute(
            "SELECT payload FROM batches JOIN journal ON sequence = first_sequence WHERE number = ?", (number,)
        ).fetchone()
        return decode(row[0]) if row else None

    def rewinds(self, after: int) -> list[Rewound]:
        """Every time that batches were undone, by records behind this one, in order."""
        rows = self._connection.execute(
            "SELECT sequence, time, payload FROM journal WHERE kind = 'rewind' AND sequence > ? ORDER BY sequence",
            (after,),
        )
        return [rewound(*row) for row in rows]

    def _batches(self, where: str, *arguments: int) -> Iterator[BatchRecord]:
        columns = ", ".join((*BatchRecord._fields, "checksum"))
        with store.reading(table="batches"):
            for row in self._connection.execute(f"SELECT {columns} FROM batches {where} ORDER BY number", arguments):
                record = BatchRecord(*row[:-1])
                store.require((value for _, value in sorted(record._asdict().items())), row[-1], batch=record.number)
                yield record._replace(
                    root_before=int(record.root_before),
                    root_after=int(record.root_after),
                    marks=json.loads(record.marks),
                    words=json.loads(record.words),
                    used=json.loads(record.used),
                    trace=self._directory / traces.FOLDER / record.trace,
                )

    def job(self, number: int) -> Job | None:
        """How far the proof of a batch got."""
        columns = "SELECT batch, state, attempts, error, proof FROM jobs WHERE batch = ?"
        row = self._connection.execute(columns, (number,)).fetchone()
        if row is None:
            return None
        *fields, proof = row
        return Job(*fields, Proof.from_json(json.loads(proof)) if proof else None)

    @store.reading(table="jobs")
    def last_proven(self) -> int:
        """The last batch up to which every one has its proof, 0 if the first has none."""
        (unproven,) = self._connection.execute("SELECT min(batch) FROM jobs WHERE state != 'proven'").fetchone()
        (last,) = self._connection.execute("SELECT max(batch) FROM jobs").fetchone()
        return unproven - 1 if unproven else last or 0

    def proof(self, number: int) -> Proof | None:
        """The proof of a batch that has one."""
        job = self.job(number)
        return job.proof if job else None

    def settlement(self, number: int) -> Settlement:
        """What was sent for a batch."""
        columns = "SELECT commit_tx, settle_tx, gas FROM settlements WHERE batch = ?"
        row = self._connection.execute(columns, (number,)).fetchone()
        return Settlement(*row[:2], json.loads(row[2])) if row else Settlement(None, None, {})

    def culprit(self, number: int) -> Culprit | None:
        """The action to blame for a batch that does not prove, once it is found."""
        return culprit.kept(self._connection, number)

    def find(self, digest: bytes) -> Acknowledged | None:
        """What was acknowledged for an action of a sealed batch."""
        return next(self._acknowledged("receipts.digest = ?", digest), None)

    def acknowledged(self, batch: int) -> list[Acknowledged]:
        """Every action of a sealed batch in order, with its receipt."""
        return list(self._acknowledged("receipts.batch = ? AND journal.kind = 'action'", batch))

    def receipts(self, batch: int) -> list[Receipt]:
        """Receipts of a sealed batch in order."""
        return [acknowledged.receipt for acknowledged in self.acknowledged(batch)]

    def _acknowledged(self, where: str, value: object) -> Iterator[Acknowledged]:
        with store.reading(table="receipts"):
            for *kept, check, time, kind, payload, chain, before in self._connection.execute(
                "SELECT receipts.sequence, batch, digest, receipt, amended, checksum, journal.time, journal.kind,"
                " journal.payload, journal.chain, before.chain FROM receipts JOIN journal USING (sequence)"
                f" JOIN journal AS before ON before.sequence = receipts.sequence - 1 WHERE {where}"
                " ORDER BY receipts.sequence",
                (value,),
            ):
                sequence, batch, digest, receipt, amended = kept
                store.require(kept, check, sequence=sequence)
                if link(before, sequence, time, kind, payload) != chain:
                    raise SequencerError(Problem.JOURNAL_DAMAGED, "the chain does not hold here", sequence=sequence)
                receipt = receipts.load(receipt, receipts.action_of(kind, payload))
                yield Acknowledged(sequence, batch, digest or b"", receipt, True, time, amended)
