"""Captures written by tests."""

import gzip
import json
from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "l2-feed-hftbacktest"
needs_recorded = pytest.mark.skipif(not RECORDED.exists(), reason="recordings that the project does not ship")

SECOND = 10**9


def depth(time: int, previous: int, last: int, bids: dict, asks: dict, symbol: str = "BTCUSDT") -> tuple[int, dict]:
    """A change of levels on the USD-margined stream, covering the updates after ``previous``."""
    data = {"e": "depthUpdate", "s": symbol, "U": previous + 1, "u": last, "pu": previous}
    data |= {"b": [*map(list, bids.items())], "a": [*map(list, asks.items())]}
    return time, {"stream": f"{symbol.lower()}@depth@0ms", "data": data}


def spot_depth(time: int, first: int, last: int, bids: dict, asks: dict) -> tuple[int, dict]:
    """A change of levels on the spot stream, which numbers no previous message."""
    data = {"e": "depthUpdate", "s": "BTCUSDT", "U": first, "u": last}
    data |= {"b": [*map(list, bids.items())], "a": [*map(list, asks.items())]}
    return time, {"stream": "btcusdt@depth@100ms", "data": data}


def coin_depth(time: int, previous: int, last: int, bids: dict, asks: dict) -> tuple[int, dict]:
    """A change of levels of a coin-margined perpetual."""
    stamp, message = depth(time, previous, last, bids, asks, "BTCUSD_PERP")
    message["data"]["ps"] = "BTCUSD"
    return stamp, message


def trade(
    time: int, price: str, size: str, buys: bool = True, symbol: str = "BTCUSDT", **more: str
) -> tuple[int, dict]:
    """A trade; the maker is on the other side of the taker."""
    data = {"e": "trade", "s": symbol, "p": price, "q": size, "X": "MARKET", "m": not buys, **more}
    return time, {"stream": f"{symbol.lower()}@trade", "data": data}


def snapshot(time: int, last: int, bids: dict, asks: dict) -> tuple[int, dict]:
    """The answer to a request for the whole book."""
    return time, {"lastUpdateId": last, "bids": [*map(list, bids.items())], "asks": [*map(list, asks.items())]}


def text(*messages: tuple[int, dict]) -> bytes:
    """Messages as the lines of a capture."""
    return b"".join(f"{time} {json.dumps(message)}\n".encode() for time, message in messages)


def written(path: Path, *messages: tuple[int, dict], compressed: bool = False) -> Path:
    """A capture as a file."""
    content = text(*messages)
    path.write_bytes(gzip.compress(content) if compressed else content)
    return path
