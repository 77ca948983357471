"""A replay's seconds: the books as they stood when each began, and the takers whose trades fell into it."""

import heapq
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from novate.feed.book import RecordedBook, View
from novate.feed.capture import events
from novate.feed.events import Event, Trade
from novate.feed.market import Market

SECOND = 10**9
QUIET = 60
"""Seconds without any event after which a replay skips to the next one: captures of different hours may follow."""


class Taker(NamedTuple):
    """Recorded trades of one market, side and second as one order, in the rollup's units."""

    market: int
    buys: bool
    size: int
    worst: int
    """The worst price that any of the trades had."""
    cost: int
    """Sum of size times price over the trades: cost / size is the recorded average price."""
    trades: int


class Second(NamedTuple):
    """One second of recorded time; ``number`` counts from the epoch."""

    number: int
    views: tuple[View, ...]
    """Each market's best levels as the second began, in recorded units."""
    takers: tuple[Taker, ...]
    """In order of their first trades."""
    traded: tuple[int, ...]
    """What was traded in each market, in micro-units of collateral: the takers' costs and what rounding took off."""


class Sum:
    """Trades of one market, side and second added up, in recorded units."""

    __slots__ = ("buys", "notional", "size", "trades", "worst")

    def __init__(self, first: Trade) -> None:
        self.buys, self.worst = first.buys, first.price
        self.size = self.notional = self.trades = 0

    def add(self, trade: Trade) -> None:
        """Count one more trade in."""
        self.size += trade.size
        self.notional += trade.size * trade.price
        self.worst = max(self.worst, trade.price) if self.buys else min(self.worst, trade.price)
        self.trades += 1

    @property
    def average(self) -> int:
        """Average price, weighted by size, rounded down."""
        return self.notional // self.size


class Merger:
    """Sums the trades of one second by market and side."""

    def __init__(self, markets: Sequence[Market]) -> None:
        self.markets = markets
        self.sums: dict[tuple[int, bool], Sum] = {}

    def add(self, market: int, trade: Trade) -> None:
        """Count a trade in, in recorded units."""
        self.sums.setdefault((market, trade.buys), Sum(trade)).add(trade)

    def taken(self) -> tuple[tuple[Taker, ...], tuple[int, ...]]:
        """The second's takers, and what was traded in each market; starts anew."""
        takers: list[Taker] = []
        traded = [0] * len(self.markets)
        for (number, buys), total in self.sums.items():
            market = self.markets[number]
            traded[number] += market.worth(total.size, total.average)
            lots = market.lots(total.size, total.average)
            if lots:
                cost = market.worth_of_lots(lots, total.average)
                takers.append(Taker(number, buys, lots, market.price(total.worst), cost, total.trades))
        self.sums = {}
        return tuple(takers), tuple(traded)


def market_events(number: int, market: Market) -> Iterator[tuple[int, int, Event]]:
    """Events of one market's captures, one after the other, with their time and the market's number."""
    for event in chain.from_iterable(events(path) for path in market.paths):
        yield event.time, number, event


def seconds(markets: Sequence[Market], levels: int) -> Iterator[Second]:
    """Every second from the first whole one on, with ``levels`` levels of each side; raises ``FeedError``.

    A capture that breaks off inside a second ends with the second before it.
    """
    books = [RecordedBook(market.name) for market in markets]
    merger = Merger(markets)
    merged = heapq.merge(*[market_events(number, market) for number, market in enumerate(markets)], key=lambda e: e[:2])
    current: int | None = None
    views: tuple[View, ...] = ()
    for time, number, event in merged:
        second = time // SECOND
        if current is None:
            current = second
        while second > current:
            takers, traded = merger.taken()
            if views:
                yield Second(current, views, takers, traded)
            current = second if second - current > QUIET else current + 1
            views = tuple([book.view(current * SECOND, levels) for book in books])
        if isinstance(event, Trade):
            merger.add(number, event)
        else:
            books[number].apply(event)
