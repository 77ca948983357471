"""What happened, told to whoever listens: one event for every durable fact, in the order of the facts.

The writer publishes after its group is on the disk and before anyone is answered, so a listener never hears of what a
crash could undo. A listener is called on the thread that publishes and must return at once: put it in a queue.
"""

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rollup.actions import Report
from rollup.receipts import Receipt


class Sequenced(NamedTuple):
    """An action is durable. ``time`` in milliseconds, ``digest`` None for a collect."""

    sequence: int
    time: int
    batch: int
    digest: bytes | None
    receipt: Receipt


class Began(NamedTuple):
    """A batch began at ``clock``, with the ``reports`` chosen for it; ``marks`` are those that hold from here on."""

    batch: int
    clock: int
    time: int
    reports: tuple[Report, ...]
    marks: tuple[int, ...]


class Staged(NamedTuple):
    """A batch reached a stage: ``sealed``, ``committed``, ``proven`` or ``settled``; ``time`` in milliseconds."""

    batch: int
    stage: str
    time: int


class Rewound(NamedTuple):
    """Batches after ``batch`` are undone and their actions sequenced again: receipts of them are amended.

    ``reason`` is the code of what made it necessary. What is sequenced again follows as events of its own.
    """

    batch: int
    reason: str
    time: int


class Moded(NamedTuple):
    """The sequencer takes less, or all, from here on: ``normal``, ``reduced`` (cancels and withdrawals), ``halted``."""

    mode: str
    reason: str
    time: int


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
        """Tell everyone."""
        if events:
            for listener in self._listeners:
                listener(events)
