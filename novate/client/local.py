"""The service of this machine, as a client finds it: ``.novate/service/service.json`` and the key files beside it."""

import os
from pathlib import Path
from typing import Any

from novate.client.accounts import KeyFile, KeyFolder
from novate.client.chain import ChainAccess
from novate.errors import NovateError
from novate.service.folder import Folder, Service, folder_of

ACCOUNT = "NOVATE_ACCOUNT"
"""Environment variable that names the account to use."""


def service_of(folder: Folder) -> Service:
    """What is deployed there. Raises ``NovateError`` (NO_SERVICE)."""
    service = folder.read()
    if not service.is_deployed:
        raise NovateError("NO_SERVICE", f"{folder.root} has no contracts yet", fix="novate up", folder=str(folder.root))
    return service


def chosen_key(folder: Folder, name: str | None) -> KeyFile:
    """The key file that was named, else the first of an account that exists, else the first; never that of the fees.

    Raises ``NovateError`` (NO_SUCH_ACCOUNT_FILE).
    """
    keys = KeyFolder(folder.accounts)
    name = name or os.environ.get(ACCOUNT)
    if name:
        return keys.read(name)
    first = None
    for key in map(keys.read, keys.names()):
        if key.account:
            return key
        first = first or (key if key.account is None else None)
    if first is None:
        raise NovateError("NO_SUCH_ACCOUNT_FILE", f"no key file in {folder.accounts}", fix="novate account new NAME")
    return first


def chain_of(folder: Folder, service: Service) -> ChainAccess:
    """How the service's chain is reached."""
    chain = service.chain
    return ChainAccess(
        chain.url, chain.settlement, chain.first_block, chain.embedded, keys=folder.keys, key=service.key or None
    )


def base(folder: Folder) -> dict[str, Any]:
    """Arguments of a client that reads what is public."""
    service = service_of(folder)
    return {
        "url": f"http://{service.api}",
        "contract": service.chain.settlement,
        "chain": chain_of(folder, service),
        "nonces": folder.root / "nonces",
    }


def located(name: str | None = None, home: Path | None = None) -> tuple[KeyFile, dict[str, Any]]:
    """The key file, and arguments of a client of its account."""
    folder = folder_of(home)
    arguments = base(folder)
    key = chosen_key(folder, name)
    if key.account is None:
        numbers = {"name": key.name}
        raise NovateError(
            "NO_ACCOUNT_YET", f"{key.name} has no account: deposit first", fix="novate deposit", **numbers
        )
    return key, {**arguments, "account": key.account, "key": key.seed}
