"""The board: the books as everyone may see them, levels without owners, and what changed since the last look.

The books are looked at on the writer's thread, exactly, and no more often than every ``LOOK`` seconds for a market that
something happened in; looks that take long are made less often, so that they cost trading a twentieth at most. Each
look that finds a change is a new number of the market's ``seq``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from sequencer.gateway import wire
from sequencer.gateway.numbers import Units
from sequencer.ledger import Ledger

LOOK = 0.05
DEPTH = 500
"""Levels of a side that are looked at."""
SHARE = 20
"""A look is followed by a pause of at least so many times what it took."""
Side = dict[int, tuple[int, int]]


class Look(NamedTuple):
    """Books of some markets at one moment, the batch's clock, and what it took, in seconds."""

    books: list[tuple[int, Side, Side]]
    took: float


class Change(NamedTuple):
    """What became of a book: levels as they are now, size 0 where one is gone."""

    market: int
    seq: int
    time: int
    bids: list[tuple[int, int, int]]
    asks: list[tuple[int, int, int]]


def look(ledger: Ledger, markets: Sequence[int]) -> Look:
    """To be called on the writer's thread."""
    began = time.perf_counter()
    books = []
    for market in markets:
        bids, asks = ledger.engine.book(market, DEPTH)
        books.append((market, *({level.price: (level.size, level.orders) for level in side} for side in (bids, asks))))
    return Look(books, time.perf_counter() - began)


def changed(before: Side, after: Side) -> list[tuple[int, int, int]]:
    """Levels of ``after`` that differ, and those that are gone."""
    found = [(price, *level) for price, level in after.items() if before.get(price) != level]
    found += [(price, 0, 0) for price in before if price not in after]
    return found


class Board:
    """All markets' books. Used by the gateway's thread alone."""

    def __init__(
        self, units: Sequence[Units], ask: Callable[[Callable], Awaitable], told: Callable[[Change], None]
    ) -> None:
        """``told`` hears of every change."""
        self._units = units
        self._ask = ask
        self._told = told
        count = len(units)
        self.seqs = [0] * count
        self.times = [0] * count
        self._bids: list[Side] = [{} for _ in units]
        self._asks: list[Side] = [{} for _ in units]
        self._dirty = set(range(count))
        self._next = 0.0
        self._looking: asyncio.Task | None = None

    def touch(self, market: int) -> None:
        """Something happened in a market."""
        self._dirty.add(market)

    def touch_all(self) -> None:
        """Something happened that may change every book: the clock moved, or batches were undone."""
        self._dirty.update(range(len(self._units)))

    async def refresh(self) -> None:
        """Look at what is not up to date, if it is time; whoever comes meanwhile shares the look."""
        if self._looking is None or self._looking.done():
            if not self._dirty or time.monotonic() < self._next:
                return
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        markets, self._dirty = sorted(self._dirty), set()
        try:
            found = await self._ask(lambda ledger: look(ledger, markets))
        except BaseException:
            self._dirty.update(markets)
            self._next = time.monotonic() + LOOK
            raise
        self._next = time.monotonic() + max(LOOK, SHARE * found.took)
        now = time.time_ns() // 1_000_000
        for market, bids, asks in found.books:
            change = (changed(self._bids[market], bids), changed(self._asks[market], asks))
            if any(change):
                self._bids[market], self._asks[market] = bids, asks
                self.seqs[market] += 1
                self.times[market] = now
                self._told(Change(market, self.seqs[market], now, *change))

    def book(self, market: int, depth: int = DEPTH, group: int = 1) -> wire.Book:
        """The best levels as of the last look; ``group`` ticks of the price, in micro-units, share a level."""
        units = self._units[market]
        return wire.Book(
            units.symbol,
            self.seqs[market],
            self.times[market],
            _levels(units, self._bids[market], depth, group, 0),
            _levels(units, self._asks[market], depth, group, 1),
        )

    def best(self, market: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """Price and size of the best level of each side."""
        bids, asks = self._bids[market], self._asks[market]
        return (
            next(((price, level[0]) for price, level in bids.items()), None),
            next(((price, level[0]) for price, level in asks.items()), None),
        )


def _levels(units: Units, side: Side, depth: int, group: int, number: int) -> list[wire.Level]:
    """Grouped levels lie at the worse end of their group."""
    if group == 1:
        best = list(side.items())[:depth]
    else:
        merged: Side = {}
        for price, (size, orders) in side.items():
            level = price - price % group if number == 0 else -(-price // group) * group
            known = merged.get(level, (0, 0))
            merged[level] = (known[0] + size, known[1] + orders)
        best = list(merged.items())[:depth]
    return [wire.Level(units.price(price), units.size(size), orders) for price, (size, orders) in best]
