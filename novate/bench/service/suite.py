"""All parts of the services' bench, their figures, and what is aimed at."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from novate.bench.figures import Figure, Measured
from novate.bench.suite import Part
from novate.keys import made
from novate.screen import Screen

FIGURES = (
    Figure("order_to_settled_seconds", "settle", "order to settled on chain, median, class S", "s", 30),
    Figure("ack_ms_p50", "settle", "acknowledgement under that load, half of them", "ms", 5),
    Figure("ack_ms_p99", "settle", "acknowledgement under that load, all but one in a hundred", "ms", 25),
    Figure("service_actions_per_second", "rate", "API, journal, a subscriber per market", "/s", 1_500, True),
    Figure("signature_checks_per_second", "checks", "admission: signature checks", "/s", 5_000, True),
    Figure("proven_quotes_per_second", "quotes", "proven quotes, class Q, steady state", "/s", 150, True),
    Figure("class_l_prove_seconds", "large", "a proof of class L", "s", 48),
    Figure("class_l_rss_gib", "large", "memory of the prover, class L", "GiB", 9),
    Figure("kill_rounds", "kill", "rounds of kill -9", "rounds", 200, True),
    Figure("lost_actions", "kill", "acknowledged actions lost in them", "actions", 0),
    Figure("recovery_seconds", "recovery", "start to first acknowledged order, a million journaled", "s", 20),
)
PARTS = ("checks", "rate", "recovery", "kill", "settle", "quotes", "large")
"""Parts that can be asked for, cheapest first."""


class ServiceSuite:
    """Measures what it is asked for. The arguments make it smaller for tests."""

    def __init__(
        self,
        keys: Path,
        screen: Screen,
        *,
        settle_class: str = "S",
        settle_seconds: float = 60,
        rate_class: str = "M",
        rate_actions: int = 30_000,
        rounds: int = 200,
        journaled: int = 10**6,
        recovery_class: str = "S",
    ) -> None:
        self._keys = keys.absolute()
        self._screen = screen
        self._settle = (settle_class, settle_seconds)
        self._rate = (rate_class, rate_actions)
        self._rounds = rounds
        self._recovery = (recovery_class, journaled)

    def run(self, names: Sequence[str]) -> Iterator[Part]:
        """Parts as they are done."""
        for name in names:
            began = time.monotonic()
            figures, details = self._steps()[name]()
            self._screen.timed(f"bench service: {name}", time.monotonic() - began)
            yield Part(name, figures, details)

    def _steps(self) -> dict[str, Callable[[], tuple[Measured, dict]]]:
        from novate.bench import proving
        from novate.bench.service import measures

        say = self._screen.say
        return {
            "checks": lambda: measures.checks(say),
            "rate": lambda: measures.rate(self._having(self._rate[0]), *self._rate, say),
            "recovery": lambda: measures.recovery(self._having(self._recovery[0]), *self._recovery, say),
            "kill": lambda: measures.kill(self._having("XS"), self._rounds, say),
            "settle": lambda: measures.settle(self._having(self._settle[0]), *self._settle, say),
            "quotes": lambda: proving.quotes(self._having("Q"), say),
            "large": lambda: proving.alone(self._having("L"), say),
        }

    def _having(self, size_class: str) -> Path:
        """The folder of keys, with those of the class."""
        made(size_class, self._keys, self._screen)
        return self._keys
