"""Recorded markets in the rollup's units."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novate.feed.capture import Facts
from novate.feed.errors import FeedError
from novate.feed.fixed import fixed
from novate.feed.market import Market, base_of, fitting_lot, market_name, markets_of
from novate.feed.messages import Kind


def facts(symbol: str, kind: Kind, tick: str, step: str, price: str, start: int = 0, path: str = "feed") -> Facts:
    """What a survey of a capture would tell."""
    return Facts(Path(path), symbol, kind, start, start, fixed(tick), fixed(step), fixed(price), 1, 1, 1)


def market(symbol: str, kind: Kind, tick: str, step: str, price: str) -> Market:
    """The market of one capture."""
    return markets_of([facts(symbol, kind, tick, step, price)])[0]


BTC = market("BTCUSDT", Kind.LINEAR, "0.1", "0.001", "61800.2")
SPOT = market("BTCUSDT", Kind.SPOT, "0.01", "0.000001", "61837.63")
COIN = market("BTCUSD_PERP", Kind.INVERSE, "0.1", "1", "61804.7")


def test_lots_make_every_price_whole() -> None:
    assert (BTC.lot, BTC.tick_units) == (fixed("0.001"), 100)
    assert (SPOT.lot, SPOT.tick_units) == (fixed("0.0001"), 1)
    assert (COIN.lot, COIN.tick_units) == (fixed("0.0001"), 10)
    assert BTC.price(fixed("61800.2")) == 61_800_200
    assert SPOT.price(fixed("61837.63")) == 6_183_763


def test_a_lot_is_worth_at_least_one_unit_of_collateral() -> None:
    assert market("DOGEUSDT", Kind.LINEAR, "0.00001", "1", "0.1").lot == fixed("10")
    assert market("PEPEUSDT", Kind.SPOT, "0.00000001", "1", "0.00000781").lot == fixed("1000000")


def test_sizes_are_rounded_down_to_lots() -> None:
    assert BTC.lots(fixed("0.006"), 1) == 6
    assert SPOT.lots(fixed("0.00019999"), 1) == 1
    assert SPOT.lots(fixed("0.00009"), 1) == 0


def test_contracts_are_converted_at_their_price() -> None:
    """35 contracts of 100 dollars at 61,804.70 are 0.05663... BTC."""
    assert COIN.contract == 100
    assert COIN.lots(fixed("35"), fixed("61804.7")) == 566
    assert COIN.worth(fixed("35"), fixed("61804.7")) == 3_500_000_000
    assert market("ETHUSD_PERP", Kind.INVERSE, "0.01", "1", "2680").contract == 10


def test_prices_off_the_grid_are_refused() -> None:
    with pytest.raises(FeedError) as refused:
        BTC.price(fixed("61800.0001"))
    assert refused.value.code == "FEED_OFF_GRID"
    assert refused.value.details["price"] == "61800.0001"


def test_a_market_that_no_lot_fits_is_refused() -> None:
    with pytest.raises(FeedError) as refused:
        fitting_lot("WIDE", fixed("0.00000001"), fixed("1"), fixed("70000"))
    assert refused.value.code == "FEED_UNREPRESENTABLE"


def test_numbers_are_written_as_the_venue_writes_them() -> None:
    assert BTC.price_decimal(61_800_200) == Decimal("61800.2")
    assert BTC.size_decimal(6) == Decimal("0.006")


@pytest.mark.parametrize(
    ("symbol", "kind", "name"),
    [
        ("BTCUSDT", Kind.LINEAR, "BTC-PERP"),
        ("ethusdc", Kind.SPOT, "ETH-SPOT"),
        ("BTCUSD_PERP", Kind.INVERSE, "BTC-COIN-PERP"),
        ("ETHUSD_241227", Kind.INVERSE, "ETH-COIN-241227"),
        ("USDT", Kind.SPOT, "USDT-SPOT"),
        ("BTC", Kind.LINEAR, "BTC-PERP"),
    ],
)
def test_names_say_what_is_traded(symbol: str, kind: Kind, name: str) -> None:
    assert market_name(symbol, kind) == name


def test_a_base_asset_keeps_its_own_dollars() -> None:
    assert base_of("USDCUSDT") == "USDC"


def test_captures_of_one_market_follow_one_another() -> None:
    late = facts("BTCUSDT", Kind.SPOT, "0.01", "0.0001", "61837.63", start=9, path="late")
    early = facts("BTCUSDT", Kind.SPOT, "0.05", "0.0003", "61837.63", start=1, path="early")
    perpetual = facts("BTCUSDT", Kind.LINEAR, "0.1", "0.001", "61800.2")
    spot, linear = markets_of([late, perpetual, early])
    assert spot.paths == (Path("early"), Path("late"))
    assert (spot.tick, linear.kind) == (fixed("0.01"), Kind.LINEAR)


def test_more_markets_than_an_account_holds_are_refused() -> None:
    many = [facts(f"{letter}USDT", Kind.SPOT, "0.1", "1", "100") for letter in "ABCDEFGHI"]
    with pytest.raises(FeedError) as refused:
        markets_of(many)
    assert refused.value.code == "FEED_TOO_MANY_MARKETS"
    assert refused.value.details == {"markets": 9, "most": 8}


@given(st.integers(0, 6), st.integers(0, 8), st.integers(1, 10**7))
def test_whatever_lot_is_chosen_prices_are_whole(tick_digits: int, step_digits: int, ticks: int) -> None:
    tick, step = 10 ** (8 - tick_digits), 10 ** (8 - step_digits)
    try:
        lot = fitting_lot("ANY", tick, step, tick * ticks)
    except FeedError:
        return
    units = Fraction(tick * ticks, 10**8) * Fraction(lot, 10**8) * 10**6
    assert units.denominator == 1
    assert 10**6 <= units < 2**34
    assert lot % step == 0
