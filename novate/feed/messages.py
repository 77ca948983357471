"""Messages of the venues as events: Binance (USD-margined, coin-margined, spot) and Hyperliquid.

What is neither a book nor a trade (best quotes, answers to subscriptions) is passed over. A book or a trade that
lacks a field is an error: a replay that silently skips a level shows a book that never was.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from novate.feed.events import Depth, Event, Levels, Snapshot, Trade
from novate.feed.fixed import fixed


class Kind(Enum):
    """How a market's sizes and prices are to be read."""

    LINEAR = "linear"
    """Perpetual whose size is in the base asset and whose price is in the collateral."""
    INVERSE = "inverse"
    """Coin-margined: the size is a number of contracts worth a fixed sum of dollars each."""
    SPOT = "spot"


class Identity(NamedTuple):
    """Which market a message is of; a field is None where the message does not say."""

    symbol: str | None = None
    kind: Kind | None = None


def positive(text: str) -> int:
    """A price or a traded size, which is never 0."""
    value = fixed(text)
    if value == 0:
        raise ValueError(f"zero where a positive number belongs: {text!r}")
    return value


def counter(value: Any) -> int:
    """An update's number."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"not an update's number: {value!r}")
    return value


def levels(rows: Any) -> Levels:
    """Price and size pairs of Binance; size 0 removes a level."""
    return tuple([(positive(price), fixed(size)) for price, size in rows])


def binance_depth(time: int, data: dict[str, Any]) -> Depth:
    """A change of levels; spot numbers no previous message, its updates follow one another without a gap."""
    first, last = counter(data["U"]), counter(data["u"])
    previous = counter(data["pu"]) if "pu" in data else first - 1
    if not previous < first <= last:
        raise ValueError(f"updates out of order: after {previous}, {first} to {last}")
    return Depth(time, first, last, previous, levels(data["b"]), levels(data["a"]))


def binance_trade(time: int, data: dict[str, Any]) -> Trade | None:
    """A trade between two orders; transfers to and from the insurance fund are none."""
    if data.get("X", "MARKET") != "MARKET":
        return None
    maker_buys = data["m"]
    if not isinstance(maker_buys, bool):
        raise ValueError(f"m is not a boolean: {maker_buys!r}")
    return Trade(time, positive(data["p"]), positive(data["q"]), not maker_buys)


def binance_kind(data: dict[str, Any]) -> Kind | None:
    """What a message tells of its kind: coin-margined ones name their pair; of depth, only spot's lacks ``pu``."""
    if "_" in data["s"] and "ps" in data:
        return Kind.INVERSE
    if data["e"] == "depthUpdate":
        return Kind.LINEAR if "pu" in data else Kind.SPOT
    return None


def binance_event(time: int, data: dict[str, Any]) -> tuple[Identity, Event | None]:
    """Event of a stream's message, if it tells of the book or of a trade."""
    if data.get("e") == "depthUpdate":
        return Identity(data["s"], binance_kind(data)), binance_depth(time, data)
    if data.get("e") == "trade":
        return Identity(data["s"], binance_kind(data)), binance_trade(time, data)
    return Identity(), None


def hyperliquid_book(time: int, data: dict[str, Any]) -> tuple[Identity, Snapshot]:
    """Twenty levels a side, whole in every message."""
    bids, asks = (tuple([(positive(row["px"]), fixed(row["sz"])) for row in side]) for side in data["levels"])
    return Identity(data["coin"], Kind.LINEAR), Snapshot(time, 0, bids, asks)


def hyperliquid_trades(time: int, data: list[dict[str, Any]]) -> Iterator[tuple[Identity, Trade]]:
    """Trades; side B means that the taker bought, A that it sold."""
    for row in data:
        if row["side"] not in ("A", "B"):
            raise ValueError(f"side is neither A nor B: {row['side']!r}")
        identity = Identity(row["coin"], Kind.LINEAR)
        yield identity, Trade(time, positive(row["px"]), positive(row["sz"]), row["side"] == "B")


def events_of(time: int, message: dict[str, Any]) -> Iterator[tuple[Identity, Event]]:
    """Events of one message; raises ``KeyError``, ``TypeError`` or ``ValueError`` where a field is missing or wrong."""
    if "stream" in message:
        identity, event = binance_event(time, message["data"])
        if event is not None:
            yield identity, event
    elif "lastUpdateId" in message:
        identity = Identity(message.get("symbol"))
        yield (
            identity,
            Snapshot(time, counter(message["lastUpdateId"]), levels(message["bids"]), levels(message["asks"])),
        )
    elif message.get("channel") == "l2Book":
        yield hyperliquid_book(time, message["data"])
    elif message.get("channel") == "trades":
        yield from hyperliquid_trades(time, message["data"])
