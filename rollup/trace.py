"""The trace of a batch: every chip's live slots, as docs/trace.md describes them and the prover reads them."""

from rollup.actions.advance import Advanced
from rollup.footprint import book_page
from rollup.layout import (
    CHIPS,
    LANES,
    MARKETS,
    SHEET_ITEMS,
    Access,
    lane_address,
    position_address,
)
from rollup.memory import ADDRESS, BEFORE, KIND, PREVIOUS, TIME, Table
from rollup.pages import book_addresses
from rollup.state import State
from rollup.tree import NodeRow

Row = dict[str, object]

_ACCESSES = {chip: [column.name for column in columns if isinstance(column, Access)] for chip, columns in CHIPS.items()}
"""Columns of each chip that are accesses."""


class Ledger:
    """The accesses of a batch in order of time: what each row was first, when it was last accessed."""

    def __init__(self, log: list[list]) -> None:
        log.sort(key=lambda access: access[TIME])
        self._first: dict[Table, dict[int, tuple]] = {}
        self._last: dict[Table, dict[int, int]] = {}
        for access in log:
            table, address = access[KIND], access[ADDRESS]
            if table not in self._last:
                self._first[table], self._last[table] = {}, {}
            last = self._last[table]
            if address in last:
                access[PREVIOUS] = last[address]
            else:
                self._first[table][address] = access[BEFORE]
            last[address] = access[TIME]

    def stored(self, table: Table, address: int) -> list:
        """A row of a page: the time of its last access, as loaded, as stored."""
        row = table.get(address)
        closing = self._last.get(table, {}).get(address, 0)
        loaded = self._first.get(table, {}).get(address, row)
        return [closing, list(loaded), list(row)]


def accessed(access: list) -> list[int]:
    """An access: the time of the access before, then the row as it was."""
    return [access[PREVIOUS], *access[BEFORE]]


def build(
    state: State, name: str, advanced: Advanced, fees: list, words: list[int], nodes: list[list[NodeRow]]
) -> dict:
    """The trace of the batch in progress, in the size class of a name; ``fees`` is the access that pays them out.

    Live rows only: a class's other slots are dead. Negative sizes and amounts are plain negative integers.
    """
    identities = _read_identities(state)
    ledger = Ledger(state.memory.log)
    trace = {"class": name, "words": words, "advance": _advance(state, advanced, fees)}
    special = {
        "signers": _signers(identities),
        "signatures": [_signature(state, action) for action in state.signed],
        "reports": [_report(state, report) for report in advanced.reports],
        "sheets": [_sheet(state, row) for row in state.rows["sheets"]],
        "headers": _headers(state, ledger),
        "books": _books(state, ledger),
        "nodes": [[node._asdict() for node in level] for level in nodes],
    }
    for chip in CHIPS:
        trace[chip] = special[chip] if chip in special else [_row(chip, row) for row in state.rows[chip]]
    return trace


def _row(chip: str, row: dict) -> Row:
    """A slot as the engine wrote it, with its accesses spelled out in place."""
    row["live"] = 1
    for name in _ACCESSES[chip]:
        access = row.get(name)
        if access:
            row[name] = [access[PREVIOUS], *access[BEFORE]]
    if "positions" in row:
        row["positions"] = [accessed(access) for access in row["positions"]]
    return row


def _read_identities(state: State) -> dict[int, list]:
    """The signers' reads of their identities, at a free time: the first, or right after the creating deposit."""
    read = state.memory.identity.read
    return {account: read(account, state.born.get(account, 0) + 1) for account in state.signers}


def _signers(identities: dict[int, list]) -> list[Row]:
    return [
        {"live": 1, "account": account, "time": access[TIME], "identity": accessed(access)}
        for account, access in identities.items()
    ]


def _signed_by(state: State, action) -> Row:
    """Signer slot, key and signature of an action."""
    r_x, s = action.signature
    account = action.account
    return {"signer": state.signers[account], "key": state.keys[account][0], "r_x": r_x, "s": s}


def _signature(state: State, action) -> Row:
    version = state.memory.identity.get(action.account)[2]
    head = {"live": 1, "account": action.account, "version": version, "word": action.word()}
    return {**head, **_signed_by(state, action)}


def _report(state: State, report) -> Row:
    x, _ = state.genesis.reporters[report.reporter]
    r_x, s = report.signature
    return {"reporter": report.reporter, "x": x, "r_x": r_x, "s": s, "prices": list(report.prices)}


def _sheet(state: State, row: dict) -> Row:
    action = row.pop("action")
    items = [{"live": 1, "kind": kind, "bits": bits} for kind, bits in row.pop("packed")]
    items += [{"live": 0, "kind": 0, "bits": 0}] * (SHEET_ITEMS - len(items))
    return {**_row("sheets", row), **_signed_by(state, action), "items": items}


def _advance(state: State, advanced: Advanced, fees: list) -> Row:
    system = advanced.system
    markets = [{**market._asdict(), "median": median} for market, median in zip(advanced.markets, advanced.medians)]
    return {
        "priced": int(bool(advanced.reports)),
        **system._asdict(),
        "reporters": [x for x, _ in state.genesis.reporters],
        "markets": markets,
        "fees": accessed(fees),
    }


def _headers(state: State, ledger: Ledger) -> list[Row]:
    outflows: dict[int, int] = {}
    for chip in ("transfers", "withdrawals"):
        for row in state.rows[chip]:
            outflows[row["account"]] = outflows.get(row["account"], 0) + 1
    memory = state.memory
    return [
        {
            "live": 1,
            "account": account,
            "outflows": outflows.get(account, 0),
            "salt_before": 0,
            "salt_after": 0,
            "identity": ledger.stored(memory.identity, account),
            "cash": ledger.stored(memory.cash, account),
            "lanes": [ledger.stored(memory.lane, lane_address(account, lane)) for lane in range(LANES)],
            "positions": [
                ledger.stored(memory.position, position_address(account, market)) for market in range(MARKETS)
            ],
        }
        for account in state.footprint.headers
    ]


def _books(state: State, ledger: Ledger) -> list[Row]:
    rows = []
    for key in state.footprint.books:
        book, page = book_page(key)
        orders = [ledger.stored(state.memory.order, address) for address in book_addresses(key)]
        rows.append({"live": 1, "book": book, "page": page, "salt_before": 0, "salt_after": 0, "rows": orders})
    return rows
