"""A replay through the engine alone: exact, repeatable, and within what the size class holds."""

import pytest

from novate.data import demo_captures
from novate.errors import NovateError
from novate.market.cast import cast
from novate.replay.alone import Alone, replay_alone
from novate.replay.scale import SCALES, scale_of
from rollup.layout import CLASSES
from tests.novate.feed.captures import RECORDED, needs_recorded

SEED = 3


@pytest.fixture(scope="module")
def played() -> Alone:
    """Twelve recorded seconds of both markets."""
    return replay_alone(demo_captures(), "S", SEED, 12)


def test_most_of_what_was_recorded_trades_where_it_was_recorded(played: Alone) -> None:
    total = played.tally.summary()
    assert total.share > 0.75
    assert total.mean_basis_points < 0.5
    assert total.fills == sum(len(batch.fills) for batch in played.batches) > 80


def test_nobody_is_refused(played: Alone) -> None:
    assert set(played.tally.codes) <= {"RESTED", "APPLIED", "FILLED", "DROPPED"}


def test_money_and_sizes_add_up(played: Alone) -> None:
    engine, scale = played.engine, SCALES["S"]
    everyone = cast(2, scale.makers, scale.accounts)
    views = [engine.account(account) for account in engine.accounts()]
    assert len(views) == scale.accounts + 1
    for market in range(2):
        assert sum(view.positions[market].size for view in views) == 0
    deposited = sum(everyone.money(account) for account in everyone.accounts)
    assert sum(view.equity for view in views) == sum(view.cash for view in views) == deposited


def test_the_same_seed_gives_the_same_roots(played: Alone) -> None:
    again = replay_alone(demo_captures(), "S", SEED, 12)
    other = replay_alone(demo_captures(), "S", SEED + 1, 12)
    assert [batch.root_after for batch in again.batches] == [batch.root_after for batch in played.batches]
    assert other.batches[-1].root_after != played.batches[-1].root_after


def test_two_liars_move_no_mark_beyond_the_noise_of_the_honest(played: Alone) -> None:
    mids = {
        quote.market: (quote.bid + quote.ask) / 2
        for quote in played.tally.quotes
        if quote.recorded == played.engine.clock
    }
    for market, mid in mids.items():
        assert abs(played.engine.markets[market].mark / mid - 1) < 60e-6


def test_batches_end_when_a_capacity_is_used_up() -> None:
    small = replay_alone(demo_captures()[:1], "XS", SEED, 4)
    slots = CLASSES["XS"].slots
    assert len(small.batches) > 4
    for batch in small.batches:
        assert all(batch.used[name] <= count for name, count in slots.items())


def test_too_many_markets_for_a_class_are_refused() -> None:
    with pytest.raises(NovateError, match="CLASS_TOO_SMALL"):
        scale_of("XS", 4)


@needs_recorded
@pytest.mark.parametrize("file", ["spot_btcusdt_20240808.gz", "cm_btcusd_perp_20240808.gz", "spot_btcusdt_20240809.gz"])
def test_spot_coin_margined_and_a_cold_start_replay_too(file: str) -> None:
    found = replay_alone([RECORDED / file], "S", SEED, 10)
    assert found.tally.summary().share > 0.3
    assert found.batches[-1].fills
