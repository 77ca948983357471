"""Forgeries of money that goes out and moves between accounts."""

from unittest.mock import patch

from circuits.native import Native
from rollup import margin
from rollup.actions import Withdraw, checks
from rollup.layout import FIELD, LAST_STEP, STEPS, WITHDRAWAL_WORD, WORD_BODY_SHIFT, pack
from rollup.memory import TIME
from tests.forgeries.doors import doubled, pretend
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, held, suppose
from tests.forgeries.purse import (
    COUNTS,
    EARLIER,
    FRACTION,
    THIEF,
    TOP,
    WITHDRAWAL,
    deposited,
    opened,
    unused,
    withdrawn,
    words,
)
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK, OWNER, World, seed


# ---------------------------------------------------------------------------------------------- transfer
def transferred(native: Native, to: int = 2, amount: int = 10) -> World:
    """A batch with a transfer from account 1."""
    world = open_batch(native)
    with anything():
        world.transfer(1, to, amount)
    return world


@forgery("transfer: live is a bit")
def test_a_transfer_is_live_twice_and_less_than_dead(native: Native) -> Forged:
    """Two in one slot and minus one in another: one transfer in all. The smallest class has one slot only."""
    world = open_batch(native, size_class="S")
    world._counters[1, 0] = 10
    world.transfer(1, 2, 10)
    return Forged(doubled(Forger(world).seal(), "transfers"))


@forgery("transfer: recipient fits")
def test_a_transfer_arrives_before_its_time(native: Native) -> Forged:
    """A fraction of an account makes an earlier time: account 2 has it before the withdrawal that comes first."""
    world = open_batch(native)
    world.withdraw(2, 1000)
    action = world.transfer(1, 2, 10).action
    forger = Forger(world)
    row = forger.row("transfers")
    for name in ("identity_to", "cash_to"):
        forger.move(row[name], time=row[name][TIME] - EARLIER)
    to = 2 - FRACTION
    word = (action.word() - (FRACTION << WORD_BODY_SHIFT)) % FIELD
    signature = native.sign(seed(1), (word, world._digest))
    trace = forger.seal()
    earlier = {
        f"transfers[0].{name}.previous": EARLIER + trace["transfers"][0][name][0] for name in ("identity_to", "cash_to")
    }
    signed = dict(zip(("signatures[1].word", "signatures[1].r_x", "signatures[1].s"), (word, *signature)))
    return Forged(trace, {"transfers[0].to": to % FIELD, **earlier, **signed})


@forgery("transfer: amount is at least one")
def test_a_transfer_takes_from_its_recipient(native: Native) -> Forged:
    """Ten less than nothing, signed by who gains from it."""
    return Forged(Forger(transferred(native, amount=-10)).seal())


@forgery("transfer: amount is at least one")
def test_a_transfer_of_nothing(native: Native) -> Forged:
    """The engine would refuse it."""
    return Forged(Forger(transferred(native, amount=0)).seal())


@forgery("transfer: not to oneself", along=["memory: time rises"])
def test_a_transfer_to_oneself(native: Native) -> Forged:
    """Two accesses of one row at one time: memory allows no such thing either."""
    return Forged(Forger(transferred(native, to=1)).seal())


@forgery("transfer: recipient exists")
def test_a_transfer_to_an_account_without_a_key(native: Native) -> Forged:
    """An owner is all that account 7 has, which no deposit leaves behind."""
    world = funded(native)
    world.engine._state.keys[7] = (0, 0)
    suppose(world, "identity", 7, owner=OWNER)
    world.begin(MARK, MARK)
    world.transfer(1, 7, 10)
    return Forged(Forger(world).seal())


@forgery("transfer: one owner")
def test_a_transfer_to_another_owner(native: Native) -> Forged:
    """Account 5 is somebody else's."""
    world = open_batch(native)
    forger = Forger(world)
    with pretend(forger, "identity", 5, owner=OWNER):
        world.transfer(1, 5, 10)
    return Forged(forger.seal())


@forgery("transfer: within the width of cash")
def test_a_transfer_makes_cash_wrap(native: Native) -> Forged:
    """What no longer fits the recipient's cell would be read as a debt."""
    world = funded(native)
    suppose(world, "cash", 2, cash=TOP - 1)
    world.begin(MARK, MARK)
    with anything():
        world.transfer(1, 2, 10)
    return Forged(Forger(world).seal())


# ---------------------------------------------------------------------------------------------- withdraw
@forgery("withdraw: live is a bit")
def test_a_withdrawal_that_nobody_pays(native: Native) -> Forged:
    """Live in one slot and less than dead in the next: words of two withdrawals, and nobody signed any."""
    forger = Forger(withdrawn(native))
    for name in ("lane_row", "identity", "cash"):
        forger.forget(forger.row("withdrawals")[name])
    trace = doubled(forger.seal(), "withdrawals", of=0)
    owed = trace["words"][WITHDRAWAL]
    unsigned = {"signatures[0]": {}, "headers[1].outflows": 0}
    return Forged(trace, {**words(WITHDRAWAL + 1, -owed), COUNTS: 0, **unused(1), **unsigned})


@forgery("withdraw: amount is at least one")
def test_a_withdrawal_brings_money_in(native: Native) -> Forged:
    """A thousand less than nothing is owed, and credited."""
    trace = Forger(withdrawn(native, amount=-1000)).seal()
    return Forged(trace)


