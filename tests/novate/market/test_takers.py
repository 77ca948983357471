"""Takers, reporters and the cast are functions of the recording and the seed."""

from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novate.feed.fixed import fixed
from novate.feed.market import Market
from novate.feed.messages import Kind
from novate.feed.timeline import Second, Taker
from novate.market.cast import MAKER_MONEY, TAKER_MONEY, cast
from novate.market.intents import SELL, Take
from novate.market.noise import draw, spread
from novate.market.reporters import HONEST_NOISE, LIARS, readings
from novate.market.takers import Crowd, worst_price
from rollup.layout import IOC, PRICE_MAX

MARKET = Market("BTC-PERP", "BTCUSDT", Kind.LINEAR, fixed("0.1"), fixed("0.001"), 0, fixed("61800"), (Path("feed"),))
SELLER = Taker(0, False, 12, 61_800_000, 12 * 61_800_500, 3)


def test_a_merged_taker_is_one_market_order() -> None:
    crowd = Crowd([MARKET], (5, 6, 7), seed=1, slack=0)
    (order,) = crowd.take(Second(1_723_161_256, (), (SELLER,), (0,)))
    assert order == Take(order.account, 0, SELL, 61_800_000, 12, 1_723_161_256 % 2**24)
    place = order.action(lane=1, counter=9, expiry=77)
    assert (place.tif, place.post_only, place.reduce_only, place.expiry) == (IOC, 0, 0, 77)


def test_orders_are_spread_over_the_crowd_and_repeat_with_the_seed() -> None:
    def accounts(seed: int) -> list[int]:
        crowd = Crowd([MARKET], range(5, 25), seed, 0)
        return [crowd.order(second, SELLER).account for second in range(200)]

    assert len(set(accounts(1))) == 20
    assert accounts(1) == accounts(1) != accounts(2)


@given(st.integers(1, 2**35), st.integers(1, 1000), st.integers(0, 1000), st.booleans())
def test_the_worst_price_is_on_the_tick_and_no_better_than_recorded(
    ticks: int, tick: int, slack: int, buys: bool
) -> None:
    worst = max(min(ticks, PRICE_MAX) // tick, 1) * tick
    price = worst_price(worst, tick, slack, buys)
    assert price % tick == 0
    assert 1 <= price <= PRICE_MAX
    assert price >= worst if buys else price <= worst
    assert abs(price - worst) * 10**6 <= slack * worst


def test_slack_moves_the_worst_price_outwards() -> None:
    assert worst_price(61_800_000, 100, 100, True) == 61_806_100
    assert worst_price(61_800_000, 100, 100, False) == 61_793_900


@given(st.integers(0, 2**32), st.integers(100_000, 2**35))
def test_two_liars_do_not_move_the_median_beyond_the_honest(second: int, mid: int) -> None:
    said = readings(second, [mid], seed=3)
    honest = [reading.prices[0] for reading in said if reading.reporter not in LIARS]
    assert all(abs(price - mid) * 10**6 <= HONEST_NOISE * mid + 10**6 for price in honest)
    for absent in range(5):
        quorum = [reading.prices[0] for number, reading in enumerate(said) if number != absent]
        five = sorted(quorum)[1:]
        assert min(honest) <= median(five) <= max(honest)


def test_nothing_is_said_of_a_market_without_a_price() -> None:
    said = readings(9, [0, 50_000_000], seed=3)
    assert [reading.reporter for reading in said] == list(range(7))
    assert all(reading.prices[0] == 0 and reading.prices[2:] == (0,) * 6 for reading in said)
    assert len({reading.prices[1] for reading in said}) > 3
    assert said[0].action(9)[:2] == (0, 9)


def test_the_cast_numbers_makers_first() -> None:
    found = cast(markets=2, makers=3, accounts=40)
    assert found.makers == ((1, 2, 3), (4, 5, 6))
    assert found.takers == tuple(range(7, 41))
    assert found.accounts == tuple(range(1, 41))
    assert (found.money(6), found.money(7)) == (MAKER_MONEY, TAKER_MONEY)


def test_a_cast_without_takers_is_refused() -> None:
    with pytest.raises(ValueError):
        cast(markets=2, makers=3, accounts=6)


@given(st.integers(1, 10**6), st.integers())
def test_draws_stay_in_bounds_and_depend_on_what_they_are_for(bound: int, seed: int) -> None:
    assert 0 <= draw(bound, seed, "a") < bound
    assert -bound <= spread(bound, seed, "a") <= bound
    assert draw(2**64, seed, "a") != draw(2**64, seed, "b")
