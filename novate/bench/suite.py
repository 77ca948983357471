"""All parts of the bench, one after the other."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from novate.bench.chain import OnChain, on_chain
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
        self._keys = home.keys.absolute()
        self._screen = screen
        self._proving = proving
        self._settling = settling

    def run(self, names: Sequence[str]) -> Iterator[Part]:
        """Parts as they are done."""
        steps: dict[str, Callable[[], tuple[Measured, dict]]] = {
            "circuits": lambda: costs(self._keys, self._screen.say),
            "engine": lambda: engine(self._screen.say),
            "gas": lambda: self._on_chain.gas,
            "verify": lambda: self._on_chain.verify,
            "setup": self._set_up,
            "prove": self._prove,
        }
        for name in names:
            begun = time.monotonic()
            figures, details = steps[name]()
            self._screen.timed(f"bench: {name}", time.monotonic() - begun)
            yield Part(name, figures, details)

    @cached_property
    def _on_chain(self) -> OnChain:
        """One chain for both of its parts."""
        return on_chain(made(self._settling, self._keys, self._screen), self._keys, self._screen.say)

    def _set_up(self) -> tuple[Measured, dict]:
        """New keys, with a bar for each phase."""
        with self._screen.bars() as bars:
            return set_up(self._proving, self._keys, shown_by(bars, self._proving))

    def _prove(self) -> tuple[Measured, dict]:
        """Proofs under the keys that are there, or are made."""
        made(self._proving, self._keys, self._screen)
        return proven(self._proving, self._keys, self._screen.say)
