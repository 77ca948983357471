"""Deposit: money that the contract received reaches its account. Taken from the contract's queue, in its order."""

from typing import NamedTuple

from rollup.actions import checks
from rollup.layout import ACCOUNT_BITS, DEPOSIT_MAX, FIELD, LAST_STEP, OWNER_BITS, STEPS
from rollup.receipts import Receipt
from rollup.refusals import Code, Refused
from rollup.state import State


class Deposit(NamedTuple):
    """An entry of the queue. ``key`` (x) and ``key_y`` and ``owner`` are of a new account, 0 otherwise.

    The state keeps only x; y serves whoever checks signatures.
    """

    account: int
    amount: int
    new: int = 0
    key: int = 0
    key_y: int = 0
    owner: int = 0


_LIMITS = (
    ("account", 1 << ACCOUNT_BITS),
    ("amount", DEPOSIT_MAX + 1),
    ("new", 2),
    ("key", FIELD),
    ("key_y", FIELD),
    ("owner", 1 << OWNER_BITS),
)


def check(state: State, deposit: Deposit) -> None:
    """Refuse what the contract would never have queued.

    Raises BAD_FIELD, UNKNOWN_ACCOUNT, ACCOUNT_EXISTS.
    """
    for name, limit in _LIMITS:
        value = getattr(deposit, name)
        if value.__class__ is not int or not 0 <= value < limit:
            raise Refused(Code.BAD_FIELD, **{name: value})
    if deposit.amount == 0:
        raise Refused(Code.BAD_FIELD, amount=0)
    identity = (deposit.key, deposit.key_y, deposit.owner)
    if deposit.new:
        if deposit.account in state.keys:
            raise Refused(Code.ACCOUNT_EXISTS, account=deposit.account)
        if deposit.key == 0 or deposit.owner == 0:
            raise Refused(Code.BAD_FIELD, key=deposit.key, owner=deposit.owner)
        return
    if any(identity):
        raise Refused(Code.BAD_FIELD, key=deposit.key, key_y=deposit.key_y, owner=deposit.owner)
    checks.known_account(state, deposit.account)


def apply(state: State, deposit: Deposit) -> Receipt:
    """Credit the account, and create it if it is new. Raises Full."""
    tick = state.next_tick()
    time = STEPS * tick + LAST_STEP
    account, memory = deposit.account, state.memory
    row = {
        "tick": tick,
        "account": account,
        "amount": deposit.amount,
        "new": deposit.new,
        "key": deposit.key,
        "owner": deposit.owner,
        "cash": memory.cash.write(account, (memory.cash.get(account)[0] + deposit.amount,), time),
    }
    if deposit.new:
        row["identity"] = memory.identity.write(account, (deposit.key, deposit.owner, 0), time)
        state.create(account, (deposit.key, deposit.key_y), time)
    state.move_escrow(deposit.amount)
    state.emit("deposits", row)
    return Receipt(Code.APPLIED, deposit, tick)
