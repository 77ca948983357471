"""Pages: how rows lie in the cells of a page, and what a page becomes in the tree and in a trace."""

from rollup.footprint import book_index, book_page
from rollup.layout import (
    BOOK_ROWS,
    FIELD,
    HEADER_CASH,
    HEADER_IDENTITY,
    HEADER_INDEX,
    HEADER_KEY,
    HEADER_LANES,
    HEADER_LEVEL,
    HEADER_POSITIONS,
    IDENTITY_CELL,
    LANE_CELL,
    LANES,
    MARKET_CELL,
    MARKET_INDEX,
    MARKETS,
    NEAR_LEVEL,
    ORDER_CELL,
    PAGE_CELLS,
    POSITION_CELL,
    ROWS,
    SYSTEM_CELL,
    SYSTEM_INDEX,
    Bits,
    lane_address,
    order_address,
    pack,
    position_address,
)
from rollup.memory import PAGE_SHIFT, PagedMemory
from rollup.state import State

Cells = tuple[int, ...]


def _shifts(kind: str, cell: tuple[Bits, ...]) -> tuple[int, ...]:
    """Shift of each column of a row inside its cell."""
    at = {}
    shift = 0
    for name, bits in cell:
        at[name] = shift
        shift += bits
    return tuple(at[column] for column in ROWS[kind].columns)


_POSITION_SHIFTS = _shifts("position", POSITION_CELL)
_ORDER_SHIFTS = _shifts("order", ORDER_CELL)


def _cell(shifts: tuple[int, ...], row: tuple[int, ...]) -> int:
    """A row in one cell; a negative column borrows from its neighbours modulo the field."""
    cell = 0
    for shift, value in zip(shifts, row):
        cell += value << shift
    return cell % FIELD


def header_cells(memory: PagedMemory, account: int) -> Cells:
    """The header page of an account."""
    cells = [0] * PAGE_CELLS
    key, owner, version = memory.identity.get(account)
    cells[HEADER_KEY] = key
    cells[HEADER_IDENTITY] = pack(IDENTITY_CELL, {"owner": owner, "version": version, "mask": 0})
    cells[HEADER_CASH] = memory.cash.get(account)[0] % FIELD
    half = len(LANE_CELL)
    for lane in range(LANES):
        cell, place = divmod(lane, half)
        counter = memory.lane.get(lane_address(account, lane))[0]
        cells[HEADER_LANES + cell] += counter << (place * LANE_CELL[place].bits)
    for market in range(MARKETS):
        row = memory.position.rows.get(position_address(account, market))
        if row:
            cells[HEADER_POSITIONS + market] = _cell(_POSITION_SHIFTS, row)
    return tuple(cells)


def book_addresses(key: int) -> list[int]:
    """Addresses of the fifteen rows of a book page."""
    book, page = book_page(key)
    first = order_address(book, page << PAGE_SHIFT)
    return list(range(first, first + BOOK_ROWS))


def book_cells(memory: PagedMemory, key: int) -> Cells:
    """A page of a book, by its page key."""
    cells = [0] * PAGE_CELLS
    for place, address in enumerate(book_addresses(key)):
        row = memory.order.rows.get(address)
        if row:
            cells[place] = _cell(_ORDER_SHIFTS, row)
    return tuple(cells)


def market_cells(state: State) -> Cells:
    """The market page."""
    cells = [pack(MARKET_CELL, market._asdict()) for market in state.markets]
    return (*cells, *(0,) * (PAGE_CELLS - MARKETS))


def system_cells(state: State) -> Cells:
    """The system page."""
    keys = [x for x, _ in state.genesis.reporters]
    cells = [pack(SYSTEM_CELL, state.system._asdict()), *keys]
    return (*cells, *(0,) * (PAGE_CELLS - len(cells)))


def opened_pages(state: State) -> dict[tuple[int, int], Cells]:
    """Cells of every page the present batch touched, as they are now, by (level, index)."""
    return _pages(state, state.footprint.headers, state.footprint.books)


def all_pages(state: State) -> dict[tuple[int, int], Cells]:
    """Cells of every page that is not empty, by (level, index)."""
    memory = state.memory
    books = sorted({address >> PAGE_SHIFT for address in memory.order.rows})
    return _pages(state, sorted(state.keys), books)


def _pages(state: State, headers, books) -> dict[tuple[int, int], Cells]:
    pages = {
        (NEAR_LEVEL, SYSTEM_INDEX): system_cells(state),
        (NEAR_LEVEL, MARKET_INDEX): market_cells(state),
    }
    for account in headers:
        pages[HEADER_LEVEL, HEADER_INDEX + account] = header_cells(state.memory, account)
    for key in books:
        pages[NEAR_LEVEL, book_index(key)] = book_cells(state.memory, key)
    return pages
