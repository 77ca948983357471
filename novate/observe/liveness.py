"""Liveness as L2BEAT measures it: how much time lies between data posted, between proofs, between state updates.

A commitment posts what a batch is bound to, a proof is made, a settlement updates the state on chain. For each of the
three the average, the shortest and the longest interval between neighbours are told, and those that are out of line.
"""

from collections.abc import Mapping
from statistics import fmean, pstdev
from typing import NamedTuple

from novate.observe.heads import Times
from sequencer.stages import COMMITTED, PROVEN, SETTLED

SERIES = {"data_posted": COMMITTED, "proofs": PROVEN, "state_updates": SETTLED}
FEW = 8
"""Intervals below which nothing can be said to be out of line."""
DEVIATIONS = 3


class Intervals(NamedTuple):
    """Seconds between neighbours of a series; ``open`` is the one since the last, ``anomalies`` are by batch."""

    count: int
    average: float
    shortest: float
    longest: float
    open: float
    anomalies: dict[int, float]


def intervals(reached: Mapping[int, int], now: int) -> Intervals:
    """Of batches and the times (ms) at which they got somewhere."""
    ordered = sorted((time, batch) for batch, time in reached.items())
    gaps = {later[1]: (later[0] - earlier[0]) / 1000 for earlier, later in zip(ordered, ordered[1:])}
    since = max(0, now - ordered[-1][0]) / 1000 if ordered else 0.0
    if not gaps:
        return Intervals(0, 0.0, 0.0, 0.0, since, {})
    average = fmean(gaps.values())
    odd = average + DEVIATIONS * pstdev(gaps.values())
    anomalies = {batch: gap for batch, gap in gaps.items() if gap > odd} if len(gaps) >= FEW else {}
    return Intervals(len(gaps), average, min(gaps.values()), max(gaps.values()), since, anomalies)


def liveness(found: Times, now: int) -> dict[str, Intervals]:
    """All three series at ``now`` (ms)."""
    return {name: intervals(found.of(stage), now) for name, stage in SERIES.items()}
