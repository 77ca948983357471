"""Margin: requirements by hand, the one rule clause by clause, and that its steps chain."""

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rollup.layout import CLASSES, position_address
from rollup.margin import FLOOR, TWICE, Value, admissible, shrinks, value, whole
from rollup.state import State
from tests.rollup.desk import genesis

MILLION = 10**6


def account(cash: int, *rows: tuple[int, int, int], mark: int = 100) -> Value:
    """An account of rows (buy, sell, size), at a tenth of initial margin and two thousandths of reserve."""
    state = State.at_genesis(genesis(), CLASSES["S"])
    state.markets = [market._replace(mark=mark) for market in state.markets]
    state.begin()
    state.memory.cash.store(1, (cash,))
    for market, (buy, sell, size) in enumerate(rows):
        state.memory.position.store(position_address(1, market), (3, 0, buy, sell, size, 9))
    return value(state, 1)


@pytest.mark.parametrize(
    "row, expected",
    [
        ((0, 0, 10), 2 * 100 * 100_000 * 10),
        ((0, 0, -10), 2 * 100 * 100_000 * 10),
        ((5, 0, 0), 2 * 100 * 102_000 * 5),
        ((5, 9, 0), 2 * 100 * 102_000 * 9),
        ((5, 0, 10), 2 * 100 * (100_000 * 15 + 2_000 * 5)),
        ((0, 5, 10), 2 * 100 * 100_000 * 10),
        ((0, 25, 10), 2 * 100 * (100_000 * 15 + 2_000 * 25)),
        ((7, 25, -10), 2 * 100 * (100_000 * 35 + 2_000 * 25)),
    ],
)
def test_a_market_requires_the_worse_of_all_buys_or_all_sells(row: tuple[int, int, int], expected: int) -> None:
    worth = account(0, row)
    assert worth.requirement == expected
    assert worth.held == 2 * 100 * 100_000 * abs(row[2])
    assert worth.equity == 100 * row[2]


def test_markets_add_up_and_do_not_net() -> None:
    worth = account(1_000, (0, 0, 10), (0, 0, -10))
    assert (worth.equity, worth.sizes) == (1_000, [10, -10])
    assert worth.requirement == worth.held == 2 * 2 * 100 * 100_000 * 10


def test_whole_is_exact_to_one_micro_unit() -> None:
    assert whole(Value(1, TWICE, 0, []))
    assert not whole(Value(1, TWICE + 1, 0, []))
    assert not whole(Value(-1, 0, 0, []))


def test_a_position_shrinks_when_it_keeps_its_sign_and_does_not_grow() -> None:
    for before, after in product(range(-3, 4), repeat=2):
        assert shrinks(before, after) is (abs(after) <= abs(before) and before * after >= 0)


SHORT = Value(equity=10 * MILLION, requirement=30 * MILLION * TWICE, held=20 * MILLION * TWICE, sizes=[20, -5])

