"""Forgeries of quotes: a post-only item of a sheet rests whole, behind a head that it does not cross."""

from circuits.native import Native
from rollup.actions import PlaceItem, Sheet
from rollup.layout import GTC, PRICE_BITS, PRICE_MAX, SLOT_BITS
from rollup.memory import ADDRESS, BEFORE
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, between, resting, twice
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK, World


def quote(side: int, price: int, size: int = 3) -> PlaceItem:
    """A post-only item."""
    return PlaceItem(side, GTC, 1, 0, price, size)


def quoted(world: World, *items: PlaceItem, account: int = 2, replace: int = 1) -> Forger:
    """A sheet of account 2 whose items are not looked at by anyone."""
    with anything():
        world.sheet(account, *items, replace=replace)
    return Forger(world)


class Beyond(int):
    """A price that no other is told to reach."""

    def __le__(self, other: int) -> bool:
        return False

    __ge__ = __le__


@forgery("quote: live is a bit")
def test_a_quote_rests_twice_less_once(native: Native) -> Forged:
    """Two of it, less one: as last among its equals, it is as far from its neighbours as may be."""
    world = open_batch(native)
    world.place(1, 0, MARK, 3)
    return Forged(twice(quoted(world, quote(0, MARK)).seal(), "quotes"))


@forgery("quote: price fits")
def test_a_quotes_price_reaches_into_its_size(native: Native) -> Forged:
    """Four for 50 are read as three for more than a price can be."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    order = world.signed(Sheet, 2, market=0, replace=1, expiry=world.expiry(), items=(quote(1, 50, 4),))
    with anything():
        world.apply(order._replace(items=(quote(1, 2**PRICE_BITS + 50, 3),)))
    return Forged(Forger(world).seal())


@forgery("quote: price is not 0")
def test_a_quote_asks_nothing(native: Native) -> Forged:
    """Price 0 is the ask sentinel's."""
    return Forged(quoted(open_batch(native), quote(1, 0)).seal())


@forgery("quote: price is not the highest")
def test_a_quote_bids_the_sentinels_price(native: Native) -> Forged:
    """2^36 - 1 is the bid sentinel's."""
    return Forged(quoted(open_batch(native), quote(0, PRICE_MAX + 1, 1)).seal())


@forgery("quote: size at least one")
def test_a_quote_of_nothing_rests(native: Native) -> Forged:
    """It would be behind which nothing can rest any more."""
    return Forged(quoted(open_batch(native), quote(0, MARK, 0)).seal())


@forgery("quote: does not cross")
def test_a_quote_crosses(native: Native) -> Forged:
    """It bids what is asked, and the book is locked."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    return Forged(quoted(world, quote(0, Beyond(MARK))).seal())


@forgery("quote: does not cross")
def test_a_quote_asks_less_than_is_bid(native: Native) -> Forged:
    """The same on the other side."""
    world = open_batch(native)
    world.place(1, 0, MARK, 3)
    return Forged(quoted(world, quote(1, Beyond(MARK - 1))).seal())


@forgery("bus: order")
def test_a_quote_sees_an_empty_book(native: Native) -> Forged:
    """The other side's sentinel is said to have no next, so that nothing is crossed."""
    world = open_batch(native)
    world.place(1, 1, MARK, 3)
    forger = quoted(world, quote(0, Beyond(MARK)))
    trace = forger.seal()
    empty = trace["quotes"][0]["sentinel"][:-1]
    return Forged(trace, {"quotes[0].sentinel": [*empty, 0]})


@forgery("rest: slot fits")
def test_a_quote_rests_behind_the_other_side(native: Native) -> Forged:
    """A bid follows the last ask."""
    world = two_asks(native)
    with resting(behind=2**SLOT_BITS + 2):
        forger = quoted(world, quote(0, MARK - 1))
    return Forged(forger.seal())


@forgery("bus: position")
def test_a_quote_is_not_counted(native: Native) -> Forged:
    """The next gets its index."""
    forger = quoted(open_batch(native), quote(0, MARK))
    position = forger.row("quotes")["position"]
    forger.leave(position, count=position[BEFORE][5])
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_quote_outlives_a_newer_sheet(native: Native) -> Forged:
    """Its owner replaced it by one that bids less; the smallest class has a slot for one sheet."""
    world = open_batch(native, size_class="S")
    with between(lambda: world.sheet(2)):
        forger = quoted(world, quote(0, MARK))
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_quote_outlives_cancel_all(native: Native) -> Forged:
    """Its owner voided all that it had, after the sheet; the item is of the epoch before."""
    world = open_batch(native)
    with between(lambda: world.cancel_all(2)):
        forger = quoted(world, quote(0, MARK))
    return Forged(forger.seal())


@forgery("bus: item")
def test_an_order_of_a_sheet_outlives_cancel_all(native: Native) -> Forged:
    """The same for an item that goes through the order chip."""
    world = open_batch(native)
    with between(lambda: world.cancel_all(2)):
        forger = quoted(world, PlaceItem(0, GTC, 0, 0, MARK, 3))
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_quote_opens_risk_in_a_market_that_is_not_open(native: Native) -> Forged:
    """Its sheet saw that the mark is too old."""
    world = funded(native)
    world.begin(seconds=601)
    state = world.engine._state

    def opened():
        state.open[0] = 1

    with between(opened):
        forger = quoted(world, quote(0, MARK))
    state.open[0] = 0
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_quote_lives_longer_than_its_sheet(native: Native) -> Forged:
    """An hour more than was signed."""
    forger = quoted(open_batch(native), quote(0, MARK))
    row = forger.row("quotes")
    row["expiry"] += 3600
    forger.leave(row["record"], expiry=row["expiry"])
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_quote_is_of_another_size(native: Native) -> Forged:
    """Three were signed."""
    world = open_batch(native)
    order = world.signed(Sheet, 2, market=0, replace=1, expiry=world.expiry(), items=(quote(0, MARK),))
    world.apply(order._replace(items=(quote(0, MARK, 5),)))
    forger = Forger(world)
    forger.row("sheets").update(action=order, packed=order.bits())
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_quote_is_of_another_market(native: Native) -> Forged:
    """The sheet is for market 0."""
    forger = quoted(open_batch(native), quote(0, MARK), replace=0)
    row = forger.row("quotes")
    row["market"] = 1
    for name in ("record", "predecessor", "sentinel"):
        forger.move(row[name], address=row[name][ADDRESS] + 2 * 2**SLOT_BITS)
    forger.move(row["position"], address=row["position"][ADDRESS] + 1)
    return Forged(forger.seal())
