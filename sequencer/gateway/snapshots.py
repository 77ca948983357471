"""How a channel begins: its snapshot, or what came after ``since``; and where the live events go on from there.

A reader that was told of something that was undone since is told so first. Fills and receipts that hold in its place
follow one by one; of orders and positions there is a new snapshot, as some may be again what they were before.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sequencer import history_schema as schema
from sequencer.archive import Archive
from sequencer.gateway import wire
from sequencer.gateway.feeds import Channel
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.views import line_of, position, status_of, ticker
from sequencer.history import KEPT
from sequencer.tape import PLACES, Fill, Order, Trade

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

TRADES, FILLS, RECEIPTS, BATCHES = 50, 100, 20, 20
MOST_REPLAYED = 1_000
FILL_COLUMNS = ", ".join(f'"{field}"' for field in Fill._fields)
TRADE_COLUMNS = ", ".join(Trade._fields)


async def of(gateway: "Gateway", channel: Channel, since: int | None) -> tuple[list[wire.Push], int]:
    """What to send first, and the ``seq`` that it leads up to. Raises TOO_FAR_BACK."""
    if channel.account is not None:
        return await _private(gateway, channel, since)
    if channel.kind == "book":
        await gateway.board.refresh()
        book = gateway.board.book(channel.market)
        return [wire.Push("snapshot", channel.name, None, book.seq, None, book)], book.seq
    if channel.kind == "trades":
        upto = await gateway.caught_up()
        trades = await gateway.read(lambda _, reader: last_trades(reader, channel.market, upto))
        undone = [] if since is None else await _undone(gateway, channel, since // PLACES, upto)
        data = [gateway.answers.trade(trade) for trade in trades]
        seq = trades[0].id if trades else 0
        return [*undone, wire.Push("snapshot", channel.name, None, seq, None, data)], seq
    if channel.kind == "ticker":
        await gateway.board.refresh()
        return [wire.Push("snapshot", channel.name, data=[await ticker(gateway, channel.market)])], 0
    if channel.kind == "batches":
        lines = await gateway.read(lambda archive, _: last_batches(gateway, archive))
        return [wire.Push("snapshot", channel.name, data=lines)], 0
    status = await status_of(gateway)
    return [wire.Push("snapshot", channel.name, None, status.seq, None, [status])], 0


def after(held: Sequence[tuple[int | None, bytes]], upto: int) -> Iterable[tuple[int | None, bytes]]:
    """Frames that were held back and are not in the snapshot; one without a number goes with the next that has one."""
    waiting = []
    for seq, frame in held:
        waiting.append((seq, frame))
        if seq is not None:
            if seq > upto:
                yield from waiting
            waiting = []
    yield from waiting


def last_trades(reader: sqlite3.Connection, market: int, upto: int) -> list[Trade]:
    """The last trades up to an action, newest first."""
    rows = reader.execute(
        f"SELECT {TRADE_COLUMNS} FROM trades WHERE market = ? AND seq <= ? ORDER BY id DESC LIMIT {TRADES}",
        (market, upto),
    )
    return [Trade(*row) for row in rows]


def last_batches(gateway: "Gateway", archive: Archive) -> list[wire.BatchLine]:
    """The last sealed batches, newest first."""
    return [line_of(archive, record, gateway.stage(record.number)) for record in archive.page(None, BATCHES)]


# ---------------------------------------------------------------------------------------------- private
async def _private(gateway: "Gateway", channel: Channel, since: int | None) -> tuple[list[wire.Push], int]:
    upto = await gateway.caught_up()
    undone = [] if since is None else await _undone(gateway, channel, since, upto)
    if channel.kind == "positions":
        pushes, upto = await _positions(gateway, channel)
        return [*undone, *pushes], upto
    if since is not None:
        _require_kept(since, upto)
    if undone:
        since = None if channel.kind == "orders" else undone[0].data.after
    read = {"orders": _orders, "fills": _fills, "receipts": _receipts}[channel.kind]
    try:
        found = await read(gateway, channel.account, since, upto)
    except Trouble:
        if not undone:
            raise
        since, found = None, await read(gateway, channel.account, None, upto)
    if since is None:
        return [*undone, wire.Push("snapshot", channel.name, None, upto, None, [one for _, one in found])], upto
    return [*undone, *_events(channel, found, upto)], upto


def _require_kept(since: int, upto: int) -> None:
    """What came after ``since`` is in the history still, and the journal is no older one, out of a backup.

    Raises TOO_FAR_BACK.
    """
    if not upto - KEPT <= since <= upto:
        raise Trouble(Own.TOO_FAR_BACK, since=since, least=max(0, upto - KEPT), last=upto)


async def _undone(gateway: "Gateway", channel: Channel, since: int, upto: int) -> list[wire.Push]:
    """What to say to a reader that was told everything up to ``since``: nothing, if all of that holds."""
    heard = await gateway.read(lambda archive, _: archive.rewinds(since))
    void = [one for one in heard if one.after < since and one.sequence <= upto]
    if not void:
        return []
    last = void[-1]
    furthest = min(void, key=lambda one: one.after)
    said = wire.Undone(last.sequence, furthest.after, furthest.batch, last.reason, last.time)
    return [wire.Push("undone", channel.name, data=said)]


def _events(channel: Channel, found: list[tuple[int, object]], upto: int) -> list[wire.Push]:
    """A replay: ``seq`` on the last object of an action."""
    pushes = []
    for place, (seq, one) in enumerate(found):
        is_last = place + 1 == len(found) or found[place + 1][0] != seq
        pushes.append(wire.Push("event", channel.name, None, seq if is_last else None, None, one))
    return pushes


async def _positions(gateway: "Gateway", channel: Channel) -> tuple[list[wire.Push], int]:
    def look(ledger):
        engine = ledger.engine
        rows = [engine.position(channel.account, market) for market in range(len(gateway.units))]
        return ledger.sequence, rows, [market.mark for market in engine.markets]

    sequence, rows, marks = await gateway.ask(look)
    data = [
        position(gateway.units[market], row, marks[market], gateway.history.holding(channel.account, market))
        for market, row in enumerate(rows)
        if any(row)
    ]
    return [wire.Push("snapshot", channel.name, None, sequence, None, data)], sequence


def _limited(rows: list) -> list:
    if len(rows) > MOST_REPLAYED:
        raise Trouble(Own.TOO_FAR_BACK, most=MOST_REPLAYED)
    return rows


async def _orders(gateway: "Gateway", account: int, since: int | None, upto: int) -> list[tuple[int, object]]:
    clock = gateway.sequencer.engine.clock

    def read(_, reader: sqlite3.Connection) -> list[Order]:
        # How many orders may be live is bounded by the caps of the markets, and a snapshot has them all.
        which, arguments = f"{schema.IS_LIVE} ORDER BY created_seq", (account,)
        if since is not None:
            which, arguments = f"updated_seq > ? ORDER BY updated_seq LIMIT {MOST_REPLAYED + 1}", (account, since)
        rows = reader.execute(f"SELECT {schema.ORDER_COLUMNS} FROM orders WHERE account = ? AND {which}", arguments)
        return [Order(*row) for row in rows]

    rows = await gateway.read(read)
    if since is not None:
        _limited(rows)
    return [(row.updated_seq, gateway.answers.order(row, clock)) for row in rows if row.updated_seq <= upto]


async def _fills(gateway: "Gateway", account: int, since: int | None, upto: int) -> list[tuple[int, object]]:
    def read(_, reader: sqlite3.Connection) -> list[Fill]:
        if since is None:
            which, arguments = f"seq <= ? ORDER BY id DESC LIMIT {FILLS}", (account, upto)
        else:
            which, arguments = f"seq > ? AND seq <= ? ORDER BY id LIMIT {MOST_REPLAYED + 1}", (account, since, upto)
        rows = reader.execute(f"SELECT {FILL_COLUMNS} FROM fills WHERE account = ? AND {which}", arguments)
        return [Fill(*row) for row in rows]

    rows = await gateway.read(read)
    if since is not None:
        _limited(rows)
    return [(row.seq, gateway.answers.fill(row)) for row in rows]


async def _receipts(gateway: "Gateway", account: int, since: int | None, upto: int) -> list[tuple[int, object]]:
    def read(_, reader: sqlite3.Connection) -> list[tuple[int, bytes]]:
        if since is None:
            which, arguments = f"seq <= ? ORDER BY seq DESC LIMIT {RECEIPTS}", (account, upto)
        else:
            which, arguments = f"seq > ? AND seq <= ? ORDER BY seq LIMIT {MOST_REPLAYED + 1}", (account, since, upto)
        return reader.execute(f"SELECT seq, hash FROM actions WHERE account = ? AND {which}", arguments).fetchall()

    rows = await gateway.read(read)
    if since is not None:
        _limited(rows)
    open_ = await gateway.ask(lambda ledger: {digest: ledger.named.get(digest) for _, digest in rows})
    found = await gateway.read(
        lambda archive, __: {digest: archive.find(digest) for _, digest in rows if open_[digest] is None}
    )
    return [
        (seq, gateway.known_receipt(open_[digest], found.get(digest)))
        for seq, digest in rows
        if open_[digest] or found.get(digest)
    ]
