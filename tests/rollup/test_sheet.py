"""Sheets: replacement first, dead heads out of the way, then the items in order."""

import pytest

from rollup.actions import Cancel, CancelItem, PlaceItem, Sheet
from rollup.layout import GTC, IOC, ORDER_LIFETIME, SHEET_ITEMS
from rollup.refusals import Code, Ending, Full, Refused
from tests.rollup.desk import BUY, SELL, Desk, prices, quote


def ladder(side: int, start: int, count: int) -> tuple[PlaceItem, ...]:
    """Quotes of one lot, a tick apart, away from the other side."""
    step = 1 if side == SELL else -1
    return tuple(quote(side, start + step * number, 1) for number in range(count))


def codes(receipt) -> list[Code]:
    return [item.code for item in receipt.items]


def test_walk_b() -> None:
    """A replacing sheet of six voids six old orders; its third item crosses and is burned, the others rest."""
    desk = Desk()
    old = desk.sheet(1, *ladder(BUY, 9_990, 3), *ladder(SELL, 10_010, 3))
    desk.place(2, SELL, 9_995, 1)
    receipt = desk.sheet(1, *ladder(BUY, 9_994, 2), quote(BUY, 9_995, 1), *ladder(SELL, 10_001, 3))
    assert [ended.order for ended in receipt.ended] == [item.order for item in old.items]
    assert {ended.ending for ended in receipt.ended} == {Ending.VOID}
    assert codes(receipt) == [Code.RESTED] * 2 + [Code.POST_ONLY_CROSSES] + [Code.RESTED] * 3
    assert receipt.items[2].numbers == {"price": 9_995, "best": 9_995}
    assert [item.order.index for item in receipt.items if item.order] == [0, 1, 2, 3, 4]
    assert prices(desk.engine.book(0)[0]) == [(9_994, 1), (9_993, 1)]
    assert len(desk.engine.collectable()) == 6
    for collect in desk.engine.collectable():
        assert desk.engine.apply(collect).code is Code.COLLECTED
    assert desk.engine.collectable() == []
    desk.seal()


def test_void_heads_that_the_items_would_cross_are_collected_between_head_and_items() -> None:
    desk = Desk()
    desk.sheet(1, *ladder(BUY, 9_999, 3), *ladder(SELL, 10_001, 3))
    receipt = desk.sheet(1, quote(BUY, 10_002, 1), quote(SELL, 10_010, 1))
    assert receipt.action.collects == 2
    assert codes(receipt) == [Code.RESTED, Code.RESTED]
    row = desk.turn().trace["sheets"][-1]
    assert row["first"] == row["tick"] + 3


def test_expired_heads_of_others_are_collected_too_but_idle_ones_are_not() -> None:
    desk = Desk()
    expiring = desk.place(2, SELL, 10_000, 1, expiry=desk.clock)
    desk.turn(seconds=1)
    receipt = desk.sheet(1, quote(BUY, 10_000, 1))
    assert receipt.ended[0].order == expiring.order
    assert receipt.ended[0].ending is Ending.EXPIRED
    assert codes(receipt) == [Code.RESTED]
    desk.seal()


def test_a_sheet_that_does_not_replace_collects_nothing_and_voids_nothing() -> None:
    desk = Desk()
    desk.sheet(1, quote(BUY, 9_999, 1))
    receipt = desk.sheet(1, quote(BUY, 9_998, 1), replace=0)
    assert (receipt.ended, receipt.action.collects) == ((), 0)
    assert prices(desk.engine.book(0)[0]) == [(9_999, 1), (9_998, 1)]
    desk.seal()


def test_items_take_effect_in_order_and_cancels_among_them() -> None:
    desk = Desk()
    rests = desk.place(1, SELL, 10_000, 1)
    order = rests.order
    named = CancelItem(SELL, rests.slot, order.epoch, order.index)
    receipt = desk.sheet(1, quote(BUY, 10_000, 1), named, quote(BUY, 10_000, 1), named, replace=0)
    assert codes(receipt) == [Code.POST_ONLY_CROSSES, Code.CANCELLED, Code.RESTED, Code.CANCEL_MISSED]
    desk.seal()


