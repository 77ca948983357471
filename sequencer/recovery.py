"""Recovery: from what is on the disk to the state that was acknowledged, by snapshot and replay."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from rollup.actions import decode
from rollup.batch import Batch, Domain
from rollup.engine import Engine
from rollup.genesis import Genesis
from rollup.hashing import Hasher
from sequencer import receipts, snapshots, traces
from sequencer.errors import Problem, SequencerError
from sequencer.head import START
from sequencer.journal import Journal, Kind, Record
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


def recover(
    journal: Journal,
    deployment: Deployment,
    hasher: Hasher,
    directory: Path,
    snapshot_every: int,
    use_snapshots: bool = True,
) -> Ledger:
    """The ledger where the journal ends, a batch in progress included.

    A new journal gets its first record. Where a trace that has yet to be proven was lost, everything is replayed from
    genesis and the traces are written again. Raises GENESIS_DIFFERS, JOURNAL_DAMAGED, ROOT_DIFFERS.
    """
    first = next(journal.records(), None)
    if first is None:
        journal.append(Kind.GENESIS, deployment.payload())
        journal.commit()
        first = next(journal.records())
    if first.kind != Kind.GENESIS or first.payload != deployment.payload():
        raise SequencerError(Problem.GENESIS_DIFFERS, "the journal belongs to another deployment")
    if traces.lost(journal.connection, directory):
        ledger = Ledger(Engine(*deployment), journal, directory, snapshot_every)
        return _replay(ledger, journal.records(START), hasher, lambda batch: traces.write(directory, batch))
    for snapshot in snapshots.read(journal.connection) if use_snapshots else ():
        engine = _restore(deployment, snapshot)
        if engine is not None and engine.root(hasher) == snapshot.root:
            ledger = Ledger(engine, journal, directory, snapshot_every, snapshot.deposits)
            return _replay(ledger, journal.records(snapshot.head), hasher)
    ledger = Ledger(Engine(*deployment), journal, directory, snapshot_every)
    return _replay(ledger, journal.records(START), hasher)


def _restore(deployment: Deployment, snapshot: snapshots.Snapshot) -> Engine | None:
    """None for a snapshot that an older version of the engine wrote: the journal leads there too."""
    try:
        return Engine.restore(*deployment, snapshot.body)
    except ValueError:
        return None


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
    elif record.kind != Kind.GENESIS or record.sequence != 1:
        raise ValueError(f"unknown kind {record.kind}")
