"""Two listeners in one process: the public API and the operator's, on one event loop, until told to stop."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from novate.errors import NovateError
from novate.service.folder import address_of
from sequencer.gateway.limits import Allowance
from sequencer.gateway.server import guard

BACKLOG = 2048
OPERATORS = Allowance(connections=64, connections_per_address=64)
"""Connections of the operator and the provers, and as many more that are accepted before any can be turned away: out of
the descriptors that the process keeps for its own. All may come from one address, that of a machine full of provers."""
CLOSING = 5
"""Seconds that requests under way have when the process stops."""


class Server(uvicorn.Server):
    """Signals are the process's business, not the server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def bound(address: str) -> socket.socket:
    """A listening socket; raises ``NovateError`` (PORT_IN_USE)."""
    host, port = address_of(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else asyncio leaves Nagle on
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise NovateError("PORT_IN_USE", f"{address}: {error}", fix="name another by --api or --operator") from error
    return listener


def plain(app: ASGIApp) -> uvicorn.Config:
    """Of the operator's listener: bounded like the public one, no logs of its own, no proxies believed."""
    return uvicorn.Config(
        app,
        http=guard(OPERATORS),
        ws="none",
        backlog=OPERATORS.connections,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=CLOSING,
    )


async def serve(apps: dict[socket.socket, Server], stopping: threading.Event, ready) -> None:
    """Serve until told to stop; ``ready`` is called once all listen. Raises what a server raises."""
    tasks = [asyncio.create_task(server.serve(sockets=[listener])) for listener, server in apps.items()]
    while not all(server.started for server in apps.values()):
        ended = [task for task in tasks if task.done()]
        for task in ended:
            task.result()
            raise NovateError("LISTENER_ENDED", "a listener ended while it started")
        await asyncio.sleep(0.005)
    ready()
    while not stopping.is_set() and not any(task.done() for task in tasks):
        await asyncio.sleep(0.05)
    for server in apps.values():
        server.should_exit = True
    await asyncio.gather(*tasks)
