"""The table of endpoints: what is served, and what the documents say, are made from the same rows."""

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from sequencer.gateway.problems import Own, Trouble

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

PARAMETER = re.compile(r"\{(\w+)\}")


class NoQuery(Struct, forbid_unknown_fields=True):
    """No parameters."""


Limit = Annotated[int, Meta(ge=1, le=500)]
Cursor = Annotated[str, Meta(pattern="^[0-9]{1,18}$")]
"""Opaque: what ``next`` of the answer before said."""
Number = Annotated[int, Meta(ge=0, lt=1 << 40)]
Symbol = Annotated[str, Meta(min_length=1, max_length=32, pattern="^[A-Za-z0-9_.-]+$")]
Hash = Annotated[str, Meta(pattern="^0x[0-9a-f]{64}$")]
PATH_TYPES = {"market": Symbol, "batch": Number, "account": Number, "hash": Hash}


class Page(Struct, forbid_unknown_fields=True):
    """A list: how many, and where the last answer ended."""

    limit: Limit = 100
    cursor: Cursor | None = None

    @property
    def at(self) -> int | None:
        """The cursor as a number."""
        return None if self.cursor is None else int(self.cursor)


class Call(NamedTuple):
    """A request, as far as it has been read. ``reader`` is the account whose read token it carries."""

    path: dict[str, Any]
    query: Any
    body: Any
    reader: int | None


Handler = Callable[["Gateway", Call], Awaitable[Any]]


class Endpoint(NamedTuple):
    """A row. ``cost`` names the credits in ``Allowance``; ``is_private`` ones need the account's read token."""

    method: str
    path: str
    handler: Handler
    answer: type
    query: type = NoQuery
    body: type | None = None
    cost: Literal["read", "heavy", "preview"] = "read"
    is_private: bool = False

    @property
    def summary(self) -> str:
        """First line of what the handler says of itself."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]

    @property
    def name(self) -> str:
        """Unique among all."""
        return self.handler.__name__

    @property
    def parameters(self) -> list[str]:
        """Names in the path."""
        return PARAMETER.findall(self.path)


def table() -> list[Endpoint]:
    """Every endpoint but the socket and the documents themselves."""
    from sequencer.gateway.rooms import accounts, actions, batches, markets, public

    return [*public.ENDPOINTS, *markets.ENDPOINTS, *actions.ENDPOINTS, *accounts.ENDPOINTS, *batches.ENDPOINTS]


def read_query(kind: type, pairs: list[tuple[str, str]]) -> Any:
    """The parameters of a query. Raises BAD_PARAMETER for one that is unknown, there twice or out of range."""
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise Trouble(Own.BAD_PARAMETER, "a parameter is there twice")
    try:
        return msgspec.convert(plain, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise Trouble(Own.BAD_PARAMETER, str(wrong)[:200]) from None


def read_path(found: dict[str, str]) -> dict[str, Any]:
    """The parameters of a path. Raises BAD_PARAMETER."""
    try:
        return {name: msgspec.convert(value, PATH_TYPES[name], strict=False) for name, value in found.items()}
    except msgspec.ValidationError as wrong:
        raise Trouble(Own.BAD_PARAMETER, str(wrong)[:200]) from None
