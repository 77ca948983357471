"""What screens and gateways read."""

from rollup.refusals import Ending
from rollup.views import Level, Position
from tests.rollup.desk import BUY, CASH, SELL, Desk


def test_levels_add_up_live_orders_of_a_price_up_to_a_depth() -> None:
    desk = Desk()
    desk.place(1, BUY, 9_000, 1)
    desk.place(2, BUY, 9_000, 2)
    desk.place(2, BUY, 8_000, 4)
    desk.place(3, BUY, 9_500, 8)
    desk.place(3, BUY, 7_000, 8, market=1)
    desk.cancel_all(3)
    assert desk.engine.book(0) == ([Level(9_000, 3, 2), Level(8_000, 4, 1)], [])
    assert desk.engine.book(0, depth=1) == ([Level(9_000, 3, 2)], [])
    desk.seal()


def test_an_account_shows_what_it_holds_and_what_it_must_hold() -> None:
    desk = Desk()
    desk.place(1, SELL, 10_000, 10)
    desk.place(2, BUY, 10_000, 4)
    view = desk.engine.account(1)
    assert (view.owner, view.key, view.counters) == (77, (101, 7), (1, 0, 0, 0, 0, 0, 0, 0))
    assert view.cash == CASH + 40_000 - 20
    assert view.equity == CASH - 20
    assert view.required == 10_000 * (4 + 6) // 10 + 10_000 * 6 * 2_000 // 1_000_000
    assert view.positions[0] == Position(epoch=0, funding=0, buy=0, sell=6, size=-4, count=1)
    assert desk.engine.account(99) is None
    assert desk.engine.accounts() == [0, 1, 2, 3, 4, 5]
    assert (desk.engine.key(1), desk.engine.key(99)) == ((101, 7), None)
    desk.seal()


def test_an_order_can_be_looked_up_by_its_slot() -> None:
    desk = Desk()
    placed = desk.place(1, BUY, 9_000, 1)
    order = desk.engine.order(0, BUY, placed.slot)
    assert (order.id, order.price, order.remaining, order.ending) == (placed.order, 9_000, 1, None)
    assert desk.engine.order(0, BUY, 0) is None
    assert desk.engine.order(0, SELL, placed.slot) is None
    desk.cancel_all(1)
    assert desk.engine.order(0, BUY, placed.slot).ending is Ending.VOID
    desk.seal()


def test_the_live_orders_of_an_account_come_best_first() -> None:
    desk = Desk()
    for price in (9_000, 9_100, 8_900):
        desk.place(1, BUY, price, 1)
    desk.place(1, SELL, 11_000, 1)
    desk.place(2, BUY, 9_050, 1)
    assert [order.price for order in desk.engine.orders(1, 0)] == [9_100, 9_000, 8_900, 11_000]
    assert desk.engine.orders(4, 0) == []
    desk.seal()
