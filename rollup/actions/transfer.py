"""Transfer: money moves between two accounts of one owner."""

from typing import NamedTuple

from rollup.actions import checks
from rollup.actions.place import UNSIGNED
from rollup.layout import LAST_STEP, STEPS
from rollup.receipts import Receipt
from rollup.refusals import Code, Refused
from rollup.state import State
from rollup.words import signed_plan


class Transfer(NamedTuple):
    """``amount`` micro-units from ``account`` to account ``to``."""

    account: int
    lane: int
    counter: int
    to: int
    amount: int
    expiry: int
    signature: tuple[int, int] = UNSIGNED

    def word(self) -> int:
        """The word that is signed."""
        return PLAN.pack(self)

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (self.word(), domain)


PLAN = signed_plan("transfer", Transfer._fields)


def check(state: State, transfer: Transfer) -> None:
    """Refuse at the door."""
    checks.authority(state, transfer, PLAN)
    if transfer.amount == 0 or transfer.to == transfer.account:
        raise Refused(Code.BAD_FIELD, amount=transfer.amount, to=transfer.to)
    checks.known_account(state, transfer.account)


def apply(state: State, transfer: Transfer) -> Receipt:
    """Move the money if the account stays whole without it.

    Raises NO_SUCH_ACCOUNT, OTHER_OWNER, MARKET_STALE, CASH_LIMIT, MARGIN, Full; the caller restores the state.
    """
    account, to, amount, memory = transfer.account, transfer.to, transfer.amount, state.memory
    if to not in state.keys:
        raise Refused(Code.NO_SUCH_ACCOUNT, to=to)
    owner, receiver = memory.identity.get(account)[1], memory.identity.get(to)[1]
    if owner != receiver:
        raise Refused(Code.OTHER_OWNER, to=to)
    tick = state.next_tick()
    time = STEPS * tick + LAST_STEP
    row = {
        "tick": tick,
        "account": account,
        "lane": transfer.lane,
        "counter": transfer.counter,
        "to": to,
        "amount": amount,
        "expiry": transfer.expiry,
        "lane_row": state.authorise(transfer, tick),
        "identity": memory.identity.read(account, time),
        "identity_to": memory.identity.read(to, time),
        "cash": memory.cash.write(account, (memory.cash.get(account)[0] - amount,), time),
        "cash_to": memory.cash.write(to, (memory.cash.get(to)[0] + amount,), time),
    }
    checks.outflow(state, account, to)
    state.emit("transfers", row)
    return Receipt(Code.APPLIED, transfer, tick)
