"""The server: uvicorn on the loop of its process or on a thread, behind a guard that bounds connections and their age.

uvicorn itself waits for a request without end; the guard ends connections that do not get their headers or body
through in time, bounds how many there are, all in all and from one address, and how long headers may be.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections import defaultdict

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from sequencer.gateway.app import App
from sequencer.gateway.limits import Allowance
from sequencer.gateway.parse import MOST_BYTES
from sequencer.gateway.session import ABORT

HEADER_SECONDS = 10
"""From the connection, or the first byte of a further request, to the end of its headers."""
HEADER_BYTES = 16 << 10
IDLE_SECONDS = 60
PING_SECONDS = 15
STOP_SECONDS = 5
MOST_PINGS = 20
"""A second, of one socket."""
MOST_FRAGMENTS = 64
"""Frames of one message."""
SEND_BYTES = 256 << 10


def guard(allowance: Allowance) -> type[HttpToolsProtocol]:
    """A protocol class that counts its connections."""
    open_from: dict[str, int] = defaultdict(int)

    class Guarded(HttpToolsProtocol):
        """A connection whose requests have to arrive in time, and fit."""

        _deadline: asyncio.TimerHandle | None = None
        _header_bytes = 0
        _counted = False

        def connection_made(self, transport) -> None:
            super().connection_made(transport)
            self._from = self.client[0] if self.client else "?"
            open_from[self._from] += 1
            open_from[""] += 1
            self._counted = True
            is_over = open_from[""] > allowance.connections
            if is_over or open_from[self._from] > allowance.connections_per_address:
                transport.abort()
                return
            self._expect()

        def connection_lost(self, exc) -> None:
            self._settle()
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

        def on_header(self, name: bytes, value: bytes) -> None:
            super().on_header(name, value)
            if sum(len(key) + len(text) for key, text in self.headers) > HEADER_BYTES:
                self.transport.abort()

        def on_headers_complete(self) -> None:
            self._settle()
            self._header_bytes = 0
            super().on_headers_complete()

        def handle_websocket_upgrade(self) -> None:
            self._settle()
            self._uncount()  # sockets are counted as sessions
            connection = self.transport.get_extra_info("socket")
            if connection is not None:  # what a slow reader may leave with the kernel is bounded, too
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
            self.app_state = {**self.app_state, ABORT: self.transport.abort}
            super().handle_websocket_upgrade()

    return Guarded


class GuardedSocket(WebSocketsSansIOProtocol):
    """A socket whose control frames and fragments are bounded: answers to pings are written without anyone waiting."""

    _pings = 0
    _since = 0.0

    def handle_ping(self) -> None:
        now = self.loop.time()
        if now - self._since >= 1:
            self._since, self._pings = now, 0
        self._pings += 1
        if self._pings > MOST_PINGS:
            self.transport.abort()
            return
        super().handle_ping()

    def handle_cont(self, event) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:
            self.transport.abort()
            return
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
        backlog=256,
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
