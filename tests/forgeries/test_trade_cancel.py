"""Forgeries of cancels: one hits exactly what it names, or misses and changes nothing."""

from circuits.native import Native
from rollup.actions import Cancel, CancelAll, CancelItem
from rollup.book import unlink
from rollup.layout import (
    EPOCH_BITS,
    INDEX_BITS,
    LAST_STEP,
    MARKET_BITS,
    SLOT_BITS,
    STEPS,
    book_of,
    order_address,
    position_address,
)
from rollup.memory import ADDRESS, BEFORE
from rollup.receipts import Receipt
from rollup.refusals import Ending
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, behind, fraction, held, misread, twice
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import two_asks
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK, World


def two_bids(native: Native) -> tuple[World, Receipt, Receipt]:
    """A batch in which account 1 bids twice, the later order one below the first."""
    world = open_batch(native)
    return world, world.place(1, 0, MARK, 3), world.place(1, 0, MARK - 1, 3)


def cancel_of(world: World, placed: Receipt, account: int = 1, **changes: int) -> Cancel:
    """A signed cancel of an order, not applied."""
    order = placed.order
    terms = {"market": order.market, "side": placed.action.side, "slot": placed.slot, "epoch": order.epoch}
    terms |= {"index": order.index, "expiry": world.expiry()}
    return world.signed(Cancel, account, **{**terms, **changes})


def cancelled(world: World, order: Cancel, *, hits: bool) -> Forger:
    """The cancel is applied as if it hit what is in its slot, or as if it missed."""
    state = world.engine._state
    tick = state.next_tick()
    names = ("account", "lane", "counter", "market", "side", "slot", "epoch", "index", "expiry")
    row = {name: getattr(order, name) for name in names}
    row |= {"single": 1, "tick": tick, "open": 0, "sheet_epoch": 0, "predecessor_slot": 0}
    row["lane_row"] = state.authorise(order, tick)
    book, time = book_of(order.market, order.side), STEPS * tick + LAST_STEP
    if hits:
        unlink(state, row, book, order.slot, Ending.CANCELLED)
    else:
        row["record"] = state.memory.order.read(order_address(book, order.slot), time)
        row["position"] = state.memory.position.read(position_address(order.account, order.market), time)
    state.emit("cancels", row)
    return Forger(world)


@forgery("cancel: live is a bit")
def test_a_cancel_misses_twice_less_once(native: Native) -> Forged:
    """Two of it, less one."""
    world, first, _ = two_bids(native)
    world._counters[1, 0] += 1
    world.cancel(first, epoch=9)
    return Forged(twice(Forger(world).seal(), "cancels"))


@forgery("cancel: side is a bit")
def test_a_cancels_slot_reaches_into_its_side(native: Native) -> Forged:
    """The cancel of a bid in slot 2 is read as one of slot 1 and side 2, which are the bids of the next market."""
    world, _, second = two_bids(native)
    world.place(1, 1, MARK + 9, 6)
    world.place(2, 0, MARK, 3, market=1)
    order = misread(cancel_of(world, second), slot=-1, side=2)
    with anything():
        world.apply(order)
    return Forged(Forger(world).seal())


@forgery("cancel: slot fits")
def test_a_cancels_epoch_reaches_into_its_slot(native: Native) -> Forged:
    """The cancel of an order of epoch 1 is read as one of epoch 0 in another book, and misses."""
    world = open_batch(native)
    world.cancel_all(1)
    placed = world.place(1, 0, MARK, 3)
    order = misread(cancel_of(world, placed), slot=2**SLOT_BITS, epoch=-1)
    with anything():
        world.apply(order)
    return Forged(Forger(world).seal())


@forgery("cancel: epoch fits")
def test_a_cancels_epoch_is_another(native: Native) -> Forged:
    """It takes one from the index, and misses."""
    world, _, second = two_bids(native)
    order = misread(cancel_of(world, second), epoch=2**EPOCH_BITS, index=-1)
    with anything():
        world.apply(order)
    return Forged(Forger(world).seal())


@forgery("cancel: index fits")
def test_a_cancels_index_is_another(native: Native) -> Forged:
    """It takes one from the expiry, and misses."""
    world, _, second = two_bids(native)
    order = misread(cancel_of(world, second), index=2**INDEX_BITS, expiry=-1)
    with anything():
        world.apply(order)
    return Forged(Forger(world).seal())


@forgery("cancel: open is a bit")
def test_a_cancel_items_market_is_less_than_not_open(native: Native) -> Forged:
    """Minus one, and an epoch more: the same column."""
    world, first, _ = two_bids(native)
    world.sheet(1, CancelItem(0, first.slot, 0, 0), replace=0)
    forger = Forger(world)
    forger.row("cancels").update(open=-1, sheet_epoch=1)
    return Forged(forger.seal())


@forgery("cancel: epoch of the sheet")
def test_a_cancel_item_is_for_another_market(native: Native) -> Forged:
    """With a part of an epoch for the difference, an item for market 0 hits an order of market 1."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    world.place(1, 0, MARK, 3, market=1)
    world.sheet(1, CancelItem(0, placed.slot, 0, 0), replace=0)
    forger = Forger(world)
    row = forger.row("cancels")
    row.update(market=1, sheet_epoch=fraction(-1, 2 ** (MARKET_BITS + 1)))
    for name in ("record", "predecessor"):
        forger.move(row[name], address=row[name][ADDRESS] + 2 * 2**SLOT_BITS)
    forger.move(row["position"], address=row["position"][ADDRESS] + 1)
    return Forged(forger.seal())


@forgery("cancel: not the fee account")
def test_the_fee_account_cancels_the_sentinel(native: Native) -> Forged:
    """Its id is that of account 0's first order."""
    world = funded(native)
    held(world, 0, buy=1)
    world.begin(MARK, MARK)
    world.place(1, 0, MARK, 3)
    order = world.signed(Cancel, 0, market=0, side=0, slot=0, epoch=0, index=0, expiry=world.expiry())
    with anything(), behind(1):
        world.apply(order)
    return Forged(Forger(world).seal())


