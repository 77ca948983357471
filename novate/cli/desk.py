"""What commands of traders share: which service, which account, and numbers that are read exactly."""

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from novate.client import Client
    from novate.client.accounts import KeyFile
    from novate.service.folder import Folder


def configure_service(parser: argparse.ArgumentParser) -> None:
    """Where the API is."""
    parser.add_argument("--data", type=Path, help="folder of the services (NOVATE_HOME, else .novate)")
    parser.add_argument("--url", help="another API than the folder's")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds to try for (%(default)s)")


def configure_account(parser: argparse.ArgumentParser) -> None:
    """Where the API is, and who asks."""
    configure_service(parser)
    parser.add_argument("--account", metavar="NAME", help="key file to use (NOVATE_ACCOUNT, else the first funded one)")


def number(text: str) -> Decimal:
    """An exact number; raises ``ValueError``, which is a usage error."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite():
        raise ValueError(text)
    return value


def folder_of(arguments: argparse.Namespace) -> "Folder":
    """The services' folder."""
    from novate.service import folder

    return folder.folder_of(arguments.data)


def key_of(arguments: argparse.Namespace) -> "KeyFile":
    """The key file that was meant; one without an account is as good. Raises ``NovateError``."""
    from novate.client.local import chosen_key

    return chosen_key(folder_of(arguments), arguments.account)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    from novate.client.local import base

    folder = folder_of(arguments)
    if arguments.url:
        return {"url": arguments.url, "nonces": folder.root / "nonces", "patience": arguments.patience}
    return {**base(folder), "patience": arguments.patience}


def reader(arguments: argparse.Namespace) -> "Client":
    """A client without an account. Raises ``NovateError`` (NO_SERVICE)."""
    from novate.client import Client

    return Client(**_options(arguments))


def trader(arguments: argparse.Namespace) -> "Client":
    """A client of the account. Raises ``NovateError`` (NO_SERVICE, NO_SUCH_ACCOUNT_FILE, NO_ACCOUNT_YET)."""
    from novate.client import Client
    from novate.errors import NovateError

    options = _options(arguments)
    key = key_of(arguments)
    if key.account is None:
        fix = f"novate deposit AMOUNT --account {key.name}"
        raise NovateError("NO_ACCOUNT_YET", f"{key.name} has no account before its first deposit", fix=fix)
    client = Client(**options, account=key.account, key=key.seed)
    client.owner = key
    return client


def plain(answer: Any) -> Any:
    """An answer of the client as JSON has it: exact numbers as text."""
    import msgspec

    return msgspec.to_builtins(answer)


def shown(value: object) -> str:
    """A cell of a table: nothing for nothing."""
    return "-" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def moment(milliseconds: int | None) -> str:
    """A time of day for people, in UTC."""
    from datetime import UTC, datetime

    if not milliseconds:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%m-%d %H:%M:%S")
