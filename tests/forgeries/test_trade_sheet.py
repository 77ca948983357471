"""Forgeries of sheets: the head replaces and advances its lane; every item is used once, after it, as it was signed."""

from circuits.native import Native
from rollup.actions import CancelItem, PlaceItem, Sheet
from rollup.layout import (
    EPOCH_BITS,
    GTC,
    IOC,
    ITEM_KIND_SHIFT,
    ITEM_SHIFT,
    LAST_STEP,
    PLACE_ITEM,
    STEPS,
    sheet_column,
    unpack,
)
from rollup.memory import AFTER, BEFORE
from rollup.words import CANCEL_ITEM_PLAN
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, held, twice
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import MARK, World

BID = PlaceItem(0, GTC, 1, 0, MARK, 3)
ASK = PlaceItem(1, GTC, 1, 0, MARK + 1, 3)


def sheet_of(world: World, *items, account: int = 1, replace: int = 1) -> Sheet:
    """A signed sheet of market 0, not applied."""
    return world.signed(Sheet, account, market=0, replace=replace, expiry=world.expiry(), items=items)


def without(world: World, order: Sheet, *left: int) -> Forger:
    """The sheet is applied as if it did not have some of its items, which are signed and put all the same."""
    kept = [item for number, item in enumerate(order.items) if number not in left]
    world.apply(order._replace(items=tuple(kept)))
    forger = Forger(world)
    forger.row("sheets").update(action=order, packed=order.bits())
    return forger


def burn(forger: Forger, order: Sheet, number: int, **changes: int) -> None:
    """An item burn for an item of the one sheet."""
    head = forger.row("sheets")
    kind, bits = order.bits()[number]
    epoch = head["position"][AFTER][0]
    row = {
        "tick": head["first"] + number + (kind << ITEM_KIND_SHIFT),
        "account": order.account,
        "second": sheet_column(order.market, head["open"], epoch),
        "bits": bits,
        "expiry": order.expiry,
    }
    forger.rows("item_burns").append({**row, **changes})


@forgery("sheet: live is a bit")
def test_a_sheet_takes_back_that_a_lane_advanced(native: Native) -> Forged:
    """Minus one empty sheet, at the tick of an order that trades nothing: its nonce can be used again."""
    world = open_batch(native)
    order = sheet_of(world, replace=0)
    world._counters[1, 0] -= 1
    world.place(1, 0, MARK, 3, tif=IOC)
    forger = Forger(world)
    placed = forger.row("orders")
    tick = placed["tick"]
    forger.rows("sheets").append(
        {
            **{name: getattr(order, name) for name in ("account", "lane", "counter", "market", "replace", "expiry")},
            **{name: placed[name] for name in ("tick", "open", "lane_row", "position")},
            "first": tick + 1,
            "packed": (),
            "action": order,
        }
    )
    for name in ("lane_row", "position"):
        forger.forget(placed[name])
    return Forged(forger.seal(), {"sheets[0].live": -1, f"used[{tick - 1}]": 0})


@forgery("sheet: replace is a bit")
def test_a_dead_sheet_replaces_twice(native: Native) -> Forged:
    """Which means nothing."""
    return Forged(Forger(open_batch(native)).seal(), {"sheets[0].replace": 2})


@forgery("sheet: not the fee account")
def test_the_fee_account_signs_a_sheet(native: Native) -> Forged:
    """And voids the sentinels."""
    world = open_batch(native)
    with anything():
        world.sheet(0)
    return Forged(Forger(world).seal())


@forgery("sheet: epoch fits")
def test_a_sheets_epoch_is_wider_than_its_field(native: Native) -> Forged:
    """It reaches into the count."""
    world = funded(native)
    held(world, 1, epoch=2**EPOCH_BITS - 1)
    world.begin(MARK, MARK)
    world.sheet(1)
    return Forged(Forger(world).seal())


@forgery("sheet: items come after the head")
def test_an_item_comes_before_the_head(native: Native) -> Forged:
    """A quote rests at tick 2, and its sheet is applied at tick 3."""
    world = open_batch(native)
    world.sheet(1, BID, replace=0)
    forger = Forger(world)
    head = forger.row("sheets")
    head["tick"] = 3
    for name in ("lane_row", "position"):
        forger.move(head[name], time=STEPS * 3 + LAST_STEP)
    return Forged(forger.seal())


@forgery("sheet: an item is live or not")
def test_an_item_of_nothing_is_there_twice(native: Native) -> Forged:
    """And is burned twice."""
    world = open_batch(native)
    order = sheet_of(world)
    world.apply(order)
    forger = Forger(world)
    head = forger.row("sheets")
    second = sheet_column(0, 1, head["position"][AFTER][0])
    nothing = {"tick": head["first"], "account": 1, "second": second, "bits": 0, "expiry": order.expiry}
    forger.rows("item_burns").extend([nothing, dict(nothing)])
    return Forged(forger.seal(), {"sheets[0].items[0].live": 2})


@forgery("sheet: a kind is a bit")
def test_a_kind_is_cancelled_out(native: Native) -> Forged:
    """An absent item of kind 2 and bits -1 is zero."""
    world = open_batch(native)
    world.sheet(1, BID)
    return Forged(Forger(world).seal(), {"sheets[0].items[7].kind": 2, "sheets[0].items[7].bits": -1})


