"""A sequencer that measures how long acknowledgements take."""

import time
from concurrent.futures import Future

from prometheus_client import Histogram

from rollup.actions import Action
from sequencer.sequencer import Sequencer


class Measured(Sequencer):
    """``latency`` is told the seconds from each submission to its outcome."""

    latency: Histogram | None = None

    def submit(self, action: Action) -> Future:
        """As ``Sequencer.submit``."""
        return self._measured(super().submit(action), time.perf_counter())

    def _measured(self, future: Future, began: float) -> Future:
        if self.latency is not None:
            future.add_done_callback(lambda _: self.latency.observe(time.perf_counter() - began))
        return future
