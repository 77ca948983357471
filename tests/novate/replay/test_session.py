"""Pace, tallies and scales of a replay."""

from novate.feed.market import Market
from novate.feed.messages import Kind
from novate.feed.timeline import Second, Taker
from novate.replay.session import paced
from novate.replay.tally import Tally
from rollup.receipts import Fill, OrderId, Receipt
from rollup.refusals import Code, Refused

MARKET = Market("BTC-PERP", "BTCUSDT", Kind.LINEAR, 10**7, 10**5, 0, 60_000 * 10**8, ())
SECOND = Second(100, ((),), (), (9_000_000,))
MAKER = OrderId(1, 0, 0, 0)


class Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 50.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_recorded_time_paces_at_the_speed_that_was_asked_for() -> None:
    clock = Clock()
    late = [lateness for _, lateness in paced([SECOND] * 5, 2.0, clock, clock.sleep)]
    assert clock.slept == [0.5] * 4
    assert late == [0.0] * 5


def test_a_slow_second_is_caught_up_and_its_lateness_told() -> None:
    clock = Clock()
    told = []
    for _, lateness in paced([SECOND] * 4, 1.0, clock, clock.sleep):
        told.append(lateness)
        clock.now += 2.5 if len(told) == 1 else 0.0
    assert told == [0.0, 1.5, 0.5, 0.0]
    assert clock.slept == [0.5]


def receipt(*fills: tuple[int, int]) -> Receipt:
    """A taker's receipt with fills of (price, size)."""
    made = tuple(Fill(MAKER, 2, 0, 0, price, size, 1) for price, size in fills)
    return Receipt(Code.FILLED, None, 1, fills=made, cost=sum(price * size for price, size in fills))


def seen() -> Tally:
    """A tally that has seen the one second."""
    tally = Tally([MARKET])
    tally.recorded_worth = [9_000_000]
    return tally


def test_distance_is_of_average_prices_and_weighed_by_worth() -> None:
    tally = seen()
    tally.compare(Taker(0, True, 3, 0, 3_000_000, 1), receipt((1_000_000, 2), (1_003_000, 1)))  # 0.1 % dearer
    tally.compare(Taker(0, False, 1, 0, 1_000_000, 1), receipt((1_000_000, 1)))
    found = tally.summary()
    assert found.replayed == 4_003_000
    assert round(found.share, 4) == 0.4448
    assert round(found.worst_basis_points, 6) == 10
    assert round(found.mean_basis_points, 3) == round(10 * 3_003_000 / 4_003_000, 3)


def test_partly_filled_takers_are_compared_by_what_was_filled() -> None:
    tally = seen()
    tally.compare(Taker(0, True, 10, 0, 10_000_000, 1), receipt((1_000_000, 4)))
    assert tally.summary().replayed == 4_000_000
    assert tally.summary().worst_basis_points == 0


def test_what_was_not_sequenced_is_counted_by_its_code() -> None:
    tally = seen()
    tally.compare(Taker(0, True, 1, 0, 1_000_000, 1), Refused(Code.EXPIRED))
    tally.note(SECOND, 1.0, 1, receipt((1, 1)), Refused(Code.EXPIRED))
    assert tally.codes == {"EXPIRED": 1}
    assert tally.trades == tally.deviations == []
    assert tally.summary().share == 0