@forgery("sheet: an absent item is zero")
def test_a_signed_item_is_left_out(native: Native) -> Forged:
    """It is in the cell that was signed, and nobody has to take it: not even a cancel."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    order = sheet_of(world, CancelItem(0, placed.slot, 0, 0), replace=0)
    return Forged(without(world, order, 0).seal(), {"sheets[0].items[0].live": 0})


@forgery("sheet: a dead sheet has no items")
def test_a_dead_sheets_items_are_applied(native: Native) -> Forged:
    """Nobody signed it: a dead signature is any that sums to nothing."""
    world = open_batch(native)
    world.sheet(1, BID, replace=0)
    forger = Forger(world)
    head = forger.row("sheets")
    for name in ("lane_row", "position"):
        forger.forget(head[name])
    dead = {"sheets[0].live": 0, "sheets[0].r_x": 0, "sheets[0].s": 0}
    return Forged(forger.seal(), dead)


@forgery("signature: the equation holds")
def test_a_replacement_is_left_out(native: Native) -> Forged:
    """The head that was signed says that the sheet replaces."""
    world = open_batch(native)
    world.place(1, 0, MARK - 1, 3)
    order = sheet_of(world, BID)
    world.apply(order._replace(replace=0))
    return Forged(Forger(world).seal())


@forgery("bus: position")
def test_a_replacement_does_not_raise_the_epoch(native: Native) -> Forged:
    """What was there before stays, under the same totals."""
    world = open_batch(native)
    world.place(1, 0, MARK - 1, 3)
    world.sheet(1)
    forger = Forger(world)
    position = forger.row("sheets")["position"]
    epoch, _, buy, _, _, count = position[BEFORE]
    forger.leave(position, epoch=epoch, buy=buy, count=count)
    return Forged(forger.seal())


@forgery("bus: lane")
def test_a_sheet_does_not_advance_its_lane(native: Native) -> Forged:
    """It could be applied again."""
    world = open_batch(native)
    world.sheet(1, BID)
    forger = Forger(world)
    lane = forger.row("sheets")["lane_row"]
    forger.leave(lane, counter=lane[BEFORE][0])
    return Forged(forger.seal())


@forgery("bus: open")
def test_a_sheet_is_for_a_market_that_is_not_open(native: Native) -> Forged:
    """It says that it is, and its quote rests."""
    world = funded(native)
    world.begin(seconds=601)
    state = world.engine._state
    state.open[0] = 1
    world.sheet(1, BID)
    state.open[0] = 0
    return Forged(Forger(world).seal())


@forgery("bus: item")
def test_an_item_is_left_out(native: Native) -> Forged:
    """It was put, and neither rests nor is burned."""
    world = open_batch(native)
    return Forged(without(world, sheet_of(world, BID, ASK), 1).seal())


@forgery("bus: item")
def test_an_item_is_taken_twice(native: Native) -> Forged:
    """It rests, and is burned."""
    world = open_batch(native)
    order = sheet_of(world, BID)
    world.apply(order)
    forger = Forger(world)
    burn(forger, order, 0)
    return Forged(forger.seal())


@forgery("bus: item")
def test_items_change_places(native: Native) -> Forged:
    """The second is applied before the first."""
    world = open_batch(native)
    order = sheet_of(world, BID, ASK)
    world.apply(order._replace(items=(ASK, BID)))
    forger = Forger(world)
    forger.row("sheets").update(action=order, packed=order.bits())
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_cancel_item_is_burned(native: Native) -> Forged:
    """At its own tick, as if it were a place."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    order = sheet_of(world, CancelItem(0, placed.slot, 0, 0), replace=0)
    forger = without(world, order, 0)
    burn(forger, order, 0, tick=forger.row("sheets")["first"])
    return Forged(forger.seal())


@forgery("item burn: tick, of a place item")
def test_a_cancel_item_is_burned_beyond_all_ticks(native: Native) -> Forged:
    """At the tick that its key would be a place item's of."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    order = sheet_of(world, CancelItem(0, placed.slot, 0, 0), replace=0)
    forger = without(world, order, 0)
    burn(forger, order, 0)
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_place_item_is_taken_as_a_cancel(native: Native) -> Forged:
    """Its bits, read so, name an order that its owner meant to keep."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    named = CancelItem(0, placed.slot, 0, 0)
    order = sheet_of(world, PlaceItem(**unpack(PLACE_ITEM, CANCEL_ITEM_PLAN.pack(named))), replace=0)
    with anything():
        world.apply(order._replace(items=(named,)))
    forger = Forger(world)
    forger.row("sheets").update(action=order, packed=order.bits())
    return Forged(forger.seal())


@forgery("item burn: live is a bit")
def test_an_item_is_burned_twice_less_once(native: Native) -> Forged:
    """Two of it, less one."""
    world = open_batch(native)
    order = sheet_of(world, BID)
    forger = without(world, order, 0)
    burn(forger, order, 0)
    return Forged(twice(forger.seal(), "item_burns"))


@forgery("item burn: bits fits")
def test_a_cell_is_split_at_another_bit(native: Native) -> Forged:
    """The cancel's kind is the 120th bit of the place before it: two places, which can be burned."""
    world = open_batch(native)
    placed = world.place(1, 0, MARK, 3)
    order = sheet_of(world, ASK, CancelItem(0, placed.slot, 0, 0), replace=0)
    forger = without(world, order, 0, 1)
    (_, place), (_, cancel) = order.bits()
    wide = place + (1 << ITEM_SHIFT - 1)
    forger.row("sheets")["packed"] = ((0, wide), (0, cancel))
    burn(forger, order, 0, bits=wide)
    burn(forger, order, 1, tick=forger.row("sheets")["first"] + 1)
    return Forged(forger.seal())
