"""Twenty recorded seconds through the engine: trades come out where they were recorded."""

import pytest

from novate.data import demo_captures
from novate.market.intents import Quotes, Take
from tests.novate.feed.captures import RECORDED, needs_recorded
from tests.novate.market.replay import Outcome, replayed


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """The beginning of the recording that ships."""
    return replayed(demo_captures(), length=20, levels=8)


def test_no_quote_is_refused(outcome: Outcome) -> None:
    assert set(outcome.items) == {"RESTED"}
    assert outcome.sent[Quotes] == 20 * 2 * 2


def test_most_of_the_recorded_volume_is_replayed(outcome: Outcome) -> None:
    assert outcome.sent[Take] > 70
    assert outcome.replayed > 0.75 * outcome.traded


def test_trades_happen_about_where_they_were_recorded(outcome: Outcome) -> None:
    assert sum(outcome.deviations) / len(outcome.deviations) < 0.5e-4
    assert max(outcome.deviations) < 5e-4


def test_positions_sum_to_zero_and_money_adds_up(outcome: Outcome) -> None:
    engine = outcome.engine
    for market in range(2):
        assert sum(engine.position(account, market).size for account in engine.accounts()) == 0
    assert outcome.fills > 100
    deposited = sum(outcome.cast.money(account) for account in outcome.cast.accounts)
    assert sum(engine.account(account).cash for account in engine.accounts()) == deposited


@needs_recorded
@pytest.mark.parametrize("file", ["spot_btcusdt_20240809.gz", "cm_btcusd_perp_20240809.gz"])
def test_a_cold_start_trades_too(file: str) -> None:
    """Spot and coin-margined captures without a snapshot: the first seconds know few levels."""
    found = replayed([RECORDED / file], length=15, levels=8)
    assert set(found.items) == {"RESTED"}
    assert found.fills > 10
    assert found.replayed > 0.3 * found.traded
