"""History against the engine: the same orders, positions and cash; after crashes, from the journal, after a rewind."""

import sqlite3
import time

import pytest

from novate.bench.flow import Flow, bench_genesis
from rollup.actions import Deposit, Report, encode
from rollup.batch import Domain
from rollup.engine import Engine
from sequencer import history_schema
from sequencer.events import Rewound, Sequenced
from sequencer.history import FILE, History
from sequencer.receipts import digest_of_journaled

START = 1_700_000_000
ACCOUNTS = list(range(1, 7))


class Signer:
    def __init__(self, seed):
        self.seed, self.x, self.y = seed, 1000 + seed, 2000 + seed


def engine_and_events(count=400):
    """An engine after a mixed flow, and the events that it gave."""
    engine = Engine(bench_genesis("M", Signer, 2), Domain(1, 1), "M")
    flow = Flow(engine, ACCOUNTS, Signer, lambda action, signer: action)
    engine.advance(
        START, [Report(number, START, (60_000_000,) * 2 + (0,) * 6) for number in range(engine.genesis.quorum)]
    )
    events, deposits = [], 0

    def happen(action):
        nonlocal deposits
        receipt = engine.apply(action)
        digest = digest_of_journaled(action, encode(action), deposits)
        deposits += type(action) is Deposit
        sequence = len(events) + 3
        events.append(Sequenced(sequence, START * 1000 + 500 * sequence, 1, digest, receipt))
        return receipt

    for deposit in flow.deposits():
        happen(deposit)
    for action in flow.actions(count):
        flow.note(happen(action))
    return engine, events


@pytest.fixture(scope="module")
def played():
    return engine_and_events()


def settle(history, events, missed=()):
    """Run a history over events and wait until they are in the file."""

    def follow(listener, after):
        for at in range(0, len(events), 50):
            listener(events[at : at + 50])
        return [event for event in missed if event.sequence > after]

    history.start(lambda facts: None, follow)
    last = (events or missed)[-1].sequence
    deadline = time.monotonic() + 10
    while history.mark.sequence < last:
        assert time.monotonic() < deadline and history.failure is None
        time.sleep(0.01)


def contents(path):
    """Every row of every table."""
    with sqlite3.connect(path / FILE) as connection:
        tables = ("trades", "fills", "orders", "movements", "candles", "holdings", "mark")
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in tables}


def open_history(path, engine, name="one"):
    return History(path, engine.genesis.markets, name)


def test_history_agrees_with_the_engine_on_orders_positions_and_cash(tmp_path, played):
    engine, events = played
    history = open_history(tmp_path, engine)
    settle(history, events)
    reader = history.reader()
    for account in ACCOUNTS:
        view = engine.account(account)
        cash = reader.execute(
            "SELECT coalesce(sum(amount), 0) FROM movements WHERE account = ?", (account,)
        ).fetchone()[0]
        traded = reader.execute(
            "SELECT coalesce(sum((2 * side - 1) * price * size - fee), 0) FROM fills WHERE account = ?", (account,)
        ).fetchone()[0]
        assert cash + traded == view.cash
        for market in range(2):
            held = reader.execute(
                "SELECT coalesce(sum((1 - 2 * side) * size), 0) FROM fills WHERE account = ? AND market = ?",
                (account, market),
            ).fetchone()[0]
            assert held == view.positions[market].size
            live = reader.execute(
                f'SELECT "order", side, price, remaining, slot FROM orders WHERE account = ? AND market = ?'
                f" AND {history_schema.IS_LIVE}",
                (account, market),
            ).fetchall()
            ours = {
                (
                    f"{account}-{market}-{order.id.epoch}-{order.id.index}",
                    order.side,
                    order.price,
                    order.remaining,
                    order.slot,
                )
                for order in engine.orders(account, market)
            }
            assert set(live) == ours
    trades = reader.execute("SELECT count(*), sum(size) FROM trades").fetchone()
    assert trades[0] > 50
    for interval in history_schema.INTERVALS:
        candles = reader.execute(
            "SELECT sum(trades), sum(volume) FROM candles WHERE interval = ?", (interval,)
        ).fetchone()
        assert candles == trades
    history.stop()


def test_a_restart_reads_on_where_the_file_ends_and_doubles_nothing(tmp_path, played):
    engine, events = played
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir(), parts.mkdir()
    history = open_history(whole, engine)
    settle(history, events)
    history.stop()
    for until in (60, 61, 200, len(events)):
        history = open_history(parts, engine)
        # Half of it is missed and half heard, and some of it both.
        settle(history, events[max(0, until - 40) : until], events[: until - 20])
        history.stop()
    assert contents(parts) == contents(whole)


def test_a_transaction_that_is_cut_off_leaves_rows_and_mark_as_they_were(tmp_path, played, monkeypatch):
    """A crash between any two statements: the mark and the rows are of one transaction."""
    engine, events = played
    history = open_history(tmp_path, engine)
    settle(history, events[:100])
    history.stop()
    before = contents(tmp_path)
    history = open_history(tmp_path, engine)

    def cut(connection, trades):
        raise KeyboardInterrupt

    monkeypatch.setattr(history_schema, "add_to_candles", cut)
    for event in events[100:150]:
        history._read(event)
    with pytest.raises(KeyboardInterrupt):
        history._write()
    history._connection.close()
    assert contents(tmp_path) == before


