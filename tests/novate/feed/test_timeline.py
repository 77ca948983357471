"""Seconds of a replay: books as they began, takers as they came."""

from pathlib import Path

import pytest

from novate.feed.capture import survey
from novate.feed.errors import FeedError
from novate.feed.fixed import fixed
from novate.feed.market import Market, markets_of
from novate.feed.timeline import QUIET, Second, seconds
from tests.novate.feed.captures import SECOND, coin_depth, depth, snapshot, trade, written

BOOK = snapshot(10 * SECOND, 20, {"100.0": "5"}, {"100.1": "4"})


def at(second: float) -> int:
    """Nanoseconds of a time in seconds."""
    return int(second * SECOND)


def replayed(*paths: Path) -> tuple[list[Market], list[Second]]:
    """Markets and seconds of captures."""
    markets = markets_of([survey(path) for path in paths])
    return markets, list(seconds(markets, 10))


def test_a_second_shows_the_book_as_it_began(tmp_path: Path) -> None:
    path = written(
        tmp_path / "feed",
        BOOK,
        depth(at(10.5), 20, 21, {"99.9": "1"}, {}),
        depth(at(11.5), 21, 22, {"99.9": "0"}, {}),
        depth(at(12), 22, 23, {"99.8": "7"}, {}),
        depth(at(13), 23, 24, {}, {}),
    )
    _, found = replayed(path)
    assert [second.number for second in found] == [11, 12]
    bids = [[price for price, _ in second.views[0].bids] for second in found]
    assert bids == [[fixed("100"), fixed("99.9")], [fixed("100")]]


def test_trades_of_one_side_and_second_are_one_taker(tmp_path: Path) -> None:
    path = written(
        tmp_path / "feed",
        BOOK,
        depth(at(10.1), 20, 21, {}, {}),
        trade(at(10.9), "100.1", "9"),
        trade(at(11.1), "100.1", "0.25"),
        trade(at(11.2), "100.0", "1", buys=False),
        trade(at(11.3), "100.3", "0.75"),
        trade(at(12.1), "100.1", "1"),
        trade(at(13.1), "100.1", "1"),
    )
    (market,), found = replayed(path)
    buyer, seller = found[0].takers
    assert (buyer.buys, buyer.size, buyer.trades) == (True, market.lots(fixed("1"), 1), 2)
    assert buyer.worst == market.price(fixed("100.3"))
    assert buyer.cost == 100_250_000
    assert (seller.buys, seller.worst) == (False, market.price(fixed("100")))
    assert found[0].traded == (200_250_000,)
    assert [taker.trades for taker in found[1].takers] == [1]


def test_markets_are_merged_in_order_of_time(tmp_path: Path) -> None:
    one = written(
        tmp_path / "a", BOOK, depth(at(10), 20, 21, {}, {}), trade(at(11.2), "100", "1"), trade(at(12), "1", "1")
    )
    other = written(
        tmp_path / "b",
        depth(at(10.5), 1, 2, {"7": "1"}, {"8": "1"}, "ETHUSDT"),
        trade(at(11.1), "8", "1", symbol="ETHUSDT"),
    )
    markets, found = replayed(one, other)
    assert [market.name for market in markets] == ["BTC-PERP", "ETH-PERP"]
    assert [taker.market for taker in found[0].takers] == [1, 0]
    assert found[0].views[1].asks == ((fixed("8"), fixed("1")),)


def test_coin_margined_trades_are_worth_their_contracts(tmp_path: Path) -> None:
    path = written(
        tmp_path / "feed",
        coin_depth(at(10), 1, 2, {"50000.0": "1"}, {"50000.1": "1"}),
        trade(at(11), "50000.0", "7", symbol="BTCUSD_PERP"),
        trade(at(12), "50000.0", "7", symbol="BTCUSD_PERP"),
    )
    (market,), found = replayed(path)
    assert found[0].traded == (700_000_000,)
    assert market.size_decimal(found[0].takers[0].size) == market.size_decimal(market.lots(fixed("7"), fixed("50000")))
    assert found[0].takers[0].cost == 700_000_000


def test_hours_without_events_are_skipped(tmp_path: Path) -> None:
    late = 10 + QUIET + 100
    path = written(
        tmp_path / "feed",
        BOOK,
        depth(at(11.5), 20, 21, {}, {}),
        trade(at(late), "1", "1"),
        trade(at(late + 1), "1", "1"),
    )
    _, found = replayed(path)
    assert [second.number for second in found] == [11, late]


def test_a_gap_stops_the_replay(tmp_path: Path) -> None:
    path = written(
        tmp_path / "feed",
        BOOK,
        depth(at(10.5), 20, 21, {}, {}),
        depth(at(11.5), 23, 24, {}, {}),
        trade(at(13), "1", "1"),
    )
    with pytest.raises(FeedError) as refused:
        replayed(path)
    assert refused.value.code == "FEED_SEQUENCE_GAP"
