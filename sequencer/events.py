"""What happened, told to whoever listens: one event for every durable fact, in the order of the facts.

The writer publishes after its group is on the disk and before anyone is answered, so a listener never hears of what a
crash could undo. A listener is called on the thread that publishes and must return at once: put it in a queue.
"""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rollup.actions import Report
from rollup.receipts import Receipt


class Sequenced(NamedTuple):
    """An action is durable. ``time`` in milliseconds, ``digest`` None for a collect.

    ``amended`` counts how often it was sequenced again; a receipt whose code is one of the door (``code.is_door``), or
    a ``Problem``, says that it no longer takes effect at all.
    """

    sequence: int
    time: int
    batch: int
    digest: bytes | None
    receipt: Receipt
    amended: int = 0


class Began(NamedTuple):
    """A batch began at ``clock``, with the ``reports`` chosen for it; ``marks`` are those that hold from here on."""

    sequence: int
    batch: int
    clock: int
    time: int
    reports: tuple[Report, ...]
    marks: tuple[int, ...]


class Staged(NamedTuple):
    """A batch reached a stage: ``sealed``, ``committed``, ``proven`` or ``settled``; ``time`` in milliseconds.

    A reorganisation can take ``committed`` and ``settled`` back, and a batch then reaches them again.
    """

    batch: int
    stage: str
    time: int


class Rewound(NamedTuple):
    """Batches after ``batch`` are undone and their actions sequenced again: receipts of them are amended.

    ``sequence`` is that of the record that says so; ``after`` is the last record that holds of those before it.
    ``reason`` is the code of what made it necessary. What is sequenced again follows as events of its own.
    """

    sequence: int
    after: int
    batch: int
    reason: str
    time: int


def rewound(sequence: int, time: int, payload: bytes) -> Rewound:
    """The event of the journal's record of it."""
    plain = json.loads(payload)
    return Rewound(sequence, plain["sequence"], plain["batch"], plain["reason"], time)


class Moded(NamedTuple):
    """The sequencer takes less, or all, from here on: ``normal``, ``reduced`` (cancels and withdrawals), ``halted``."""

    mode: str
    reason: str
    time: int


LOG = logging.getLogger(__name__)

Event = Sequenced | Began | Staged | Rewound | Moded
Listener = Callable[[Sequence[Event]], None]


class Events:
    """The listeners. For several threads."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()

    def listen(self, listener: Listener) -> None:
        """Call this with every group of events from here on."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def leave(self, listener: Listener) -> None:
        """Call it no more."""
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def publish(self, events: Sequence[Event]) -> None:
        """Tell everyone. A listener that raises is told no more: what it does with events is not our fault."""
        if events:
            for listener in self._listeners:
                try:
                    listener(events)
                except Exception:
                    LOG.exception("a listener of events failed and is told no more")
                    self.leave(listener)