@forgery("withdraw: account exists")
def test_a_withdrawal_before_the_account_is_opened(native: Native) -> Forged:
    """Its owner is not there yet: what leaves the account is owed to nobody."""
    world = opened(native)
    world.withdraw(9, 200)
    forger = Forger(world)
    swap(forger, forger.row("deposits"), forger.row("withdrawals"))
    forger.state.born[9] = 2 * STEPS + LAST_STEP
    trace = forger.seal()
    return Forged(trace, words(WITHDRAWAL, pack(WITHDRAWAL_WORD, {"owner": 0, "amount": 200})))


@forgery("withdraw: within the width of cash")
def test_a_withdrawal_makes_a_debt_wrap(native: Native) -> Forged:
    """The account is deep in debt, whole by its position, and below the width after ten more."""
    world = funded(native)
    suppose(world, "cash", 1, cash=-TOP + 3)
    held(world, 1, size=2**43)
    world.begin(MARK, MARK)
    with patch.object(checks, "cash_limit"):
        world.withdraw(1, 10)
    return Forged(Forger(world).seal())


@forgery("withdraw: within the width of cash")
def test_a_withdrawal_of_nothing_is_one_of_everything(native: Native) -> Forged:
    """Signed is an amount of 0 and an expiry; read is 2^60, the one amount too wide, and a second less."""
    world = funded(native)
    held(world, 1, size=2**45)
    world.begin(MARK, MARK)
    signed = world.signed(Withdraw, 1, amount=0, expiry=world.expiry())
    world.engine._state.escrow = 2**61
    with anything(), patch.object(margin, "whole", lambda _: True):
        world.apply(signed._replace(amount=2**60, expiry=signed.expiry - 1))
    return Forged(Forger(world).seal())


@forgery("withdraw: word")
def test_a_withdrawal_goes_to_a_thief(native: Native) -> Forged:
    """The word names another recipient."""
    trace = Forger(withdrawn(native)).seal()
    return Forged(trace, words(WITHDRAWAL, pack(WITHDRAWAL_WORD, {"owner": THIEF, "amount": 1000})))


@forgery("withdraw: word")
def test_more_is_owed_than_was_debited(native: Native) -> Forged:
    """One micro-unit more."""
    trace = Forger(withdrawn(native)).seal()
    return Forged(trace, words(WITHDRAWAL, pack(WITHDRAWAL_WORD, {"owner": OWNER, "amount": 1001})))


@forgery("withdraw: word")
def test_a_dead_withdrawal_owes(native: Native) -> Forged:
    """A word stands where the slot is dead, and the contract would be told to count it."""
    trace = Forger(open_batch(native)).seal()
    return Forged(trace, words(WITHDRAWAL, pack(WITHDRAWAL_WORD, {"owner": OWNER, "amount": 1000})))


@forgery("bus: identity")
def test_a_withdrawal_reads_another_owner(native: Native) -> Forged:
    """The row that the slot claims to have read is not what memory holds."""
    trace = Forger(withdrawn(native)).seal()
    owed = pack(WITHDRAWAL_WORD, {"owner": THIEF, "amount": 1000})
    return Forged(trace, {"withdrawals[0].identity.owner": THIEF, **words(WITHDRAWAL, owed)})


@forgery("bus: cash")
def test_money_out_of_nothing(native: Native) -> Forged:
    """The page stores a million that no operation left there."""
    forger = Forger(deposited(native))
    cash = forger.state.memory.cash
    cash.store(1, (cash.get(1)[0] + 10**6,))
    return Forged(forger.seal())


@forgery("bus: cash")
def test_a_dead_transfer_pays(native: Native) -> Forged:
    """Account 1, which signed nothing, pays account 2: the cash moves, and the slot is dead."""
    forger = Forger(transferred(native))
    row = forger.row("transfers")
    for name in ("lane_row", "identity", "identity_to"):
        forger.forget(row[name])
    dead = {"transfers[0].live": 0, "signatures[0]": {}, "headers[1].outflows": 0}
    return Forged(forger.seal(), dead)


@forgery("bus: outflow")
def test_an_outflow_is_left_out(native: Native) -> Forged:
    """A withdrawal of which the margin rule of the account's page never hears."""
    return Forged(Forger(withdrawn(native)).seal(), {"headers[1].outflows": 0})


@forgery("bus: outflow")
def test_an_outflow_of_another_account(native: Native) -> Forged:
    """Account 2, which is rich, answers for it."""
    world = withdrawn(native)
    world.deposit(2, 10, new=0)
    return Forged(Forger(world).seal(), {"headers[1].outflows": 0, "headers[2].outflows": 1})


# ---------------------------------------------------------------------------------------------- fees
@forgery("fees: within the width of cash")
def test_fees_make_cash_wrap(native: Native) -> Forged:
    """The fee account has as much as fits, and gets the fee of a fill."""
    world = funded(native)
    suppose(world, "cash", 0, cash=TOP - 1)
    world.begin(MARK, MARK)
    world.place(1, 1, MARK, 1)
    world.place(2, 0, MARK, 1)
    return Forged(Forger(world).seal())


def swap(forger: Forger, one: dict, other: dict) -> None:
    """Two operations of one step each in each other's tick."""
    for row, tick in ((one, other["tick"]), (other, one["tick"])):
        row["tick"] = tick
    for row in (one, other):
        for access in [value for value in row.values() if isinstance(value, list) and len(value) == 6]:
            forger.move(access, time=STEPS * row["tick"] + LAST_STEP)
