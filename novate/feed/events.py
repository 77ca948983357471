"""What a capture tells, in the venue's own units: prices and sizes as integers of 10**-8, times in nanoseconds."""

from typing import NamedTuple

Levels = tuple[tuple[int, int], ...]
"""Pairs of price and size; in a change, size 0 removes the level."""


class Snapshot(NamedTuple):
    """The whole book, as of update ``last``; 0 where the venue numbers no updates."""

    time: int
    last: int
    bids: Levels
    asks: Levels


class Depth(NamedTuple):
    """Levels as they are after the updates ``first`` to ``last``; ``previous`` ended the message before."""

    time: int
    first: int
    last: int
    previous: int
    bids: Levels
    asks: Levels


class Trade(NamedTuple):
    """One trade; ``buys`` says that the taker bought."""

    time: int
    price: int
    size: int
    buys: bool


class Boundary(NamedTuple):
    """A capture begins: the book before it may not be continued by it."""

    time: int


Event = Snapshot | Depth | Trade | Boundary
