"""What a participant of a replay wants to do; nonce, expiry and signature come when it is sent.

Prices are in micro-units of collateral per lot, sizes in lots. ``action`` gives the unsigned action of the rollup.
"""

from typing import NamedTuple

from rollup.actions import CancelAll, Place, PlaceItem, Report, Sheet, Withdraw
from rollup.layout import GTC, IOC

BUY, SELL = 0, 1


class Quotes(NamedTuple):
    """A sheet that replaces all of an account's orders in a market."""

    account: int
    market: int
    items: tuple[PlaceItem, ...]

    def action(self, lane: int, counter: int, expiry: int) -> Sheet:
        """The sheet to sign."""
        return Sheet(self.account, lane, counter, self.market, 1, expiry, self.items)


class Retreat(NamedTuple):
    """Everything that an account has in a market is withdrawn."""

    account: int
    market: int

    def action(self, lane: int, counter: int, expiry: int) -> CancelAll:
        """The word to sign."""
        return CancelAll(self.account, lane, counter, self.market, expiry)


class Take(NamedTuple):
    """A market order: immediate or cancelled, with the worst price that is acceptable."""

    account: int
    market: int
    side: int
    price: int
    size: int
    client: int

    def action(self, lane: int, counter: int, expiry: int) -> Place:
        """The order to sign."""
        terms = (self.side, IOC, 0, 0, self.price, self.size, expiry, self.client)
        return Place(self.account, lane, counter, self.market, *terms)


class Leave(NamedTuple):
    """Money is taken out: an amount in micro-units, to the account's owner."""

    account: int
    amount: int

    def action(self, lane: int, counter: int, expiry: int) -> Withdraw:
        """The word to sign."""
        return Withdraw(self.account, lane, counter, self.amount, expiry)


class Reading(NamedTuple):
    """What one reporter says that the markets' prices are; 0 where it says nothing."""

    reporter: int
    prices: tuple[int, ...]

    def action(self, round_: int) -> Report:
        """The report to sign for a round (a second since the epoch)."""
        return Report(self.reporter, round_, self.prices)


def quote(side: int, price: int, size: int) -> PlaceItem:
    """An order that rests until it is replaced, and never takes."""
    return PlaceItem(side, GTC, 1, 0, price, size)
