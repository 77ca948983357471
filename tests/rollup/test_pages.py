"""Cells of pages, bit by bit."""

from rollup import layout
from rollup.footprint import book_index
from rollup.layout import CLASSES, FIELD, NEVER
from rollup.pages import all_pages, book_cells, header_cells, market_cells, opened_pages, system_cells
from rollup.state import State
from tests.rollup.desk import BUY, SELL, Desk, genesis


def state() -> State:
    return State.at_genesis(genesis(), CLASSES["S"])


def test_a_header_page() -> None:
    memory = state().memory
    memory.identity.store(3, (1234, 0xABC, 0))
    memory.cash.store(3, (-5,))
    memory.lane.store(8 * 3 + 1, (7, 0))
    memory.lane.store(8 * 3 + 6, (9, 0))
    memory.position.store((3 << 12) + 2, (11, 13, 5, 6, -8, 17))
    cells = header_cells(memory, 3)
    position = -8 + (5 << 48) + (6 << 96) + (11 << 144) + (17 << 180) + (13 << 204)
    assert cells == (1234, 0xABC, FIELD - 5, 7 << 48, 9 << 96, 0, 0, position, 0, 0, 0, 0, 0, 0, 0, 0)


def test_a_negative_size_borrows_from_its_neighbours_and_alone_wraps_around_the_field() -> None:
    memory = state().memory
    memory.position.store(3 << 12, (0, 0, 0, 0, -1, 0))
    assert header_cells(memory, 3)[5] == FIELD - 1


def test_a_book_page() -> None:
    memory = state().memory
    record = (3, 11, 17, 10_000, 99, 1, 5, 34)
    memory.order.store((1 << 24) + 32 + 4, record)
    cells = book_cells(memory, (1 << 19) + 1)
    packed = 3 + (11 << 24) + (17 << 60) + (10_000 << 84) + (99 << 120) + (1 << 156) + (5 << 157) + (34 << 205)
    assert cells == (0, 0, 0, 0, packed, *[0] * 11)


def test_system_and_market_pages() -> None:
    fresh = state()
    fresh.system = fresh.system._replace(clock=5, round=6)
    cells = system_cells(fresh)
    assert cells == (5 + (6 << 36) + (600 << 72) + (5 << 96), *range(11, 18), *[0] * 8)
    fresh.markets[1] = fresh.markets[1]._replace(mark=10_000, price_time=4)
    cell = market_cells(fresh)[1]
    widths = (36, 36, 24, 24, 24, 24, 24, 24, 8, 2, 24)
    fields = [cell >> sum(widths[:place]) & (1 << width) - 1 for place, width in enumerate(widths)]
    assert fields == [10_000, 4, 100_000, 50_000, 2_000, 1_000, 500, 1_000, 16, 1, 500_000]
    assert market_cells(fresh)[2:] == (0,) * 14


def test_no_cell_is_wider_than_a_field_element_can_hold() -> None:
    for cell in (layout.POSITION_CELL, layout.ORDER_CELL, layout.IDENTITY_CELL, layout.LANE_CELL, layout.MARKET_CELL):
        assert sum(field.bits for field in cell) <= 253


def test_pages_lie_where_the_layout_says() -> None:
    assert book_index((3 << 19) + 7) == 2**17 + 1024 * 3 + 7
    pages = all_pages(state())
    assert set(pages) == {(2, 0), (2, 8), (0, 2**24), *((2, 2**17 + 1024 * book) for book in range(4))}
    sentinel = pages[2, 2**17][0]
    assert sentinel == (2**36 - 1 << 84) + (NEVER << 120) + (1 << 157)


def test_what_a_batch_opens_is_what_differs_from_the_page_table_before() -> None:
    """Pages that a batch does not open stay as they were."""
    desk = Desk()
    engine = desk.engine
    before = all_pages(engine._state)
    desk.place(1, BUY, 9_000, 5)
    desk.place(2, SELL, 9_000, 3)
    desk.cancel_all(3)
    after, opened = all_pages(engine._state), opened_pages(engine._state)
    changed = {at for at in after if after[at] != before.get(at)}
    assert changed <= set(opened)
    assert all(after[at] == cells for at, cells in opened.items() if at in after)
