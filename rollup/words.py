"""Packing of what owners and reporters sign: words, sheets, reports, and the messages whose hash is signed.

A signature is over Poseidon2(R.x, A.x, *message): width 4 for a single word, 16 for a sheet, 8 for a report.
"""

from collections.abc import Sequence

from rollup.layout import (
    BODIES,
    CANCEL_ITEM,
    ITEM_SHIFT,
    KINDS,
    PLACE_ITEM,
    PRICE_BITS,
    PRICES_PER_CELL,
    REPORT_CELLS,
    SHEET_CELLS,
    WORD_BODY_SHIFT,
    WORD_HEAD,
    Bits,
)


class Plan:
    """How a record packs into one word: position of each field in the record, its shift and its width."""

    __slots__ = ("constant", "fields", "names")

    def __init__(self, columns: tuple[str, ...], fields: Sequence[Bits], constant: int = 0, shift: int = 0) -> None:
        self.constant = constant
        self.names = columns
        plan = []
        for name, bits in fields:
            plan.append((columns.index(name), shift, bits))
            shift += bits
        self.fields = tuple(plan)

    def pack(self, record: tuple) -> int:
        """The word of a record whose fields fit."""
        total = self.constant
        for position, shift, _ in self.fields:
            total += record[position] << shift
        return total

    def misfit(self, record: tuple) -> str | None:
        """Name of the first field that is no integer of its width."""
        for position, _, bits in self.fields:
            value = record[position]
            if value.__class__ is not int or value >> bits:
                return self.names[position]
        return None


def signed_plan(kind: str, columns: tuple[str, ...]) -> Plan:
    """The plan of a signed word: kind, account, lane, counter, body."""
    fields = (*WORD_HEAD[1:], *BODIES[kind])
    return Plan(columns, fields, constant=KINDS[kind], shift=WORD_HEAD[0].bits)


def body(word: int) -> int:
    """The part of a word that its kind gives meaning to."""
    return word >> WORD_BODY_SHIFT


PLACE_ITEM_PLAN = Plan(tuple(field.name for field in PLACE_ITEM), PLACE_ITEM)
CANCEL_ITEM_PLAN = Plan(tuple(field.name for field in CANCEL_ITEM), CANCEL_ITEM)


def sheet_cells(items: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The twelve cells of a sheet out of (kind, bits) pairs: two items a cell, the even one low."""
    cells = [0] * SHEET_CELLS
    for place, (kind, bits) in enumerate(items):
        cells[place // 2] += (2 * bits + kind) << (ITEM_SHIFT * (place % 2))
    return tuple(cells)


def price_cells(prices: Sequence[int], count: int = REPORT_CELLS) -> tuple[int, ...]:
    """Prices packed seven to a cell; absent ones are zero."""
    cells = [0] * count
    for place, price in enumerate(prices):
        cells[place // PRICES_PER_CELL] += price << (PRICE_BITS * (place % PRICES_PER_CELL))
    return tuple(cells)


def report_head(reporter: int, round_: int) -> int:
    """First word of a report; the account field holds the reporter's number, lane and counter are zero."""
    return KINDS["report"] + (reporter << WORD_HEAD[0].bits) + (round_ << WORD_BODY_SHIFT)
