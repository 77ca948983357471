"""When batches end, as a queue: orders come steadily, provers take as long as they take (D20).

The batcher is the real one; what it drives only counts.
"""

from statistics import median
from types import SimpleNamespace

import pytest

from rollup.refusals import Full
from sequencer.batcher import Batcher
from sequencer.policy import Policy

TICK = 20
"""Ticks of these tests in one second, an order each."""
CAPACITY = 256
"""Orders that fit into a batch of class S."""
MINUTE = 60 * TICK


class Hall:
    """A ledger that only counts, and provers that take ``proof`` seconds for a batch."""

    def __init__(self, policy: Policy, provers: int, proof: float) -> None:
        self.now = 0
        self.engine = SimpleNamespace(clock=0, is_empty=True, size_class="S", system=SimpleNamespace(round=0))
        self.engine.used, self.engine.collectable = lambda: {"collects": 0}, lambda limit: []
        self.is_open = False
        self.orders: list[int] = []
        self.sealed: list[tuple[int, str]] = []
        self.settled: list[int] = []
        self.waits: list[float] = []
        self._began: list[list[int]] = []
        self._waiting: list[list[int]] = []
        self._proving: list[tuple[int, list[int]]] = []
        self._provers, self._ticks = provers, round(proof * TICK)
        oracle = SimpleNamespace(newest=lambda now: 0, used=lambda *_: None)
        seconds = lambda: self.now // TICK  # noqa: E731
        self.batcher = Batcher(
            self, oracle, None, policy, seconds, self._backlog, lambda batch: None, lambda: self.now / TICK
        )

    def _backlog(self) -> int:
        return max(0, len(self._waiting) + len(self._proving) + 1 - self._provers)

    def begin(self, advance) -> None:
        self.is_open, self.orders, self.engine.clock = True, [], advance.clock

    def apply(self, action, *_) -> SimpleNamespace:
        if len(self.orders) == CAPACITY:
            raise Full("orders")
        self.orders.append(self.now)
        self.engine.is_empty = False
        return SimpleNamespace(receipt=SimpleNamespace(ended=()))

    def seal(self, hasher, reason: str, now: int) -> None:
        self.sealed.append((self.now, reason))
        self._waiting.append(self.orders)
        self.is_open, self.engine.is_empty = False, True

    def tick(self, arrives: bool) -> None:
        """A twentieth of a second."""
        self.now += 1
        if arrives:
            self.batcher.apply(None, None, None)
        for done in [one for one in self._proving if one[0] <= self.now]:
            self._proving.remove(done)
            self.waits += [(self.now - order) / TICK for order in done[1]]
        if reason := self.batcher.due():
            self.batcher.seal(reason)
        while self._waiting and len(self._proving) < self._provers:
            self._proving.append((self.now + self._ticks, self._waiting.pop(0)))

    def run(self, ticks: int) -> "Hall":
        """Orders for so long, and then until all are proven."""
        for _ in range(ticks):
            self.tick(arrives=True)
        while len(self.waits) < ticks:
            self.tick(arrives=False)
        return self

    @property
    def gaps(self) -> list[float]:
        """Seconds from each seal to the next."""
        times = [time for time, _ in self.sealed]
        return [(after - before) / TICK for before, after in zip(times, times[1:])]


POLICY = Policy(age=10)


def test_no_batch_is_held_while_proofs_keep_up():
    hall = Hall(POLICY, provers=1, proof=9).run(5 * MINUTE)
    assert {reason for _, reason in hall.sealed} == {"age"} and max(hall.gaps) <= 10.1
    assert median(hall.waits) < 5 + 9 + 0.5


def test_a_batch_is_held_until_the_prover_is_free_and_waits_for_nothing_else():
    hall = Hall(POLICY, provers=1, proof=12.5).run(10 * MINUTE)
    assert all(12.4 < gap < 12.7 for gap in hall.gaps[1:-1])
    assert median(hall.waits) < 12.5 / 2 + 12.5 + 0.5 and max(hall.waits) < 2 * 12.5 + 1


@pytest.mark.parametrize(("backlog", "waits"), [(0, 12.5), (1, 25.0), (2, 37.5)])
def test_every_batch_that_may_wait_costs_the_time_of_a_proof(backlog, waits):
    hall = Hall(POLICY._replace(backlog=backlog), provers=1, proof=12.5).run(20 * MINUTE)
    assert abs(median(hall.waits[-MINUTE:]) - (12.5 / 2 + waits)) < 1.5


def test_several_provers_keep_up_where_one_does_not():
    hall = Hall(POLICY, provers=2, proof=18).run(5 * MINUTE)
    assert {reason for _, reason in hall.sealed} == {"age"} and max(hall.gaps) <= 10.1


def test_a_batch_that_is_held_ends_full_or_old_all_the_same():
    hall = Hall(POLICY._replace(age_behind=40), provers=1, proof=300)
    for tick in range(4 * MINUTE):
        hall.tick(arrives=tick % 10 == 0)
    assert max(hall.gaps) <= 41 and {reason for _, reason in hall.sealed} == {"age"}
    hall = Hall(POLICY, provers=1, proof=300)
    for _ in range(MINUTE):
        hall.tick(arrives=True)
    assert [reason for _, reason in hall.sealed] == ["age", *["full: orders"] * 3]


def test_the_load_of_the_bench_is_settled_in_time():
    """A minute of twenty orders a second, the prover slower than they are while they come."""
    hall = Hall(POLICY, provers=1, proof=14).run(MINUTE)
    assert median(hall.waits) < 26
