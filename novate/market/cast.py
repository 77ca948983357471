"""Who is who in a replay: accounts numbered from 1, makers market by market, then takers."""

from typing import NamedTuple

MAKER_MONEY = 5_000_000 * 10**6
"""Deposit of a maker, in micro-units: the displayed size of twelve levels a side, at any usual initial margin."""
TAKER_MONEY = 500_000 * 10**6
"""Deposit of a taker, in micro-units."""


class Cast(NamedTuple):
    """Account numbers by what they do."""

    makers: tuple[tuple[int, ...], ...]
    """By market."""
    takers: tuple[int, ...]

    @property
    def accounts(self) -> tuple[int, ...]:
        """Everybody, in the order of their numbers."""
        return (*[account for market in self.makers for account in market], *self.takers)

    def money(self, account: int) -> int:
        """What an account deposits, in micro-units."""
        return TAKER_MONEY if account in self.takers else MAKER_MONEY


def cast(markets: int, makers: int, accounts: int) -> Cast:
    """``makers`` of each market and as many takers as make up ``accounts``; raises ``ValueError`` if none is left."""
    first_taker = 1 + markets * makers
    if makers < 1 or first_taker > accounts:
        raise ValueError(f"{accounts} accounts are too few for {makers} makers in {markets} markets and a taker")
    by_market = [tuple(range(1 + number * makers, 1 + (number + 1) * makers)) for number in range(markets)]
    return Cast(tuple(by_market), tuple(range(first_taker, accounts + 1)))
