"""Who is given money on a development chain."""

from collections.abc import Sequence
from typing import NamedTuple

from novate.client.accounts import KeyFolder
from novate.service.folder import Folder

TRADER, MAKER = 500_000 * 10**6, 5_000_000 * 10**6
"""Deposits in micro-units."""


class Funded(NamedTuple):
    """An account that a development chain begins with: its name, and its deposit in micro-units."""

    name: str
    deposit: int


TRADERS = tuple(Funded(name, TRADER) for name in ("alice", "bob", "carol", "dave", "erin", "frank"))
MAKERS = tuple(Funded(f"maker-{number}", MAKER) for number in range(1, 5))


def cast_of(size_class: str) -> tuple[Funded, ...]:
    """Who is given money: fewer where few fit into one batch."""
    return (*TRADERS[:2], MAKERS[0]) if size_class == "XS" else (*TRADERS, *MAKERS)


def is_funded(folder: Folder, cast: Sequence[Funded]) -> bool:
    """Whether everyone has an account in the contract."""
    keys = KeyFolder(folder.accounts)
    names = set(keys.names())
    return all(one.name in names and keys.read(one.name).account is not None for one in cast)
