"""Cancel all: every order of an account in a market is void, whatever their number."""

from typing import NamedTuple

from rollup.actions import checks
from rollup.actions.place import UNSIGNED
from rollup.book import void_orders
from rollup.receipts import Receipt
from rollup.refusals import Code
from rollup.state import State
from rollup.words import signed_plan


class CancelAll(NamedTuple):
    """Raises the account's epoch in one market."""

    account: int
    lane: int
    counter: int
    market: int
    expiry: int
    signature: tuple[int, int] = UNSIGNED

    def word(self) -> int:
        """The word that is signed."""
        return PLAN.pack(self)

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (self.word(), domain)


PLAN = signed_plan("cancel_all", CancelAll._fields)


def check(state: State, cancel_all: CancelAll) -> None:
    """Refuse at the door."""
    checks.authority(state, cancel_all, PLAN)
    checks.trader(state, cancel_all)


def apply(state: State, cancel_all: CancelAll) -> Receipt:
    """One increment; the void orders leave the book when they are met or collected."""
    tick = state.next_tick()
    row = {
        "tick": tick,
        "account": cancel_all.account,
        "lane": cancel_all.lane,
        "counter": cancel_all.counter,
        "market": cancel_all.market,
        "expiry": cancel_all.expiry,
        "lane_row": state.authorise(cancel_all, tick),
    }
    row["position"], ended = void_orders(state, cancel_all.account, cancel_all.market, tick)
    state.emit("cancel_alls", row)
    return Receipt(Code.APPLIED, cancel_all, tick, ended=ended)
