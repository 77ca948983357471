"""Traces of sealed batches, written again from the journal while everything else goes on.

A trace is not synced when it is written, and a disk may lose or change it later; its digest tells. The journal makes it
again: the state before the batch by snapshot and replay, then the batch itself, whose trace must have the digest that
was recorded when it was sealed.
"""

import threading
from contextlib import closing
from pathlib import Path

from rollup.hashing import Hasher
from sequencer import store, traces
from sequencer.errors import Problem, SequencerError
from sequencer.owed import SealedBatch
from sequencer.recovery import Deployment, History


class Mender:
    """One for a directory. For several threads: a trace is made once, whoever asks."""

    def __init__(self, directory: Path, deployment: Deployment, hasher: Hasher, snapshot_every: int) -> None:
        self.mended = 0
        """Traces that were written again."""
        self._directory = directory
        self._history = (deployment, hasher, snapshot_every)
        self._lock = threading.Lock()

    def mend(self, batch: SealedBatch) -> None:
        """Write the batch's trace again unless it is whole, or the batch is undone meanwhile.

        Raises ROOT_DIFFERS and JOURNAL_DAMAGED as a start would, TRACE_LOST where the disk does not take it.
        """
        with self._lock, closing(store.connect(self._directory / store.FILE)) as connection:
            if traces.is_whole(batch.path, batch.trace_digest):
                return
            connection.execute("BEGIN")  # one moment: a rewind may undo the batch while it is replayed
            try:
                History(connection, *self._history).write_trace(self._directory, batch.number)
            except KeyError:
                return
            except OSError as error:
                reason = f"it cannot be written again: {error}"
                raise SequencerError(Problem.TRACE_LOST, reason, batch=batch.number) from error
            self.mended += 1
