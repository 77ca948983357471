"""The client for code that waits."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from novate.client.feed import Feed, Update
from novate.client.live import LiveBook
from novate.client.money import Money
from novate.client.operation import Exchange, Lost, Pause, Reply, Step, Steps, T, Waiting, Work, settle
from novate.client.public import PublicReads
from novate.client.socket import CLOSE_SECONDS, LARGEST_FRAME, Backoff, refused, socket_url

if TYPE_CHECKING:
    import httpx2
    from websockets.sync.client import ClientConnection


_OPENING = threading.Lock()
"""Whoever comes first opens a client's connections."""


class Client(PublicReads, Money, Waiting):
    """One API, synchronously; for several threads. A context manager; ``close`` gives the connections back."""

    _http: "httpx2.Client | None" = None

    @classmethod
    def local(cls, name: str | None = None, *, home: Path | None = None, **options: Any) -> Self:
        """The service that runs on this machine, and one of its accounts: the one named, else the first funded one.

        Raises ``NovateError`` (NO_SERVICE, NO_SUCH_ACCOUNT_FILE).
        """
        from novate.client.local import located

        key, arguments = located(name, home)
        client = cls(**{**arguments, **options})
        client.owner = key
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _run(self, steps: Steps[T]) -> T:
        return settle(steps, self._do)

    def _do(self, step: Step) -> object:
        if isinstance(step, Exchange):
            return self._exchange(step)
        if isinstance(step, Work):
            return step.call()
        if isinstance(step, Pause):
            time.sleep(step.seconds)
        return None

    def _exchange(self, asked: Exchange) -> Reply | Lost:
        import httpx2

        with _OPENING:
            if self._http is None:
                self._http = httpx2.Client(base_url=self.url, trust_env=False)
        try:
            answer = self._http.request(
                asked.method,
                asked.path,
                params=asked.query,
                content=asked.body,
                headers=asked.headers,
                timeout=asked.timeout,
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            return Lost(str(error) or type(error).__name__, sent=False)
        except httpx2.TransportError as error:
            return Lost(str(error) or type(error).__name__, sent=True)
        return Reply(answer.status_code, answer.content)

    def stream(self, *channels: str, cancel_on_disconnect: bool = False, patience: float = 60.0) -> "Stream":
        """Updates of channels as they come: ``book.BTC-PERP``, ``trades.*``, ``ticker.*``, ``batches``, ``status``,
        and of this account ``orders``, ``fills``, ``positions``, ``receipts``.

        A socket that is lost is had again, for as long as ``patience`` (seconds) allows. ``cancel_on_disconnect``:
        leave signed cancels that the server submits when the socket is gone.
        """
        return Stream(self, Feed(channels), cancel_on_disconnect, patience)

    def cancel_on_disconnect(self, market: str | None = None) -> "Stream":
        """A socket whose end cancels everything, in one market or in all; keep it open, and read its updates."""
        stream = Stream(self, Feed(("status",)), True, 0.0, market).open()
        while not stream.holds_cancels:
            stream.next()
        return stream


class Stream:
    """Iterate over it for updates; ``books`` are kept up to date meanwhile. Not for several threads."""

    def __init__(self, client: Client, feed: Feed, cancels: bool, patience: float, market: str | None = None) -> None:
        self._client = client
        self._feed = feed
        self._cancels = cancels
        self._market = market
        self._backoff = Backoff(patience)
        self._socket: ClientConnection | None = None
        self._stack = ExitStack()
        self.connections = 0
        """How many sockets there were."""

    @property
    def books(self) -> dict[str, LiveBook]:
        """Live books by market."""
        return self._feed.books

    @property
    def gaps(self) -> int:
        """How often something was missing and asked for again."""
        return self._feed.gaps

    @property
    def holds_cancels(self) -> bool:
        """Whether the server has the cancels that wait for this socket's end."""
        return self._feed.holds_cancels

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.close()

    def close(self) -> None:
        """End it."""
        self._socket = None
        self._stack.close()

    def open(self) -> Self:
        """Connect now rather than with the first update. Raises StreamClosed once patience is over."""
        while self._socket is None:
            self._connect()
        return self

    def _connect(self) -> None:
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.sync.client import connect

        client = self._client
        token = client._run(client._read_token()) if self._feed.is_private else None
        cancels = client._run(client._disconnect_cancels(self._market)) if self._cancels else []
        try:
            self._socket = self._stack.enter_context(
                connect(
                    socket_url(client.url),
                    max_size=LARGEST_FRAME,
                    proxy=None,
                    max_queue=256,
                    close_timeout=CLOSE_SECONDS,
                )
            )
        except InvalidStatus as error:
            time.sleep(self._backoff.lost(refused(error)))
            return
        except (OSError, WebSocketException, TimeoutError) as error:
            time.sleep(self._backoff.failed(str(error)))
            return
        self._backoff.connected()
        self.connections += 1
        self._feed.connected(token)
        if cancels:
            self._feed.hold_cancels(cancels)
        for frame in self._feed.drained():
            self._socket.send(frame)

    def __iter__(self) -> Iterator[Update]:
        """Raises StreamClosed where the socket cannot be had again, and ``ClientError`` for what is refused."""
        while True:
            yield from self.next()

    def next(self, timeout: float | None = None) -> list[Update]:
        """Updates of the next message; none if there is none within ``timeout`` seconds, or it was for us alone."""
        from websockets.exceptions import ConnectionClosed

        self.open()
        assert self._socket is not None
        try:
            updates = self._feed.receive(self._socket.recv(timeout))
            if self._feed.needs_cancels:
                client = self._client
                self._feed.hold_cancels(client._run(client._disconnect_cancels(self._market)))
            if self._feed.needs_token:
                self._feed.renewed(self._client._run(self._client._read_token(is_fresh=True)))
            for frame in self._feed.drained():
                self._socket.send(frame)
            return updates
        except TimeoutError:
            return []
        except ConnectionClosed as error:
            self.close()
            time.sleep(self._backoff.lost(self._feed.closing or str(error)))
            return []
