"""Cancels hit or miss, and nothing else; cancel-all voids everything in one step; dead orders can be collected."""

import pytest

from rollup.refusals import Code, Ending, Refused
from tests.rollup.desk import BUY, SELL, Desk, prices


def test_a_cancel_takes_the_order_out_and_its_lots_out_of_the_total() -> None:
    desk = Desk()
    desk.place(1, BUY, 9_999, 1)
    middle = desk.place(2, BUY, 9_998, 2)
    desk.place(1, BUY, 9_997, 3)
    receipt = desk.cancel(2, middle)
    assert receipt.code is Code.CANCELLED
    assert receipt.ended[0].ending is Ending.CANCELLED
    assert prices(desk.engine.book(0)[0]) == [(9_999, 1), (9_997, 3)]
    assert desk.engine.position(2, 0).buy == 0
    desk.seal()


@pytest.mark.parametrize(
    "changed", [{"epoch": 1}, {"index": 1}, {"slot": 2}, {"side": SELL}, {"market": 1}, {"slot": 0}]
)
def test_a_cancel_of_another_id_misses_and_uses_its_nonce(changed: dict) -> None:
    desk = Desk()
    placed = desk.place(1, BUY, 9_999, 1)
    receipt = desk.cancel(1, placed, **changed)
    assert (receipt.code, receipt.ended) == (Code.CANCEL_MISSED, ())
    assert desk.engine.account(1).counters[0] == 2
    assert prices(desk.engine.book(0)[0]) == [(9_999, 1)]
    desk.seal()


def test_nobody_cancels_the_order_of_another() -> None:
    desk = Desk()
    placed = desk.place(1, BUY, 9_999, 1)
    assert desk.cancel(2, placed).code is Code.CANCEL_MISSED
    desk.seal()


def test_a_void_order_cannot_be_cancelled_and_its_slot_is_used_again_only_after_it_is_collected() -> None:
    desk = Desk()
    placed = desk.place(1, BUY, 9_999, 1)
    desk.cancel_all(1)
    assert desk.cancel(1, placed).code is Code.CANCEL_MISSED
    assert desk.place(1, BUY, 9_000, 1).slot == 2
    assert desk.collect(BUY, 1).code is Code.COLLECTED
    again = desk.place(1, BUY, 9_001, 1)
    assert (again.slot, again.order.epoch, again.order.index) == (1, 1, 1)
    desk.seal()


def test_cancel_all_is_of_one_market() -> None:
    desk = Desk()
    desk.place(1, BUY, 9_999, 1)
    elsewhere = desk.place(1, SELL, 10_001, 1, market=1)
    receipt = desk.cancel_all(1)
    assert [ended.order.market for ended in receipt.ended] == [0]
    assert desk.engine.orders(1, 1)[0].id == elsewhere.order
    assert desk.engine.orders(1, 0) == []
    desk.seal()


def test_only_dead_orders_can_be_collected() -> None:
    desk = Desk()
    desk.place(1, BUY, 9_999, 1)
    for slot in (0, 1, 2):
        with pytest.raises(Refused) as refused:
            desk.collect(BUY, slot)
        assert refused.value.code is Code.NOTHING_TO_COLLECT
    desk.seal()


def test_expired_and_idle_orders_are_collected_with_their_reason() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 1)
    desk.place(2, BUY, 10_000, 1)
    idle = desk.place(2, SELL, 10_500, 1, reduce_only=1)
    expiring = desk.place(3, BUY, 9_000, 1, expiry=desk.clock)
    desk.place(2, SELL, 10_000, 1)
    desk.place(1, BUY, 10_000, 1)
    desk.turn(seconds=1)
    collects = desk.engine.collectable()
    ended = [desk.engine.apply(collect).ended[0] for collect in collects]
    assert [(end.order, end.ending) for end in ended] == [
        (expiring.order, Ending.EXPIRED),
        (idle.order, Ending.REDUCE_ONLY),
    ]
    desk.seal()


def test_void_orders_are_offered_oldest_first_and_up_to_a_limit() -> None:
    desk = Desk()
    slots = [desk.place(1, side, price, 1).slot for side, price in ((BUY, 9_000), (BUY, 9_500), (SELL, 10_500))]
    desk.cancel_all(1)
    assert [(collect.side, collect.slot) for collect in desk.engine.collectable()] == [
        (BUY, slots[0]),
        (BUY, slots[1]),
        (SELL, slots[2]),
    ]
    assert len(desk.engine.collectable(limit=2)) == 2
    desk.collect(BUY, slots[0])
    assert [collect.slot for collect in desk.engine.collectable()] == [slots[1], slots[2]]
    desk.seal()


def test_an_order_whose_owner_raised_the_epoch_between_two_batches_stays_void() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 1)
    desk.cancel_all(1)
    desk.turn()
    receipt = desk.place(2, BUY, 10_000, 1)
    assert (receipt.fills, receipt.code) == ((), Code.RESTED)
    assert desk.seal().used["evicts"] == 1
