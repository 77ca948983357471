"""A capture: one market's messages as they arrived, ``<receive time in ns> <JSON>`` a line, plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from math import gcd
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from novate.feed.errors import FeedError
from novate.feed.events import Boundary, Depth, Event, Snapshot, Trade
from novate.feed.messages import Identity, Kind, events_of

GZIP_MAGIC = b"\x1f\x8b"


class Facts(NamedTuple):
    """What a capture holds, learned by reading it once."""

    path: Path
    symbol: str
    kind: Kind
    first_time: int
    last_time: int
    price_step: int
    """Greatest common divisor of all its prices, in 10**-8."""
    size_step: int
    """Greatest common divisor of all its sizes, in 10**-8."""
    typical_price: int
    """Price of its first trade, or the first price that it names, in 10**-8."""
    snapshots: int
    changes: int
    trades: int


def opened(path: Path) -> IO[bytes]:
    """The file as bytes, whether compressed or not; raises ``FeedError`` (FEED_NOT_FOUND)."""
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == GZIP_MAGIC
    except OSError as error:
        raise FeedError("FEED_NOT_FOUND", f"cannot read {path}: {error.strerror}", file=str(path)) from error
    return gzip.open(path, "rb") if compressed else path.open("rb")


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; raises ``FeedError`` (FEED_TORN) where the stream or its last line ends too early."""
    number = 0
    try:
        with opened(path) as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    raise FeedError("FEED_TORN", "the last line has no end", file=str(path), line=number)
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FeedError("FEED_TORN", f"the stream breaks off: {error}", file=str(path), line=number) from error


def parsed(path: Path, number: int, line: bytes) -> tuple[int, dict]:
    """Receive time and message of a line; raises ``FeedError`` (FEED_BAD_LINE)."""
    stamp, _, text = line.partition(b" ")
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise FeedError("FEED_BAD_LINE", f"not JSON: {error}", file=str(path), line=number) from error
    if not stamp.isdigit() or not isinstance(message, dict):
        raise FeedError("FEED_BAD_LINE", "not a receive time and a JSON object", file=str(path), line=number)
    return int(stamp), message


def numbered_events(path: Path) -> Iterator[tuple[int, Identity, Event]]:
    """Events with the line they come from; raises ``FeedError`` for what is not a whole capture in order of time."""
    before = 0
    for number, line in lines(path):
        time, message = parsed(path, number, line)
        if time < before:
            where = {"file": str(path), "line": number, "before": before, "time": time}
            raise FeedError("FEED_TIME_REVERSED", "a line was received before the one above it", **where)
        before = time
        try:
            for identity, event in events_of(time, message):
                yield number, identity, event
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
            raise FeedError("FEED_BAD_FIELD", reason, file=str(path), line=number) from error


def events(path: Path) -> Iterator[Event]:
    """A boundary, then every event of a capture in order of time."""
    first = True
    for _, _, event in numbered_events(path):
        if first:
            yield Boundary(event.time)
            first = False
        yield event


class Survey:
    """Collects the facts of a capture, event by event."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.symbol: str | None = None
        self.kind: Kind | None = None
        self.times: list[int] = []
        self.price_step = self.size_step = self.typical_price = 0
        self.counts = {Snapshot: 0, Depth: 0, Trade: 0}

    def add(self, number: int, identity: Identity, event: Event) -> None:
        """Take one event in; raises ``FeedError`` (FEED_MIXED) if it is of another market than those before."""
        for name, said in (("symbol", identity.symbol), ("kind", identity.kind)):
            known = getattr(self, name)
            if said is not None and known is not None and said != known:
                text = f"{name} {said} after {known}"
                raise FeedError(
                    "FEED_MIXED", f"more than one market in one file: {text}", file=str(self.path), line=number
                )
            if said is not None:
                setattr(self, name, said)
        self.times = [self.times[0] if self.times else event.time, event.time]
        self.counts[type(event)] += 1
        pairs = [(event.price, event.size)] if isinstance(event, Trade) else [*event.bids, *event.asks]
        for price, size in pairs:
            self.price_step = gcd(self.price_step, price)
            self.size_step = gcd(self.size_step, size)
            self.typical_price = self.typical_price or price
        if isinstance(event, Trade) and self.counts[Trade] == 1:
            self.typical_price = event.price

    def facts(self) -> Facts:
        """The facts; raises ``FeedError`` (FEED_EMPTY) if there is no book or no market in it."""
        if self.symbol is None or self.kind is None or not self.size_step:
            raise FeedError("FEED_EMPTY", "no book of any market in the file", file=str(self.path))
        steps = (self.price_step, self.size_step, self.typical_price)
        return Facts(self.path, self.symbol, self.kind, *self.times, *steps, *self.counts.values())


def survey(path: Path) -> Facts:
    """Read a capture whole, so that whatever is wrong with it is said before anything is traded on it."""
    collected = Survey(path)
    for number, identity, event in numbered_events(path):
        collected.add(number, identity, event)
    return collected.facts()
