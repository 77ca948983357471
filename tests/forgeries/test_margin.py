"""Forgeries of margin: what an account may not end a batch with, if it may not have begun it with that already.

A lot is worth 100,000 and needs an initial margin of 10,000, with an order on it of 10,200.
"""

from contextlib import contextmanager

from circuits.native import Native
from rollup.layout import FIELD
from tests.forgeries.doors import rich
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, held, suppose
from tests.forgeries.registry import Forged, forgery
from tests.twins.curve import square_root
from tests.worlds.scenes import funded
from tests.worlds.world import MARK, World

MARKETS = 8
EVICTED = 10
"""Positions that the slot of an eviction for margin values, before the headers value theirs."""


def holding(
    native: Native, equity: int, *, size: int = 0, buy: int = 0, seconds: int = 10, priced: bool = True
) -> World:
    """A batch that account 1 begins with this equity, a position in market 0 and open orders to buy there."""
    world = funded(native)
    suppose(world, "cash", 1, cash=equity - size * MARK)
    held(world, 1, size=size, buy=buy, count=int(buy > 0))
    world.begin(*([MARK] * 2 if priced else []), seconds=seconds)
    return world


def trade(world: World, side: int, price: int, size: int, market: int = 0) -> None:
    """Account 1 trades with account 3, which is rich, and no margin stands in the way."""
    with anything():
        world.place(3, 1 - side, price, size, market=market)
        world.place(1, side, price, size, market=market)


def lose(world: World) -> None:
    """Account 1 loses 2,200: it buys dear and sells cheap, in a market where it has nothing before and after."""
    trade(world, 0, MARK + 1000, 1, market=1)
    trade(world, 1, MARK - 1000, 1, market=1)


def at(trace: dict, account: int = 1) -> int:
    """The slot of an account's page."""
    return next(place for place, header in enumerate(trace["headers"]) if header["account"] == account)


@contextmanager
def reopened(world: World):
    """Stale markets count as open for a moment."""
    state = world.engine._state
    stale, state.open = state.open, [1] * MARKETS
    yield
    state.open = stale


# ---------------------------------------------------------------------------------------------- outflows
def stale(native: Native) -> World:
    """Account 1 holds a lot of a market without a fresh mark, and withdraws."""
    world = holding(native, 10**6, size=1, seconds=601, priced=False)
    with reopened(world):
        world.withdraw(1, 5)
    return world


@forgery("margin: no outflow while stale")
def test_money_leaves_an_account_with_a_stale_position(native: Native) -> Forged:
    """Nobody knows what the position is worth."""
    return Forged(Forger(stale(native)).seal())


@forgery("margin: no outflow while stale")
def test_money_leaves_an_account_with_stale_orders(native: Native) -> Forged:
    """No position, but orders that may become one."""
    world = holding(native, 10**6, buy=1, seconds=601, priced=False)
    with reopened(world):
        world.transfer(1, 2, 5)
    return Forged(Forger(world).seal())


@forgery("margin: a dead page takes no outflow")
def test_a_dead_page_answers_for_an_outflow(native: Native) -> Forged:
    """The live page of the account hears nothing of it."""
    trace = Forger(stale(native)).seal()
    trace["headers"][at(trace)]["outflows"] = 0
    trace["headers"].append({"live": 0, "account": 1, "outflows": 1})
    return Forged(trace)


@forgery("margin: whole, or no outflow")
def test_money_leaves_a_short_account(native: Native) -> Forged:
    """Half of what was paid in goes out again: its risk is less than before, but it is not whole."""
    world = holding(native, 50_000, size=10)
    world.deposit(1, 1000, new=0)
    with rich(Forger(world), 1):
        world.withdraw(1, 500)
    return Forged(Forger(world).seal())


# ---------------------------------------------------------------------------------------------- whole or short
@forgery("margin: whole")
def test_an_account_is_whole_twice(native: Native) -> Forged:
    """Flat, and 200 in debt at the end. Short is then minus one, of which every direction is a root."""
    world = holding(native, 2000)
    lose(world)
    trace = Forger(world).seal()
    page, root = at(trace), square_root(FIELD - 1)
    directions = {f"margin: direction#{MARKETS * page + market}": [root] for market in range(MARKETS)}
    return Forged(trace, lies={f"sign: margin: whole#{page}": [2], **directions})


@forgery("margin: whole, or short before")
def test_a_whole_account_ends_short(native: Native) -> Forged:
    """It has no position, and 100,800 for orders that need 102,000; it began with 103,000."""
    world = holding(native, 103_000, buy=10)
    lose(world)
    return Forged(Forger(world).seal())


