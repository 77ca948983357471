"""A book that is kept up to date by what the socket says of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class LiveLevel(NamedTuple):
    """Size of a price, and how many orders that is."""

    price: Decimal
    size: Decimal
    orders: int


class LiveBook:
    """One market's book. ``seq`` is of the last message that went into it; ``is_whole`` until a gap is found."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.seq = 0
        self.time = 0
        self.is_whole = False
        self._bids: dict[Decimal, LiveLevel] = {}
        self._asks: dict[Decimal, LiveLevel] = {}

    @property
    def bids(self) -> list[LiveLevel]:
        """Best first."""
        return [self._bids[price] for price in sorted(self._bids, reverse=True)]

    @property
    def asks(self) -> list[LiveLevel]:
        """Best first."""
        return [self._asks[price] for price in sorted(self._asks)]

    @property
    def bid(self) -> LiveLevel | None:
        """The best bid."""
        return self._bids[max(self._bids)] if self._bids else None

    @property
    def ask(self) -> LiveLevel | None:
        """The best ask."""
        return self._asks[min(self._asks)] if self._asks else None

    @property
    def mid(self) -> Decimal | None:
        """Halfway between the best prices."""
        bid, ask = self.bid, self.ask
        return (bid.price + ask.price) / 2 if bid and ask else None

    def replace(self, snapshot: dict, seq: int) -> None:
        """Begin anew from a snapshot, a ``Book`` of the API."""
        self._bids, self._asks = {}, {}
        for levels, side in ((snapshot["bids"], self._bids), (snapshot["asks"], self._asks)):
            for level in levels:
                price = Decimal(level["price"])
                side[price] = LiveLevel(price, Decimal(level["size"]), level["orders"])
        self.seq, self.time, self.is_whole = seq, snapshot.get("time", 0), True

    def change(self, delta: dict, seq: int) -> None:
        """Take in changed levels: [price, size, orders]; a size of zero removes."""
        _change(self._bids, delta["bids"])
        _change(self._asks, delta["asks"])
        self.seq, self.time = seq, delta.get("time", self.time)


def _change(side: dict[Decimal, LiveLevel], levels: Iterable[list]) -> None:
    for price_text, size_text, orders in levels:
        price, size = Decimal(price_text), Decimal(size_text)
        if size:
            side[price] = LiveLevel(price, size, orders)
        else:
            side.pop(price, None)
