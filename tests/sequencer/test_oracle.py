"""The oracle's door: who may report, which rounds count, and what a lying or silent minority can do."""

from random import Random
from statistics import median

import pytest

from rollup.actions import Report
from rollup.refusals import Code, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.oracle import AHEAD, KEPT_ROUNDS, Oracle
from sequencer.signatures import Checker
from tests.sequencer.house import CALM, DIGEST, START, Clock, KeyedHash, deployment, key, price, sequencer, sign

QUORUM = 5
PAIR = (60_000_000, 2_700_000)


def oracle() -> Oracle:
    return Oracle(deployment().genesis, Checker(KeyedHash(), DIGEST))


def report(number: int, round_: int = START, prices: tuple[int, ...] = PAIR) -> Report:
    return sign(Report(number, round_, (*prices, *(0,) * (8 - len(prices)))), key(1_000_000 + number))


def fill(door: Oracle, numbers, round_: int = START, prices: tuple[int, ...] = PAIR) -> None:
    for number in numbers:
        assert door.submit(report(number, round_, prices), round_)


def chosen(door: Oracle, round_: int = START) -> list[int]:
    return [one.reporter for one in door.choose(round_)]


def refusal(door: Oracle, one: Report, now: int = START):
    with pytest.raises((Refused, SequencerError)) as caught:
        door.submit(one, now)
    assert door.waiting() == {}
    return caught.value.code


def test_a_round_counts_with_its_quorum_and_not_before():
    door = oracle()
    fill(door, range(QUORUM - 1))
    assert door.newest(START) == 0
    fill(door, [6])
    assert door.newest(START) == START and door.newest(START - 1) == 0
    assert chosen(door) == [0, 1, 2, 3, 6]


def test_reports_of_different_seconds_make_no_round():
    door = oracle()
    fill(door, [0, 1, 2])
    fill(door, [3, 4, 5], START + 1)
    assert door.newest(START + 9) == 0 and door.waiting() == {START: 3, START + 1: 3}


def test_the_newest_round_with_a_quorum_is_the_one():
    door = oracle()
    for round_ in (START, START + 1, START + 2):
        fill(door, range(7), round_)
    fill(door, range(4), START + 3)
    assert door.newest(START + 3) == START + 2


def test_the_choice_does_not_depend_on_the_order_of_arrival():
    orders = [list(range(7)) for _ in range(20)]
    choices = set()
    for seed, order in enumerate(orders):
        Random(seed).shuffle(order)
        door = oracle()
        fill(door, order)
        choices.add(tuple(chosen(door)))
    assert choices == {(0, 1, 2, 3, 4)}


def test_an_abstaining_reporter_is_left_out_where_others_price_the_market():
    door = oracle()
    fill(door, [0], prices=(60_000_000, 0))
    fill(door, [3], prices=(0, 2_700_000))
    fill(door, [1, 2, 4, 5])
    assert chosen(door) == [0, 1, 2, 4, 5]
    fill(door, [6])
    assert chosen(door) == [1, 2, 4, 5, 6]


@pytest.mark.parametrize("liars", [(0, 1), (0, 6), (5, 6), (2, 3)])
@pytest.mark.parametrize("factor", [0.5, 3])
def test_two_liars_cannot_move_a_mark_beyond_what_the_honest_said(tmp_path, liars, factor):
    house = sequencer(tmp_path, Clock())
    honest = [60_000_000 + 1000 * number for number in range(7)]
    for number in range(7):
        said = int(60_000_000 * factor) if number in liars else honest[number]
        house.report(report(number, prices=(said, 2_700_000)))
    said = house.oracle.choose(START)
    house._writer._batcher.begin()
    mark = house.engine.markets[0].mark
    house.stop(seal=False)
    assert mark == median(one.prices[0] for one in said)
    true = [honest[number] for number in range(7) if number not in liars]
    assert min(true) <= mark <= max(true)