@forgery("margin: a side before")
def test_a_requirement_before_is_inflated(native: Native) -> Forged:
    """One open order counts as often as it takes for an account to have been short before."""
    world = holding(native, 103_000, buy=1)
    with anything():
        world.place(1, 0, MARK, 10)
    trace = Forger(world).seal()
    return Forged(trace, lies={f"sign: margin: a side before#{MARKETS * at(trace)}": [11]})


@forgery("margin: worse side")
def test_a_position_is_netted_against_another_market_s(native: Native) -> Forged:
    """Ten lots in each of two markets, and the second ten count as margin for the first."""
    world = holding(native, 150_000)
    trade(world, 0, MARK, 10)
    trade(world, 0, MARK, 10, market=1)
    trace = Forger(world).seal()
    return Forged(trace, lies={f"sign: margin: worse side#{EVICTED + MARKETS * at(trace) + 1}": [0]})


# ---------------------------------------------------------------------------------------------- short and shorter
@forgery("margin: whole, or requirement not higher")
def test_a_short_account_orders_more(native: Native) -> Forged:
    """An order in another market."""
    world = holding(native, 50_000, size=10)
    with anything():
        world.place(1, 0, MARK, 1, market=1)
    return Forged(Forger(world).seal())


@forgery("margin: a direction is one or minus one")
def test_a_short_account_turns_its_position(native: Native) -> Forged:
    """Ten lots long, then ten short: in no direction at all, positions neither grow nor flip."""
    world = holding(native, 50_000, size=10)
    trade(world, 1, MARK, 20)
    trace = Forger(world).seal()
    return Forged(trace, lies={f"margin: direction#{MARKETS * at(trace)}": [0]})


@forgery("margin: whole, or no position flips")
def test_a_short_account_flips(native: Native) -> Forged:
    """Ten lots long, then five short: less risk, and a free bet on the other side."""
    world = holding(native, 50_000, size=10)
    trade(world, 1, MARK, 15)
    return Forged(Forger(world).seal())


@forgery("margin: whole, or no position grows")
def test_a_short_account_grows_a_position(native: Native) -> Forged:
    """One lot more, in place of ten lots of orders and with some money paid in."""
    world = holding(native, 50_000, size=10, buy=10)
    world.deposit(1, 10_000, new=0)
    world.cancel_all(1)
    trade(world, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("margin: whole, or no position grows")
def test_one_position_grows_while_the_sum_shrinks(native: Native) -> Forged:
    """One lot more in a market where it has ten, and three less in another."""
    world = funded(native)
    suppose(world, "cash", 1, cash=100_000 - 20 * MARK)
    held(world, 1, 0, size=10)
    held(world, 1, 1, size=10)
    world.begin(MARK, MARK)
    trade(world, 1, MARK, 3, market=1)
    trade(world, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("margin: whole, or less risk")
def test_a_short_account_gives_money_away(native: Native) -> Forged:
    """Its position is what it was, and 2,200 are a friend's."""
    world = holding(native, 50_000, size=10)
    lose(world)
    return Forged(Forger(world).seal())


@forgery("margin: whole, or less risk")
def test_orders_are_no_risk_given_up(native: Native) -> Forged:
    """It withdraws an order for ten lots, and gives money away."""
    world = holding(native, 50_000, size=10, buy=10)
    world.cancel_all(1)
    lose(world)
    return Forged(Forger(world).seal())


@forgery("margin: whole, or less risk")
def test_below_a_sixteenth_more_is_lost_than_a_sixteenth(native: Native) -> Forged:
    """It has 6,000 on 100,000, closes a lot, and loses 2,300: 625 would have been allowed."""
    world = holding(native, 6000, size=10)
    trade(world, 1, MARK, 1)
    lose(world)
    return Forged(Forger(world).seal())


@forgery("margin: below a sixteenth")
def test_an_account_is_twice_below_a_sixteenth(native: Native) -> Forged:
    """Exactly at the sixteenth before, far below it after: neither leg allows it, and twice one less the other does."""
    world = holding(native, 6250, size=10)
    lose(world)
    trace = Forger(world).seal()
    return Forged(trace, lies={f"sign: margin: below a sixteenth#{at(trace)}": [2]})


SIXTEENTH = "margin: whole, or above a sixteenth after, or below it before"


@forgery(SIXTEENTH)
def test_a_flat_account_ends_in_debt(native: Native) -> Forged:
    """Its orders made it short before, so nothing else speaks against it."""
    world = holding(native, 2000, buy=10)
    lose(world)
    return Forged(Forger(world).seal())


@forgery(SIXTEENTH)
def test_the_linear_leg_is_used_by_an_account_above_the_sixteenth(native: Native) -> Forged:
    """It closes half a position, for which it could have used the other one."""
    world = holding(native, 50_000, size=10)
    trade(world, 1, MARK, 5)
    trace = Forger(world).seal()
    return Forged(trace, lies={f"sign: {'margin: below a sixteenth'}#{at(trace)}": [1]})