def test_a_rewind_takes_back_what_came_after_and_revives_what_was_alive(tmp_path, played):
    engine, events = played
    straight, around = tmp_path / "straight", tmp_path / "around"
    straight.mkdir(), around.mkdir()
    history = open_history(straight, engine)
    settle(history, events[:150])
    history.stop()
    history = open_history(around, engine)
    settle(history, events)
    last = events[-1].sequence
    history._queue.put([Rewound(last + 1, events[149].sequence, 0, "COMMITMENT_TOO_LATE", 0)])
    deadline = time.monotonic() + 10
    while history.mark.sequence != last + 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    history.stop()
    one, other = contents(straight), contents(around)
    for table in ("trades", "fills", "movements", "candles", "holdings"):
        assert one[table] == other[table]
    live = [[row for row in of["orders"] if row[12] in ("open", "partially_filled")] for of in (one, other)]
    # The batch of an order's last change is all that a rewind does not bring back.
    assert [row[:15] + row[18:] for row in live[0]] == [row[:15] + row[18:] for row in live[1]]


def test_old_orders_without_a_trade_are_forgotten_and_nothing_else(tmp_path, played, monkeypatch):
    engine, events = played
    monkeypatch.setattr("sequencer.history.KEPT", 0)
    monkeypatch.setattr("sequencer.history.PRUNE_EVERY", 1)
    history = open_history(tmp_path, engine)
    settle(history, events)
    time.sleep(0.2)
    history.stop()
    last = events[-1].sequence
    orders = [row for row in contents(tmp_path)["orders"] if row[15] != last]
    assert orders and all(row[7] or row[12] in ("open", "partially_filled") for row in orders)
    live = sum(len(engine.orders(account, market)) for account in ACCOUNTS for market in range(2))
    assert live - 1 <= sum(row[12] in ("open", "partially_filled") for row in orders) <= live


def test_a_disk_that_refuses_writes_delays_the_history_and_loses_nothing(tmp_path, played, monkeypatch):
    """D30: what is written aside never stops trading, and is made up for."""
    engine, events = played
    add, refusals = history_schema.add_to_candles, []

    def refuse(connection, trades):
        if len(refusals) < 5:
            refusals.append(1)
            raise sqlite3.OperationalError("database or disk is full")
        add(connection, trades)

    monkeypatch.setattr(history_schema, "add_to_candles", refuse)
    history = open_history(tmp_path, engine)
    settle(history, events)
    assert len(refusals) == 5 and history.trouble == "" and history.failure is None
    history.stop()
    (tmp_path / "other").mkdir()
    other = open_history(tmp_path / "other", engine)
    settle(other, events)
    other.stop()
    assert contents(tmp_path) == contents(tmp_path / "other")


def test_what_a_rewind_undid_does_not_come_back_from_a_disk_that_refused_it(tmp_path, played, monkeypatch):
    """D30: neither writing what is undone nor taking it back may be overtaken."""
    engine, events = played
    straight, around = tmp_path / "straight", tmp_path / "around"
    straight.mkdir(), around.mkdir()
    history = open_history(straight, engine)
    settle(history, events[:150])
    history.stop()
    history = open_history(around, engine)
    settle(history, events[:150])
    refusals = {"add_to_candles": 3, "take_back": 3}

    def refusing(name):
        real = getattr(history_schema, name)

        def refuse(*arguments):
            if refusals[name]:
                refusals[name] -= 1
                raise sqlite3.OperationalError("database or disk is full")
            return real(*arguments)

        return refuse

    for name in refusals:
        monkeypatch.setattr(history_schema, name, refusing(name))
    last = events[-1].sequence
    history._queue.put(events[150:] + [Rewound(last + 1, events[149].sequence, 0, "COMMITMENT_TOO_LATE", 0)])
    deadline = time.monotonic() + 10
    while history.mark.sequence != last + 1:
        assert time.monotonic() < deadline and history.failure is None
        time.sleep(0.01)
    time.sleep(0.2)
    assert history.mark.sequence == last + 1 and history.trouble == ""
    history.stop()
    one, other = contents(straight), contents(around)
    for table in ("trades", "fills", "movements", "candles"):
        assert one[table] == other[table]
    assert {row[0] for row in other["orders"]} == {row[0] for row in one["orders"]}


def test_a_file_of_another_deployment_or_a_damaged_one_is_made_again(tmp_path, played):
    engine, events = played
    history = open_history(tmp_path, engine)
    settle(history, events[:50])
    history.stop()
    history = open_history(tmp_path, engine, "another")
    assert history.mark.sequence == 0
    history.stop()
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    history = open_history(tmp_path, engine)
    settle(history, [], events[:50])
    history.stop()
    assert contents(tmp_path)["mark"][0][0] == events[49].sequence
