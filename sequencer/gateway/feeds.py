"""Feeds: who has subscribed to what, and what they are told.

Book changes are conflated by the board; everything else is told as it happens. What goes to several is encoded once.
A private channel's ``seq`` is that of the journal: it stands on the last of the objects that one action caused, so that
``since`` never cuts an action in half.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sequencer.events import Event, Moded, Rewound, Staged
from sequencer.gateway import wire
from sequencer.gateway.board import Change
from sequencer.gateway.http import encode
from sequencer.gateway.views import batch_line, position, status_of, ticker
from sequencer.tape import Facts

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway
    from sequencer.gateway.session import Session

TICKER_SECONDS = 0.25
STATUS_SECONDS = 1.0


class Channel(NamedTuple):
    """``name`` as in ``book.BTC-PERP``; ``market`` of a public one of a market, ``account`` of a private one."""

    name: str
    kind: str
    market: int | None = None
    account: int | None = None


class Feeds:
    """All subscriptions of a gateway. Used by its loop alone."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._sessions: set[Session] = set()
        self._subscribed: dict[Channel, set[Session]] = defaultdict(set)
        self._accounts: dict[int, int] = defaultdict(int)
        self._trade_ids: dict[int, int] = {}
        self._tickers: dict[int, wire.Ticker] = {}
        self._moved: set[tuple[int, int]] = set()
        self._batches: set[int] = set()
        self._status_due = False
        self._next_ticker = self._next_status = 0.0

    # ------------------------------------------------------------------------------------------ who
    def join(self, session: "Session") -> None:
        """A socket is open."""
        self._sessions.add(session)

    def leave(self, session: "Session") -> None:
        """A socket is gone."""
        self._sessions.discard(session)
        for channel in list(session.channels):
            self.unsubscribe(session, channel)

    def longest_queue(self) -> int:
        """Messages that wait for the slowest reader, as far as another thread can tell."""
        return max((session.waiting for session in list(self._sessions)), default=0)

    def subscribe(self, session: "Session", channel: Channel) -> None:
        """Tell a session of a channel from here on."""
        if session not in self._subscribed[channel]:
            self._subscribed[channel].add(session)
            if channel.account is not None:
                self._accounts[channel.account] += 1

    def unsubscribe(self, session: "Session", channel: Channel) -> None:
        """Tell it no more."""
        sessions = self._subscribed.get(channel, set())
        if session in sessions:
            sessions.remove(session)
            if channel.account is not None:
                self._accounts[channel.account] -= 1
                if not self._accounts[channel.account]:
                    del self._accounts[channel.account]
        if not sessions:
            self._subscribed.pop(channel, None)

    def readers(self, account: int) -> set["Session"]:
        """Sessions that read an account."""
        if account not in self._accounts:
            return set()
        return set().union(*(found for channel, found in self._subscribed.items() if channel.account == account))

    def close(self) -> None:
        """The gateway ends: tell everyone."""
        for session in list(self._sessions):
            session.go_away()

    def _channel(self, kind: str, market: int) -> Channel:
        return Channel(f"{kind}.{self._gateway.units[market].symbol}", kind, market)

    def _push(self, channel: Channel, push: wire.Push) -> None:
        sessions = self._subscribed.get(channel)
        if sessions:
            frame = encode(push)
            for session in tuple(sessions):
                session.deliver(channel, push.seq, frame)

    # ------------------------------------------------------------------------------------------ what happens
    def hear(self, heard: Sequence[Facts | Event]) -> None:
        """What happened, in order."""
        board = self._gateway.board
        for fact in heard:
            if type(fact) is Facts:
                for trade in fact.trades:
                    self._trade(trade)
                for order in fact.orders:
                    board.touch(order.market)
                if self._accounts:
                    self._private(fact)
            elif type(fact) is Staged:
                self._batches.add(fact.batch)
                self._status_due = True
            elif type(fact) in (Moded, Rewound):
                self._status_due = True
                if type(fact) is Rewound:
                    self._trade_ids.clear()  # they may be undone; what comes next follows a new snapshot
                    for session in tuple(self._sessions):
                        session.begin_again()

    def _trade(self, trade) -> None:
        channel = self._channel("trades", trade.market)
        before, self._trade_ids[trade.market] = self._trade_ids.get(trade.market), trade.id
        if channel in self._subscribed:
            answer = self._gateway.answers.trade(trade)
            self._push(channel, wire.Push("event", channel.name, None, trade.id, before, answer))

    def _private(self, facts: Facts) -> None:
        """Tell the accounts that an action concerns, each of its own."""
        answers = self._gateway.answers
        event = facts.event
        orders, fills = defaultdict(list), defaultdict(list)
        for order in facts.orders:
            if order.account in self._accounts:
                orders[order.account].append(order)
        for fill in facts.fills:
            if fill.account in self._accounts:
                fills[fill.account].append(fill)
                self._moved.add((fill.account, fill.market))
        for account, own in orders.items():
            self._own("orders", account, event.sequence, map(answers.order, own), len(own))
        for account, own in fills.items():
            self._own("fills", account, event.sequence, map(answers.fill, own), len(own))
        owner = event.receipt.action.account if event.digest is not None else None
        if owner in self._accounts and Channel("receipts", "receipts", None, owner) in self._subscribed:
            receipt = answers.event_receipt(facts, self._gateway.stage(event.batch))
            self._own("receipts", owner, event.sequence, (receipt,), 1)

    def _own(self, kind: str, account: int, seq: int, objects: Iterable[object], count: int) -> None:
        channel = Channel(kind, kind, None, account)
        if channel in self._subscribed:
            for number, one in enumerate(objects, 1):
                self._push(channel, wire.Push("event", kind, None, seq if number == count else None, None, one))

    def book_changed(self, change: Change) -> None:
        """The board found a change."""
        channel = self._channel("book", change.market)
        if channel in self._subscribed:
            units = self._gateway.units[change.market]
            data = {
                name: [[units.price(price), units.size(size), orders] for price, size, orders in side]
                for name, side in (("bids", change.bids), ("asks", change.asks))
            }
            self._push(channel, wire.Push("delta", channel.name, None, change.seq, change.seq - 1, data))

    # ------------------------------------------------------------------------------------------ what is due
    async def tick(self) -> None:
        """Push what is conflated."""
        if any(channel.kind in ("book", "ticker") for channel in self._subscribed):
            await self._gateway.board.refresh()
        if self._moved:
            await self._positions()
        if self._batches:
            await self._stages()
        now = time.monotonic()
        if now >= self._next_ticker:
            self._next_ticker = now + TICKER_SECONDS
            await self._push_tickers()
        if self._status_due and now >= self._next_status:
            self._next_status = now + STATUS_SECONDS
            self._status_due = False
            channel = Channel("status", "status")
            if channel in self._subscribed:
                data = await status_of(self._gateway)
                self._push(channel, wire.Push("event", "status", None, data.seq, None, data))

    async def _positions(self) -> None:
        moved, self._moved = self._moved, set()
        wanted = [pair for pair in moved if Channel("positions", "positions", None, pair[0]) in self._subscribed]
        if not wanted:
            return

        def look(ledger):
            engine = ledger.engine
            marks = [market.mark for market in engine.markets]
            return ledger.sequence, [
                (account, market, engine.position(account, market), marks[market]) for account, market in wanted
            ]

        sequence, rows = await self._gateway.ask(look)
        for account, market, row, mark in rows:
            held = self._gateway.history.holding(account, market)
            data = position(self._gateway.units[market], row, mark, held)
            self._own("positions", account, sequence, (data,), 1)

    async def _stages(self) -> None:
        batches, self._batches = self._batches, set()
        channel = Channel("batches", "batches")
        if channel in self._subscribed:
            for batch in sorted(batches):
                line = await batch_line(self._gateway, batch)
                if line is not None:
                    self._push(channel, wire.Push("event", "batches", None, None, None, line))

    async def _push_tickers(self) -> None:
        for channel in [channel for channel in self._subscribed if channel.kind == "ticker"]:
            data = await ticker(self._gateway, channel.market)
            known = self._tickers.get(channel.market)
            self._tickers[channel.market] = data
            if known is None or _but_time(known) != _but_time(data):
                self._push(channel, wire.Push("event", channel.name, None, None, None, data))


def _but_time(ticker_: wire.Ticker) -> tuple:
    return tuple(getattr(ticker_, name) for name in ticker_.__struct_fields__ if name != "time")
