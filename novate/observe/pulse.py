"""Whether anybody still works: how long the writer owes an answer, and how long ago the chain was last seen.

A thread that hangs says nothing of itself. So the writer is asked a question each second, and a look at the chain
counts only once it came back without trouble.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from sequencer.errors import SequencerError
from sequencer.sequencer import Sequencer

CHAIN_LIMIT = 40.0
"""Seconds within which the chain should have been seen again; sending something may take as long as some blocks."""


class Pulse:
    """Of a sequencer with a chain. ``look`` is to be called about once a second."""

    def __init__(self, sequencer: Sequencer, clock: Callable[[], float] = time.monotonic) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._asked: Future | None = None
        self._asked_at = self._seen_at = clock()
        self._seen: object | None = None

    def look(self) -> None:
        """Take note of a look at the chain that came back, and ask the writer anew once it has answered."""
        heads, now = self._sequencer.chain_heads, self._clock()
        if heads is not self._seen and not self._sequencer.status().trouble:
            self._seen, self._seen_at = heads, now
        if self._asked is None or self._asked.done():
            with suppress(SequencerError):  # as many questions wait as fit, and it is not ours that is owed an answer
                self._asked, self._asked_at = self._sequencer.ask(lambda ledger: None), now

    @property
    def silent(self) -> float:
        """Seconds for which the writer has owed an answer; a refusal is one too."""
        if self._asked is None or self._asked.done():
            return 0.0
        return self._clock() - self._asked_at

    @property
    def chain_age(self) -> float:
        """Seconds since the chain was last seen without trouble; since the start, if never."""
        return self._clock() - self._seen_at
