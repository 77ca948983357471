"""Sheet: many orders and cancels of one market under one signature, replacing what the account had there if it says so.

The head comes first; then, if it replaces, dead heads that would stand in the way of its items are collected; then the
items one by one, each with its own result.
"""

from typing import NamedTuple

from rollup.actions import burn, cancel, checks, collect, place, quote
from rollup.actions.place import UNSIGNED, Place
from rollup.book import void_orders, why_dead
from rollup.layout import GTC, LAST_STEP, ORDER_LIFETIME, SHEET_ITEMS, STEPS, book_of, order_address, position_address
from rollup.memory import AFTER
from rollup.receipts import Receipt
from rollup.refusals import Code, Ending, Full, Refused
from rollup.state import State
from rollup.words import CANCEL_ITEM_PLAN, PLACE_ITEM_PLAN, sheet_cells, signed_plan


class PlaceItem(NamedTuple):
    """An order of a sheet; market and expiry are the sheet's."""

    side: int
    tif: int
    post_only: int
    reduce_only: int
    price: int
    size: int


class CancelItem(NamedTuple):
    """A cancel of a sheet; account and market are the sheet's."""

    side: int
    slot: int
    epoch: int
    index: int


class Sheet(NamedTuple):
    """Up to 24 items in the order in which they take effect.

    ``collects`` and ``no_room`` are decisions of the sequencer and not signed: how many dead heads were collected
    before the items, and which items were burned for want of room. A journaled sheet carries them, so that a replay
    decides alike; None leaves the decision to the engine.
    """

    account: int
    lane: int
    counter: int
    market: int
    replace: int
    expiry: int
    items: tuple[PlaceItem | CancelItem, ...]
    signature: tuple[int, int] = UNSIGNED
    collects: int | None = None
    no_room: tuple[int, ...] | None = None

    def word(self) -> int:
        """The head."""
        return PLAN.pack(self)

    def bits(self) -> tuple[tuple[int, int], ...]:
        """Kind (0 place, 1 cancel) and bits of each item."""
        return tuple(
            (1, CANCEL_ITEM_PLAN.pack(item)) if type(item) is CancelItem else (0, PLACE_ITEM_PLAN.pack(item))
            for item in self.items
        )

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (domain, self.word(), *sheet_cells(self.bits()))

    def undecided(self) -> "Sheet":
        """The sheet as its owner sent it."""
        return self._replace(collects=None, no_room=None)


PLAN = signed_plan("sheet", Sheet._fields)


def check(state: State, sheet: Sheet) -> None:
    """Refuse at the door: the whole sheet for any item that no book could take.

    Raises TOO_LARGE if its cancels, or its places as burns, fit no batch.
    """
    checks.authority(state, sheet, PLAN)
    if len(sheet.items) > SHEET_ITEMS:
        raise Refused(Code.BAD_FIELD, items=len(sheet.items), most=SHEET_ITEMS)
    for item in sheet.items:
        if type(item) is PlaceItem:
            _fits(PLACE_ITEM_PLAN, item)
            place.check_terms(state, sheet.market, item)
            if item.tif == GTC and sheet.expiry > state.clock + ORDER_LIFETIME:
                raise Refused(Code.BAD_FIELD, expiry=sheet.expiry, latest=state.clock + ORDER_LIFETIME)
        elif type(item) is CancelItem:
            _fits(CANCEL_ITEM_PLAN, item)
            cancel.check_slot(state, item.slot)
        else:
            raise Refused(Code.BAD_FIELD)
    checks.trader(state, sheet)
    cancels = sum(type(item) is CancelItem for item in sheet.items)
    slots = state.size.slots
    if cancels > slots["cancels"] or len(sheet.items) - cancels > slots["item_burns"]:
        raise Refused(Code.TOO_LARGE, cancels=cancels, places=len(sheet.items) - cancels)


def _fits(plan, item) -> None:
    name = plan.misfit(item)
    if name:
        raise Refused(Code.BAD_FIELD, **{name: getattr(item, name)})


def apply(state: State, sheet: Sheet) -> Receipt:
    """Apply head and items. In an empty batch, items that the size class has no room for are burned.

    Raises Full.
    """
    is_alone = state.ticks == 0
    if sheet.no_room is not None or not is_alone:
        return _apply(state, sheet, sheet.no_room or (), squeeze=False)
    mark = state.mark()
    try:
        return _apply(state, sheet, (), squeeze=True)
    except Full:
        # A cancel found no room behind the places, and a cancel cannot be burned.
        state.back_to(mark)
        places = tuple(number for number, item in enumerate(sheet.items) if type(item) is PlaceItem)
        return _apply(state, sheet, places, squeeze=True)


