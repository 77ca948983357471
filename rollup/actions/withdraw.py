"""Withdraw: money is owed to the owner's address on chain."""

from typing import NamedTuple

from rollup.actions import checks
from rollup.actions.place import UNSIGNED
from rollup.layout import LAST_STEP, STEPS
from rollup.receipts import Receipt
from rollup.refusals import Code, Refused
from rollup.state import State
from rollup.words import signed_plan


class Withdraw(NamedTuple):
    """``amount`` micro-units to the account's registered owner."""

    account: int
    lane: int
    counter: int
    amount: int
    expiry: int
    signature: tuple[int, int] = UNSIGNED

    def word(self) -> int:
        """The word that is signed."""
        return PLAN.pack(self)

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (self.word(), domain)


PLAN = signed_plan("withdraw", Withdraw._fields)


def check(state: State, withdraw: Withdraw) -> None:
    """Refuse at the door."""
    checks.authority(state, withdraw, PLAN)
    if withdraw.amount == 0:
        raise Refused(Code.BAD_FIELD, amount=0)
    checks.known_account(state, withdraw.account)


def apply(state: State, withdraw: Withdraw) -> Receipt:
    """Take the money out if the account stays whole without it.

    The circuit does not look at the escrow, but the contract settles no batch that owes more than it holds, and what is
    committed cannot be replaced.
    Raises MARKET_STALE, CASH_LIMIT, MARGIN, ESCROW_SHORT, Full; the caller restores the state.
    """
    account, memory = withdraw.account, state.memory
    tick = state.next_tick()
    time = STEPS * tick + LAST_STEP
    row = {
        "tick": tick,
        "account": account,
        "lane": withdraw.lane,
        "counter": withdraw.counter,
        "amount": withdraw.amount,
        "expiry": withdraw.expiry,
        "lane_row": state.authorise(withdraw, tick),
        "identity": memory.identity.read(account, time),
        "cash": memory.cash.write(account, (memory.cash.get(account)[0] - withdraw.amount,), time),
    }
    checks.outflow(state, account)
    if withdraw.amount > state.escrow:
        raise Refused(Code.ESCROW_SHORT, amount=withdraw.amount, escrow=state.escrow)
    state.move_escrow(-withdraw.amount)
    state.emit("withdrawals", row)
    return Receipt(Code.APPLIED, withdraw, tick)
