"""Forgeries of deposits: money that comes in, and accounts that it opens."""

from circuits.native import Native
from rollup.actions import Deposit
from rollup.layout import DEPOSIT_WORD, FIELD, pack
from rollup.memory import TIME
from tests.forgeries.doors import doubled
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, held, suppose
from tests.forgeries.purse import (
    COUNTS,
    DEPOSIT,
    EARLIER,
    FRACTION,
    THIEF,
    TOP,
    deposited,
    opened,
    unused,
    withdrawn,
    words,
)
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK, OWNER, seed


@forgery("deposit: live is a bit")
def test_a_deposit_is_taken_back(native: Native) -> Forged:
    """Live in one slot and less than dead in the next: no deposit at all, under the contract's words for two."""
    forger = Forger(deposited(native))
    forger.forget(forger.row("deposits")["cash"])
    trace = doubled(forger.seal(), "deposits", of=0)
    again = words(DEPOSIT + 3, *trace["words"][DEPOSIT : DEPOSIT + 3])
    return Forged(trace, {**again, COUNTS: 0, **unused(1)})


@forgery("deposit: new is a bit")
def test_a_dead_deposit_is_new_by_a_fraction(native: Native) -> Forged:
    """Nothing but zeros in the words, and an amount in the slot."""
    trace = Forger(deposited(native)).seal()
    fraction = -7 * pow(2, -60, FIELD) % FIELD
    return Forged(trace, {"deposits[1].amount": 7, "deposits[1].new": fraction})


@forgery("deposit: account fits")
def test_a_deposit_is_credited_before_its_time(native: Native) -> Forged:
    """A fraction of an account makes an earlier time: the money is there before the withdrawal that comes first."""
    world = withdrawn(native)
    world.deposit(1, 10, new=0)
    forger = Forger(world)
    access = forger.row("deposits")["cash"]
    forger.move(access, time=access[TIME] - EARLIER)
    account = (1 - FRACTION) % FIELD
    word = pack(DEPOSIT_WORD, {"account": account, "amount": 10, "new": 0})
    lie = {"deposits[0].account": account, "deposits[0].cash.previous": EARLIER}
    return Forged(forger.seal(), {**lie, **words(DEPOSIT, word)})


@forgery("deposit: amount fits")
def test_an_amount_wraps_into_the_bit_above(native: Native) -> Forged:
    """One micro-unit to an account that has more than any: 2^60 less, and the account is new."""
    world = funded(native)
    keys = world.engine._state.keys
    keys[9] = (0, 0)
    suppose(world, "cash", 9, cash=TOP - 1)
    held(world, 9, size=2**43)
    del keys[9]
    world.begin(MARK, MARK)
    forger = Forger(world)
    key = native.public_key(seed(9))
    with anything():
        world.apply(Deposit(9, 1 - 2**60, 1, key.x, key.y, OWNER))
    return Forged(forger.seal())


@forgery("deposit: amount fits")
def test_a_deposit_of_less_than_nothing(native: Native) -> Forged:
    """The queue would hold a negative amount, which takes money away."""
    with anything():
        return Forged(Forger(deposited(native, amount=-10)).seal())


@forgery("deposit: word")
def test_a_deposit_is_credited_to_another_account(native: Native) -> Forged:
    """The word says account 2, and account 1 gets it."""
    trace = Forger(deposited(native)).seal()
    return Forged(trace, words(DEPOSIT, pack(DEPOSIT_WORD, {"account": 2, "amount": 10, "new": 0})))


@forgery("deposit: word")
def test_more_is_credited_than_was_deposited(native: Native) -> Forged:
    """The word says 10, and the account gets 11."""
    trace = Forger(deposited(native, amount=11)).seal()
    return Forged(trace, words(DEPOSIT, pack(DEPOSIT_WORD, {"account": 1, "amount": 10, "new": 0})))


@forgery("deposit: key")
def test_a_new_account_gets_the_key_of_a_thief(native: Native) -> Forged:
    """Who deposited named another key."""
    trace = Forger(opened(native)).seal()
    return Forged(trace, words(DEPOSIT + 1, native.public_key(bytes(32)).x))


@forgery("deposit: owner")
def test_a_new_account_gets_another_owner(native: Native) -> Forged:
    """Who deposited named another address: withdrawals would go to this one."""
    return Forged(Forger(opened(native)).seal(), words(DEPOSIT + 2, THIEF))


@forgery("deposit: within the width of cash")
def test_a_deposit_makes_cash_wrap(native: Native) -> Forged:
    """What no longer fits the cell would be read as a debt."""
    world = funded(native)
    suppose(world, "cash", 1, cash=TOP - 1)
    world.begin(MARK, MARK)
    world.deposit(1, 10, new=0)
    return Forged(Forger(world).seal())


@forgery("bus: identity")
def test_an_account_is_new_twice(native: Native) -> Forged:
    """A deposit writes its key over the one that the account has."""
    world = open_batch(native)
    key = native.public_key(bytes(32))
    with anything():
        world.apply(Deposit(1, 10, 1, key.x, key.y, THIEF))
    return Forged(Forger(world).seal())
