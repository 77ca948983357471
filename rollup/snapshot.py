"""Snapshots: the whole state between two batches as bytes, and back."""

import json

from rollup.book import Book
from rollup.genesis import Genesis
from rollup.layout import SizeClass, order_address, position_address
from rollup.state import BOOKS, Market, State, System, Void
from rollup.tree import Tree
from rollup.views import still_there

FORMAT = 1


def dump(state: State, tree: Tree, unhashed: dict, number: int) -> bytes:
    """Rows by rising address, void orders by age, the tree's hashes: one line of JSON."""
    plain = {
        "format": FORMAT,
        "number": number,
        "genesis": state.genesis.to_dict(),
        "system": state.system,
        "markets": state.markets,
        "keys": sorted((account, *key) for account, key in state.keys.items()),
        "rows": {
            kind: sorted((address, *row) for address, row in table.rows.items())
            for kind, table in state.memory.tables.items()
        },
        "voided": [void for void in state.voided if still_there(state, void)],
        "tree": tree.to_dict(),
        "unhashed": sorted((*at, *cells) for at, cells in unhashed.items()),
    }
    return json.dumps(plain, separators=(",", ":")).encode()


def load(genesis: Genesis, size: SizeClass, data: bytes) -> tuple[State, Tree, dict, int]:
    """State, tree, pages not hashed yet, and number. Raises ValueError for bytes that are not this deployment's."""
    plain = json.loads(data)
    if plain.get("format") != FORMAT or plain["genesis"] != genesis.to_dict():
        raise ValueError("the snapshot is of another deployment or format")
    state = State(genesis, size)
    state.system = System(*plain["system"])
    state.markets = [Market(*cell) for cell in plain["markets"]]
    state.keys = {account: (x, y) for account, x, y in plain["keys"]}
    for kind, rows in plain["rows"].items():
        state.memory.tables[kind].rows = {address: tuple(row) for address, *row in rows}
    # Sizes sum to zero in every market, so cash alone adds up to what was put in.
    state.escrow = sum(cash for (cash,) in state.memory.cash.rows.values())
    for number in range(BOOKS):
        _index(state, number)
    state.voided.extend(Void(*void) for void in plain["voided"])
    state.begin()
    unhashed = {(level, index): tuple(cells) for level, index, *cells in plain["unhashed"]}
    return state, Tree.from_dict(plain["tree"]), unhashed, plain["number"]


def _index(state: State, number: int) -> None:
    """Rebuild a book's index by following its list from the sentinel."""
    book: Book = state.books[number]
    slot = state.memory.order.get(order_address(number, 0))[7]
    while slot:
        record = state.memory.order.get(order_address(number, slot))
        owner, epoch, _, price, _, _, remaining, following = record
        state.put_in(number, len(book.slots), slot, record)
        if state.memory.position.get(position_address(owner, number >> 1))[0] == epoch:
            state.add_cost(owner, number >> 1, remaining * price)
        slot = following
