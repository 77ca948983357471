"""The advance: clock, rounds, medians, and how far a mark may jump."""

import pytest

from rollup.actions import Report
from rollup.actions.advance import median, moved
from rollup.layout import MARKETS
from rollup.refusals import Code, Refused
from rollup.state import UNLISTED
from tests.rollup.desk import CLOCK, HASHER, Desk


def test_the_median_is_the_middle_one_and_none_if_a_price_is_missing() -> None:
    assert median([5, 1, 9, 3, 7]) == 5
    assert median([5, 1, 5, 5, 9]) == 5
    assert median([5, 0, 5, 5, 9]) == 0
    assert median([]) == 0


MARK = UNLISTED._replace(mark=1_000_000, price_time=1_000, jump=100, ceiling=50_000, status=1)

JUMPS = """
    price    seconds | taken
    1000100        1 | yes
    1000101        1 | no
     999900        1 | yes
     999899        1 | no
    1050000      500 | yes
    1050001      500 | no
    1050000     9999 | yes
    1050001     9999 | no
          0        1 | no
"""


def test_a_jump_is_bounded_by_the_time_since_the_last_price_and_by_the_ceiling() -> None:
    for line in JUMPS.strip().split("\n")[1:]:
        request, outcome = line.split("|")
        price, seconds = map(int, request.split())
        taken = moved(MARK, price, 1_000 + seconds)
        expected = MARK._replace(mark=price, price_time=1_000 + seconds) if outcome.strip() == "yes" else MARK
        assert taken == expected, line


def test_the_allowance_stops_growing_after_an_hour() -> None:
    slow = MARK._replace(jump=1, ceiling=1_000_000)
    assert moved(slow, 1_003_600, 1_000 + 3_600).mark == 1_003_600
    assert moved(slow, 1_003_601, 1_000 + 100_000) == slow


def test_the_first_price_of_a_market_is_always_taken() -> None:
    assert moved(UNLISTED, 7, 5) == UNLISTED._replace(mark=7, price_time=5)


def test_a_market_is_open_while_its_price_is_fresh() -> None:
    desk = Desk()
    desk.turn(seconds=600)
    assert desk.engine.open_markets == (True, True)
    desk.turn(seconds=1)
    assert desk.engine.open_markets == (False, False)
    desk.turn(10_000, 0, seconds=1)
    assert desk.engine.open_markets == (True, False)
    desk.seal()


def reports(desk: Desk, *reporters: int, round_: int | None = None, price: int = 10_000) -> list[Report]:
    second = desk.clock if round_ is None else round_
    return [Report(reporter, second, (price,) * 2 + (0,) * (MARKETS - 2)) for reporter in reporters]


LADDER = [
    # clock, reporters, round, price; each row mends what the row above it was refused for
    (CLOCK - 1, (0, 1, 2, 3), CLOCK - 1, 1 << 36, Code.CLOCK_RUNS_BACK),
    (CLOCK, (0, 1, 2, 3), CLOCK - 1, 1 << 36, Code.NOT_A_QUORUM),
    (CLOCK, (0, 1, 2, 3, 3), CLOCK - 1, 1 << 36, Code.NOT_A_QUORUM),
    (CLOCK, (0, 1, 2, 4, 3), CLOCK - 1, 1 << 36, Code.NOT_A_QUORUM),
    (CLOCK, (0, 1, 2, 3, 7), CLOCK - 1, 1 << 36, Code.BAD_FIELD),
    (CLOCK, (0, 1, 2, 3, 4), CLOCK - 1, 1 << 36, Code.BAD_FIELD),
    (CLOCK, (0, 1, 2, 3, 4), CLOCK - 1, 10_000, Code.ROUND_IS_NOT_THE_CLOCK),
    (CLOCK, (0, 1, 2, 3, 4), CLOCK, 10_000, Code.ROUND_IS_NOT_NEWER),
    (CLOCK + 1, (0, 1, 2, 3, 4), CLOCK + 1, 10_000, None),
]


@pytest.mark.parametrize("clock, reporters, round_, price, code", LADDER)
def test_what_is_no_advance(clock: int, reporters: tuple, round_: int, price: int, code: Code | None) -> None:
    desk = Desk()
    desk.seal()
    offered = reports(desk, *reporters, round_=round_, price=price)
    if code is None:
        desk.engine.advance(clock, offered)
        return
    with pytest.raises(Refused) as refused:
        desk.engine.advance(clock, offered)
    assert refused.value.code is code
    desk.engine.advance(CLOCK)


def test_a_clock_only_advance_keeps_every_mark_and_changes_only_the_system_page() -> None:
    desk = Desk()
    before = desk.engine.markets
    desk.turn(seconds=5)
    assert desk.engine.markets == before
    desk.seal()
    root = desk.engine.root(HASHER)
    desk.engine.advance(desk.clock)
    assert desk.engine.seal(HASHER).root_after == root
