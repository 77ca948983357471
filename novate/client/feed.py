"""What a socket says, put together: subscriptions, snapshots and deltas, gaps, and what is to be asked for again.

Nothing here reads or writes: frames to send gather in ``outbox``, and ``receive`` turns a frame into updates.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from novate.client import models
from novate.client.errors import ClientError, InvalidInput, of_answer
from novate.client.live import LiveBook
from sequencer.gateway.wire import BatchLine, Status, Switch, Undone

PRIVATE = {"orders": models.Order, "fills": models.Fill, "positions": models.Position, "receipts": models.Receipt}
PUBLIC = {"trades": models.Trade, "ticker": models.Ticker, "batches": BatchLine, "status": Status}


class Update(NamedTuple):
    """One message of a channel. ``kind``: snapshot, delta, event or undone.

    ``data``: the live book for ``book.*``; otherwise an object of the channel, or a list of them in a snapshot, which
    stands for everything before it. ``undone``: what the channel told with a ``seq`` above ``data.after`` and below
    ``data.seq`` is void; what holds in its place follows. The channel ``switch`` needs no subscription: it tells of a
    dead-man switch that can fire no more (``data.error``), and that its owner sets again.
    """

    channel: str
    kind: str
    data: Any
    seq: int | None


def kind_of(channel: str) -> type:
    """What a channel is made of. Raises InvalidInput (UNKNOWN_CHANNEL)."""
    name = channel.partition(".")[0]
    if name == "book":
        return LiveBook
    if name in PUBLIC:
        return PUBLIC[name]
    if channel in PRIVATE:
        return PRIVATE[channel]
    raise InvalidInput("UNKNOWN_CHANNEL", f"no channel is called {channel!r}", details={"channel": channel})


class Feed:
    """Channels of one subscriber, over any number of sockets, one at a time."""

    def __init__(self, channels: Iterable[str]) -> None:
        """Raises InvalidInput (UNKNOWN_CHANNEL)."""
        self.channels = tuple(dict.fromkeys(channels))
        self.books: dict[str, LiveBook] = {}
        self.outbox: list[str] = []
        self.gaps = 0
        """How often something was found missing."""
        self.closing: ClientError | None = None
        """Why the server is about to close the socket, if it said so."""
        self.holds_cancels = False
        """Whether the server said that it has the cancels that wait for this socket's end."""
        self.needs_cancels = False
        """Whether the server can use those no more, and waits for others."""
        self.needs_token = False
        """Whether private channels wait for ``renewed``."""
        self._holding: int | None = None
        self._ended: list[str] = []
        self._asked: dict[int, list[str]] = {}
        """Private channels of subscriptions that were not answered yet."""
        self._is_renewed = False
        """Whether the token is of now, so that one that is refused is none of the account's."""
        self._seqs: dict[str, int] = {}
        self._stale: set[str] = set()
        self._token: str | None = None
        self._ids = 0
        for channel in self.channels:
            if kind_of(channel) is LiveBook:
                symbol = channel.partition(".")[2]
                self.books[symbol] = LiveBook(symbol)

    @property
    def is_private(self) -> bool:
        """Whether a token is needed."""
        return any(channel in PRIVATE for channel in self.channels)

    def connected(self, token: str | None) -> None:
        """A new socket: everything is asked for, private channels from where they stopped."""
        self.closing = None
        self.holds_cancels = self.needs_cancels = self.needs_token = False
        self.outbox.clear()
        self._ended.clear()
        self._asked.clear()
        self._is_renewed = False
        self._stale = {channel for channel in self.channels if channel not in PRIVATE}
        for book in self.books.values():
            book.is_whole = False
        self._token = token
        self._begin(self.channels)

    def renewed(self, token: str) -> None:
        """A newer token: channels that ended with the last one, or did not begin, go on where they stopped."""
        self._token = token
        self.needs_token, self._is_renewed = False, True
        ended, self._ended = self._ended, []
        self._begin(ended)

    def _begin(self, channels: Sequence[str]) -> None:
        """Subscribe: to private channels from where they stopped."""
        late = [channel for channel in channels if channel in PRIVATE and channel in self._seqs]
        self._ask("subscribe", [channel for channel in channels if channel not in late])
        for channel in late:
            self._ask("subscribe", [channel], since=self._seqs[channel])

    def _ask(self, op: str, channels: Sequence[str], since: int | None = None) -> None:
        if not channels:
            return
        number = self.next_id()
        frame: dict[str, object] = {"op": op, "channels": list(channels), "id": number}
        if self._token is not None and any(channel in PRIVATE for channel in channels):
            frame["token"] = self._token
            self._asked[number] = list(channels)
        if since is not None:
            frame["since"] = since
        self.outbox.append(json.dumps(frame))

    def next_id(self) -> int:
        """A number for a request over the socket."""
        self._ids += 1
        return self._ids

    def hold_cancels(self, cancels: Sequence[dict]) -> None:
        """Leave signed cancel-alls that are submitted when the socket is gone."""
        self.needs_cancels = False
        self._holding = self.next_id()
        frame = {"op": "cancel_on_disconnect", "id": self._holding, "cancels": list(cancels)}
        self.outbox.append(json.dumps(frame))

    def drained(self) -> list[str]:
        """Frames to send, once."""
        frames = list(self.outbox)
        self.outbox.clear()
        return frames

    def receive(self, text: str | bytes) -> list[Update]:
        """Updates of one frame. Raises what an error frame says (``ClientError``)."""
        push = json.loads(text)
        kind, channel = push.get("type"), push.get("channel")
        if kind == "error":
            return self._refused(push)
        if kind == "closing":
            self.closing = of_answer(503, _error_in(push.get("data")))
            return []
        if push.get("id") is not None and push.get("id") == self._holding:
            self.holds_cancels = True
            return []
        if kind == "switch":
            return self._died(msgspec.convert(push["data"], Switch))
        if kind == "ack":
            self._is_renewed = self._is_renewed and self._asked.pop(push.get("id"), None) is None
        if channel not in self.channels:
            return []
        if kind == "ended":
            return self._over(channel, push)
        if kind == "undone":
            return [Update(channel, kind, msgspec.convert(push["data"], Undone), None)]
        if kind not in ("snapshot", "delta", "event"):
            return []
        if channel.startswith("book."):
            return self._book(channel, kind, push)
        if channel.startswith("trades.") and not self._follows(channel, kind, push):
            return []
        if push.get("seq") is not None:
            self._seqs[channel] = push["seq"]
        return [Update(channel, kind, _converted(push["data"], kind_of(channel)), push.get("seq"))]

    def _died(self, switch: Switch) -> list[Update]:
        """A dead-man switch can fire no more: one of this socket is left anew, of another the caller is told."""
        if switch.kind == "socket" and self._holding is not None:
            self.holds_cancels, self.needs_cancels = False, True
            return []
        return [Update("switch", "event", switch, None)]

    def _follows(self, channel: str, kind: str, push: dict) -> bool:
        """Whether a trade follows the one before it; where one is missing there is to be a new snapshot."""
        if kind == "snapshot":
            self._stale.discard(channel)
            return True
        if channel in self._stale:
            return False  # of before the snapshot that is on its way
        if push.get("prev_seq") in (None, self._seqs.get(channel)):
            return True
        self._miss(channel)
        return False

    def _miss(self, channel: str) -> None:
        """Something is missing: ask for a new snapshot."""
        self.gaps += 1
        self._stale.add(channel)
        self._ask("unsubscribe", [channel])
        self._ask("subscribe", [channel])

    def _book(self, channel: str, kind: str, push: dict) -> list[Update]:
        """A delta follows the message whose number it names, or everything is asked for again."""
        book = self.books[channel.partition(".")[2]]
        if kind == "snapshot":
            book.replace(push["data"], push["seq"])
            self._stale.discard(channel)
        elif channel in self._stale:
            return []  # of before the snapshot that is on its way
        elif push.get("prev_seq") != book.seq:
            book.is_whole = False
            self._miss(channel)
            return []
        else:
            book.change(push["data"], push["seq"])
        return [Update(channel, kind, book, push["seq"])]

    def _refused(self, push: dict) -> list[Update]:
        """Too much was missed for a replay: begin anew with a snapshot. A token that is over is to be replaced, once.

        Everything else is the caller's to know.
        """
        error = of_answer(400, _error_in(push.get("data")))
        asked = self._asked.pop(push.get("id"), None)
        if error.code == "TOO_FAR_BACK":
            named = push.get("channel")
            self._anew([named] if named in self.channels else [one for one in self.channels if one in self._seqs])
        elif error.code == "TOKEN_INVALID" and asked and not self._is_renewed:
            self._ended += asked
            self.needs_token = True
        else:
            raise error
        return []

    def _over(self, channel: str, push: dict) -> list[Update]:
        """A channel ended: with its token, for want of what it missed, or for a while. Raises what is final."""
        error = of_answer(400, _error_in(push.get("data")))
        if error.code == "TOO_FAR_BACK":
            self._anew([channel])
        elif error.code == "TOKEN_EXPIRED":
            self._ended.append(channel)
            self.needs_token = True
        elif error.retry == "never":
            raise error
        else:
            self._begin([channel])
        return []

    def _anew(self, channels: Iterable[str]) -> None:
        """Private channels begin with a snapshot, wherever they stopped."""
        late = [channel for channel in channels if channel in PRIVATE]
        for channel in late:
            self._seqs.pop(channel, None)
        self._ask("subscribe", late)


def _error_in(data: Any) -> dict:
    """The error object of a frame, however it is wrapped."""
    if isinstance(data, dict):
        return data["error"] if isinstance(data.get("error"), dict) else data
    return {"code": "CLOSING", "message": str(data)}


def _converted(data: Any, kind: type) -> Any:
    if isinstance(data, list):
        return [msgspec.convert(one, kind) for one in data]
    return msgspec.convert(data, kind)
