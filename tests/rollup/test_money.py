"""Deposits, transfers and withdrawals."""

import pytest

from rollup.actions import Deposit
from rollup.layout import DEPOSIT_MAX, DEPOSIT_WORD, WITHDRAWAL_WORD, PublicWord, unpack
from rollup.refusals import Code, Refused
from tests.rollup.desk import BUY, CASH, SELL, Desk


def test_walk_c() -> None:
    """A new account deposits, transfers and withdraws within one batch."""
    desk = Desk(accounts=4)
    desk.deposit(9, 1_000)
    assert desk.transfer(9, 4, 300).code is Code.APPLIED
    assert desk.withdraw(9, 200).code is Code.APPLIED
    assert (desk.cash(9), desk.cash(4)) == (500, CASH + 300)
    batch = desk.seal()
    size = desk.engine._state.size
    assert unpack(DEPOSIT_WORD, batch.words[PublicWord.DEPOSITS]) == {"account": 9, "amount": 1_000, "new": 1}
    assert batch.words[PublicWord.DEPOSITS + 1 : PublicWord.DEPOSITS + 3] == [109, 77]
    assert unpack(WITHDRAWAL_WORD, batch.words[size.withdrawal_offset]) == {"owner": 77, "amount": 200}
    assert batch.trace["signers"][0]["time"] == 512
    header = next(row for row in batch.trace["headers"] if row["account"] == 9)
    assert header["outflows"] == 2


@pytest.mark.parametrize(
    "deposit, code",
    [
        (Deposit(9, 0, 1, 5, 6, 7), Code.BAD_FIELD),
        (Deposit(9, DEPOSIT_MAX + 1, 1, 5, 6, 7), Code.BAD_FIELD),
        (Deposit(1 << 24, 1, 1, 5, 6, 7), Code.BAD_FIELD),
        (Deposit(9, 1, 1, 0, 6, 7), Code.BAD_FIELD),
        (Deposit(9, 1, 1, 5, 6, 0), Code.BAD_FIELD),
        (Deposit(9, 1, 2, 5, 6, 7), Code.BAD_FIELD),
        (Deposit(1, 1, 0, 5, 6, 7), Code.BAD_FIELD),
        (Deposit(1, True), Code.BAD_FIELD),
        (Deposit(1, 1, 1, 5, 6, 7), Code.ACCOUNT_EXISTS),
        (Deposit(0, 1, 1, 5, 6, 7), Code.ACCOUNT_EXISTS),
        (Deposit(9, 1), Code.UNKNOWN_ACCOUNT),
        (Deposit(9, DEPOSIT_MAX, 1, 5, 6, 7), None),
        (Deposit(1, 1), None),
    ],
)
def test_deposits_that_the_contract_would_not_have_queued(deposit: Deposit, code: Code | None) -> None:
    desk = Desk(accounts=1)
    try:
        met = desk.engine.apply(deposit).code
    except Refused as refusal:
        met = refusal.code
    assert met is (code or Code.APPLIED)
    desk.seal()


def test_a_transfer_stays_with_its_owner() -> None:
    desk = Desk(accounts=2)
    desk.deposit(8, 1_000, owner=99)
    assert desk.transfer(1, 8, 5).code is Code.OTHER_OWNER
    assert desk.transfer(1, 7, 5).code is Code.NO_SUCH_ACCOUNT
    assert desk.transfer(1, 2, 5).code is Code.APPLIED
    assert desk.seal().used["burns"] == 2


def test_what_leaves_must_leave_the_account_whole_open_orders_included() -> None:
    desk = Desk(accounts=2, cash=1_000_000)
    desk.place(1, BUY, 9_000, 500)
    required = 10_000 * 500 * 102_000 // 1_000_000
    view = desk.engine.account(1)
    assert (view.equity, view.required) == (1_000_000, required)
    free = view.equity - required
    refused = desk.withdraw(1, free + 1)
    assert (refused.code, refused.numbers) == (Code.MARGIN, {"equity": required - 1, "required": required})
    assert desk.withdraw(1, free).code is Code.APPLIED
    desk.seal()


def test_profit_that_is_not_in_cash_can_be_withdrawn_and_cash_then_goes_below_zero() -> None:
    desk = Desk(accounts=2, cash=1_000_000)
    desk.place(1, SELL, 10_000, 500)
    desk.place(2, BUY, 10_000, 500)
    desk.turn(10_100, 10_000, seconds=100)
    assert desk.cash(2) < -3_000_000
    assert desk.engine.account(2).equity == 1_045_000
    assert desk.withdraw(2, 500_000).code is Code.APPLIED
    desk.seal()


def test_no_money_leaves_while_a_market_with_size_or_orders_is_stale() -> None:
    desk = Desk(accounts=3)
    desk.place(1, BUY, 9_000, 1)
    desk.turn(seconds=601)
    assert desk.withdraw(1, 1).numbers == {"market": 0}
    assert desk.transfer(1, 2, 1).code is Code.MARKET_STALE
    assert desk.withdraw(2, 1).code is Code.APPLIED
    desk.cancel_all(1)
    assert desk.withdraw(1, 1).code is Code.APPLIED
    desk.seal()


def test_the_fee_account_pays_out_what_it_earned_even_in_the_same_batch() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 10)
    desk.place(2, BUY, 10_000, 10)
    assert desk.cash(0) == 150
    assert desk.withdraw(0, 151).code is Code.MARGIN
    assert desk.withdraw(0, 150).code is Code.APPLIED
    batch = desk.turn()
    assert desk.cash(0) == 0
    assert batch.trace["advance"]["fees"][1] == -150


def test_the_fee_account_never_trades() -> None:
    desk = Desk()
    for act in (
        lambda: desk.place(0, BUY, 9_000, 1),
        lambda: desk.cancel_all(0),
        lambda: desk.sheet(0),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code is Code.NOT_POSSIBLE_FOR_FEE_ACCOUNT
    desk.seal()
