"""What a batch touches: account headers, book pages, and the tree nodes above them, each within its capacity."""

from rollup.layout import (
    BOOK_INDEX,
    BOOK_PAGES,
    HEADER_INDEX,
    HEADER_LEVEL,
    LEVELS,
    MARKET_INDEX,
    NEAR_LEVEL,
    SYSTEM_INDEX,
    SizeClass,
)
from rollup.refusals import Full
from rollup.undo import Undo

BOOK_SHIFT = 19
"""Bits of a page number inside the page key of a book: slots are 24 bits, a page takes 32 of them."""
FEE_ACCOUNT = 0


def book_page(key: int) -> tuple[int, int]:
    """Book and page of a page key."""
    return key >> BOOK_SHIFT, key & ((1 << BOOK_SHIFT) - 1)


def book_index(key: int) -> int:
    """Leaf index of a page key."""
    book, page = book_page(key)
    return BOOK_INDEX + BOOK_PAGES * book + page


def capacity(size: SizeClass, column: str) -> int:
    """What a class has of a column that ``Full`` names."""
    level = column.removeprefix("nodes ")
    return size.slots[column] if level == column else size.nodes[int(level)]


class Footprint:
    """Pages in the order in which they were first touched, and node indices by level.

    The system page, the market page and the fee account's header belong to every batch.
    """

    def __init__(self, size: SizeClass, undo: Undo) -> None:
        self._headers = size.slots["headers"]
        self._books = size.slots["books"]
        self._nodes = size.nodes
        self._undo = undo
        self.headers: dict[int, None] = {}
        self.books: dict[int, None] = {}
        self.nodes: list[dict[int, None]] = [{} for _ in range(LEVELS)]

    def begin(self) -> None:
        """An empty batch."""
        self.headers.clear()
        self.books.clear()
        for level in self.nodes:
            level.clear()
        self._climb(NEAR_LEVEL, SYSTEM_INDEX)
        self._climb(NEAR_LEVEL, MARKET_INDEX)
        self.touch_header(FEE_ACCOUNT)

    def touch_header(self, account: int) -> None:
        """A row of this account's header is accessed for the first time. Raises Full."""
        self._add(self.headers, account, self._headers, "headers")
        self._climb(HEADER_LEVEL, HEADER_INDEX + account)

    def touch_book(self, key: int) -> None:
        """A row of this book page is accessed for the first time. Raises Full."""
        self._add(self.books, key, self._books, "books")
        self._climb(NEAR_LEVEL, book_index(key))

    def _add(self, table: dict[int, None], key: int, capacity: int, column: str) -> None:
        if len(table) >= capacity:
            raise Full(column)
        table[key] = None
        self._undo.push(table.pop, key)

    def _climb(self, level: int, index: int) -> None:
        for above in range(level, LEVELS):
            index >>= 3
            if index in self.nodes[above]:
                return
            self._add(self.nodes[above], index, self._nodes[above], f"nodes {above}")
