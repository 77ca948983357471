"""Trading with Novate from Python: ``Client`` and ``AsyncClient``, one definition for both."""

from novate.client.aio import AsyncClient, AsyncStream
from novate.client.building import OrderRef, Quote
from novate.client.chain import ChainAccess
from novate.client.errors import (
    ActionRefused,
    ClientError,
    FloatRefused,
    InvalidInput,
    NotFound,
    ProtocolError,
    Rejected,
    ServerFailed,
    StreamClosed,
    Throttled,
    TimedOut,
    Unauthorised,
    UnknownOutcome,
    Unreachable,
)
from novate.client.feed import Update
from novate.client.live import LiveBook
from novate.client.sync import Client, Stream

__all__ = [
    "ActionRefused",
    "AsyncClient",
    "AsyncStream",
    "ChainAccess",
    "Client",
    "ClientError",
    "FloatRefused",
    "InvalidInput",
    "LiveBook",
    "NotFound",
    "OrderRef",
    "ProtocolError",
    "Quote",
    "Rejected",
    "ServerFailed",
    "Stream",
    "StreamClosed",
    "Throttled",
    "TimedOut",
    "Unauthorised",
    "UnknownOutcome",
    "Unreachable",
    "Update",
]
