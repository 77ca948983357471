"""Heads and their ages: how far each stage got, when, and how long the oldest batch behind it has waited to follow.

Read from the sequencer's file, which says when every batch reached every stage.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sequencer import store
from sequencer.stages import COMMITTED, PROVEN, SEALED, SETTLED, STAGES

KEPT = 500
"""Batches looked back at."""


class Head(NamedTuple):
    """``batch`` is the last one that got there, at ``time`` (ms, None before the first); ``waiting`` are behind it.

    ``age`` is that of the oldest of them in seconds, 0 if there is none; ``limit`` is what it should stay within. That
    of ``sequenced`` is for how long the writer has owed an answer.
    """

    stage: str
    batch: int
    time: int | None
    waiting: int
    age: float
    limit: float

    @property
    def is_late(self) -> bool:
        """Whether somebody should look."""
        return self.age > self.limit


class Times(NamedTuple):
    """When batches reached a stage (ms): stage to batch to time, for the last batches."""

    by_stage: Mapping[str, Mapping[int, int]]

    def of(self, stage: str) -> Mapping[int, int]:
        """Batches that reached a stage."""
        return self.by_stage.get(stage, {})


def times(directory: Path) -> Times:
    """The last batches of a sequencer's directory; none where there is no file yet."""
    path = directory / store.FILE
    if not path.exists():
        return Times({})
    query = "SELECT stage, batch, time FROM stages WHERE batch > (SELECT max(batch) FROM stages) - ?"
    found: dict[str, dict[int, int]] = {stage: {} for stage in STAGES}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        for stage, batch, time in connection.execute(query, (KEPT,)):
            found.setdefault(stage, {})[batch] = time
    return Times(found)


def head(stage: str, reached: Mapping[int, int], sealed: Mapping[int, int], limit: float, now: int) -> Head:
    """How far a stage behind sealing got."""
    last = max(reached, default=0)
    waiting = [time for batch, time in sealed.items() if batch > last]
    age = max(0, now - min(waiting)) / 1000 if waiting else 0.0
    return Head(stage, last, reached.get(last), len(waiting), age, limit)


def heads(found: Times, open_batch: "Open", limits: Mapping[str, float], now: int) -> list[Head]:
    """Heads of all stages at ``now`` (ms), the batch in progress first."""
    sealed = found.of(SEALED)
    last = max(sealed, default=0)
    age = max(0, now - open_batch.since) / 1000 if open_batch.since else 0.0
    waiting = int(bool(open_batch.since))
    return [
        Head("sequenced", open_batch.number, open_batch.since or None, 0, open_batch.silent, limits["sequenced"]),
        Head(SEALED, last, sealed.get(last), waiting, age, limits[SEALED]),
        *(head(stage, found.of(stage), sealed, limits[stage], now) for stage in (COMMITTED, PROVEN, SETTLED)),
    ]


class Open(NamedTuple):
    """The batch in progress: its number, and since when it holds something (ms, 0 where it is empty).

    ``silent`` is for how many seconds the writer has owed an answer.
    """

    number: int
    since: int
    silent: float = 0.0


def limits(window: int, age: int, is_manual: bool) -> dict[str, float]:
    """Seconds that a batch may wait for each stage before ``status`` and the alerts complain.

    The writer answers at once, by hand too; a batch ends at its age; a commitment has a window; a proof is followed by
    its settlement within moments.
    """
    if is_manual:
        return {"sequenced": 10.0, **dict.fromkeys(STAGES, float(window))}
    slow = {PROVEN: 900.0, SETTLED: 1200.0}
    return {"sequenced": 10.0, SEALED: age + 50.0, COMMITTED: window / 2, **slow}
