"""An account as its owner may see it: every endpoint needs the account's read token. Live figures are exact."""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from rollup.layout import MARKETS
from rollup.margin import TWICE
from rollup.refusals import Code
from rollup.views import AccountView
from sequencer import history_schema as schema
from sequencer.gateway import wire
from sequencer.gateway.numbers import amount
from sequencer.gateway.problems import Trouble
from sequencer.gateway.routes import Call, Cursor, Endpoint, Limit, Page, Symbol
from sequencer.gateway.views import cell, position, price_of
from sequencer.ledger import Ledger
from sequencer.tape import Fill, Movement, Order

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

LAST = 1 << 62
FILL_COLUMNS = ", ".join(f'"{field}"' for field in Fill._fields)
STATUSES = ("open", "partially_filled", "filled", "cancelled", "expired", "rejected")


class OrderQuery(Struct, forbid_unknown_fields=True):
    """Of one market; ``open`` are all in the book, without a status also those that ended.

    Those in the book come newest first, others last changed first: an order that is filled in part keeps its place in
    a list of open ones, so each is there once whatever happens between two pages.
    """

    market: Symbol | None = None
    status: Literal["open", "partially_filled", "filled", "cancelled", "expired", "rejected"] | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class FillQuery(Struct, forbid_unknown_fields=True):
    """Of one market. Newest first."""

    market: Symbol | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


async def _look(gateway: "Gateway", account: int) -> tuple[int, AccountView, list]:
    """Sequence, account and markets at one moment. Raises UNKNOWN_ACCOUNT."""

    def look(ledger: Ledger):
        return ledger.sequence, ledger.engine.account(account), ledger.engine.markets

    sequence, view, markets = await gateway.ask(look)
    if view is None:
        raise Trouble(Code.UNKNOWN_ACCOUNT, account=account)
    return sequence, view, markets


def _positions(gateway: "Gateway", view: AccountView, markets: list, all_: bool = False) -> list[wire.Position]:
    return [
        position(units, row, market.mark, gateway.history.holding(view.account, number))
        for number, (units, row, market) in enumerate(zip(gateway.units, view.positions, markets))
        if all_ or row.size or row.buy or row.sell
    ]


async def get_account(gateway: "Gateway", call: Call) -> wire.Account:
    """Money, margin, positions, and the last nonce of each lane."""
    sequence, view, markets = await _look(gateway, call.path["account"])
    return wire.Account(
        account=view.account,
        key=cell(view.key[0]),
        owner=f"{view.owner:#042x}",
        seq=sequence,
        cash=amount(view.cash),
        equity=amount(view.equity),
        initial_margin=amount(view.required),
        available=amount(view.equity - view.required),
        counters=list(view.counters),
        positions=_positions(gateway, view, markets),
    )


async def get_orders(gateway: "Gateway", call: Call) -> wire.Orders:
    """Orders, last changed first; ``status=open`` for those in the book, newest first."""
    query, account = call.query, call.path["account"]
    is_live = query.status in ("open", "partially_filled")
    column = "created_seq" if is_live else "updated_seq"
    where, arguments = (
        ["account = ?", f"{column} < ?"],
        [account, LAST if query.cursor is None else int(query.cursor)],
    )
    if query.market is not None:
        where.append("market = ?")
        arguments.append(gateway.market(query.market))
    clock = gateway.sequencer.engine.clock
    if is_live:
        where.append(f"{schema.IS_LIVE} AND expiry >= ?")
        arguments.append(clock)
    elif query.status == "expired":
        where.append(f"(status = 'expired' OR ({schema.IS_LIVE} AND expiry < ?))")
        arguments.append(clock)
    elif query.status is not None:
        where.append("status = ?")
        arguments.append(query.status)
    if query.status == "partially_filled":
        where.append("status = 'partially_filled'")
    await gateway.caught_up()

    def read(_, reader) -> list[Order]:
        rows = reader.execute(
            f"SELECT {schema.ORDER_COLUMNS} FROM orders WHERE {' AND '.join(where)}"
            f' ORDER BY {column} DESC, "order" LIMIT ?',
            (*arguments, query.limit + MOST_AT_ONCE),
        )
        return [Order(*row) for row in rows]

    rows, next_ = _page(await gateway.read(read), query.limit, lambda row: getattr(row, column))
    return wire.Orders([gateway.answers.order(row, clock) for row in rows], next_)


MOST_AT_ONCE = 2048
"""Objects that one action changes at once for one account, and that a page keeps together.

A cancel-all ends up to two order caps, a sheet of 24 takers has up to 24 sweeps of fills.
"""


def _page(rows: list, limit: int, key) -> tuple[list, str | None]:
    """A page that does not end within one action, and the cursor of the next one."""
    end = limit
    while end < len(rows) and end < limit + MOST_AT_ONCE and key(rows[end]) == key(rows[end - 1]):
        end += 1
    if end >= len(rows) and len(rows) < limit + MOST_AT_ONCE:
        return rows, None
    return rows[:end], str(key(rows[end - 1]))


