"""The recorded book of one market: a snapshot and changes, or changes alone.

Without a snapshot the book starts cold: it knows the levels that changed since, which near the touch are soon all of
them. Order of the venue's rules: a change that the snapshot already contains is dropped; the first one after it must
reach back to it; each later one must continue the one before.
"""

from bisect import bisect_left, insort
from collections import deque
from typing import NamedTuple

from novate.feed.errors import FeedError
from novate.feed.events import Boundary, Depth, Event, Levels, Snapshot

PENDING = 4096
"""Changes kept for a snapshot that arrives after them, as the answer to a request does."""


class View(NamedTuple):
    """Best levels at one moment, best first, in 10**-8."""

    time: int
    bids: Levels
    asks: Levels

    @property
    def mid(self) -> int | None:
        """Halfway between the best prices, or None while a side is empty."""
        return (self.bids[0][0] + self.asks[0][0]) // 2 if self.bids and self.asks else None


class Side:
    """Levels of one side; ``sign`` is -1 for bids, so that the best price always sorts first."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.sizes: dict[int, int] = {}

    def set(self, price: int, size: int) -> None:
        """Set a level's size; 0 removes it, if it is there."""
        key = self.sign * price
        if size:
            if key not in self.sizes:
                insort(self.keys, key)
            self.sizes[key] = size
        elif self.sizes.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]

    def fill(self, levels: Levels) -> None:
        """Forget everything and take these levels."""
        self.sizes = {self.sign * price: size for price, size in levels if size}
        self.keys = sorted(self.sizes)

    def top(self, count: int) -> Levels:
        """The best levels."""
        return tuple([(self.sign * key, self.sizes[key]) for key in self.keys[:count]])

    def drop_better_than(self, price: int) -> None:
        """Remove levels at ``price`` or better: the other side has been seen there since."""
        end = bisect_left(self.keys, self.sign * price + 1)
        for key in self.keys[:end]:
            del self.sizes[key]
        del self.keys[:end]


class RecordedBook:
    """One market's book as its venue published it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bids, self.asks = Side(-1), Side(1)
        self.last = 0
        self.whole = False
        """Whether a snapshot lies under it; False is a cold start."""
        self.fresh = True
        """Whether the next change is the first after a snapshot or a cold start."""
        self.may_restart = False
        self.pending: deque[Depth] = deque(maxlen=PENDING)

    def apply(self, event: Event) -> None:
        """Take an event in; trades change nothing. Raises ``FeedError`` (FEED_SEQUENCE_GAP)."""
        if isinstance(event, Depth):
            self.pending.append(event)
            self.change(event)
        elif isinstance(event, Snapshot):
            self.replace(event)
        elif isinstance(event, Boundary):
            self.may_restart = True
            self.pending.clear()

    def change(self, depth: Depth) -> None:
        """Apply a change of levels in its turn."""
        if self.last and depth.last <= self.last:
            return
        continued = depth.previous <= self.last if self.fresh and self.whole else depth.previous == self.last
        if self.last and not continued:
            if not self.may_restart:
                numbers = {"expected": self.last, "found": depth.previous, "time": depth.time}
                raise FeedError("FEED_SEQUENCE_GAP", f"{self.name}: changes are missing", market=self.name, **numbers)
            self.restart()
        self.last, self.fresh, self.may_restart = depth.last, False, False
        for price, size in depth.bids:
            self.bids.set(price, size)
        for price, size in depth.asks:
            self.asks.set(price, size)
        if not self.whole:
            self.drop_what_is_crossed(depth)

    def drop_what_is_crossed(self, depth: Depth) -> None:
        """A cold book may lack the removal of a level that the other side has since passed."""
        bids = [price for price, size in depth.bids if size]
        asks = [price for price, size in depth.asks if size]
        if bids:
            self.asks.drop_better_than(max(bids))
        if asks:
            self.bids.drop_better_than(min(asks))

    def replace(self, snapshot: Snapshot) -> None:
        """Take a snapshot, then the changes after it that have arrived already."""
        self.bids.fill(snapshot.bids)
        self.asks.fill(snapshot.asks)
        self.last, self.whole, self.fresh, self.may_restart = snapshot.last, True, True, False
        for depth in self.pending:
            self.change(depth)
        self.pending.clear()

    def restart(self) -> None:
        """Forget the levels: a capture does not continue the one before it."""
        self.bids, self.asks = Side(-1), Side(1)
        self.last, self.whole, self.fresh = 0, False, True

    def view(self, time: int, count: int) -> View:
        """The best ``count`` levels of each side."""
        return View(time, self.bids.top(count), self.asks.top(count))
