"""Margin: what an account is worth, what it must hold, and which changes are admissible.

The one door to margin: whoever needs it calls ``value`` and one of the judgements below.
Everything is exact. Requirements are counted in half parts per million of a micro-unit, so nothing is divided.
"""

from typing import TYPE_CHECKING, NamedTuple

from rollup.layout import MARKET_BITS, MILLION
from rollup.refusals import Code, Refused

if TYPE_CHECKING:
    from rollup.state import State

TWICE = 2 * MILLION
"""Requirement units of one micro-unit."""
FLOOR = 16 * TWICE
"""Equity times this against the positions' requirement: the sixteenth at which the rule for short accounts changes."""


class Value(NamedTuple):
    """An account at the marks of the batch.

    ``equity`` in micro-units; ``requirement`` of positions and open orders, ``held`` of the positions alone, both in
    half parts per million of a micro-unit; ``sizes`` of its positions, one for each listed market.
    """

    equity: int
    requirement: int
    held: int
    sizes: list[int]


def value(state: "State", account: int, market: int = -1, position: tuple | None = None, cash: int = 0) -> Value:
    """The account as it stands, or with the row of one market replaced and its cash moved.

    The requirement of a market is twice the mark times the worse of all buys or all sells filling there:
    2 mark max(rho (s + B) + phi B, rho (S - s) + phi S), written without the maximum.
    """
    equity = state.cash(account) + cash
    requirement = held = 0
    sizes = []
    rows = state.memory.position.rows
    base = account << MARKET_BITS
    for number, mark, twice_initial, both in state.risk:
        row = position if number == market else rows.get(base + number)
        if row is None:
            sizes.append(0)
            continue
        _, _, buy, sell, size, _ = row
        sizes.append(size)
        if size:
            equity += size * mark
            scaled = twice_initial * size
            held += mark * (scaled if size > 0 else -scaled)
            requirement += mark * (both * (buy + sell) + abs(scaled + both * (buy - sell)))
        elif buy or sell:
            requirement += 2 * mark * both * (buy if buy > sell else sell)
    return Value(equity, requirement, held, sizes)


def whole(account: Value) -> bool:
    """Equity covers the initial margin of positions and open orders."""
    return TWICE * account.equity >= account.requirement


def shrinks(before: int, after: int) -> bool:
    """The position kept its sign and did not grow."""
    return 0 <= after <= before or before <= after <= 0


def admissible(before: Value, after: Value) -> bool:
    """The one rule, of the engine for every action and of the circuit for a batch; transitive at constant marks.

    A change is admissible when clause 1 holds, or else when 2, 3 and 4 all hold.

    1. The account is whole afterwards.
    2. It was short before, and its requirement did not rise.
    3. Every position shrank or stayed.
    4. Above a sixteenth of its positions' requirement, equity stays above, and its ratio to it does not fall.
       Below, equity loses at most a sixteenth of the requirement that was given up.
    """
    # Clause 1.
    if whole(after):
        return True
    # Clause 2.
    if whole(before) or after.requirement > before.requirement:
        return False
    # Clause 3.
    if not all(map(shrinks, before.sizes, after.sizes)):
        return False
    # Clause 4, cross-multiplied: requirements are never negative.
    if FLOOR * before.equity >= before.held:
        return FLOOR * after.equity >= after.held and after.equity * before.held >= before.equity * after.held
    return FLOOR * (after.equity - before.equity) + (before.held - after.held) >= 0


def require_admissible(before: Value, after: Value) -> None:
    """Refuse a change that is not admissible. Raises MARGIN."""
    if not admissible(before, after):
        raise Refused(Code.MARGIN, equity=after.equity, required=-(-after.requirement // TWICE))