def test_items_that_are_no_quotes_trade() -> None:
    desk = Desk()
    desk.place(2, SELL, 10_000, 3)
    receipt = desk.sheet(1, PlaceItem(BUY, IOC, 0, 0, 10_000, 2), PlaceItem(BUY, GTC, 0, 0, 10_000, 2))
    assert codes(receipt) == [Code.FILLED, Code.RESTED]
    assert desk.size(1) == 3
    batch = desk.seal()
    assert batch.used["orders"] == 3
    assert [row["single"] for row in batch.trace["orders"]] == [1, 0, 0]
    assert [fill.size for fill in batch.fills] == [2, 1]


def test_a_reduce_only_quote_goes_through_an_order_slot() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 2)
    desk.place(2, BUY, 10_000, 2)
    receipt = desk.sheet(2, PlaceItem(SELL, GTC, 1, 1, 10_100, 5), replace=0)
    assert (codes(receipt), receipt.items[0].size) == ([Code.RESTED], 2)
    assert desk.seal().used["quotes"] == 0


def test_in_a_stale_market_places_are_burned_and_cancels_still_apply() -> None:
    desk = Desk()
    rests = desk.place(1, SELL, 10_000, 1)
    desk.turn(seconds=601)
    named = CancelItem(SELL, rests.slot, rests.order.epoch, rests.order.index)
    receipt = desk.sheet(1, quote(BUY, 9_000, 1), named, replace=0)
    assert codes(receipt) == [Code.MARKET_REDUCE_ONLY, Code.CANCELLED]
    desk.seal()


def test_an_item_that_fails_leaves_nothing_of_itself() -> None:
    """The second item would fill, then break the margin; its fills are undone."""
    desk = Desk(cash=1_000_000)
    desk.place(2, SELL, 10_000, 90)
    desk.place(3, SELL, 11_500, 500)
    items = (PlaceItem(BUY, GTC, 0, 0, 10_000, 80), PlaceItem(BUY, GTC, 0, 0, 11_500, 500))
    receipt = desk.sheet(1, *items)
    assert codes(receipt) == [Code.FILLED, Code.MARGIN]
    assert receipt.items[1].numbers["required"] > receipt.items[1].numbers["equity"]
    assert desk.engine.book(0)[1][0].size == 10
    desk.seal()


def test_alone_in_its_batch_a_sheet_loses_the_items_that_have_no_room() -> None:
    """Class XS fills eight times a batch: the third sweep of four finds no room."""
    desk = Desk("XS", accounts=4, book_pages=2)
    for maker in (2, 3, 4):
        for _ in range(4):
            desk.place(maker, SELL, 10_000, 1)
        desk.turn()
    items = tuple(PlaceItem(BUY, IOC, 0, 0, 10_000, 4) for _ in range(3))
    receipt = desk.sheet(1, *items)
    assert codes(receipt) == [Code.FILLED, Code.FILLED, Code.NO_ROOM]
    assert receipt.action.no_room == (2,)
    desk.seal()


def test_behind_other_actions_a_sheet_that_does_not_fit_waits_for_the_next_batch() -> None:
    desk = Desk("XS", accounts=4, book_pages=2)
    for maker in (2, 3, 4):
        for _ in range(4):
            desk.place(maker, SELL, 10_000, 1)
        desk.turn()
    desk.cancel_all(4, market=1)
    items = tuple(PlaceItem(BUY, IOC, 0, 0, 10_000, 4) for _ in range(3))
    sheet = Sheet(market=0, replace=1, items=items, **desk.signed(1))
    before = desk.engine.used()
    with pytest.raises(Full, match="fills"):
        desk.engine.apply(sheet)
    assert desk.engine.used() == before
    desk.seal()


def test_the_decisions_for_a_sheet_are_journaled_and_replayed() -> None:
    """A sheet journaled with fewer collects, or items without room, is applied that way wherever there is room."""
    desk = Desk()
    desk.sheet(1, *ladder(SELL, 10_001, 3))
    decided = Sheet(
        market=0,
        replace=1,
        items=(quote(BUY, 10_002, 1), quote(BUY, 9_999, 1)),
        collects=1,
        no_room=(1,),
        **desk.signed(1),
    )
    receipt = desk.engine.apply(decided)
    assert codes(receipt) == [Code.POST_ONLY_CROSSES, Code.NO_ROOM]
    assert receipt.action == decided
    assert decided.undecided() == decided._replace(collects=None, no_room=None)
    desk.seal()


