"""No batch owes more than the contract holds: it would never settle, and a commitment is never replaced."""

from random import Random

from rollup.engine import Engine
from rollup.refusals import Code
from tests.rollup.desk import BUY, DOMAIN, SELL, Desk

CASH = 1_000_000


def after_a_crash() -> Desk:
    """Account 2 bought 100 from account 1 at 10,000, and every lot is worth 30,000 now: account 1 owes a million."""
    desk = Desk(accounts=2, cash=CASH)
    desk.place(1, SELL, 10_000, 100)
    desk.place(2, BUY, 10_000, 100)
    for mark in (15_000, 22_000, 30_000):
        desk.turn(mark, 10_000, seconds=500)
    assert desk.engine.account(1).equity < 0
    return desk


def test_a_winner_takes_no_more_than_there_is() -> None:
    desk = after_a_crash()
    assert desk.engine.account(2).equity > 2 * CASH + 500_000
    refused = desk.withdraw(2, 2 * CASH + 1)
    assert (refused.code, refused.numbers) == (Code.ESCROW_SHORT, {"amount": 2 * CASH + 1, "escrow": 2 * CASH})
    assert desk.withdraw(2, 2 * CASH - 5).code is Code.APPLIED
    desk.turn(30_000, 10_000, seconds=1)
    assert desk.withdraw(2, 6).code is Code.ESCROW_SHORT
    desk.deposit(7, 1)
    assert desk.withdraw(2, 6).code is Code.APPLIED
    desk.seal()


def test_a_refused_outflow_moves_no_escrow() -> None:
    desk = after_a_crash()
    assert desk.withdraw(1, 1).code is Code.MARGIN
    assert desk.withdraw(2, 2 * CASH).code is Code.APPLIED
    desk.seal()


def test_a_restored_engine_knows_what_is_held() -> None:
    desk = after_a_crash()
    desk.withdraw(2, 7)
    desk.deposit(8, 3)
    desk.seal()
    restored = Engine.restore(desk.genesis, DOMAIN, "S", desk.engine.snapshot())
    assert restored._state.escrow == desk.engine._state.escrow == 2 * CASH - 4


def test_cash_adds_up_to_the_escrow_after_every_batch() -> None:
    random, desk = Random(7), Desk(accounts=5)
    for _ in range(12):
        for _ in range(4):
            account, other = random.sample(range(1, 6), 2)
            desk.place(account, random.randrange(2), random.randrange(9_990, 10_010), random.randrange(1, 9))
            desk.withdraw(account, random.randrange(1, 9))
            desk.transfer(account, other, random.randrange(1, 9))
        desk.turn(10_000, 10_000, seconds=1)
        state = desk.engine._state
        assert sum(cash for (cash,) in state.memory.cash.rows.values()) == state.escrow
