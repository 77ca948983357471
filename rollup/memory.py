"""Paged memory: the rows of the state, addressed by what they are, and a record of every access to them.

The record is the trace that the circuit checks, and it is the undo log as well.
"""

from collections.abc import Callable

from rollup.footprint import Footprint
from rollup.layout import LANES, MARKET_BITS, ROWS

KIND, ADDRESS, BEFORE, AFTER, TIME, PREVIOUS = range(6)
"""Places in an access: table, address, row before, row after, time, and the time of the access before it."""

LANE_SHIFT = LANES.bit_length() - 1
PAGE_SHIFT = 5
"""A book page takes 32 slot numbers, of which it uses 15."""


class Table:
    """The rows of one kind. A row of zeros is absent."""

    __slots__ = ("_log", "_shift", "_touch", "_touched", "kind", "rows", "zero")

    def __init__(
        self, kind: str, shift: int, touched: dict[int, None], touch: Callable[[int], None], log: list
    ) -> None:
        self.kind = kind
        self.zero = (0,) * len(ROWS[kind].columns)
        self.rows: dict[int, tuple[int, ...]] = {}
        self._shift = shift
        self._touched = touched
        self._touch = touch
        self._log = log

    def get(self, address: int) -> tuple[int, ...]:
        """The row, unrecorded: for judgement only, never for what a chip must see."""
        return self.rows.get(address, self.zero)

    def read(self, address: int, time: int) -> list:
        """Record an access that leaves the row as it is. Raises Full."""
        row = self.rows.get(address, self.zero)
        if address >> self._shift not in self._touched:
            self._touch(address >> self._shift)
        access = [self, address, row, row, time, 0]
        self._log.append(access)
        return access

    def write(self, address: int, row: tuple[int, ...], time: int) -> list:
        """Record an access and store the row. Raises Full."""
        rows, zero = self.rows, self.zero
        before = rows.get(address, zero)
        if address >> self._shift not in self._touched:
            self._touch(address >> self._shift)
        if row == zero:
            rows.pop(address, None)
        else:
            rows[address] = row
        access = [self, address, before, row, time, 0]
        self._log.append(access)
        return access

    def store(self, address: int, row: tuple[int, ...]) -> None:
        """Put a row in place, unrecorded: genesis, snapshots and undoing."""
        if row == self.zero:
            self.rows.pop(address, None)
        else:
            self.rows[address] = row


class PagedMemory:
    """All rows, in one table for each kind, and the accesses of the present batch in the order they were made."""

    def __init__(self, footprint: Footprint) -> None:
        self.log: list[list] = []
        headers, books = (footprint.headers, footprint.touch_header), (footprint.books, footprint.touch_book)
        self.identity = Table("identity", 0, *headers, self.log)
        self.cash = Table("cash", 0, *headers, self.log)
        self.lane = Table("lane", LANE_SHIFT, *headers, self.log)
        self.position = Table("position", MARKET_BITS, *headers, self.log)
        self.order = Table("order", PAGE_SHIFT, *books, self.log)
        self.tables = {table.kind: table for table in (self.identity, self.cash, self.lane, self.position, self.order)}

    def back_to(self, length: int) -> None:
        """Undo every access after the first ``length``."""
        log = self.log
        while len(log) > length:
            table, address, before, _, _, _ = log.pop()
            table.store(address, before)
