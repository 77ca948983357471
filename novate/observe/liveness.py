"""Liveness as L2BEAT measures it: how much time lies between data posted, between proofs, between state updates.

A commitment posts what a batch is bound to, a proof is made, a settlement updates the state on chain. For each of the
three the average, the shortest and the longest interval between neighbours are told, as an outsider sees them. That a
quiet hour makes a long interval is no fault: out of line is only what made a sealed batch wait, and only for a while.
"""

from collections.abc import Mapping
from statistics import fmean, pstdev
from typing import NamedTuple

from novate.observe.heads import Times
from sequencer.stages import COMMITTED, PROVEN, SEALED, SETTLED

SERIES = {"data_posted": COMMITTED, "proofs": PROVEN, "state_updates": SETTLED}
FEW = 8
"""Waits below which nothing can be said to be out of line."""
DEVIATIONS = 3
LEAST = 10.0
"""Seconds of waiting that are never out of line: a commitment within a second or two deviates by moments."""
WINDOW = 3600.0
"""Seconds for which what was out of line is told."""


class Intervals(NamedTuple):
    """Seconds between neighbours of a series; ``open`` is the one since the last.

    ``anomalies`` are waits by batch, within the last ``WINDOW`` seconds: how long nothing of the series came though
    the batch was sealed, where that is beyond three deviations of the average. One that goes on is among them.
    """

    count: int
    average: float
    shortest: float
    longest: float
    open: float
    anomalies: dict[int, float]


def intervals(reached: Mapping[int, int], sealed: Mapping[int, int], now: int) -> Intervals:
    """Of batches and the times (ms) at which they got somewhere, and at which they were sealed."""
    ordered = sorted((time, batch) for batch, time in reached.items())
    gaps = [(later[0] - earlier[0]) / 1000 for earlier, later in zip(ordered, ordered[1:])]
    since = max(0, now - ordered[-1][0]) / 1000 if ordered else 0.0
    odd = anomalies(reached, sealed, now)
    if not gaps:
        return Intervals(0, 0.0, 0.0, 0.0, since, odd)
    return Intervals(len(gaps), fmean(gaps), min(gaps), max(gaps), since, odd)


def anomalies(reached: Mapping[int, int], sealed: Mapping[int, int], now: int) -> dict[int, float]:
    """Waits out of line, by batch."""
    ended = {batch: (time, wait) for batch, time, wait in waits(reached, sealed)}
    if len(ended) < FEW:
        return {}
    usual = [wait for _, wait in ended.values()]
    most = max(LEAST, fmean(usual) + DEVIATIONS * pstdev(usual))
    last = max(reached.values())
    going_on = min((batch for batch in sealed if batch > max(reached)), default=None)
    if going_on is not None:
        ended[going_on] = (now, max(0, now - max(last, sealed[going_on])) / 1000)
    recent = now - 1000 * WINDOW
    return {batch: wait for batch, (time, wait) in ended.items() if wait > most and time > recent}


def waits(reached: Mapping[int, int], sealed: Mapping[int, int]) -> list[tuple[int, int, float]]:
    """Batch, when it got there, and the seconds in which it was what the series waited for."""
    found, before = [], None
    for time, batch in sorted((time, batch) for batch, time in reached.items()):
        if batch in sealed:
            since = sealed[batch] if before is None else max(before, sealed[batch])
            found.append((batch, time, max(0, time - since) / 1000))
        before = time
    return found


def liveness(found: Times, now: int) -> dict[str, Intervals]:
    """All three series at ``now`` (ms)."""
    sealed = found.of(SEALED)
    return {name: intervals(found.of(stage), sealed, now) for name, stage in SERIES.items()}