def test_a_journaled_sheet_that_counts_collects_which_are_not_there_is_not_applied() -> None:
    desk = Desk()
    with pytest.raises(Refused) as refused:
        desk.sheet(1, quote(BUY, 10_002, 1), collects=1, no_room=())
    assert (refused.value.code, refused.value.numbers) == (Code.NOTHING_TO_COLLECT, {"collects": 1, "found": 0})
    assert desk.sheet(1, quote(BUY, 10_002, 1)).code is Code.APPLIED
    desk.seal()


SHEETS = """
    cancels  places  slot  expiry | outcome
          0      25     1       0 | BAD_FIELD
         25       0     1       0 | BAD_FIELD
          1       0    15       0 | BAD_FIELD
          1       0   128       0 | BAD_FIELD
          0       1     1       1 | BAD_FIELD
          4       0     1       0 | TOO_LARGE
          0       7     1       0 | TOO_LARGE
          3       6     1       0 | None
"""


def test_the_door_turns_a_whole_sheet_away() -> None:
    """Class XS has three slots for cancels and six for burned items; slots end at row 14 of the last page."""
    for line in SHEETS.strip().split("\n")[1:]:
        request, outcome = line.split("|")
        cancels, places, slot, late = map(int, request.split())
        desk = Desk("XS", accounts=1, book_pages=4)
        items = (*[CancelItem(BUY, slot, 0, 0)] * cancels, *ladder(BUY, 9_000, places))
        expiry = desk.clock + ORDER_LIFETIME + late
        try:
            desk.sheet(1, *items, expiry=expiry)
            met = "None"
        except Refused as refusal:
            met = str(refusal.code)
        assert met == outcome.strip(), line


def test_an_item_is_a_place_or_a_cancel() -> None:
    desk = Desk()
    for stranger in ("place", 7, (0, 0, 1, 0, 9_000, 1)):
        with pytest.raises(Refused) as refused:
            desk.sheet(1, stranger)
        assert refused.value.code is Code.BAD_FIELD
    desk.seal()


def test_a_full_sheet_fits_class_s() -> None:
    desk = Desk()
    receipt = desk.sheet(1, *ladder(BUY, 9_990, SHEET_ITEMS))
    assert codes(receipt) == [Code.RESTED] * SHEET_ITEMS
    again = desk.sheet(1, *ladder(BUY, 9_990, SHEET_ITEMS))
    assert len(again.ended) == SHEET_ITEMS
    desk.seal()


def test_a_cancel_that_finds_no_room_behind_places_makes_the_places_go() -> None:
    """Class XS opens nine book pages: five places on fresh pages leave none for three cancels, which must apply."""
    desk = Desk("XS", accounts=3, book_pages=64, order_cap=200)
    slots = scatter(desk)
    items = (*ladder(SELL, 10_600, 2), *(CancelItem(BUY, slot, 0, index) for slot, index in slots))
    receipt = desk.sheet(1, *items, replace=0)
    assert codes(receipt)[2:] == [Code.CANCELLED] * 3
    assert len(receipt.action.no_room) in (0, 2)
    desk.seal()


def scatter(desk: Desk) -> list[tuple[int, int]]:
    """Sixty orders of account 1 on four pages; slots and indices of three far apart."""
    found = []
    for number in range(60):
        try:
            receipt = desk.place(1, BUY, 9_000 - number, 1)
        except Full:
            desk.turn()
            receipt = desk.engine.apply(desk.order(1, BUY, 9_000 - number, 1, counter=desk.counters[1]))
        if number in (5, 25, 50):
            found.append((receipt.slot, receipt.order.index))
    desk.turn()
    return found


def test_a_cancel_names_a_cancel() -> None:
    """The receipt of a cancel item carries the cancel as if it had been sent alone."""
    desk = Desk()
    receipt = desk.sheet(1, CancelItem(BUY, 3, 4, 5), replace=0)
    assert type(receipt.items[0].action) is Cancel
    assert receipt.items[0].action[3:8] == (0, BUY, 3, 4, 5)
    desk.seal()
