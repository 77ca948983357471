"""All parts of the bench, one after the other."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from novate.bench.chain import chain
from novate.bench.costs import costs
from novate.bench.engine import engine
from novate.bench.figures import Measured
from novate.bench.proving import proven, set_up
from novate.home import Home
from novate.keys import made, shown_by
from novate.screen import Screen


class Part(NamedTuple):
    """Figures of a part, and what they were made from."""

    name: str
    figures: Measured
    details: dict


class Suite:
    """Measures what it is asked for. ``proving`` and ``settling`` name the size classes of those parts."""

    def __init__(self, home: Home, screen: Screen, proving: str, settling: str) -> None:
        self._home = home
        self._screen = screen
        self._proving = proving
        self._settling = settling

    def run(self, names: Sequence[str]) -> Iterator[Part]:
        """Parts as they are done."""
        steps: dict[str, Callable[[], tuple[Measured, dict]]] = {
            "circuits": lambda: costs(self._home.keys.absolute(), self._screen.say),
            "engine": lambda: engine(self._screen.say),
            "chain": lambda: chain(
                made(self._settling, self._home.keys, self._screen), self._home.keys, self._screen.say
            ),
            "prove": self._prove,
        }
        for name in names:
            begun = time.monotonic()
            figures, details = steps[name]()
            self._screen.timed(f"bench: {name}", time.monotonic() - begun)
            yield Part(name, figures, details)

    def _prove(self) -> tuple[Measured, dict]:
        """New keys, then proofs under them."""
        with self._screen.bars() as bars:
            first, about_keys = set_up(self._proving, self._home.keys, shown_by(bars, self._proving))
        second, about_proofs = proven(self._proving, self._home.keys, self._screen.say)
        return {**first, **second}, {"setup": about_keys, **about_proofs}
