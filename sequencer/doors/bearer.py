"""Lets those in who show the token: ``Authorization: Bearer TOKEN``."""

import hashlib
import hmac
from collections.abc import Callable, Collection

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Tokens = Callable[[], Collection[str]]
"""Tokens that are good now: asked for at every request, so that a new one counts at once."""


class Bearer:
    """Around an application. Tokens are compared by their digests, in constant time."""

    def __init__(
        self, app: ASGIApp, tokens: str | Tokens, unguarded: frozenset[str] = frozenset(), needed: str = "a token"
    ) -> None:
        """``unguarded`` paths are open to all; ``needed`` says to those outside what they lack.

        Raises ValueError for an empty token, which anybody could show.
        """
        if not tokens:
            raise ValueError("the token is empty")
        self._app = app
        self._unguarded = unguarded
        self._tokens = (lambda: (tokens,)) if isinstance(tokens, str) else tokens
        self._turned_away = {
            "code": "UNAUTHORISED",
            "message": f"{needed} is needed",
            "outcome": "rejected",
            "details": {},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; whatever is no HTTP is not let in."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            may_enter = scope["path"] in self._unguarded or self._is_known(scope)
            inner = self._app if may_enter else JSONResponse({"error": self._turned_away}, 401)
            await inner(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        shown = _digest(dict(scope["headers"]).get(b"authorization", b""))
        is_known = False
        for token in filter(None, self._tokens()):
            is_known |= hmac.compare_digest(shown, _digest(f"Bearer {token}".encode()))
        return is_known


class Fork:
    """One listener, two applications: ``below`` has everything under a path, ``others`` the rest."""

    def __init__(self, path: str, below: ASGIApp, others: ASGIApp) -> None:
        self._path = path
        self._below = below
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        is_below = path == self._path or path.startswith(f"{self._path}/")
        await (self._below if is_below else self._others)(scope, receive, send)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
