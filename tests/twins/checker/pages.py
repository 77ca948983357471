"""Pages and the tree: what was loaded and stored, margin of every touched account, roots."""

from rollup.layout import (
    BOOK_INDEX,
    BOOK_PAGES,
    CASH_BITS,
    CLOCK_WORD,
    FIELD,
    HEADER_INDEX,
    IDENTITY_CELL,
    LANES,
    LEVELS,
    MARKET_CELL,
    MARKET_INDEX,
    MARKETS,
    ORDER_CELL,
    POSITION_CELL,
    ROWS,
    SLOT_BITS,
    STEP_BITS,
    SYSTEM_CELL,
    SYSTEM_INDEX,
    PublicWord,
    pack,
    unpack,
)
from tests.twins.checker.ledger import Ledger
from tests.twins.checker.matching import admissible, worth

WIDTHS = {
    "identity": {"owner": 168, "version": 24},
    "cash": {"cash": CASH_BITS},
    "lane": {"counter": 48, "version": 24},
    "position": {field.name: field.bits for field in POSITION_CELL},
    "order": {field.name: field.bits for field in ORDER_CELL},
}
SIGNED = ("size", "cash")


def check(ledger: Ledger, hasher) -> None:
    """Every page, then the nodes above."""
    ledger.require("capacity: headers", len(ledger.trace["headers"]) <= ledger.size.slots["headers"])
    ledger.require("capacity: books", len(ledger.trace["books"]) <= ledger.size.slots["books"])
    _fees(ledger)
    pages = [*_system_and_markets(ledger)]
    pages += [_header(ledger, row) for row in ledger.trace["headers"]]
    pages += [_book(ledger, row) for row in ledger.trace["books"]]
    for level, index, old, new in pages:
        before, after = hasher.compress_many(16, [_elements(old), _elements(new)])
        ledger.put("NODE", level, index, before, after)
    ledger.require("margin: outflows of a touched account", not any(ledger.outflows.values()))
    _nodes(ledger, hasher)


def _elements(cells: list[int]) -> tuple[int, ...]:
    return tuple(cell % FIELD for cell in cells)


def _fees(ledger: Ledger) -> None:
    """One sum of the fees of all orders and fills reaches account 0 after every tick of the class."""
    time = 256 * (ledger.size.ticks + 1)
    (cash,) = ledger.access(
        "fees", "cash", ledger.trace["advance"]["fees"], 0, time, lambda row: (row[0] + ledger.fees,)
    )
    ledger.fits("fees: cash", cash + ledger.fees + (1 << (CASH_BITS - 1)), CASH_BITS)


def _system_and_markets(ledger: Ledger):
    row = ledger.trace["advance"]
    clock = unpack(CLOCK_WORD, ledger.words[PublicWord.CLOCK])
    old = pack(SYSTEM_CELL, row)
    new = pack(SYSTEM_CELL, {**row, "clock": clock["clock"], "round": clock["round"]})
    rest = [*row["reporters"], *[0] * 8]
    yield 2, SYSTEM_INDEX, [old, *rest], [new, *rest]
    before = [pack(MARKET_CELL, market) for market in row["markets"]]
    after = [pack(MARKET_CELL, market) for market in ledger.markets]
    yield 2, MARKET_INDEX, [*before, *[0] * 8], [*after, *[0] * 8]


def _load(ledger: Ledger, kind: str, address: int, stored: list) -> tuple[tuple, tuple]:
    """First and last tuple of a row; its fields are in range as loaded."""
    closing, old, new = stored
    ledger.fits("page: closing time", closing, STEP_BITS)
    ledger.put("MEMORY", kind, address, 0, tuple(old))
    ledger.take("MEMORY", kind, address, closing, tuple(new))
    for name, value in zip(ROWS[kind].columns, old):
        bits = WIDTHS[kind].get(name, 254)
        shift = 1 << (bits - 1) if name in SIGNED else 0
        ledger.fits(f"page: {name} as loaded", value + shift, bits)
    return tuple(old), tuple(new)


