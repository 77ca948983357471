"""The channels of one socket: each begins with its snapshot, goes on without a gap, and gives back what it held.

What comes while a channel's snapshot is made is held back, and told after it as far as it is not in it. A channel
begins anew after a rewind, or because its reader asks once more; it ends with its token, and when its account has
another key.
"""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sequencer.gateway import snapshots, wire
from sequencer.gateway.feeds import Channel
from sequencer.gateway.problems import Own, Trouble, error_of
from sequencer.gateway.tokens import Grant

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway
    from sequencer.gateway.session import Session

PRIVATE = ("orders", "fills", "positions", "receipts")
OF_MARKETS = ("book", "trades", "ticker")
UNDONE = (*PRIVATE, "trades", "batches")
"""Channels that begin anew when batches are undone; books are told as ever, with what changed."""
GRANT_SECONDS = 0.5
"""Between two looks at whether the tokens of private channels are good still."""


class Told:
    """How far one channel got, from a subscription or a new beginning to the next one.

    ``grant``  by which a private channel is told
    ``last``   the ``seq`` up to which its reader was told, None before the first: where it can go on from
    ``held``   what waits until its snapshot is out, with its numbers; None from then on
    ``bytes``  what waits takes
    """

    __slots__ = ("bytes", "grant", "held", "last")

    def __init__(self, grant: Grant | None, last: int | None) -> None:
        self.grant = grant
        self.last = last
        self.held: list[tuple[int | None, bytes]] | None = []
        self.bytes = 0

    def hold(self, seq: int | None, frame: bytes) -> None:
        """Something came before the snapshot is out."""
        assert self.held is not None
        self.held.append((seq, frame))
        self.bytes += len(frame)

    def tell(self, seq: int | None) -> None:
        """The reader is told, up to this number if there is one."""
        if seq is not None:
            self.last = seq


class Channels:
    """All of one session. Used by the gateway's loop alone."""

    def __init__(self, gateway: "Gateway", session: "Session") -> None:
        self._gateway = gateway
        self._session = session
        self._told: dict[Channel, Told] = {}
        self.held = 0
        """Bytes that wait for snapshots."""
        self._watcher: asyncio.Task | None = None

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._told))

    def __len__(self) -> int:
        return len(self._told)

    def named(self, name: str, grant: Grant | None) -> Channel:
        """The channel of a name. Raises UNKNOWN_CHANNEL, UNKNOWN_MARKET, TOKEN_MISSING."""
        kind, dot, symbol = name.partition(".")
        if kind in OF_MARKETS and dot:
            market = self._gateway.market(symbol)
            return Channel(f"{kind}.{self._gateway.units[market].symbol}", kind, market)
        if name in ("batches", "status"):
            return Channel(name, name)
        if name not in PRIVATE:
            raise Trouble(Own.UNKNOWN_CHANNEL, channel=name)
        if grant is not None:
            return Channel(name, name, None, grant.account)
        own = next((known for known in self._told if known.name == name), None)
        if own is None:
            raise Trouble(Own.TOKEN_MISSING)
        return own

    def deliver(self, channel: Channel, seq: int | None, frame: bytes) -> bool:
        """Whether something of a channel is to be sent now; otherwise it is held back, or of no interest."""
        told = self._told.get(channel)
        if told is None:
            return False
        if told.held is None:
            told.tell(seq)
            return True
        told.hold(seq, frame)
        self.held += len(frame)
        return False

    # ------------------------------------------------------------------------------------------ beginning and end
    async def subscribe(self, channel: Channel, grant: Grant | None, since: int | None) -> None:
        """Begin a channel, or begin it anew; a private one goes on after ``since``.

        Raises TOKEN_INVALID for the grant of a key that the account had, and what making the snapshot raises.
        """
        known = self._told.get(channel)
        if channel.account is None:
            grant = since = None
        elif grant is None and known is not None:
            grant = known.grant
        if grant is not None and not self._gateway.tokens.holds(grant):
            raise Trouble(Own.TOKEN_INVALID)
        told = self._open(channel, grant, since)
        try:
            await self._begin(channel, told)
        except Exception as problem:
            if self._told.get(channel) is told:
                self.close(channel)
                raise _of_a_read(problem) from problem

    def close(self, channel: Channel) -> None:
        """A channel ends, and gives back what it holds."""
        self._gateway.feeds.unsubscribe(self._session, channel)
        told = self._told.pop(channel, None)
        if told is not None:
            self._released(told)

    def begin_again(self) -> None:
        """Batches were undone: what was told may not hold, so channels go on with what does.

        What is heard from here on is held: it comes after the word of what was undone.
        """
        for channel, told in list(self._told.items()):
            if told.grant is not None and not self._gateway.tokens.holds(told.grant):
                self._end(channel, Trouble(Own.TOKEN_INVALID))
            elif channel.kind in UNDONE:
                self._session.spawn(self._begin_quietly(channel, self._open(channel, told.grant, told.last)))

    def _open(self, channel: Channel, grant: Grant | None, since: int | None) -> Told:
        """From here on everything of the channel is held until its snapshot is out."""
        self.close(channel)
        told = self._told[channel] = Told(grant, since)
        self._gateway.feeds.subscribe(self._session, channel)
        if grant is not None and (self._watcher is None or self._watcher.done()):
            self._watcher = self._session.spawn(self._watch())
        return told

    def _released(self, told: Told) -> list[tuple[int | None, bytes]]:
        """What was held, which is held no more."""
        held, told.held = told.held or [], None
        self.held -= told.bytes
        told.bytes = 0
        return held

    def _end(self, channel: Channel, problem: Exception) -> None:
        """A channel ends, and its reader is told why."""
        self.close(channel)
        self._session.push(wire.Push("ended", channel.name, data=error_of(_of_a_read(problem))))

    async def _begin_quietly(self, channel: Channel, told: Told) -> None:
        try:
            await self._begin(channel, told)
        except Exception as problem:
            if self._told.get(channel) is told:
                self._session.note(problem)
                self._end(channel, problem)

    async def _begin(self, channel: Channel, told: Told) -> None:
        """Snapshot first, then what came meanwhile, then what comes; nothing more once it begins anew or ends.

        What is told of one action is told without a pause, so that ``last`` never cuts one in half.
        """
        pushes, upto = await snapshots.of(self._gateway, channel, told.last)
        is_between = True
        for push in pushes:
            if is_between:
                await self._session.room()
            if self._told.get(channel) is not told:
                return
            told.tell(push.seq)
            self._session.push(push)
            is_between = push.seq is not None
        if self._told.get(channel) is not told:
            return
        if channel.account is not None:
            told.tell(upto)
        for seq, frame in snapshots.after(self._released(told), upto):
            told.tell(seq)
            self._session.put(frame)

    async def _watch(self) -> None:
        """End private channels whose token's time is over, as long as there are any."""
        while private := [(channel, told) for channel, told in self._told.items() if told.grant is not None]:
            for channel, told in private:
                if self._gateway.tokens.is_over(told.grant):
                    self._end(channel, Trouble(Own.TOKEN_EXPIRED, expires=told.grant.expires))
            await asyncio.sleep(GRANT_SECONDS)


def _of_a_read(problem: Exception) -> Exception:
    """What is told of a read that failed: one without an answer in time has nothing that could still take effect."""
    return Trouble(Own.BUSY) if isinstance(problem, TimeoutError) else problem
