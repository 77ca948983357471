"""Orders meet: priority, stops, evictions, fees."""

from rollup.layout import FOK, IOC
from rollup.receipts import Ended, Fill, OrderId
from rollup.refusals import Code, Ending
from tests.rollup.desk import BUY, LIFETIME, SELL, Desk, prices


def test_walk_a() -> None:
    """A buyer fills the best seller, evicts an expired one, fills part of the next level and rests what is left."""
    desk = Desk()
    first = desk.place(2, SELL, 10_000, 4)
    expiring = desk.place(3, SELL, 10_000, 3, expiry=desk.clock)
    second = desk.place(2, SELL, 10_100, 2)
    desk.place(4, SELL, 10_300, 9)
    desk.turn(seconds=1)
    receipt = desk.place(1, BUY, 10_100, 10)
    assert receipt.code is Code.RESTED
    assert receipt.remaining == 4
    assert receipt.fills == (
        Fill(first.order, 1, 0, BUY, 10_000, 4, 20),
        Fill(second.order, 1, 0, BUY, 10_100, 2, 11),
    )
    assert receipt.cost == 60_200
    assert receipt.fee == 61
    assert receipt.ended == (
        Ended(first.order, SELL, 1, 0, Ending.FILLED),
        Ended(expiring.order, SELL, 2, 3, Ending.EXPIRED),
        Ended(second.order, SELL, 3, 0, Ending.FILLED),
    )
    assert receipt.order == OrderId(1, 0, 0, 0)
    assert desk.engine.book(0) == ([(10_100, 4, 1)], [(10_300, 9, 1)])
    assert (desk.size(1), desk.size(2), desk.size(3)) == (6, -6, 0)
    assert desk.cash(1) == 10_000_000 - 60_200 - 61
    assert desk.cash(2) == 10_000_000 + 60_200 - 31
    assert desk.cash(0) == 92
    desk.seal()


def test_best_price_comes_first_and_among_equals_the_earliest() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_002, 1)
    early = desk.place(2, SELL, 10_001, 1)
    late = desk.place(3, SELL, 10_001, 1)
    receipt = desk.place(4, BUY, 10_002, 2)
    assert [fill.maker for fill in receipt.fills] == [early.order, late.order]
    desk.seal()


def test_a_partly_filled_maker_keeps_its_place() -> None:
    desk = Desk()
    early = desk.place(1, BUY, 9_999, 5)
    desk.place(2, BUY, 9_999, 5)
    desk.place(3, SELL, 9_999, 2)
    receipt = desk.place(3, SELL, 9_999, 3)
    assert [fill.maker for fill in receipt.fills] == [early.order]
    assert prices(desk.engine.book(0)[0]) == [(9_999, 5)]
    desk.seal()


def test_an_immediate_or_cancel_order_leaves_nothing_behind() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 2)
    receipt = desk.place(2, BUY, 10_000, 5, tif=IOC)
    assert (receipt.code, receipt.ending, receipt.remaining) == (Code.DROPPED, Ending.IOC_REMAINDER, 3)
    assert desk.engine.book(0) == ([], [])
    desk.seal()


def test_a_fill_or_kill_order_fills_whole_or_not_at_all() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 2)
    refused = desk.place(2, BUY, 10_000, 3, tif=FOK)
    assert (refused.code, refused.numbers) == (Code.FILL_OR_KILL, {"size": 3, "remaining": 1})
    assert desk.size(2) == 0
    assert desk.place(2, BUY, 10_000, 2, tif=FOK).code is Code.FILLED
    desk.seal()


def test_what_still_crosses_at_the_sweep_limit_never_rests() -> None:
    desk = Desk(sweep=2)
    for _ in range(3):
        desk.place(1, SELL, 10_000, 1)
    receipt = desk.place(2, BUY, 10_000, 9)
    assert (receipt.code, receipt.ending, receipt.remaining) == (Code.DROPPED, Ending.SWEEP_LIMIT, 7)
    assert desk.engine.book(0) == ([], [(10_000, 1, 1)])
    desk.seal()


def test_the_last_step_of_a_sweep_may_be_the_one_that_empties_the_book() -> None:
    desk = Desk(sweep=2)
    for _ in range(2):
        desk.place(1, SELL, 10_000, 1)
    assert desk.place(2, BUY, 10_000, 9).code is Code.RESTED
    desk.seal()


def test_of_two_orders_of_one_owner_the_resting_one_goes() -> None:
    desk = Desk()
    own = desk.place(1, SELL, 10_000, 2)
    receipt = desk.place(1, BUY, 10_000, 5)
    assert receipt.ended == (Ended(own.order, SELL, 1, 2, Ending.SELF_TRADE),)
    assert (receipt.code, receipt.fills) == (Code.RESTED, ())
    desk.seal()


