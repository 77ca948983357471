"""The front door: command line, client, services, replay of recorded markets, demo."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from novate.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client", "__version__"]
__version__ = "0.1.0"

_LAZY = {"Client": "novate.client", "AsyncClient": "novate.client"}
"""What is imported when it is first asked for: ``import novate`` and help must come at once."""


def __getattr__(name: str) -> object:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
