"""Tables of the history file, and the statements that are more than an insert: candles, and taking back."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sequencer.tape import FLAT, PLACES, Order, Trade

VERSION = 2
MINUTE = 60_000
INTERVALS = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": 60 * MINUTE,
    "2h": 120 * MINUTE,
    "4h": 240 * MINUTE,
    "8h": 480 * MINUTE,
    "12h": 720 * MINUTE,
    "1d": 1440 * MINUTE,
    "1w": 7 * 1440 * MINUTE,
}
MONDAY = 4 * 1440 * MINUTE
"""The epoch began on a Thursday; weeks begin on Mondays."""

SCHEMA = """
CREATE TABLE mark (sequence INTEGER NOT NULL, batch INTEGER NOT NULL, fingerprint TEXT NOT NULL);
CREATE TABLE trades (
    id INTEGER PRIMARY KEY, market INTEGER NOT NULL, time INTEGER NOT NULL, side INTEGER NOT NULL,
    price INTEGER NOT NULL, size INTEGER NOT NULL, batch INTEGER NOT NULL, seq INTEGER NOT NULL
);
CREATE INDEX trades_by_market ON trades (market, id);
CREATE INDEX trades_by_time ON trades (market, time);
CREATE TABLE fills (
    id INTEGER NOT NULL, account INTEGER NOT NULL, market INTEGER NOT NULL, time INTEGER NOT NULL,
    "order" TEXT NOT NULL, client INTEGER NOT NULL, side INTEGER NOT NULL, role INTEGER NOT NULL,
    price INTEGER NOT NULL, size INTEGER NOT NULL, fee INTEGER NOT NULL, batch INTEGER NOT NULL,
    seq INTEGER NOT NULL, hash BLOB,
    PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX fills_by_order ON fills ("order");
CREATE INDEX fills_by_seq ON fills (seq);
CREATE TABLE orders (
    "order" TEXT PRIMARY KEY, account INTEGER NOT NULL, market INTEGER NOT NULL, side INTEGER NOT NULL,
    price INTEGER NOT NULL, size INTEGER NOT NULL, remaining INTEGER NOT NULL, filled INTEGER NOT NULL,
    expiry INTEGER NOT NULL, reduce_only INTEGER NOT NULL, client INTEGER NOT NULL, slot INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT, created_seq INTEGER NOT NULL, updated_seq INTEGER NOT NULL,
    created INTEGER NOT NULL, batch INTEGER NOT NULL, hash BLOB
) WITHOUT ROWID;
CREATE INDEX orders_by_account ON orders (account, updated_seq);
CREATE INDEX orders_by_seq ON orders (updated_seq);
CREATE INDEX orders_live ON orders (account, created_seq) WHERE status IN ('open', 'partially_filled');
CREATE TABLE movements (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL,
    amount INTEGER NOT NULL, other INTEGER, batch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB
);
CREATE INDEX movements_by_account ON movements (account, id);
CREATE TABLE holdings (
    account INTEGER NOT NULL, market INTEGER NOT NULL, size INTEGER NOT NULL, cost INTEGER NOT NULL,
    PRIMARY KEY (account, market)
) WITHOUT ROWID;
CREATE TABLE actions (seq INTEGER PRIMARY KEY, account INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE INDEX actions_by_account ON actions (account, seq);
CREATE TABLE candles (
    market INTEGER NOT NULL, interval TEXT NOT NULL, time INTEGER NOT NULL, open INTEGER NOT NULL,
    high INTEGER NOT NULL, low INTEGER NOT NULL, close INTEGER NOT NULL, volume INTEGER NOT NULL,
    trades INTEGER NOT NULL,
    PRIMARY KEY (market, interval, time)
) WITHOUT ROWID;
"""
ADD_CANDLE = """
INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET high = max(high, excluded.high), low = min(low, excluded.low), close = excluded.close,
    volume = volume + excluded.volume, trades = trades + excluded.trades
"""
RESTORE = """
UPDATE orders SET reason = NULL,
    filled = coalesce((SELECT sum(size) FROM fills WHERE fills."order" = orders."order"), 0),
    updated_seq = max(created_seq, coalesce((SELECT max(seq) FROM fills WHERE fills."order" = orders."order"), 0))
WHERE updated_seq > :after
"""
IS_LIVE = "status IN ('open', 'partially_filled')"
REOPEN = """
UPDATE orders SET remaining = size - filled, status = CASE filled WHEN 0 THEN 'open' ELSE 'partially_filled' END
WHERE "order" = ?
"""


def open_file(path: Path, fingerprint: str) -> sqlite3.Connection:
    """The file, made anew where it is missing, damaged, of another version or of another deployment."""
    connection = sqlite3.connect(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == VERSION and connection.execute("SELECT fingerprint FROM mark").fetchone() == (fingerprint,):
            connection.close()
            return _connect(path)
    except sqlite3.DatabaseError:
        pass
    connection.close()
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    connection = _connect(path)
    connection.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version={VERSION};COMMIT;")
    connection.execute("INSERT INTO mark VALUES (0, 0, ?)", (fingerprint,))
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    return connection


def bucket(time: int, interval: str) -> int:
    """Start of the candle that a time falls into."""
    length = INTERVALS[interval]
    offset = MONDAY if interval == "1w" else 0
    return time - (time - offset) % length


def add_to_candles(connection: sqlite3.Connection, trades: Sequence[Trade]) -> None:
    """Add trades, in their order, to the candles of every interval."""
    found: dict[tuple[int, str, int], list[int]] = {}
    minutes: dict[tuple[int, int], list[int]] = {}
    for trade in trades:
        key = (trade.market, trade.time - trade.time % MINUTE)
        _merge(minutes, key, [trade.price] * 4 + [trade.size, 1])
    for (market, minute), candle in minutes.items():
        for interval in INTERVALS:
            _merge(found, (market, interval, bucket(minute, interval)), candle)
    connection.executemany(ADD_CANDLE, ((*key, *candle) for key, candle in found.items()))


def _merge(found: dict, key: tuple, candle: list[int]) -> None:
    known = found.get(key)
    if known is None:
        found[key] = list(candle)
        return
    _, high, low, close, volume, count = candle
    known[1] = max(known[1], high)
    known[2] = min(known[2], low)
    known[3] = close
    known[4] += volume
    known[5] += count


def take_back(connection: sqlite3.Connection, after: int) -> None:
    """Everything that came after a sequence is undone; orders that were alive then are alive again."""
    undone = connection.execute(
        "SELECT market, min(time) FROM trades WHERE id >= ? GROUP BY market", ((after + 1) * PLACES,)
    ).fetchall()
    held = connection.execute("SELECT DISTINCT account, market FROM fills WHERE seq > ?", (after,)).fetchall()
    for table in ("trades", "movements"):
        connection.execute(f"DELETE FROM {table} WHERE id >= ?", ((after + 1) * PLACES,))
    for table in ("fills", "actions"):
        connection.execute(f"DELETE FROM {table} WHERE seq > ?", (after,))
    for account, market in held:
        _hold_again(connection, account, market)
    connection.execute("DELETE FROM orders WHERE created_seq > ?", (after,))
    changed = connection.execute('SELECT "order" FROM orders WHERE updated_seq > ?', (after,)).fetchall()
    connection.execute(RESTORE, {"after": after})
    connection.executemany(REOPEN, changed)
    for market, since in undone:
        for interval in INTERVALS:
            _remake(connection, market, interval, bucket(since, interval))


def _hold_again(connection: sqlite3.Connection, account: int, market: int) -> None:
    """Make a holding again from the fills that hold."""
    rows = connection.execute(
        "SELECT side, price, size FROM fills WHERE account = ? AND market = ? ORDER BY id", (account, market)
    )
    held = FLAT
    for side, price, size in rows:
        held = held.after(-size if side else size, price)
    connection.execute("INSERT OR REPLACE INTO holdings VALUES (?, ?, ?, ?)", (account, market, *held))


def prune(connection: sqlite3.Connection, before: int) -> None:
    """Delete orders that ended before a sequence and never traded, and the names of actions before it."""
    connection.execute(f"DELETE FROM orders WHERE updated_seq < ? AND filled = 0 AND NOT ({IS_LIVE})", (before,))
    connection.execute("DELETE FROM actions WHERE seq < ?", (before,))


def _remake(connection: sqlite3.Connection, market: int, interval: str, since: int) -> None:
    """Make the candles of a market and interval again from ``since`` on."""
    connection.execute("DELETE FROM candles WHERE market = ? AND interval = ? AND time >= ?", (market, interval, since))
    found: dict[int, list[int]] = {}
    rows = connection.execute(
        "SELECT time, price, size FROM trades WHERE market = ? AND time >= ? ORDER BY id", (market, since)
    )
    for time, price, size in rows:
        _merge(found, bucket(time, interval), [price] * 4 + [size, 1])
    connection.executemany(ADD_CANDLE, ((market, interval, start, *candle) for start, candle in found.items()))


ORDER_COLUMNS = ", ".join(f'"{field}"' for field in Order._fields)
