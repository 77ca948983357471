"""What happened so far, as the events that listeners get: a history is built from zero and goes on."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rollup.actions import decode
from sequencer import receipts, store
from sequencer.errors import Problem, SequencerError
from sequencer.events import Began, Event, Events, Listener, Sequenced, Staged, rewound
from sequencer.journal import Kind
from sequencer.ledger import Ledger
from sequencer.stages import SEALED

RECORDS = """
SELECT j.sequence, j.time, j.kind, j.payload, r.batch, r.digest, r.receipt, r.amended, r.checksum, began.number,
       began.marks, ended.number
FROM journal j LEFT JOIN receipts r USING (sequence)
    LEFT JOIN batches began ON j.kind = 'advance' AND began.first_sequence = j.sequence
    LEFT JOIN batches ended ON j.kind = 'seal' AND ended.last_sequence = j.sequence
WHERE j.sequence > ? AND j.sequence <= ? ORDER BY j.sequence
"""
LATER_STAGES = "SELECT batch, stage, time FROM stages WHERE stage != ? AND time >= ? ORDER BY time, batch"


def follow(ledger: Ledger, directory: Path, events: Events, listener: Listener, after: int) -> Iterator[Event]:
    """See ``Sequencer.follow``; to be called between two groups, on the thread that owns the ledger.

    Raises JOURNAL_LOST where there is no record ``after`` yet.
    """
    if after > ledger.sequence:
        raise SequencerError(Problem.JOURNAL_LOST, "no such record yet", sequence=after, last=ledger.sequence)
    began, entries = ledger.began, tuple(ledger.entries)
    last = began.sequence - 1 if began else ledger.sequence
    connection = sqlite3.connect(_uri(directory), uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN")  # all that is read later is as of now
    row = connection.execute("SELECT time FROM journal WHERE sequence = ?", (after,)).fetchone()
    events.listen(listener)
    return _happened(connection, after, row[0] if row else 0, last, [began, *entries] if began else [])


def _uri(directory: Path) -> str:
    return f"{(directory / store.FILE).absolute().as_uri()}?mode=ro"


def _happened(
    connection: sqlite3.Connection, after: int, time: int, last: int, progress: list[Began | Sequenced]
) -> Iterator[Event]:
    """Sealed batches out of the file, then the batch in progress, then later stages."""
    with closing(connection):
        with store.reading(table="receipts"):
            for row in connection.execute(RECORDS, (after, last)):
                event = _event(*row)
                if event is not None:
                    yield event
        yield from (event for event in progress if event.sequence > after)
        for stage in connection.execute(LATER_STAGES, (SEALED, time)):
            yield Staged(*stage)


def _event(
    sequence: int, time: int, kind: str, payload: bytes, batch, digest, receipt, amended, check, began, marks, ended
) -> Event | None:
    """The event of a record; None for one that was undone."""
    if receipt is not None:
        store.require((sequence, batch, digest, receipt, amended), check, sequence=sequence)
        action = receipts.action_of(kind, payload)
        return Sequenced(sequence, time, batch, digest, receipts.load(receipt, action), amended)
    if began is not None:
        advance = decode(payload)
        return Began(sequence, began, advance.clock, time, advance.reports, tuple(json.loads(marks)))
    if ended is not None:
        return Staged(ended, SEALED, time)
    if kind == Kind.REWIND:
        return rewound(sequence, time, payload)
    return None
