"""Recovery: from what is on the disk to the state that was acknowledged, by snapshot and replay."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rollup.actions import decode
from rollup.batch import Batch, Domain
from rollup.engine import Engine
from rollup.genesis import Genesis
from rollup.hashing import Hasher
from sequencer import receipts, snapshots, store, traces
from sequencer.errors import Problem, SequencerError
from sequencer.head import START, Head
from sequencer.journal import Journal, Kind, Record, chain_at, records
from sequencer.ledger import Ledger, seal_payload

FORMAT = 2
"""Of the records' payloads."""


class Deployment(NamedTuple):
    """What a journal belongs to."""

    genesis: Genesis
    domain: Domain
    size_class: str

    def payload(self) -> bytes:
        """First record of the journal, as JSON."""
        plain = {
            "format": FORMAT,
            "genesis": self.genesis.to_dict(),
            "domain": self.domain._asdict(),
            "size_class": self.size_class,
        }
        return json.dumps(plain, separators=(",", ":")).encode()


@store.reading()
def recover(
    journal: Journal,
    deployment: Deployment,
    hasher: Hasher,
    directory: Path,
    snapshot_every: int,
    use_snapshots: bool = True,
) -> Ledger:
    """The ledger where the journal ends, a batch in progress included.

    A new journal gets its first record. Traces that have yet to be proven and were lost are written again. What was
    undone is not applied. Raises GENESIS_DIFFERS, JOURNAL_DAMAGED, ROOT_DIFFERS.
    """
    first = next(journal.records(), None)
    if first is None:
        journal.append(Kind.GENESIS, deployment.payload())
        journal.commit()
        first = next(journal.records())
    if first.kind != Kind.GENESIS or first.payload != deployment.payload():
        raise SequencerError(Problem.GENESIS_DIFFERS, "the journal belongs to another deployment")
    history = History(journal.connection, deployment, hasher, snapshot_every if use_snapshots else 0)
    for number in traces.lost(journal.connection, directory):
        history.write_trace(directory, number)
    engine, deposits, head = history.start(journal.head.sequence)
    ledger = Ledger(engine, journal, directory, snapshot_every, deposits)
    return _replay(ledger, history.records(head, journal.head.sequence), hasher)


class Start(NamedTuple):
    """Where a replay begins: the state, deposits in it, and the journal's head there."""

    engine: Engine
    deposits: int
    head: Head


class History:
    """The past of a journal, rebuilt from snapshots and records; ``connection`` may be one that only reads.

    ``snapshot_every`` 0 means: from genesis, whatever snapshots there are.
    """

    def __init__(
        self, connection: sqlite3.Connection, deployment: Deployment, hasher: Hasher, snapshot_every: int
    ) -> None:
        self._connection = connection
        self._deployment = deployment
        self._hasher = hasher
        self._snapshot_every = snapshot_every
        self._void = [_undone(*row) for row in connection.execute(REWINDS)]

    def start(self, last: int) -> Start:
        """The newest snapshot up to a record that is whole, else genesis."""
        for snapshot in snapshots.read(self._connection, last) if self._snapshot_every else ():
            engine = self._restored(snapshot)
            if engine is not None and engine.root(self._hasher) == snapshot.root:
                return Start(engine, snapshot.deposits, snapshot.head)
        return Start(Engine(*self._deployment), 0, START)

    def _restored(self, snapshot: snapshots.Snapshot) -> Engine | None:
        """None for a snapshot that another version of the engine wrote: the journal leads there too."""
        if snapshot.version != snapshots.VERSION:
            return None
        try:
            return Engine.restore(*self._deployment, snapshot.body)
        except ValueError:
            return None

    def records(self, after: Head, last: int) -> Iterator[Record]:
        """Records that hold, up to number ``last``. Raises JOURNAL_DAMAGED."""
        found = records(self._connection, after, last)
        if not self._void:
            return found
        return (record for record in found if not any(record.sequence in undone for undone in self._void))

    def before(self, number: int) -> tuple[Ledger, int, list[Record]]:
        """What a sealed batch was made from: the state before it, and its records. Raises KeyError for no batch."""
        query = "SELECT first_sequence, last_sequence FROM batches WHERE number = ?"
        row = self._connection.execute(query, (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        first, last = row
        ledger, head = self._replayed(first - 1)
        return ledger, first, list(self.records(head, last))

    def after(self, number: int) -> Ledger:
        """State and deposits after a sealed batch, or after genesis."""
        query = "SELECT last_sequence FROM batches WHERE number = ?"
        last = self._connection.execute(query, (number,)).fetchone()[0] if number else 1
        return self._replayed(last)[0]

    def _replayed(self, last: int) -> tuple[Ledger, Head]:
        engine, deposits, head = self.start(last)
        ledger = Ledger.replaying(engine, deposits)
        _replay(ledger, self.records(head, last), self._hasher)
        return ledger, Head(last, chain_at(self._connection, last))

    def write_trace(self, directory: Path, number: int) -> None:
        """Write the trace of a sealed batch again. Raises ROOT_DIFFERS where another one comes out."""
        ledger, _, found = self.before(number)
        made: list[Batch] = []
        _replay(ledger, found, self._hasher, made.append)
        query = "SELECT trace, trace_digest FROM batches WHERE number = ?"
        name, digest = self._connection.execute(query, (number,)).fetchone()
        if traces.write_as(directory, name, made[-1]).digest != digest:
            raise SequencerError(Problem.ROOT_DIFFERS, "the trace is not the one that was sealed", number=number)


REWINDS = "SELECT sequence, payload FROM journal WHERE kind = 'rewind'"


def _undone(sequence: int, payload: bytes) -> range:
    """Records that a rewind undid, itself included."""
    return range(json.loads(payload)["sequence"] + 1, sequence + 1)


def _replay(
    ledger: Ledger, records: Iterable[Record], hasher: Hasher, sealed: Callable[[Batch], object] = lambda batch: None
) -> Ledger:
    """Apply records as they were decided. Raises ROOT_DIFFERS, and JOURNAL_DAMAGED for a record that makes no sense."""
    for record in records:
        try:
            _apply(ledger, record, hasher, sealed)
        except SequencerError:
            raise
        except Exception as error:
            reason = f"{record.kind} cannot be applied again: {error!r}"
            raise SequencerError(Problem.JOURNAL_DAMAGED, reason, sequence=record.sequence) from error
    return ledger


def _apply(ledger: Ledger, record: Record, hasher: Hasher, sealed: Callable[[Batch], object]) -> None:
    engine = ledger.engine
    if record.kind == Kind.ACTION:
        action = decode(record.payload)
        digest = receipts.digest_of_journaled(action, record.payload, ledger.deposits)
        ledger.applied(record.sequence, record.time, digest, engine.apply(action))
    elif record.kind == Kind.ADVANCE:
        advance = decode(record.payload)
        engine.advance(advance.clock, advance.reports)
        ledger.opened(record.sequence, record.time, advance)
    elif record.kind == Kind.SEAL:
        batch = engine.seal(hasher)
        if seal_payload(batch) != record.payload:
            raise SequencerError(
                Problem.ROOT_DIFFERS, record.payload.decode(), number=batch.number, root=batch.root_after
            )
        sealed(batch)
        ledger.forget_batch()
    elif record.kind != Kind.REFUSED and (record.kind != Kind.GENESIS or record.sequence != 1):
        raise ValueError(f"unknown kind {record.kind}")
