"""Stages: when each batch was sealed, committed, proven and settled, durable and told to whoever listens."""

import threading
from collections.abc import Callable
from pathlib import Path

from sequencer import store
from sequencer.events import Events, Staged

SEALED, COMMITTED, PROVEN, SETTLED = STAGES = ("sealed", "committed", "proven", "settled")


class Stages:
    """The table of stages, past ``sealed``, which the ledger writes with the seal itself. For several threads."""

    def __init__(self, directory: Path, events: Events, now: Callable[[], int]) -> None:
        self._connection = store.connect(directory / store.FILE)
        self._events = events
        self._now = now
        self._lock = threading.Lock()
        self._heads: dict[str, int] = {}

    def reached(self, stage: str, batch: int) -> None:
        """A batch reached a stage; again is nothing new."""
        with self._lock:
            self._write(stage, [batch])

    def head(self, stage: str, batch: int) -> None:
        """All batches up to this one have reached a stage, and none after it: a reorganisation takes some back."""
        with self._lock:
            known = self._heads.get(stage)
            if known == batch:
                return
            if known is None or batch < known:
                self._connection.execute("DELETE FROM stages WHERE stage = ? AND batch > ?", (stage, batch))
                last = "SELECT max(batch) FROM stages WHERE stage = ?"
                known = self._connection.execute(last, (stage,)).fetchone()[0] or 0
            self._write(stage, range(known + 1, batch + 1))
            self._heads[stage] = batch

    def _write(self, stage: str, batches) -> None:
        """Store those that are new, and tell of them."""
        now = self._now()
        told = []
        for batch in batches:
            row = (stage, batch, now)
            if self._connection.execute("INSERT OR IGNORE INTO stages VALUES (?, ?, ?)", row).rowcount:
                told.append(Staged(batch, stage, now))
        self._events.publish(told)

    def forget(self) -> None:
        """Batches were undone: what is remembered of heads may not hold."""
        with self._lock:
            self._heads.clear()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._connection.close()
