"""Makers quote the recorded book between them, and never into one another."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novate.feed.book import View
from novate.feed.fixed import fixed
from novate.feed.market import Market
from novate.feed.messages import Kind
from novate.market.intents import BUY, SELL, Quotes, Retreat
from novate.market.makers import Makers
from rollup.layout import GTC

MARKET = Market("BTC-PERP", "BTCUSDT", Kind.LINEAR, fixed("0.1"), fixed("0.001"), 0, fixed("100"), (Path("feed"),))


def view(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> View:
    """A recorded book."""
    return View(0, *(tuple((fixed(price), fixed(size)) for price, size in side) for side in (bids, asks)))


def ladder(mid: int, count: int = 6) -> View:
    """One coin at each tick around ``mid`` tenths: bids just below, asks just above."""
    bids = [(f"{(mid - step) / 10:.1f}", "1") for step in range(1, count + 1)]
    asks = [(f"{(mid + step) / 10:.1f}", "1") for step in range(1, count + 1)]
    return view(bids, asks)


def makers(accounts: tuple[int, ...] = (1, 2), levels: int = 3, rotation: int = 100) -> Makers:
    """Makers of the market."""
    return Makers(0, MARKET, accounts, levels, rotation)


def prices(quotes: Quotes, side: int) -> list[int]:
    """Prices of one side of a sheet, in tenths of the quote asset."""
    return [item.price // MARKET.tick_units for item in quotes.items if item.side == side]


def test_levels_are_divided_from_the_touch_outwards() -> None:
    near, far = makers().quote(ladder(1000))
    assert (near.account, far.account) == (1, 2)
    assert prices(near, BUY) == [999, 998, 997]
    assert prices(near, SELL) == [1001, 1002, 1003]
    assert prices(far, BUY) == [996, 995, 994]
    assert prices(far, SELL) == [1004, 1005, 1006]


def test_a_level_is_quoted_with_its_whole_displayed_size_and_never_takes() -> None:
    (quotes,) = makers((1,), 1).quote(view([("100.0", "2.5")], [("100.1", "0.0019")]))
    bid, ask = quotes.items
    assert bid == (BUY, GTC, 1, 0, MARKET.price(fixed("100")), 2500)
    assert ask.size == 1


def test_levels_of_less_than_a_lot_are_passed_over() -> None:
    (quotes,) = makers((1,), 1).quote(view([("100.0", "0.0009"), ("99.9", "1")], [("100.1", "1")]))
    assert prices(quotes, BUY) == [999]


def test_nothing_is_quoted_while_a_side_is_empty() -> None:
    assert makers().quote(view([], [("100.1", "1")])) == []


def test_a_thin_book_leaves_the_far_maker_with_nothing_and_clears_its_quotes() -> None:
    desk = makers()
    desk.quote(ladder(1000))
    _, far = desk.quote(ladder(1000, count=2))
    assert far == Quotes(2, 0, ())


def test_places_are_exchanged() -> None:
    desk = makers(rotation=2)
    nearest = [next(intent for intent in desk.quote(ladder(1000)) if isinstance(intent, Quotes)) for _ in range(5)]
    assert [quotes.account for quotes in nearest] == [1, 1, 2, 2, 1]


def test_a_maker_whose_quotes_are_passed_retreats_first() -> None:
    desk = makers()
    desk.quote(ladder(1000))
    sent = desk.quote(ladder(1010))
    assert sent[0] == Retreat(2, 0)
    assert [intent.account for intent in sent[1:]] == [1, 2]


def test_a_small_move_asks_nobody_to_retreat() -> None:
    desk = makers()
    desk.quote(ladder(1000))
    assert not any(isinstance(intent, Retreat) for intent in desk.quote(ladder(1002)))


@pytest.mark.parametrize(("levels", "rotation"), [(0, 1), (13, 1), (1, 0)])
def test_what_no_sheet_holds_is_refused(levels: int, rotation: int) -> None:
    with pytest.raises(ValueError):
        makers(levels=levels, rotation=rotation)


@given(st.lists(st.integers(100, 140), min_size=1, max_size=12), st.integers(1, 3), st.integers(1, 4))
def test_no_quote_ever_meets_another_makers(mids: list[int], levels: int, rotation: int) -> None:
    """Whatever the price does, a sheet finds nothing standing on the other side that it would take."""
    desk = makers((1, 2, 3), levels, rotation)
    standing: dict[int, Quotes] = {}
    for mid in mids:
        for intent in desk.quote(ladder(mid, count=10)):
            if isinstance(intent, Retreat):
                standing.pop(intent.account, None)
                continue
            standing.pop(intent.account, None)
            others = standing.values()
            asks = [price for quotes in others for price in prices(quotes, SELL)]
            bids = [price for quotes in others for price in prices(quotes, BUY)]
            assert all(price < min(asks, default=10**9) for price in prices(intent, BUY))
            assert all(price > max(bids, default=0) for price in prices(intent, SELL))
            standing[intent.account] = intent
