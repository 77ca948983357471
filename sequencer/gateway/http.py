"""Bodies in and answers out, over bare ASGI: bounded in length and in time, JSON and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from sequencer.gateway import wire
from sequencer.gateway.limits import Allowance
from sequencer.gateway.problems import Own, Trouble, error_of, kind_of

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
encode = msgspec.json.Encoder().encode
JSON = (b"content-type", b"application/json")
PLAIN_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class Gone(Exception):
    """The client left before its request was whole."""


def header(scope: dict, name: bytes) -> bytes | None:
    """The first header of this name."""
    for key, value in scope["headers"]:
        if key == name:
            return value
    return None


def address_of(scope: dict) -> str:
    """Where a connection comes from; a proxy in front is a single address."""
    client = scope.get("client")
    return client[0] if client else "?"


async def body(scope: dict, receive: Receive, allowance: Allowance) -> bytes:
    """The body of a request. Raises Trouble (WRONG_MEDIA_TYPE, BODY_TOO_LARGE, TOO_SLOW) and Gone."""
    kind = header(scope, b"content-type") or b""
    encoding = header(scope, b"content-encoding")
    if kind.split(b";")[0].strip().lower() != b"application/json" or encoding not in (None, b"identity"):
        raise Trouble(Own.WRONG_MEDIA_TYPE)
    length = header(scope, b"content-length")
    if length is not None and (not length.isdigit() or len(length) > 12 or int(length) > allowance.body_bytes):
        raise Trouble(Own.BODY_TOO_LARGE, limit=allowance.body_bytes)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _within(message["body"], allowance)
    try:
        async with asyncio.timeout(allowance.body_seconds):
            return await _rest(message, receive, allowance)
    except TimeoutError:
        raise Trouble(Own.TOO_SLOW, seconds=allowance.body_seconds) from None


async def _rest(message: dict, receive: Receive, allowance: Allowance) -> bytes:
    chunks, size = [], 0
    while True:
        if message["type"] != "http.request":
            raise Gone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > allowance.body_bytes:
            raise Trouble(Own.BODY_TOO_LARGE, limit=allowance.body_bytes)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


def _within(content: bytes, allowance: Allowance) -> bytes:
    if len(content) > allowance.body_bytes:
        raise Trouble(Own.BODY_TOO_LARGE, limit=allowance.body_bytes)
    return content


def failure(problem: BaseException, hash_: str | None = None) -> tuple[int, bytes, int | None]:
    """Status, body, and milliseconds to wait, for an error."""
    error = error_of(problem, hash_)
    status = kind_of(error.code).http
    return (status if status >= 400 else 422), encode(wire.Failure(error)), error.retry_after_ms


async def answer(
    send: Send, status: int, content: bytes, headers: tuple[tuple[bytes, bytes], ...] = (), after_ms: int | None = None
) -> None:
    """One JSON answer."""
    length = (b"content-length", str(len(content)).encode())
    rest = headers if after_ms is None else (*headers, (b"retry-after", str(-(-after_ms // 1000)).encode()))
    if status in (408, 413):
        rest = (*rest, (b"connection", b"close"))  # the rest of the body is not read
    await send({"type": "http.response.start", "status": status, "headers": [JSON, length, *PLAIN_HEADERS, *rest]})
    await send({"type": "http.response.body", "body": content})


async def refuse(send: Send, problem: BaseException) -> None:
    """Answer with an error."""
    status, content, after_ms = failure(problem)
    await answer(send, status, content, after_ms=after_ms)
