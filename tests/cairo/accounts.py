"""States of the first two concerns: accounts before and after a change, and the one rule on values as they are."""

from random import Random
from typing import NamedTuple

from rollup import margin
from rollup.layout import CLASSES, position_address
from rollup.state import State
from tests.cairo.draw import around, fractions, magnitude, mark, positive, signed
from tests.rollup.desk import genesis

MARKETS = 8
CASH = (1 << 59) - 1
HALF_SIZE = 1 << 47
ACCOUNT = 7


class Account(NamedTuple):
    """Risks (mark, initial, reserve); cash and rows (size, buy, sell) before and after."""

    risks: list[tuple[int, int, int]]
    cash: tuple[int, int]
    rows: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]

    def cells(self) -> list[int]:
        """As the program reads it."""
        flat = [number for part in (self.risks, *self.rows) for row in part for number in row]
        return [len(self.risks), *self.cash, *flat]


def market_state(risks: list[tuple[int, int, int]]) -> State:
    """A state whose markets have these risks."""
    state = State.at_genesis(GENESIS, CLASSES["M"])
    for number, (price, initial, reserve) in enumerate(risks):
        state.markets[number] = state.markets[number]._replace(mark=price, initial=initial, reserve=reserve)
    state.begin()
    return state


GENESIS = genesis(markets=MARKETS)


def valued(risks: list, cash: int, rows: list) -> margin.Value:
    """What ``rollup`` says of an account."""
    state = market_state(risks)
    state.memory.cash.store(ACCOUNT, (cash,))
    for number, (size, buy, sell) in enumerate(rows):
        state.memory.position.store(position_address(ACCOUNT, number), (3, 0, buy, sell, size, 1))
    return margin.value(state, ACCOUNT)


def ours(account: Account) -> list[int]:
    """The answer of ``rollup`` in the order of the program's."""
    before, after = (valued(account.risks, account.cash[i], account.rows[i]) for i in (0, 1))
    less = all(map(margin.shrinks, before.sizes, after.sizes))
    answer = [*before[:3], margin.whole(before), *after[:3], margin.whole(after), less]
    return [int(number) for number in (*answer, margin.admissible(before, after))]


def row(random: Random, largest: int) -> tuple[int, int, int]:
    """A position and its open totals, within the widths that an order keeps."""
    size = random.choice((0, 1, 1, 1)) * signed(random, largest)
    buy, sell = (random.choice((0, 1)) * magnitude(random, largest) for _ in range(2))
    return size, min(buy, HALF_SIZE - 1 - size), min(sell, HALF_SIZE - 1 + size)


def changed(random: Random, old: tuple[int, int, int], largest: int) -> tuple[int, int, int]:
    """The row after something happened to it; most changes are for the less."""
    size, buy, sell = old
    match random.randrange(8):
        case 0 | 1:
            size -= size * random.randint(0, 4) // 4
        case 2:
            size -= (size > 0) - (size < 0)
        case 3:
            size, buy = size + min(buy, largest), 0
        case 4:
            size, sell = size - min(sell, largest), 0
        case 5:
            buy = sell = 0
        case 6:
            size = random.choice((0, -size, size + 1, size - 1))
    return max(-HALF_SIZE, min(size, HALF_SIZE - 1)), buy, sell


def edges(account: Account, old: margin.Value, new: margin.Value) -> tuple[list[int], list[int]]:
    """Equities before and after at which a clause of the rule turns."""
    before = [old.requirement // margin.TWICE, old.held // margin.FLOOR, 0, abs(account.rows[0][0][0])]
    before += [old.held // margin.TWICE // 2]
    after = [new.requirement // margin.TWICE, new.held // margin.FLOOR]
    return before, after


def account(random: Random) -> Account:
    """A random one, its cash so that equity lies at an edge where the widths allow it."""
    count = random.choice((1, 1, 1, 2, 2, 3, MARKETS)) if random.random() < 0.5 else 1
    largest = HALF_SIZE - 1 if random.random() < 0.1 else (1 << random.randint(1, 24))
    risks = [(mark(random), *fractions(random)) for _ in range(count)]
    rows = [row(random, largest) for _ in range(count)]
    moved = [changed(random, old, largest) if random.random() < 0.7 else old for old in rows]
    plain = Account(risks, (0, 0), (rows, moved))
    old, new = valued(risks, 0, rows), valued(risks, 0, moved)
    before, after = edges(plain, old, new)
    equity = around(random, random.choice(before)) * random.choice((1, 1, 1, 1, -1))
    if old.held:
        after.append(-(-equity * new.held // old.held))
    after += [equity - (old.held - new.held) // margin.FLOOR] * 2 + [equity]
    later = around(random, random.choice(after))
    cash = [max(-CASH, min(value, CASH)) for value in (equity - old.equity, later - new.equity)]
    return Account(risks, (cash[0], cash[1]), (rows, moved))


class Judged(NamedTuple):
    """Two values, and whether every position shrank."""

    before: tuple[int, int, int]
    after: tuple[int, int, int]
    less: int

    def cells(self) -> list[int]:
        """As the program reads it."""
        return [*self.before, *self.after, self.less]


def judged(random: Random) -> Judged:
    """Values at the edges of every clause; the requirement with orders is no lower than that of the positions."""
    unit = margin.FLOOR
    held = magnitude(random, 1 << 80) * random.choice((1, unit))
    held_after = random.choice((held, held // 2, held // unit * random.randint(0, 31) // 32 * unit, 0))
    requirement = held + random.choice((0, 1, unit, magnitude(random, 1 << 90)))
    required_after = random.choice((requirement, requirement + 1, requirement - 1, held_after))
    required_after = max(held_after, required_after)
    before = [requirement // margin.TWICE - 1, held // unit, held // unit // 2, -positive(random, 1 << 80)]
    before += [requirement // margin.TWICE, held // unit * random.randint(1, 16)]
    equity = around(random, random.choice(before))
    after = [required_after // margin.TWICE, held_after // unit, equity]
    after += [equity - (held - held_after) // unit] * 2
    if held:
        after += [-(-equity * held_after // held)] * 2
    later = around(random, random.choice(after))
    less = int(random.random() < 0.85)
    return Judged((equity, requirement, held), (later, required_after, held_after), less)


def ours_of_rule(state: Judged) -> list[int]:
    """What ``rollup`` says; a position that grew stands for those that did not shrink."""
    before = margin.Value(*state.before, [2, -2, 0])
    after = margin.Value(*state.after, [2, -1, 0] if state.less else [2, -1, 1])
    return [int(margin.admissible(before, after))]
