"""Workers that are given no job for a while: those that lied long, those that failed shortly, each time longer."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from sequencer.jobs import JobProblem, JobRefused

AFTER_FAILURE, LONGEST_AFTER_FAILURE = 1_000, 60_000
AFTER_LIE, LONGEST_AFTER_LIE = 60_000, 86_400_000
"""Milliseconds after the first time, and at most; every further time doubles them."""
FREE_STOPS = 2
"""Jobs that may be given back without a reason before that counts as failing: programs are started anew at times."""
MOST_NAMES = 1_000
"""Workers that are remembered."""


class Rest(NamedTuple):
    """Why a worker rests, until when (milliseconds since the epoch), and how often it failed and lied since it last
    brought a proof that holds. Lies are not forgiven by that.
    """

    until: int
    reason: str
    failures: int
    lies: int


class Resting:
    """For several threads."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._rests: OrderedDict[str, Rest] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, worker: str) -> None:
        """Raises ``JobRefused`` (RESTING) while a worker rests."""
        rest = self._rests.get(worker)
        left = rest.until - self._now() if rest else 0
        if left > 0:
            raise JobRefused(JobProblem.RESTING, rest.reason, milliseconds=left, failures=rest.failures, lies=rest.lies)

    def failed(self, worker: str, reason: str) -> None:
        """A job failed at a worker."""
        with self._lock:
            before = self._rests.get(worker, Rest(0, "", 0, 0))
            pause = _doubled(AFTER_FAILURE, before.failures, LONGEST_AFTER_FAILURE)
            until = max(before.until, self._now() + pause)
            self._keep(worker, before._replace(until=until, reason=reason, failures=before.failures + 1))

    def stopped(self, worker: str) -> None:
        """A worker gave a job back because it stops; one that does so again and again is no help."""
        with self._lock:
            before = self._rests.get(worker, Rest(0, "", 0, 0))
            rest = before._replace(reason="stopped", failures=before.failures + 1)
            if before.failures >= FREE_STOPS:
                pause = _doubled(AFTER_FAILURE, before.failures - FREE_STOPS, LONGEST_AFTER_FAILURE)
                rest = rest._replace(until=max(before.until, self._now() + pause))
            self._keep(worker, rest)

    def lied(self, worker: str, reason: str) -> None:
        """A worker said what is not so."""
        with self._lock:
            before = self._rests.get(worker, Rest(0, "", 0, 0))
            pause = _doubled(AFTER_LIE, before.lies, LONGEST_AFTER_LIE)
            self._keep(worker, before._replace(until=self._now() + pause, reason=reason, lies=before.lies + 1))

    def did_well(self, worker: str) -> None:
        """A worker brought a proof that holds."""
        with self._lock:
            before = self._rests.pop(worker, None)
            if before and before.lies:
                self._keep(worker, before._replace(failures=0))

    def _keep(self, worker: str, rest: Rest) -> None:
        self._rests[worker] = rest
        self._rests.move_to_end(worker)
        while len(self._rests) > MOST_NAMES:
            self._rests.popitem(last=False)

    def all(self) -> dict[str, Rest]:
        """Workers that failed or lied."""
        with self._lock:
            return dict(self._rests)


def _doubled(pause: int, times: int, longest: int) -> int:
    return min(pause << min(times, 40), longest)