def test_void_orders_are_swept_away_when_met_and_end_only_once() -> None:
    desk = Desk()
    placed = desk.place(1, SELL, 10_000, 2)
    assert desk.cancel_all(1).ended == (Ended(placed.order, SELL, 1, 2, Ending.VOID),)
    receipt = desk.place(2, BUY, 10_000, 1)
    assert (receipt.code, receipt.ended) == (Code.RESTED, ())
    assert desk.engine.collectable() == []
    desk.seal()


def test_a_post_only_order_meets_nothing_not_even_a_dead_order() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 2)
    desk.cancel_all(1)
    assert desk.place(2, BUY, 10_000, 1, post_only=1).code is Code.POST_ONLY_CROSSES
    desk.collect(SELL, 1)
    assert desk.place(2, BUY, 10_000, 1, post_only=1).code is Code.RESTED
    desk.seal()


def test_a_reduce_only_order_is_trimmed_to_the_position() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 5)
    desk.place(2, BUY, 10_000, 5)
    receipt = desk.place(2, SELL, 9_000, 8, reduce_only=1)
    assert (receipt.code, receipt.size, receipt.remaining) == (Code.RESTED, 5, 5)
    assert desk.place(2, BUY, 11_000, 1, reduce_only=1).code is Code.REDUCE_ONLY
    assert desk.place(3, SELL, 9_000, 1, reduce_only=1).numbers == {"market": 0, "position": 0}
    desk.seal()


def test_a_resting_reduce_only_order_fills_no_further_than_its_position_and_is_then_evicted() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 5)
    desk.place(2, BUY, 10_000, 5)
    resting = desk.place(2, SELL, 10_500, 5, reduce_only=1)
    desk.place(3, BUY, 10_000, 3)
    desk.place(2, SELL, 10_000, 3)
    receipt = desk.place(4, BUY, 10_500, 5)
    assert [fill.size for fill in receipt.fills] == [2]
    assert receipt.ended == (Ended(resting.order, SELL, resting.slot, 3, Ending.REDUCE_ONLY),)
    assert desk.size(2) == 0
    desk.seal()


def test_a_maker_who_could_not_bear_the_fill_is_evicted_for_eight_steps() -> None:
    desk = Desk(sweep=9)
    desk.place(1, BUY, 10_000, 9_000)
    desk.turn(10_000, 10_000, seconds=1)
    desk.turn(9_300, 10_000, seconds=100)
    behind = [desk.place(2, BUY, 9_990, 1) for _ in range(2)]
    receipt = desk.place(3, SELL, 9_000, 9_000)
    assert [ended.ending for ended in receipt.ended] == [Ending.MARGIN, Ending.FILLED]
    assert [fill.maker for fill in receipt.fills] == [behind[0].order]
    assert receipt.ending is Ending.SWEEP_LIMIT
    batch = desk.seal()
    assert (batch.used["margin_evicts"], batch.used["fills"]) == (1, 1)


def test_in_a_market_without_a_fresh_price_everyone_is_reduce_only() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 5)
    desk.place(2, BUY, 10_000, 5)
    rests = desk.place(3, BUY, 9_900, 5)
    desk.turn(seconds=601)
    assert desk.engine.open_markets == (False, False)
    assert desk.place(4, BUY, 9_000, 1).code is Code.MARKET_REDUCE_ONLY
    receipt = desk.place(2, SELL, 9_900, 9, reduce_only=1)
    assert receipt.ended == (Ended(rests.order, BUY, 1, 5, Ending.REDUCE_ONLY),)
    assert receipt.fills == ()
    desk.seal()


def test_fees_are_rounded_up_per_fill_and_per_order() -> None:
    desk = Desk(mark=1_000)
    desk.place(1, SELL, 1_001, 1)
    desk.place(1, SELL, 1_001, 1)
    receipt = desk.place(2, BUY, 1_001, 2)
    assert [fill.fee for fill in receipt.fills] == [1, 1]
    assert receipt.fee == 3
    assert desk.cash(0) == 5
    assert desk.turn().trace["advance"]["fees"][1] == 0
    assert desk.cash(0) == 5


def test_an_order_that_rests_until_its_expiry_and_no_second_longer() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 1, expiry=desk.clock + 10)
    desk.turn(seconds=10)
    assert len(desk.place(2, BUY, 10_000, 1).fills) == 1
    desk.place(1, SELL, 10_000, 1, expiry=desk.clock + 10)
    desk.turn(seconds=11)
    assert desk.place(2, BUY, 10_000, 1, expiry=desk.clock + LIFETIME).fills == ()
    desk.seal()
