"""Captures are read whole or refused with the line that is wrong."""

import gzip
from pathlib import Path

import pytest

from novate.feed.capture import events, survey
from novate.feed.errors import FeedError
from novate.feed.events import Boundary, Depth, Snapshot, Trade
from novate.feed.messages import Kind
from tests.novate.feed.captures import coin_depth, depth, snapshot, spot_depth, text, trade, written

CHANGE = depth(1, 9, 10, {"100.1": "2"}, {"100.2": "0.000"})


def refusal(path: Path) -> FeedError:
    """The error that a survey of a capture ends with."""
    with pytest.raises(FeedError) as refused:
        survey(path)
    return refused.value


@pytest.mark.parametrize("compressed", [False, True])
def test_events_come_in_the_units_of_the_venue(tmp_path: Path, compressed: bool) -> None:
    whole = snapshot(2, 10, {"100": "1"}, {"101": "3"})
    path = written(tmp_path / "feed", CHANGE, whole, trade(3, "100.5", "0.25", buys=False), compressed=compressed)
    assert list(events(path)) == [
        Boundary(1),
        Depth(1, 10, 10, 9, ((10010000000, 200000000),), ((10020000000, 0),)),
        Snapshot(2, 10, ((10000000000, 100000000),), ((10100000000, 300000000),)),
        Trade(3, 10050000000, 25000000, False),
    ]


def test_a_survey_tells_what_a_capture_holds(tmp_path: Path) -> None:
    path = written(tmp_path / "feed", CHANGE, trade(3, "100.5", "0.25"), trade(4, "100.4", "0.5"))
    facts = survey(path)
    assert (facts.symbol, facts.kind) == ("BTCUSDT", Kind.LINEAR)
    assert (facts.first_time, facts.last_time) == (1, 4)
    assert (facts.price_step, facts.size_step) == (10**7, 25 * 10**6)
    assert facts.typical_price == 10050000000
    assert (facts.snapshots, facts.changes, facts.trades) == (0, 1, 2)


def test_kinds_are_told_apart_by_their_messages(tmp_path: Path) -> None:
    levels = {"100": "1"}, {"101": "1"}
    assert survey(written(tmp_path / "a", depth(1, 1, 2, *levels))).kind is Kind.LINEAR
    assert survey(written(tmp_path / "b", spot_depth(1, 1, 2, *levels))).kind is Kind.SPOT
    assert survey(written(tmp_path / "c", coin_depth(1, 1, 2, *levels))).kind is Kind.INVERSE


def test_hyperliquid_is_read_too(tmp_path: Path) -> None:
    row = {"n": 1, "px": "100.0", "sz": "2"}
    book = (1, {"channel": "l2Book", "data": {"coin": "BTC", "levels": [[row], [{**row, "px": "101.0"}]]}})
    traded = (2, {"channel": "trades", "data": [{"coin": "BTC", "px": "101.0", "sz": "1", "side": "B"}]})
    path = written(tmp_path / "feed", book, traded)
    assert list(events(path))[1:] == [
        Snapshot(1, 0, ((10000000000, 200000000),), ((10100000000, 200000000),)),
        Trade(2, 10100000000, 100000000, True),
    ]


def test_what_is_neither_book_nor_trade_is_passed_over(tmp_path: Path) -> None:
    ticker = (2, {"stream": "btcusdt@bookTicker", "data": {"e": "bookTicker", "s": "BTCUSDT"}})
    fund = trade(3, "0", "0", X="INSURANCE_FUND")
    path = written(tmp_path / "feed", CHANGE, (1, {"result": None, "id": 1}), ticker, fund)
    assert [type(event) for event in events(path)] == [Boundary, Depth]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (text(CHANGE)[:-1], "FEED_TORN", 1),
        (text(CHANGE) + b"5 {\n", "FEED_BAD_LINE", 2),
        (text(CHANGE) + b"\n", "FEED_BAD_LINE", 2),
        (text(CHANGE) + b"5 []\n", "FEED_BAD_LINE", 2),
        (text(CHANGE) + b"x {}\n", "FEED_BAD_LINE", 2),
        (text(trade(3, "1", "1"), trade(2, "1", "1")), "FEED_TIME_REVERSED", 2),
        (text(trade(3, "1e3", "1")), "FEED_BAD_FIELD", 1),
        (text(trade(3, "1", "-1")), "FEED_BAD_FIELD", 1),
        (text(trade(3, "0", "1")), "FEED_BAD_FIELD", 1),
        (text(trade(3, "1", "1", m="no")), "FEED_BAD_FIELD", 1),
        (text((1, {"stream": "x", "data": {"e": "trade", "s": "BTCUSDT"}})), "FEED_BAD_FIELD", 1),
        (text((1, {"stream": "x", "data": 7})), "FEED_BAD_FIELD", 1),
        (text(depth(1, 5, 5, {}, {})), "FEED_BAD_FIELD", 1),
        (text((1, {"lastUpdateId": "7", "bids": [], "asks": []})), "FEED_BAD_FIELD", 1),
        (text(CHANGE, trade(2, "1", "1", symbol="ETHUSDT")), "FEED_MIXED", 2),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(tmp_path: Path, content: bytes, code: str, line: int) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)
    error = refusal(path)
    assert (error.code, error.details["line"]) == (code, line)


def test_a_stream_that_breaks_off_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(text(CHANGE) * 50)[:-9])
    assert refusal(path).code == "FEED_TORN"


def test_a_capture_without_a_market_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(b"")
    assert refusal(path).code == "FEED_EMPTY"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nowhere")
    assert error.code == "FEED_NOT_FOUND"
    assert error.details["file"] == str(tmp_path / "nowhere")
