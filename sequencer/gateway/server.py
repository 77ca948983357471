"""The server: uvicorn on the loop of its process or on a thread, behind a guard that bounds connections and their age.

uvicorn itself waits for a request without end; the guard ends connections that do not get their headers or body
through in time, or do not take their answers, bounds how many there are, all in all and from one address, how long
headers may be, and how much may come at once: whatever is parsed is parsed on the loop that answers everyone.
"""

import asyncio
import contextlib
import logging
import resource
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import NoReturn

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from sequencer.gateway.app import App
from sequencer.gateway.limits import Allowance
from sequencer.gateway.parse import MOST_BYTES
from sequencer.gateway.session import ABORT

LOG = logging.getLogger(__name__)
HEADER_SECONDS = 10
"""From the connection, or the first byte of a further request, to the end of its headers."""
HEADER_BYTES = 16 << 10
HEADER_LINE = 32
"""Bytes that a header counts on top of its name and value: a thousand empty ones are not free."""
BODY_GRACE = 2
"""Seconds on top of what a body may take, after which its connection ends whoever waits for it."""
MOST_PIPELINED = 16
"""Requests that may wait behind the one that is answered, on one connection."""
DRAIN_SECONDS = 30
"""That an answer may wait for its reader."""
PIECE = 16 << 10
"""Bytes that are parsed between two looks at whether the connection is still wanted."""
IDLE_SECONDS = 60
PING_SECONDS = 15
STOP_SECONDS = 5
MOST_PINGS = 20
"""A second, of one socket."""
MOST_FRAGMENTS = 64
"""Frames of one message."""
MOST_FRAMES = 2_000
"""A second, of one socket: reading a frame and refusing it costs as much as serving it."""
SEND_BYTES = 256 << 10
BACKLOG = 256
OWN_DESCRIPTORS = 256
"""That the process needs for its files, its chain and its provers."""
FEWEST = 64
"""Connections that there are however few descriptors the machine gives."""


def connections(allowance: Allowance) -> int:
    """How many connections there may be, the process's limit of descriptors raised for them as far as it goes.

    A sequencer that finds no descriptor for a file has to stop, so strangers must not be able to use them all up. On
    top of connections and sockets come those that are accepted in one go, before any can be turned away.
    """
    others = allowance.sockets + BACKLOG + OWN_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = allowance.connections + others
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # some systems have a limit of their own beside the hard one
            room = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (room, hard))
            soft = room
        if soft < wanted:
            LOG.warning("gateway.few_descriptors", extra={"descriptors": soft, "wanted": wanted})
            return max(FEWEST, soft - others)
    return allowance.connections


class Overdone(Exception):
    """Stops a parser whose connection is ended, in the midst of what came."""


