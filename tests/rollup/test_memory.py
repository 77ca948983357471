"""Paged memory: every access is recorded, and undone to the letter."""

from rollup.footprint import Footprint
from rollup.layout import CLASSES, order_address
from rollup.memory import AFTER, BEFORE, PREVIOUS, TIME, PagedMemory
from rollup.trace import Ledger
from rollup.undo import Undo


def memory() -> tuple[PagedMemory, Footprint, Undo]:
    undo = Undo()
    footprint = Footprint(CLASSES["XS"], undo)
    footprint.begin()
    undo.steps.clear()
    return PagedMemory(footprint), footprint, undo


def test_an_access_holds_the_row_before_and_after_and_its_time() -> None:
    rows, _, _ = memory()
    access = rows.cash.write(3, (5,), 511)
    assert (access[BEFORE], access[AFTER], access[TIME]) == ((0,), (5,), 511)
    again = rows.cash.read(3, 767)
    assert (again[BEFORE], again[AFTER]) == ((5,), (5,))
    assert rows.log == [access, again]


def test_a_row_of_zeros_is_absent() -> None:
    rows, _, _ = memory()
    rows.cash.write(3, (5,), 511)
    rows.cash.write(3, (0,), 767)
    assert rows.cash.rows == {}
    assert rows.cash.get(3) == (0,)


def test_undoing_restores_rows_and_pages() -> None:
    rows, footprint, undo = memory()
    rows.cash.write(3, (5,), 511)
    length, steps = len(rows.log), len(undo.steps)
    nodes = [dict(level) for level in footprint.nodes]
    rows.cash.write(3, (6,), 767)
    rows.cash.write(9_999, (1,), 767)
    rows.order.write(order_address(2, 33), (1, 0, 0, 5, 5, 0, 5, 0), 767)
    assert len(footprint.headers) == 3
    rows.back_to(length)
    undo.back_to(steps)
    assert rows.cash.rows == {3: (5,)}
    assert rows.order.rows == {}
    assert list(footprint.headers) == [0, 3]
    assert footprint.nodes == nodes


def test_rows_of_one_page_touch_it_once() -> None:
    rows, footprint, _ = memory()
    for slot in (32, 33, 46):
        rows.order.read(order_address(2, slot), 511)
    rows.order.read(order_address(2, 64), 511)
    assert list(footprint.books) == [(2 << 19) + 1, (2 << 19) + 2]


def test_the_ledger_orders_accesses_by_time_and_closes_every_row() -> None:
    rows, _, _ = memory()
    rows.identity.store(3, (7, 8, 0))
    late = rows.identity.read(3, 767)
    early = rows.identity.read(3, 1)
    rows.cash.write(3, (5,), 511)
    ledger = Ledger(rows.log)
    assert (early[PREVIOUS], late[PREVIOUS]) == (0, 1)
    assert ledger.stored(rows.identity, 3) == [767, [7, 8, 0], [7, 8, 0]]
    assert ledger.stored(rows.cash, 3) == [511, [0], [5]]
    assert ledger.stored(rows.lane, 24) == [0, [0, 0], [0, 0]]
