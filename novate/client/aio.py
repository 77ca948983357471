"""The client for code that awaits: the same operations, each a coroutine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from novate.client.feed import Feed, Update
from novate.client.live import LiveBook
from novate.client.money import Money
from novate.client.operation import Awaiting, Exchange, Lost, Pause, Reply, Step, Steps, T, Work, asettle
from novate.client.public import PublicReads
from novate.client.socket import CLOSE_SECONDS, LARGEST_FRAME, Backoff, refused, socket_url

if TYPE_CHECKING:
    import httpx2
    from websockets.asyncio.client import ClientConnection


class AsyncClient(PublicReads, Money, Awaiting):
    """One API, asynchronously; several operations may be under way at once. An async context manager."""

    _http: "httpx2.AsyncClient | None" = None

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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        if self._http is not None:
            http, self._http = self._http, None
            await http.aclose()

    async def _run(self, steps: Steps[T]) -> T:
        return await asettle(steps, self._do)

    async def _do(self, step: Step) -> object:
        if isinstance(step, Exchange):
            return await self._exchange(step)
        if isinstance(step, Work):
            return await asyncio.to_thread(step.call)
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
        return None

    async def _exchange(self, asked: Exchange) -> Reply | Lost:
        import httpx2

        if self._http is None:
            self._http = httpx2.AsyncClient(base_url=self.url, trust_env=False)
        try:
            answer = await self._http.request(
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

    def stream(self, *channels: str, cancel_on_disconnect: bool = False, patience: float = 60.0) -> "AsyncStream":
        """Updates of channels as they come; see ``Client.stream``."""
        return AsyncStream(self, Feed(channels), cancel_on_disconnect, patience)

    async def cancel_on_disconnect(self, market: str | None = None) -> "AsyncStream":
        """A socket whose end cancels everything, in one market or in all; keep it open, and read its updates."""
        stream = await AsyncStream(self, Feed(("status",)), True, 0.0, market).open()
        while not stream.holds_cancels:
            await stream.next()
        return stream


class AsyncStream:
    """Iterate over it for updates; ``books`` are kept up to date meanwhile."""

    def __init__(
        self, client: AsyncClient, feed: Feed, cancels: bool, patience: float, market: str | None = None
    ) -> None:
        self._client = client
        self._feed = feed
        self._cancels = cancels
        self._market = market
        self._backoff = Backoff(patience)
        self._socket: ClientConnection | None = None
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End it."""
        if self._socket is not None:
            socket, self._socket = self._socket, None
            await socket.close()

    async def open(self) -> Self:
        """Connect now rather than with the first update. Raises StreamClosed once patience is over."""
        while self._socket is None:
            await self._connect()
        return self

    async def _connect(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        client = self._client
        token = await client._run(client._read_token()) if self._feed.is_private else None
        cancels = await client._run(client._disconnect_cancels(self._market)) if self._cancels else []
        try:
            self._socket = await connect(
                socket_url(client.url), max_size=LARGEST_FRAME, proxy=None, max_queue=256, close_timeout=CLOSE_SECONDS
            )
        except InvalidStatus as error:
            await asyncio.sleep(self._backoff.lost(refused(error)))
            return
        except (OSError, WebSocketException, TimeoutError) as error:
            await asyncio.sleep(self._backoff.failed(str(error)))
            return
        self._backoff.connected()
        self.connections += 1
        self._feed.connected(token)
        if cancels:
            self._feed.hold_cancels(cancels)
        for frame in self._feed.drained():
            await self._socket.send(frame)

    async def __aiter__(self) -> AsyncIterator[Update]:
        """Raises StreamClosed where the socket cannot be had again, and ``ClientError`` for what is refused."""
        while True:
            for update in await self.next():
                yield update

    async def next(self, timeout: float | None = None) -> list[Update]:
        """Updates of the next message; none if there is none within ``timeout`` seconds, or it was for us alone."""
        from websockets.exceptions import ConnectionClosed

        await self.open()
        assert self._socket is not None
        try:
            async with asyncio.timeout(timeout):
                text = await self._socket.recv()
            updates = self._feed.receive(text)
            if self._feed.needs_cancels:
                client = self._client
                self._feed.hold_cancels(await client._run(client._disconnect_cancels(self._market)))
            if self._feed.needs_token:
                self._feed.renewed(await self._client._run(self._client._read_token(is_fresh=True)))
            for frame in self._feed.drained():
                await self._socket.send(frame)
            return updates
        except TimeoutError:
            return []
        except ConnectionClosed as error:
            await self.close()
            await asyncio.sleep(self._backoff.lost(self._feed.closing or str(error)))
            return []