@forgery("unlink: slot fits")
def test_a_predecessor_is_of_another_book(native: Native) -> Forged:
    """The asks' sentinel points to slot 1 as well, and is made to point to nothing."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    world.place(2, 1, MARK + 1, 3)
    with behind(2**SLOT_BITS):
        world.cancel(placed)
    return Forged(Forger(world).seal())


@forgery("unlink: predecessor points here")
def test_a_predecessor_points_elsewhere(native: Native) -> Forged:
    """The second is cancelled, and what follows the sentinel is changed."""
    world, _, second = two_bids(native)
    with behind(0):
        world.cancel(second)
    return Forged(Forger(world).seal())


@forgery("unlink: totals")
def test_a_cancel_takes_a_total_below_nothing(native: Native) -> Forged:
    """The owner has less open than its order has left."""
    world, first, _ = two_bids(native)
    world.seal()
    held(world, 1, buy=2)
    world.begin(MARK, MARK)
    world.cancel(first)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_a_cancel_hits_another_accounts_order(native: Native) -> Forged:
    """The record is said to be the signer's, who has as much open."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    world.place(2, 0, MARK - 1, 3)
    forger = cancelled(world, cancel_of(world, placed, account=2), hits=True)
    forger.move(forger.row("cancels")["position"], address=position_address(2, 0))
    return Forged(forger.seal(), {"cancels[0].record.owner": 2})


@forgery("bus: order")
def test_a_live_order_is_missed(native: Native) -> Forged:
    """Its index is said to be another."""
    world, first, _ = two_bids(native)
    return Forged(cancelled(world, cancel_of(world, first), hits=False).seal(), {"cancels[0].record.index": 7})


@forgery("bus: order")
def test_a_cancel_hits_what_came_into_a_slot_later(native: Native) -> Forged:
    """The order that it names is gone, and another rests where it did."""
    world = open_batch(native)
    gone = world.place(1, 0, MARK, 3)
    world.cancel(gone)
    world.place(1, 0, MARK, 3)
    return Forged(cancelled(world, cancel_of(world, gone), hits=True).seal(), {"cancels[1].record.index": 0})


@forgery("bus: position")
def test_a_cancel_hits_a_void_order(native: Native) -> Forged:
    """Its lots went with the epoch, and are taken off the total of what came after."""
    world = open_batch(native)
    void = world.place(1, 0, MARK, 3)
    world.cancel_all(1)
    world.place(1, 0, MARK - 1, 3)
    return Forged(cancelled(world, cancel_of(world, void), hits=True).seal(), {"cancels[0].position.epoch": 0})


@forgery("bus: position")
def test_a_live_order_is_missed_as_void(native: Native) -> Forged:
    """Its owner's epoch is said to be another."""
    world, first, _ = two_bids(native)
    return Forged(cancelled(world, cancel_of(world, first), hits=False).seal(), {"cancels[0].position.epoch": 7})


@forgery("bus: position")
def test_a_cancelled_order_still_counts(native: Native) -> Forged:
    """Its lots stay in the open total."""
    world, first, _ = two_bids(native)
    world.cancel(first)
    forger = Forger(world)
    position = forger.row("cancels")["position"]
    forger.leave(position, buy=position[BEFORE][2])
    return Forged(forger.seal())


@forgery("cancel all: market fits")
def test_a_cancel_all_voids_the_next_accounts_orders(native: Native) -> Forged:
    """A second of its expiry makes 4,096 markets, which is the row of account 2."""
    world = two_asks(native)
    order = world.signed(CancelAll, 1, market=0, expiry=world.expiry())
    with anything():
        world.apply(misread(order, market=2**MARKET_BITS, expiry=-1))
    return Forged(Forger(world).seal())


@forgery("cancel all: epoch fits")
def test_an_epoch_is_wider_than_its_field(native: Native) -> Forged:
    """It reaches into the count."""
    world = funded(native)
    held(world, 1, epoch=2**EPOCH_BITS - 1)
    world.begin(MARK, MARK)
    world.cancel_all(1)
    return Forged(Forger(world).seal())


@forgery("bus: position")
def test_a_cancel_all_voids_nothing(native: Native) -> Forged:
    """The epoch stays, and every order with it."""
    world = two_asks(native)
    world.cancel_all(1)
    forger = Forger(world)
    position = forger.row("cancel_alls")["position"]
    epoch, _, _, sell, _, count = position[BEFORE]
    forger.leave(position, epoch=epoch, sell=sell, count=count)
    return Forged(forger.seal())


@forgery("bus: position")
def test_an_epoch_falls(native: Native) -> Forged:
    """What was void is live again."""
    world = two_asks(native)
    world.cancel_all(1)
    world.seal()
    world.begin(MARK, MARK)
    world.cancel_all(1)
    forger = Forger(world)
    forger.leave(forger.row("cancel_alls")["position"], epoch=0)
    return Forged(forger.seal())