def _cell(fields, kind: str, row: tuple) -> int:
    return pack(fields, dict(zip(ROWS[kind].columns, row))) % FIELD


def _header(ledger: Ledger, row: dict) -> tuple:
    account = row["account"]
    identity = _load(ledger, "identity", account, row["identity"])
    cash = _load(ledger, "cash", account, row["cash"])
    lanes = [_load(ledger, "lane", LANES * account + number, lane) for number, lane in enumerate(row["lanes"])]
    positions = [
        _load(ledger, "position", (account << 12) + number, position)
        for number, position in enumerate(row["positions"])
    ]
    ledger.require("page: markets of a header", len(positions) == MARKETS and len(lanes) == LANES)
    salts, cells = (row["salt_before"], row["salt_after"]), []
    for version in (0, 1):
        key, owner, key_version = identity[version]
        ledger.require("page: version of lanes", all(lane[version][1] == key_version for lane in lanes))
        counters = [lane[version][0] for lane in lanes]
        halves = [sum(c << (48 * place) for place, c in enumerate(half)) for half in (counters[:4], counters[4:])]
        identity_cell = pack(IDENTITY_CELL, {"owner": owner, "version": key_version, "mask": 0})
        rows = [_cell(POSITION_CELL, "position", position[version]) for position in positions]
        cells.append([key, identity_cell, cash[version][0], *halves, *rows, 0, 0, salts[version]])
    _margin(ledger, row, cash, positions)
    return 0, HEADER_INDEX + account, *cells


def _margin(ledger: Ledger, row: dict, cash: list, positions: list) -> None:
    outflows = ledger.outflows.pop(row["account"], 0)
    ledger.require("header: number of outflows", row["outflows"] == outflows)
    if outflows:
        held = [any(after[2:5]) for _, after in positions]
        stale = any(has and not ledger.open[market] for market, has in enumerate(held))
        ledger.require("margin: no outflow while stale", not stale)
    before = worth(ledger, cash[0][0], [old for old, _ in positions])
    after = worth(ledger, cash[1][0], [new for _, new in positions])
    shrinks = all(0 <= new[4] <= old[4] or old[4] <= new[4] <= 0 for old, new in positions)
    is_whole = 2 * 10**6 * after[0] >= after[1]
    ledger.require("margin: whole, or less risk", is_whole or (not outflows and admissible(before, after, shrinks)))


def _book(ledger: Ledger, row: dict) -> tuple:
    book, page = row["book"], row["page"]
    ledger.require("page: a book and a page of it", 0 <= book < 2 * MARKETS and 0 <= page < BOOK_PAGES)
    ledger.require("page: fifteen rows", len(row["rows"]) == 15)
    rows = [
        _load(ledger, "order", (book << SLOT_BITS) + 32 * page + number, stored)
        for number, stored in enumerate(row["rows"])
    ]
    old, new = ([_cell(ORDER_CELL, "order", pair[version]) for pair in rows] for version in (0, 1))
    return 2, BOOK_INDEX + BOOK_PAGES * book + page, [*old, row["salt_before"]], [*new, row["salt_after"]]


def _nodes(ledger: Ledger, hasher) -> None:
    levels = ledger.trace["nodes"]
    ledger.require("nodes: nine levels", len(levels) == LEVELS)
    for level, rows in enumerate(levels):
        ledger.require("capacity: nodes", len(rows) <= ledger.size.nodes[level])
        for row in rows:
            before, after, flags = row["before"], row["after"], row["flags"]
            for child in range(8):
                ledger.bits("node: flag is a bit", flags[child])
                if flags[child]:
                    ledger.take("NODE", level, 8 * row["index"] + child, before[child], after[child])
                else:
                    ledger.require("node: sibling is unchanged", before[child] == after[child])
            if any(flags):
                old, new = hasher.compress_many(8, [_elements(before), _elements(after)])
                ledger.put("NODE", level + 1, row["index"], old, new)
    roots = ledger.words[PublicWord.ROOT_BEFORE], ledger.words[PublicWord.ROOT_AFTER]
    ledger.take("NODE", LEVELS, 0, *roots)