CLAUSES = [
    ("whole afterwards, whatever happened", {"equity": 40 * MILLION, "sizes": [-90, 7]}, True),
    ("nothing changed", {}, True),
    ("the requirement rose", {"requirement": SHORT.requirement + 1}, False),
    ("a position grew", {"sizes": [20, -6], "equity": 11 * MILLION}, False),
    ("a position changed its sign", {"sizes": [-1, -5], "equity": 11 * MILLION}, False),
    ("equity fell at the same positions", {"equity": 10 * MILLION - 1}, False),
    (
        "half the positions for half the equity",
        {"sizes": [10, -2], "held": SHORT.held // 2, "equity": 5 * MILLION},
        True,
    ),
    ("and one micro-unit more", {"sizes": [10, -2], "held": SHORT.held // 2, "equity": 5 * MILLION - 1}, False),
    ("cancelled orders are no risk given up", {"requirement": SHORT.held, "equity": 10 * MILLION - 1}, False),
]


@pytest.mark.parametrize("case, changes, expected", CLAUSES, ids=[case for case, _, _ in CLAUSES])
def test_what_a_short_account_may_do(case: str, changes: dict, expected: bool) -> None:
    assert admissible(SHORT, SHORT._replace(**changes)) is expected


def test_below_a_sixteenth_equity_may_lose_a_sixteenth_of_the_requirement_given_up() -> None:
    below = Value(equity=-MILLION, requirement=32 * MILLION * TWICE, held=32 * MILLION * TWICE, sizes=[32])
    half = below._replace(requirement=below.held // 2, held=below.held // 2, sizes=[16])
    assert admissible(below, half._replace(equity=-2 * MILLION))
    assert not admissible(below, half._replace(equity=-2 * MILLION - 1))
    exactly = Value(equity=2 * MILLION, requirement=below.held, held=below.held, sizes=[32])
    assert FLOOR * exactly.equity == exactly.held
    assert not admissible(exactly, half._replace(equity=MILLION - 1))
    assert admissible(exactly, half._replace(equity=MILLION))


def test_from_whole_only_to_whole() -> None:
    before = SHORT._replace(equity=30 * MILLION)
    assert whole(before)
    assert not admissible(before, before._replace(equity=30 * MILLION - 1))


WEIGHTS = st.lists(st.one_of(st.just(0), st.integers(1, 2**60).map(lambda half: 2 * half)), min_size=1, max_size=3)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Value, Value, Value]:
    """Three states of an account at constant marks, near the edges of the rule."""
    weights = draw(WEIGHTS)
    sizes = [draw(st.integers(-(2**20), 2**20)) for _ in weights]
    found: list[Value] = []
    for _ in range(3):
        if found:
            kept = [draw(st.integers(0, 16)) for _ in sizes]
            sizes = [size * part // 16 if size > 0 else -(-size * part // 16) for size, part in zip(sizes, kept)]
        held = sum(weight * abs(size) for weight, size in zip(weights, sizes))
        requirement = held + draw(st.integers(0, held + 1))
        equity = draw(st.integers(-requirement // MILLION - 3, requirement // TWICE + 1))
        if found:
            last = found[-1]
            requirement = min(requirement, max(last.requirement, held))
            edge = last.equity - (last.held - held) // FLOOR
            if last.held and last.equity >= 0:
                edge = last.equity * held // last.held
            equity = draw(st.sampled_from([equity, edge, edge + 1, edge - 1]))
        found.append(Value(equity, requirement, held, list(sizes)))
    return found[0], found[1], found[2]


@given(chains())
@settings(max_examples=400, derandomize=True, deadline=None)
def test_admissible_steps_chain(chain: tuple[Value, Value, Value]) -> None:
    first, second, third = chain
    assume(admissible(first, second) and admissible(second, third))
    assert admissible(first, third)


def test_admissible_is_transitive_on_every_small_account() -> None:
    """All states of an account with one market of weight 2, scaled so that the edges lie close together."""
    states = [
        Value(equity * MILLION, (2 * abs(size) + orders) * TWICE * 8, 2 * abs(size) * TWICE * 8, [size])
        for size in range(-2, 3)
        for equity in range(-6, 7)
        for orders in range(3)
    ]
    follows = [[later for later, after in enumerate(states) if admissible(before, after)] for before in states]
    for start, reached in enumerate(follows):
        assert start in reached
        allowed = set(reached)
        for middle in reached:
            assert allowed.issuperset(follows[middle]), (states[start], states[middle])


def test_a_fill_never_raises_the_requirement_and_pays_its_reserve() -> None:
    for size, buy, sell, lots in product(range(-3, 4), range(4), range(4), range(1, 4)):
        before = account(0, (buy, sell, size))
        if lots <= buy:
            after = account(0, (buy - lots, sell, size + lots))
            assert after.requirement <= before.requirement - 2 * 100 * 2_000 * lots
        if lots <= sell:
            after = account(0, (buy, sell - lots, size - lots))
            assert after.requirement <= before.requirement - 2 * 100 * 2_000 * lots
