"""Lets those in who show the token: ``Authorization: Bearer TOKEN``."""

import hashlib
import hmac

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

UNAUTHORISED = {
    "code": "UNAUTHORISED",
    "message": "the operator's token is needed",
    "outcome": "rejected",
    "details": {},
}


class Bearer:
    """Around an application. Tokens are compared by their digests, in constant time."""

    def __init__(self, app: ASGIApp, token: str, unguarded: frozenset[str] = frozenset()) -> None:
        """``unguarded`` paths are open to all. Raises ValueError for an empty token, which anybody could show."""
        if not token:
            raise ValueError("the token is empty")
        self._app = app
        self._unguarded = unguarded
        self._wanted = _digest(f"Bearer {token}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; whatever is no HTTP is not let in."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            shown = dict(scope["headers"]).get(b"authorization", b"")
            known = hmac.compare_digest(_digest(shown), self._wanted)
            may_enter = known or scope["path"] in self._unguarded
            inner = self._app if may_enter else JSONResponse({"error": UNAUTHORISED}, 401)
            await inner(scope, receive, send)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