def test_a_late_round_begins_no_batch(tmp_path):
    """A round before the clock of the last batch would turn time back, however many sign it."""
    clock = Clock()
    house = sequencer(tmp_path, clock)
    price(house, START)
    batcher = house._writer._batcher
    batcher.begin()
    assert (house.engine.clock, house.engine.system.round) == (START, START)
    with pytest.raises(SequencerError, match="ROUND_TOO_OLD"):
        house.report(report(0, START))
    clock.now += 10
    price(house, START + 9)
    batcher.seal("test")
    clock.now += 5
    batcher.begin()
    assert (house.engine.clock, house.engine.system.round) == (START + 9, START + 9)
    batcher.seal("test")
    batcher.begin()
    assert (house.engine.clock, house.engine.system.round) == (START + 15, START + 9)
    with pytest.raises(SequencerError) as caught:
        house.report(report(0, START + 14))
    assert caught.value.code is Problem.ROUND_TOO_OLD
    assert caught.value.numbers == {"round": START + 14, "earliest": START + 15}
    house.stop(seal=False)


def test_a_round_that_has_grown_old_begins_no_batch(tmp_path):
    clock = Clock()
    house = sequencer(tmp_path, clock, CALM._replace(round_age=60))
    price(house, START)
    clock.now = START + 61
    house._writer._batcher.begin()
    assert (house.engine.clock, house.engine.system.round) == (START + 61, 0)
    house.stop(seal=False)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (report(0)._replace(signature=(1, 2)), Code.BAD_SIGNATURE),
        (report(0)._replace(reporter=1), Code.BAD_SIGNATURE),
        (report(0)._replace(round=START + 1), Code.BAD_SIGNATURE),
        (report(0)._replace(prices=(60_000_001, 2_700_000) + (0,) * 6), Code.BAD_SIGNATURE),
        (report(0)._replace(signature=(-1, 2)), Code.BAD_SIGNATURE),
        (report(0)._replace(signature=()), Code.BAD_SIGNATURE),
        (report(7), Code.BAD_FIELD),
        (report(-1), Code.BAD_FIELD),
        (report(True), Code.BAD_FIELD),
        (report(0)._replace(prices=PAIR), Code.BAD_FIELD),
        (report(0)._replace(prices=(-1,) + (0,) * 7), Code.BAD_FIELD),
        (report(0)._replace(prices=(2**36 - 1,) + (0,) * 7), Code.BAD_FIELD),
        (report(0)._replace(round=1.5), Code.BAD_FIELD),
        (report(0, prices=(1, 2, 3)), Code.UNKNOWN_MARKET),
        (report(0, START + AHEAD + 1), Problem.ROUND_TOO_NEW),
    ],
)
def test_what_is_no_report_is_turned_away_with_a_code(one, code):
    assert refusal(oracle(), one) is code


def test_one_bad_signature_does_not_harm_the_reports_beside_it():
    door = oracle()
    outcomes = door.submit_many([report(0), report(1)._replace(signature=(1, 2)), report(2)], START)
    assert outcomes[0] is True and outcomes[1].code is Code.BAD_SIGNATURE and outcomes[2] is True


def test_a_reporter_who_says_two_things_is_held_to_the_first_and_caught():
    door = oracle()
    first, second = report(0), report(0, prices=(61_000_000, 2_700_000))
    assert door.submit(first, START) is True
    assert door.submit(first, START) is False
    with pytest.raises(SequencerError) as caught:
        door.submit(second, START)
    assert caught.value.code is Problem.REPORT_CONFLICTS
    assert list(door.conflicts) == [(first, second)]
    fill(door, [1, 2, 3, 4])
    assert door.choose(START)[0] == first


def test_rounds_that_never_reach_a_quorum_are_forgotten():
    door = oracle()
    for offset in range(KEPT_ROUNDS + 50):
        fill(door, [0], START + offset)
    waiting = door.waiting()
    assert len(waiting) == KEPT_ROUNDS and min(waiting) == START + 50
