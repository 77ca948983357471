"""Development reporters: seven keys that sign recorded prices each second, in a loop, so that markets are open."""

import threading
import time
from collections.abc import Iterator, Sequence

from circuits.native import Native
from novate.feed.market import Market
from novate.feed.timeline import seconds
from novate.market.reporters import readings
from novate.observe.logs import logger
from novate.service.listing import recorded_markets
from rollup.refusals import Refused
from sequencer.errors import SequencerError
from sequencer.sequencer import Sequencer

SEED = 1
"""Of the noise in what reporters say."""
LEVELS = 1


def mids(markets: Sequence[Market]) -> Iterator[list[int]]:
    """Halfway between the best recorded prices of each market, in micro-units per lot, second by second, for ever."""
    while True:
        for second in seconds(markets, LEVELS):
            views = zip(markets, second.views)
            yield [
                (market.price(view.bids[0][0]) + market.price(view.asks[0][0])) // 2 if view.mid is not None else 0
                for market, view in views
            ]


class Reporters:
    """A thread of the sequencer's process. Nobody lies here; ``seeds`` are the reporters' secrets."""

    def __init__(self, sequencer: Sequencer, native: Native, domain: int, seeds: Sequence[bytes]) -> None:
        self._sequencer = sequencer
        self._native = native
        self._domain = domain
        self._prices: Iterator[list[int]] | None = None
        self._seeds = seeds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporters", daemon=True)

    def start(self) -> "Reporters":
        """Report from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Report no more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        self._prices = mids(recorded_markets())
        while not self._stopping.is_set():
            began = time.time()
            try:
                self._report(int(began))
            except Exception as error:
                logger().error("reporters.failed", exc_info=error)
            self._stopping.wait(max(0.05, int(began) + 1 - time.time()))

    def _report(self, now: int) -> None:
        """One round."""
        said = [reading.action(now) for reading in readings(now, next(self._prices), SEED, liars={})]
        orders = [(self._seeds[report.reporter], report.message(self._domain)) for report in said]
        for report, signature in zip(said, self._native.sign_many(orders)):
            try:
                self._sequencer.report(report._replace(signature=tuple(signature)))
            except (Refused, SequencerError) as refusal:
                logger().warning("report.refused", reporter=report.reporter, round=now, why=str(refusal))