async def get_fills(gateway: "Gateway", call: Call) -> wire.Fills:
    """Trades that the account was part of, newest first."""
    query = call.query
    where, arguments = (
        ["account = ?", "id < ?"],
        [call.path["account"], LAST if query.cursor is None else int(query.cursor)],
    )
    if query.market is not None:
        where.append("market = ?")
        arguments.append(gateway.market(query.market))
    await gateway.caught_up()

    def read(_, reader) -> list[Fill]:
        rows = reader.execute(
            f"SELECT {FILL_COLUMNS} FROM fills WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
            (*arguments, query.limit + 1),
        )
        return [Fill(*row) for row in rows]

    rows = await gateway.read(read)
    next_ = str(rows[query.limit - 1].id) if len(rows) > query.limit else None
    return wire.Fills([gateway.answers.fill(row) for row in rows[: query.limit]], next_)


async def get_positions(gateway: "Gateway", call: Call) -> wire.Positions:
    """Positions and open orders of every market."""
    sequence, view, markets = await _look(gateway, call.path["account"])
    return wire.Positions(view.account, sequence, _positions(gateway, view, markets, all_=True))


async def get_margin(gateway: "Gateway", call: Call) -> wire.Margin:
    """What each market asks for: initial margin of position and orders, maintenance of the position."""
    sequence, view, markets = await _look(gateway, call.path["account"])
    lines = []
    for units, row, market in zip(gateway.units, view.positions[:MARKETS], markets):
        both = market.initial + market.reserve
        worst = max(
            abs(row.size) * market.initial,
            market.initial * (row.size + row.buy) + market.reserve * row.buy,
            market.initial * (row.sell - row.size) + market.reserve * row.sell,
        )
        assert both
        lines.append(
            wire.MarginLine(
                units.symbol,
                units.size(row.size),
                units.size(row.buy + row.sell),
                price_of(units, market.mark),
                amount(-(-2 * market.mark * worst // TWICE)),
                amount(-(-abs(row.size) * market.mark * market.maintenance // 10**6)),
            )
        )
    available = amount(view.equity - view.required)
    return wire.Margin(view.account, sequence, amount(view.equity), amount(view.required), available, lines)


LEDGER_SQL = """
SELECT id, account, time, kind, amount, other, batch, seq, hash, NULL AS market FROM movements
    WHERE account = :account AND id < :before
UNION ALL
SELECT id, account, time, 'fill', (2 * side - 1) * price * size, NULL, batch, seq, hash, market FROM fills
    WHERE account = :account AND id < :before
UNION ALL
SELECT id, account, time, 'fee', -fee, NULL, batch, seq, hash, market FROM fills
    WHERE account = :account AND id < :before AND fee != 0
ORDER BY id DESC, 4 DESC LIMIT :limit
"""


async def get_ledger(gateway: "Gateway", call: Call) -> wire.Ledger:
    """Every change of the account's cash, newest first: their sum is the cash."""
    account, query = call.path["account"], call.query
    values = {
        "account": account,
        "before": LAST if query.at is None else query.at,
        "limit": query.limit + MOST_AT_ONCE,
    }
    await gateway.caught_up()
    found = await gateway.read(lambda _, reader: reader.execute(LEDGER_SQL, values).fetchall())
    rows, next_ = _page(found, query.limit, lambda row: row[0])
    movements = [
        gateway.answers.movement(Movement(*row[:9]), None if row[9] is None else gateway.units[row[9]].symbol)
        for row in rows
    ]
    return wire.Ledger(account, movements, next_)


async def get_switches(gateway: "Gateway", call: Call) -> wire.Switches:
    """Dead-man switches that are set, and whether each can fire: the scheduled one, and that of the last socket."""
    return wire.Switches(gateway.dead_man.listed(call.path["account"]))


ENDPOINTS = [
    Endpoint("GET", "/v1/accounts/{account}", get_account, wire.Account, is_private=True),
    Endpoint(
        "GET", "/v1/accounts/{account}/orders", get_orders, wire.Orders, OrderQuery, cost="heavy", is_private=True
    ),
    Endpoint("GET", "/v1/accounts/{account}/fills", get_fills, wire.Fills, FillQuery, cost="heavy", is_private=True),
    Endpoint("GET", "/v1/accounts/{account}/positions", get_positions, wire.Positions, is_private=True),
    Endpoint("GET", "/v1/accounts/{account}/margin", get_margin, wire.Margin, is_private=True),
    Endpoint("GET", "/v1/accounts/{account}/ledger", get_ledger, wire.Ledger, Page, cost="heavy", is_private=True),
    Endpoint("GET", "/v1/accounts/{account}/switches", get_switches, wire.Switches, is_private=True),
]
