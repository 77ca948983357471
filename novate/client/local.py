"""The service of this machine, as a client finds it: ``.novate/service/service.json`` and the key files beside it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from novate.client.accounts import KeyFile, KeyFolder
from novate.client.chain import ChainAccess
from novate.errors import NovateError
from novate.service.folder import Folder, Service, folder_of

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

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
    found = [key for key in map(keys.read, keys.names()) if key.account != 0]
    if not found:
        raise NovateError("NO_SUCH_ACCOUNT_FILE", f"no key file in {folder.accounts}", fix="novate account new NAME")
    return next((key for key in found if key.account is not None), found[0])


def chain_of(folder: Folder, service: Service) -> ChainAccess:
    """How the service's chain is reached."""
    chain = service.chain
    return ChainAccess(
        chain.url, chain.settlement, chain.first_block, chain.embedded, keys=folder.keys, key=service.key or None
    )


def base(folder: Folder) -> dict[str, object]:
    """Arguments of a client that reads what is public."""
    service = service_of(folder)
    return {
        "url": f"http://{service.api}",
        "contract": service.chain.settlement,
        "chain": chain_of(folder, service),
        "nonces": folder.root / "nonces",
    }


def located(name: str | None = None, home: Path | None = None) -> tuple["LocalAccount | None", dict[str, object]]:
    """Owner, if its key is at hand, and arguments of a client of one account."""
    folder = folder_of(home)
    arguments = base(folder)
    key = chosen_key(folder, name)
    if key.account is None:
        numbers = {"name": key.name}
        raise NovateError(
            "NO_ACCOUNT_YET", f"{key.name} has no account: deposit first", fix="novate deposit", **numbers
        )
    owner = key.owner_account() if key.owner_key else None
    return owner, {**arguments, "account": key.account, "key": key.seed}
