"""A sequencer that measures how long acknowledgements take."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from prometheus_client import Histogram

from rollup.actions import Action
from sequencer.sequencer import Sequencer
from sequencer.underway import Outcomes


class Measured(Sequencer):
    """``latency`` is told the seconds from each submission to its outcome, or to the last one of those of a request."""

    latency: Histogram | None = None

    def submit(self, action: Action) -> Future:
        """As ``Sequencer.submit``."""
        began = time.perf_counter()
        future = super().submit(action)
        future.add_done_callback(lambda _: self._observe(began))
        return future

    def submit_parsed(self, actions: Sequence[Action], told: Callable[[list], None]) -> Outcomes:
        """As ``Sequencer.submit_parsed``."""
        began = time.perf_counter()

        def measured(found: list) -> None:
            self._observe(began)
            told(found)

        return super().submit_parsed(actions, measured)

    def _observe(self, began: float) -> None:
        if self.latency is not None:
            self.latency.observe(time.perf_counter() - began)
