"""History: trades, candles, orders, fills and movements of money, in a file of their own, filled behind the writer.

The file is a reading of the journal and nothing else: where it is missing or of another version it is made again. Every
transaction holds rows and the sequence that they lead up to, so a crash at any point neither loses nor doubles any. It
has a thread of its own, never waits for trading, and trading never waits for it.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from rollup.genesis import MarketTerms
from sequencer import history_schema as schema
from sequencer.errors import Problem, SequencerError
from sequencer.events import Event, Listener, Rewound, Sequenced
from sequencer.tape import FLAT, Facts, Fill, Holding, Movement, Order, Tape, Trade

FILE = "history.sqlite"
PATIENCE = 0.05
"""Seconds that rows gather before they are written."""
MOST_ROWS = 5_000
"""Actions after which a transaction does not wait for more."""
KEPT = 2_000_000
"""Records for which orders that ended without a trade are kept, and receipts can be asked for by account."""
PRUNE_EVERY = 100_000
MOST_WAITING = 500_000
"""Actions that wait in memory for a disk that refuses writes."""
Told = Callable[[Sequence[Facts | Event]], None]


class Mark(NamedTuple):
    """How far the file got."""

    sequence: int
    batch: int


class History:
    """One writer's thread; readers open their own connection by ``reader``."""

    def __init__(self, directory: Path, markets: Sequence[MarketTerms], fingerprint: str) -> None:
        """``fingerprint`` names the deployment: a file of another one is made again."""
        self.path = directory / FILE
        self._connection = schema.open_file(self.path, fingerprint)
        row = self._connection.execute("SELECT sequence, batch FROM mark").fetchone()
        self.mark = Mark(*row)
        """Last action that is in the file."""
        self._tape = Tape(markets, self._resting(), self._holdings())
        self._queue: SimpleQueue[Sequence[Event] | Callable[[], None] | None] = SimpleQueue()
        self._told: Told = lambda facts: None
        self._pending: list[Facts] = []
        self.sequence = self._pruned = self.mark.sequence
        """Last action that was read, in the file or about to be."""
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._stopping = False
        self.trouble = ""
        """Why the last write failed; empty if it did not."""
        self.failure: Exception | None = None
        """Why the thread ended; what is read of the file then stands still."""

    def start(self, told: Told, follow: Callable[[Listener, int], Iterable[Event]]) -> None:
        """Catch up, then follow: ``follow(listener, sequence)`` as ``Sequencer.follow`` has it.

        ``told`` hears of facts as soon as they are read, but of none that are caught up with.
        """
        self._told = told
        self._follow = follow
        self._thread.start()

    def ask(self, function: Callable[[], None]) -> None:
        """Call a function on this thread, between two groups, with everything that was read so far in the file."""
        self._queue.put(function)

    def stop(self) -> None:
        """Write what is there and end."""
        self._stopping = True
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()
        self._connection.close()

    def reader(self) -> sqlite3.Connection:
        """A connection to read the file; its owner closes it."""
        return schema.open_reader(self.path)

    def _run(self) -> None:
        try:
            self._catch_up()
            while self._step():
                continue
        except Exception as failure:
            self.failure = failure
            raise

    def _catch_up(self) -> None:
        try:
            missed = self._follow(self._queue.put, self.sequence)
        except SequencerError as refusal:
            if refusal.code is not Problem.JOURNAL_LOST:
                raise
            self._rewind(Rewound(0, 0, 0, refusal.code, 0))  # the journal is an older one, out of a backup
            missed = self._follow(self._queue.put, 0)
        for event in missed:
            self._read(event)
            if len(self._pending) >= MOST_ROWS:
                self._write()
        self._write()

    def _step(self) -> bool:
        """Read what has come; write when nothing comes for a while or enough is there. False at the end."""
        try:
            item = self._queue.get(timeout=PATIENCE if self._pending else None)
        except Empty:
            self._write()
            self._prune()
            return True
        if item is None:
            self._write()
            return False
        if callable(item):
            self._write()
            if self._pending:  # the disk refuses: whoever asks for what is in the file waits
                self._queue.put(item)
                return True
            item()
            return True
        heard = [fact for event in item if (fact := self._read(event)) is not None]
        if heard:
            self._told(heard)
        if len(self._pending) >= MOST_ROWS:
            self._write()
        return True

    def _read(self, event: Event) -> Facts | Event | None:
        """Facts of an action, or the event itself if it is none; None for what was read before."""
        if type(event) is Sequenced:
            if event.sequence <= self.sequence:
                return None
            facts = self._tape.read(event)
            self.sequence = event.sequence
            self._pending.append(facts)
            return facts
        if type(event) is Rewound:
            if event.sequence <= self.sequence:
                return None
            # All that is undone has to be in the file before it is taken back, or it would come in later, and stay.
            self._insist(self._flush)
            self._insist(lambda: self._rewind(event))
        return event

    def _insist(self, step: Callable[[], None]) -> None:
        """Take a step that nothing may overtake, again and again where the disk refuses; raises once it is to stop."""
        while True:
            try:
                step()
            except sqlite3.OperationalError as error:
                self.trouble = str(error)
                if self._stopping:
                    raise
                time.sleep(PATIENCE)
            else:
                self.trouble = ""
                return

    def _write(self) -> None:
        """Put what was read into the file; where the disk refuses, it waits in memory for the next time."""
        try:
            self._flush()
        except sqlite3.OperationalError as error:
            self.trouble = str(error)
            if len(self._pending) > MOST_WAITING:
                raise
            time.sleep(PATIENCE)

    def _flush(self) -> None:
        if self._pending:
            self._store(self._pending)
            self.trouble = ""
            self._pending = []

    def _store(self, pending: list[Facts]) -> None:
        """Rows, and the sequence that they lead up to, in one transaction."""
        trades = [trade for facts in pending for trade in facts.trades]
        orders = {order.order: order for facts in pending for order in facts.orders}
        last = pending[-1].event
        with self._connection as connection:
            connection.execute("BEGIN")
            _insert(connection, "trades", Trade, trades)
            _insert(connection, "fills", Fill, [fill for facts in pending for fill in facts.fills])
            _insert(connection, "movements", Movement, [move for facts in pending for move in facts.movements])
            _insert(connection, "orders", Order, orders.values())
            connection.executemany("INSERT OR REPLACE INTO actions VALUES (?, ?, ?)", _actions(pending))
            held = {(fill.account, fill.market) for facts in pending for fill in facts.fills}
            connection.executemany(
                "INSERT OR REPLACE INTO holdings VALUES (?, ?, ?, ?)",
                ((*key, *self._tape.holdings[key]) for key in held),
            )
            schema.add_to_candles(connection, trades)
            connection.execute("UPDATE mark SET sequence = ?, batch = ?", (last.sequence, last.batch))
        self.mark = Mark(last.sequence, last.batch)

    def _prune(self) -> None:
        """Forget, now and then, old orders that never traded, and the names of old actions."""
        if self.sequence - self._pruned < PRUNE_EVERY:
            return
        self._pruned = self.sequence
        with suppress(sqlite3.OperationalError), self._connection as connection:
            connection.execute("BEGIN")
            schema.prune(connection, self.sequence - KEPT)

    def _rewind(self, event: Rewound) -> None:
        """Take back what came after the last record that holds."""
        with self._connection as connection:
            connection.execute("BEGIN")
            schema.take_back(connection, event.after)
            connection.execute("UPDATE mark SET sequence = ?, batch = ?", (event.sequence, event.batch))
        self.mark = Mark(event.sequence, event.batch)
        self.sequence = event.sequence
        self._tape.resting.clear()
        self._tape.resting.update(self._resting())
        self._tape.holdings.clear()
        self._tape.holdings.update(self._holdings())

    def holding(self, account: int, market: int) -> Holding:
        """How a position came about, as far as was read; may be asked on any thread."""
        return self._tape.holdings.get((account, market), FLAT)

    def _holdings(self) -> dict[tuple[int, int], Holding]:
        """Positions, as the file has them."""
        rows = self._connection.execute("SELECT account, market, size, cost FROM holdings")
        return {(account, market): Holding(size, cost) for account, market, size, cost in rows}

    def _resting(self) -> dict[str, Order]:
        """Orders that rest, as the file has them."""
        rows = self._connection.execute(f"SELECT {schema.ORDER_COLUMNS} FROM orders WHERE {schema.IS_LIVE}")
        return {row[0]: Order(*row) for row in rows}


def _actions(pending: list[Facts]) -> Iterable[tuple[int, int, bytes]]:
    """Sequence, account and name of every action that has a name."""
    for facts in pending:
        event = facts.event
        if event.digest is not None:
            yield event.sequence, event.receipt.action.account, event.digest


def _insert(connection: sqlite3.Connection, table: str, record: type, rows: Iterable[tuple]) -> None:
    marks = ", ".join("?" * len(record._fields))
    columns = ", ".join(f'"{field}"' for field in record._fields)
    connection.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", rows)
