"""A queue that hands over what has gathered, all at once. Admission bounds what is in all of them together."""

import threading
from collections import deque
from collections.abc import Sequence

from sequencer.errors import Problem, SequencerError


class Inbox:
    """First in, first out."""

    def __init__(self) -> None:
        self._items: deque = deque()
        self._closed = False
        self._nudged = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._items)

    def put_all(self, items: Sequence[object]) -> None:
        """Add items, in their order, all or none. Raises STOPPED."""
        with self._changed:
            if self._closed:
                raise SequencerError(Problem.STOPPED)
            self._items.extend(items)
            self._changed.notify()

    def take(self, limit: int, timeout: float) -> list | None:
        """Up to ``limit`` items in order, none after ``timeout`` seconds without any; None once closed and empty."""
        with self._changed:
            if not self._items and not self._closed and not self._nudged:
                self._changed.wait(timeout)
            self._nudged = False
            if not self._items:
                return None if self._closed else []
            return [self._items.popleft() for _ in range(min(limit, len(self._items)))]

    def nudge(self) -> None:
        """Let whoever waits, or waits next, look up."""
        with self._changed:
            self._nudged = True
            self._changed.notify()

    def close(self) -> None:
        """Take nothing more; what waits is still handed over."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
