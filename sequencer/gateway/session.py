"""One socket: what it sends is answered, what it subscribed to is pushed; it is cut off when it reads too slowly."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING

import msgspec

from rollup.refusals import Refused
from sequencer.errors import SequencerError
from sequencer.gateway import parse, wire
from sequencer.gateway.channels import Channels
from sequencer.gateway.feeds import Channel
from sequencer.gateway.http import Receive, Send, address_of, encode, header, refuse
from sequencer.gateway.limits import Buckets
from sequencer.gateway.problems import Own, Trouble, error_of

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

LOG = logging.getLogger(__name__)
GOING_AWAY, POLICY, TRY_AGAIN, SLOW = 1001, 1008, 1013, 4008
ABORT = "abort"
"""In the state of a scope, where the server puts it: how the connection is ended at once."""
REFUSED_SECONDS = 0.05
"""From a message that was refused to the next one that is read: refusing costs as much as serving."""
CLOSE_SECONDS = 5
"""How long a reader that was cut off may take to read the reason."""


class Cut(Exception):
    """The socket is to be closed."""


class Session:
    """From the handshake to the end. Used by the gateway's loop alone."""

    def __init__(self, gateway: "Gateway", scope: dict, receive: Receive, send: Send) -> None:
        self._gateway = gateway
        self._scope = scope
        self._receive = receive
        self._send = send
        self.address = address_of(scope)
        self.channels = Channels(gateway, self)
        allowance = gateway.allowance
        self._bucket = Buckets("socket_messages", allowance.socket_messages, 100)
        self._queue: deque[bytes] = deque()
        self._queued = 0
        """Bytes that wait for the reader."""
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._ended = asyncio.Event()
        self._end: tuple[int, Own] | None = None
        self._under_way = 0
        self._tasks: set[asyncio.Task] = set()

    # ------------------------------------------------------------------------------------------ its life
    async def run(self) -> None:
        """Serve the socket until it ends."""
        await self._receive()
        refusal = self._refusal()
        if refusal is not None:
            await refuse_socket(self._scope, self._send, refusal)
            return
        await self._send({"type": "websocket.accept"})
        self._gateway.sockets += 1
        self._gateway.addresses[self.address] += 1
        self._gateway.feeds.join(self)
        sender = asyncio.create_task(self._sending())
        reader = asyncio.create_task(self._reading())
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((sender, reader, ended), return_when=asyncio.FIRST_COMPLETED)
            if self._end is not None:
                _, reading = await asyncio.wait((sender,), timeout=CLOSE_SECONDS)
                if reading:
                    self._abort()
        finally:
            self._leave(sender, reader, ended)

    def _leave(self, *tasks: asyncio.Task) -> None:
        for task in (*tasks, *self._tasks):
            task.cancel()
        self._gateway.sockets -= 1
        addresses = self._gateway.addresses
        addresses[self.address] -= 1
        if not addresses[self.address]:
            del addresses[self.address]
        self._gateway.dead_man.gone(self)
        self._gateway.feeds.leave(self)
        for channel in self.channels:
            self.channels.close(channel)

    def _abort(self) -> None:
        """A reader that does not even read the reason: what lies in its buffers is given up."""
        abort = self._scope.get("state", {}).get(ABORT)
        if abort is not None:
            abort()

    def _refusal(self) -> Trouble | None:
        """Why the socket may not be opened: a page of another origin, or too many."""
        gateway = self._gateway
        origin = header(self._scope, b"origin")
        if origin is not None:
            host = header(self._scope, b"host") or b""
            own = {b"http://" + host, b"https://" + host, *(allowed.encode() for allowed in gateway.info.origins)}
            if origin not in own:
                return Trouble(Own.ORIGIN_REFUSED)
        allowance = gateway.allowance
        here = gateway.addresses.get(self.address, 0)
        if gateway.is_stopping:
            return Trouble(Own.GOING_AWAY)
        if gateway.sockets >= allowance.sockets or here >= allowance.sockets_per_address:
            return Trouble(Own.TOO_MANY_SOCKETS, sockets=gateway.sockets, of_address=here)
        return None

    def go_away(self) -> None:
        """The server ends."""
        self._cut(GOING_AWAY, Own.GOING_AWAY)

    def _cut(self, code: int, reason: Own) -> None:
        """Close the socket with a reason; what waits for it is dropped, it can be asked for again."""
        if self._end is None:
            self._end = (code, reason)
            self._ended.set()
            self._queue.clear()
            self._wake.set()
            self._drained.set()

    # ------------------------------------------------------------------------------------------ out
    @property
    def waiting(self) -> int:
        """Messages that the reader has yet to take."""
        return len(self._queue)

    def deliver(self, channel: Channel, seq: int | None, frame: bytes) -> None:
        """Something of a channel; held back until the channel's snapshot is out."""
        if self._end is not None:
            return
        if self.channels.deliver(channel, seq, frame):
            self.put(frame)
        else:
            self._require_reading()

    def push(self, push: wire.Push) -> None:
        """An answer or a snapshot."""
        self.put(encode(push))

    def put(self, frame: bytes) -> None:
        """A frame, encoded, behind those that wait."""
        if self._end is None:
            self._queue.append(frame)
            self._queued += len(frame)
            self._require_reading()
            self._wake.set()

    def _require_reading(self) -> None:
        if self._queued + self.channels.held > self._gateway.allowance.backlog_bytes:
            self._cut(SLOW, Own.SLOW_READER)

    async def room(self) -> None:
        """Wait while much of what was asked for is yet to be read: an answer alone makes no reader slow."""
        while self._queued > self._gateway.allowance.backlog_bytes // 4 and self._end is None:
            self._drained.clear()
            await self._drained.wait()

    async def _sending(self) -> None:
        with contextlib.suppress(Exception):  # the socket is gone: the reader ends the session
            while self._end is None:
                await self._wake.wait()
                self._wake.clear()
                while self._queue and self._end is None:
                    frame = self._queue.popleft()
                    self._queued -= len(frame)
                    self._drained.set()
                    await self._send({"type": "websocket.send", "text": frame.decode()})
            code, reason = self._end
            last = wire.Push("closing", None, None, None, None, error_of(Trouble(reason)))
            await self._send({"type": "websocket.send", "text": encode(last).decode()})
            await self._send({"type": "websocket.close", "code": code, "reason": str(reason)})

    # ------------------------------------------------------------------------------------------ in
    async def _reading(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return
            body = (message.get("text") or "").encode("utf-8", "surrogatepass") or message.get("bytes") or b""
            id_ = None
            try:
                self._bucket.spend(None, 1)
                id_ = await self._take(body)
            except Exception as problem:
                self._fail(problem, _id_of(body) if id_ is None else id_)
                await asyncio.sleep(REFUSED_SECONDS)

    def _fail(self, problem: Exception, id_: int | str | None, channel: str | None = None) -> None:
        """Say what is refused, or broke: of a channel, if one is named."""
        self.note(problem)
        self.push(wire.Push("error", channel, id_, None, None, error_of(problem)))

    @staticmethod
    def note(problem: Exception) -> None:
        """What is no refusal is a fault of ours, and logged."""
        if not isinstance(problem, Trouble | Refused | SequencerError | TimeoutError):
            LOG.error("gateway.message_failed", exc_info=problem)

    async def _take(self, body: bytes) -> None:
        """One message. Raises Trouble."""
        head = _HEAD.decode(body) if len(body) <= parse.MOST_BYTES else None
        op = head.op if head else None
        if op == "action":
            await self._act(body)
        elif op in ("subscribe", "unsubscribe"):
            await self._subscribe(parse.request(wire.Subscribe, body))
        elif op == "cancel_on_disconnect":
            await self._hold(parse.request(wire.OnDisconnect, body))
        else:
            raise Trouble(Own.BAD_REQUEST, "op is subscribe, unsubscribe, action or cancel_on_disconnect")

    async def _act(self, body: bytes) -> None:
        message = parse.submit_over(body)
        count = len(message.actions)
        if self._under_way + count > self._gateway.allowance.socket_under_way:
            raise Trouble(Own.BUSY, under_way=self._under_way)
        self._under_way += count
        self.spawn(self._answer(message, count))

    async def _answer(self, message: wire.SubmitOver, count: int) -> None:
        try:
            results = await self._gateway.submissions.run(message.actions, self.address)
            self.push(wire.Push("answer", None, message.id, None, None, wire.Submitted(results)))
        except Exception as problem:
            self._fail(problem, message.id)
        finally:
            self._under_way -= count

    async def _hold(self, message: wire.OnDisconnect) -> None:
        accounts = {cancel.account for cancel in message.cancels}
        if len(accounts) > 1:
            raise Trouble(Own.BAD_REQUEST, "cancels of one account")
        if not accounts:
            self._gateway.dead_man.forget(self)
        for account in accounts:
            actions = await self._gateway.dead_man.checked(account, message.cancels)
            self._gateway.dead_man.hold(self, account, actions)
        self.push(wire.Push("ack", None, message.id))

    async def _subscribe(self, message: wire.Subscribe) -> None:
        gate, allowance = self._gateway.gate, self._gateway.allowance
        gate.reads.spend(self.address, allowance.heavy * (len(message.channels) + (message.token is not None)))
        grant = None
        if message.token is not None:
            grant = await self._gateway.grant_of(message.token)
        channels = [self.channels.named(name, grant) for name in message.channels]
        if message.op == "unsubscribe":
            for channel in channels:
                self.channels.close(channel)
            self.push(wire.Push("ack", None, message.id, data=message.channels))
            return
        if len({*self.channels, *channels}) > self._gateway.allowance.channels:
            raise Trouble(Own.TOO_MANY_CHANNELS, channels=len(self.channels))
        self.push(wire.Push("ack", None, message.id, data=message.channels))
        for channel in channels:
            try:
                await self.channels.subscribe(channel, grant, message.since)
            except Exception as problem:  # of this channel, and no reason to be without the others
                self._fail(problem, message.id, channel.name)

    def begin_again(self) -> None:
        """Batches were undone."""
        self.channels.begin_again()

    def spawn(self, steps: Coroutine) -> asyncio.Task:
        """Take steps beside everything else; they end with the session."""
        task = asyncio.create_task(steps)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def refuse_socket(scope: dict, send: Send, problem: Trouble) -> None:
    """Answer a handshake with an error, as any other request; with a bare 403 where the server cannot do that."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": POLICY, "reason": problem.code})
        return

    async def as_response(message: dict) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    await refuse(as_response, problem)


class _Head(msgspec.Struct):
    op: str | None = None


class _Named(msgspec.Struct):
    id: wire.RequestId | None = None


class _HeadDecoder:
    def __init__(self, kind: type) -> None:
        self._decoder = msgspec.json.Decoder(kind)

    def decode(self, body: bytes):
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


_HEAD = _HeadDecoder(_Head)
_NAMED = _HeadDecoder(_Named)


def _id_of(body: bytes) -> int | str | None:
    """The id of a message that was refused, if it can be made out."""
    named = _NAMED.decode(body) if len(body) <= parse.MOST_BYTES else None
    return named.id if named else None