def guard(allowance: Allowance) -> type[HttpToolsProtocol]:
    """A protocol class that counts its connections."""
    most = connections(allowance)
    open_from: dict[str, int] = defaultdict(int)

    class Guarded(HttpToolsProtocol):
        """A connection whose requests have to arrive in time, and fit."""

        _deadline: asyncio.TimerHandle | None = None
        _drain: asyncio.TimerHandle | None = None
        _header_bytes = 0
        _head_size = 0
        _counted = False
        _cycles: Sequence[RequestResponseCycle] = ()

        def connection_made(self, transport) -> None:
            super().connection_made(transport)
            self._from = self.client[0] if self.client else "?"
            open_from[self._from] += 1
            open_from[""] += 1
            self._counted = True
            is_over = open_from[""] > most
            if is_over or open_from[self._from] > allowance.connections_per_address:
                transport.abort()
                return
            _bound(transport)
            self._expect()

        def connection_lost(self, exc) -> None:
            self._settle()
            self.resume_writing()
            for cycle in self._cycles:  # nothing is written for requests that waited, which would be an error each
                cycle.disconnected = True
            self.pipeline.clear()
            self._uncount()
            super().connection_lost(exc)

        def _uncount(self) -> None:
            if self._counted:
                self._counted = False
                open_from[""] -= 1
                open_from[self._from] -= 1
                if not open_from[self._from]:
                    del open_from[self._from]

        def _expect(self) -> None:
            """Headers have to be whole by then."""
            self._settle()
            self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

        def _settle(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def data_received(self, data: bytes) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self._header_bytes += len(data)
                if self._deadline is None:
                    self._expect()
            if self._header_bytes > HEADER_BYTES + MOST_BYTES:
                self.transport.abort()
                return
            super().data_received(data)

        def _overdo(self) -> NoReturn:
            self.transport.abort()
            raise Overdone

        def on_message_begin(self) -> None:
            if len(self.pipeline) >= MOST_PIPELINED:
                self._overdo()
            self._head_size = 0
            super().on_message_begin()

        def on_header(self, name: bytes, value: bytes) -> None:
            super().on_header(name, value)
            self._head_size += len(name) + len(value) + HEADER_LINE
            if self._head_size > HEADER_BYTES:
                self._overdo()

        def on_headers_complete(self) -> None:
            self._settle()
            self._header_bytes = 0
            super().on_headers_complete()
            self._cycles = [cycle for cycle in (*self._cycles, self.cycle) if cycle and not cycle.response_complete]
            if not self.pipeline:  # what is behind another request is not read meanwhile
                self._deadline = self.loop.call_later(allowance.body_seconds + BODY_GRACE, self.transport.abort)

        def on_message_complete(self) -> None:
            self._settle()
            super().on_message_complete()

        def pause_writing(self) -> None:
            self._drain = self._drain or self.loop.call_later(DRAIN_SECONDS, self.transport.abort)
            super().pause_writing()

        def resume_writing(self) -> None:
            if self._drain is not None:
                self._drain.cancel()
                self._drain = None
            super().resume_writing()

        def timeout_keep_alive_handler(self) -> None:
            if self.transport.get_write_buffer_size():  # closing would wait for its reader
                self.transport.abort()
            super().timeout_keep_alive_handler()

        def handle_websocket_upgrade(self) -> None:
            self._settle()
            self._uncount()  # sockets are counted as sessions
            self.app_state = {**self.app_state, ABORT: self.transport.abort}
            super().handle_websocket_upgrade()

    return Guarded


def _bound(transport: asyncio.Transport) -> None:
    """What a slow reader may leave with the kernel, and for how long one that takes nothing, closed here or not."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * IDLE_SECONDS)


class GuardedSocket(WebSocketsSansIOProtocol):
    """A socket whose frames are bounded: answers to pings are written without anyone waiting."""

    _pings = _frames = 0
    _since = 0.0

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE])

    def _is_too_much(self, pings: int = 0) -> bool:
        """Count a frame; whether it ends the connection."""
        now = self.loop.time()
        if now - self._since >= 1:
            self._since, self._pings, self._frames = now, 0, 0
        self._frames += 1
        self._pings += pings
        if self._frames > MOST_FRAMES or self._pings > MOST_PINGS:
            self.transport.abort()
        return self.transport.is_closing()

    def handle_ping(self) -> None:
        if not self._is_too_much(pings=1):
            super().handle_ping()

    def handle_pong(self, event) -> None:
        if not self._is_too_much():
            super().handle_pong(event)

    def handle_text(self, event) -> None:
        if not self._is_too_much():
            super().handle_text(event)

    def handle_bytes(self, event) -> None:
        if not self._is_too_much():
            super().handle_bytes(event)

    def send_receive_event_to_app(self) -> None:
        self.curr_msg_data_type = "bytes"  # what is no UTF-8 is no JSON either, and refused where that is read
        super().send_receive_event_to_app()

    def handle_cont(self, event) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:
            self.transport.abort()
        if not self._is_too_much():
            super().handle_cont(event)


def config(app: App, host: str, port: int) -> uvicorn.Config:
    """How uvicorn serves the application: no logs of its own, no proxies believed, nothing compressed."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=guard(app.gateway.allowance),
        ws=GuardedSocket,
        ws_max_size=MOST_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        backlog=BACKLOG,
    )


class Server:
    """``run`` serves on this thread until it is told to stop; ``start`` and ``stop`` do so on one of its own."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self.app = app
        self._server = ApiServer(config(app, host, port), app)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        return self._server.servers[0].sockets[0].getsockname()[:2]

    def run(self) -> None:
        """Serve until ``ask_to_stop``. Raises SystemExit where it cannot begin."""
        self._server.run()

    def ask_to_stop(self) -> None:
        """End soon; may be called on any thread and in a signal handler."""
        self._server.should_exit = True

    def start(self, patience: float = 30) -> "Server":
        """Serve on a thread. Raises RuntimeError where it does not come up."""
        self._thread = threading.Thread(target=self._server.run, name="gateway", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + patience
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the gateway did not come up")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """End, and wait for it."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()


class ApiServer(uvicorn.Server):
    """Signals are the business of whoever has the process, and sockets are told before they are closed."""

    def __init__(self, config_: uvicorn.Config, app: App) -> None:
        super().__init__(config_)
        self._app = app

    def capture_signals(self):
        return contextlib.nullcontext()

    async def shutdown(self, sockets=None) -> None:
        await self._app.gateway.say_goodbye()
        await super().shutdown(sockets)


def serve(app: App, host: str = "127.0.0.1", port: int = 7400) -> Server:
    """A server of the application, yet to be run or started; port 0 takes one that is free."""
    return Server(app, host, port)