def _apply(state: State, sheet: Sheet, no_room: tuple[int, ...], squeeze: bool) -> Receipt:
    """``squeeze`` gives up collects and items for want of room; otherwise they raise Full."""
    tick = state.next_tick()
    bits = sheet.bits()
    row = {
        "tick": tick,
        "account": sheet.account,
        "lane": sheet.lane,
        "counter": sheet.counter,
        "market": sheet.market,
        "replace": sheet.replace,
        "expiry": sheet.expiry,
        "open": state.open[sheet.market],
        "action": sheet,
        "packed": bits,
        "lane_row": state.use_nonce(sheet, tick),
    }
    ended = ()
    if sheet.replace:
        row["position"], ended = void_orders(state, sheet.account, sheet.market, tick)
    else:
        address = position_address(sheet.account, sheet.market)
        row["position"] = state.memory.position.read(address, STEPS * tick + LAST_STEP)
    epoch = row["position"][AFTER][0]
    state.emit("sheets", row)
    collects, expired = _clear_heads(state, sheet, squeeze) if sheet.replace else (0, ())

    first = row["first"] = state.ticks + 1
    receipts, burned = [], []
    for number, (item, (_, packed)) in enumerate(zip(sheet.items, bits)):
        state.ticks = first + number - 1
        if type(item) is CancelItem:
            receipt = _cancel_item(state, sheet, item, epoch)
        else:
            receipt = _place_item(state, sheet, item, packed, epoch, number in no_room, squeeze)
            if receipt.code is Code.NO_ROOM:
                burned.append(number)
        receipts.append(receipt)
    decided = sheet._replace(collects=collects, no_room=tuple(burned))
    return Receipt(Code.APPLIED, decided, tick, ended=ended + expired, items=tuple(receipts))


def _clear_heads(state: State, sheet: Sheet, squeeze: bool) -> tuple[int, tuple]:
    """Collect void and expired heads that the items would cross: how many, and the orders that this ended.

    Raises Full, or NOTHING_TO_COLLECT where a journaled sheet counts more of them than there are.
    """
    count, ended = 0, []
    for side in (0, 1):
        prices = [item.price for item in sheet.items if type(item) is PlaceItem and item.side == side]
        while prices and count != sheet.collects:
            slot = _dead_head(state, sheet.market, side, min(prices) if side else max(prices))
            if not slot:
                break
            mark = state.mark()
            try:
                receipt = collect.apply(state, collect.Collect(sheet.market, 1 - side, slot))
            except Full:
                if not squeeze:
                    raise
                state.back_to(mark)
                return count, tuple(ended)
            count += 1
            ended += receipt.ended
    if sheet.collects is not None and count != sheet.collects:
        raise Refused(Code.NOTHING_TO_COLLECT, collects=sheet.collects, found=count)
    return count, tuple(ended)


def _dead_head(state: State, market: int, side: int, price: int) -> int:
    """Slot of the other side's head if it is void or expired and an order at ``price`` would cross it, else 0."""
    number = book_of(market, 1 - side)
    slot = state.books[number].head()
    if not slot:
        return 0
    best = state.memory.order.get(order_address(number, slot))[3]
    crosses = best >= price if side else best <= price
    return slot if crosses and why_dead(state, number, slot) in (Ending.VOID, Ending.EXPIRED) else 0


def _cancel_item(state: State, sheet: Sheet, item: CancelItem, epoch: int) -> Receipt:
    order = cancel.Cancel(sheet.account, 0, 0, sheet.market, *item, sheet.expiry)
    row = {"single": 0, "open": state.open[sheet.market], "sheet_epoch": epoch}
    return cancel.execute(state, order, state.next_tick(), row)


def _place_item(
    state: State, sheet: Sheet, item: PlaceItem, bits: int, epoch: int, is_burned: bool, squeeze: bool
) -> Receipt:
    """Apply one place item, or burn it with the reason."""
    order = Place(sheet.account, 0, 0, sheet.market, *item, sheet.expiry)
    tick = state.ticks + 1
    mark = state.mark()
    try:
        if is_burned:
            raise Refused(Code.NO_ROOM)
        if quote.is_quote(order):
            return quote.execute(state, order)
        return place.execute(state, order, single=False)
    except Refused as refusal:
        state.back_to(mark)
        reason = refusal
    except Full:
        if not squeeze:
            raise
        state.back_to(mark)
        reason = Refused(Code.NO_ROOM)
    receipt = burn.apply_item(state, order, bits, tick, epoch, reason)
    state.ticks = tick
    return receipt
