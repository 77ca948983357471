"""Keys out of encrypted files: never on a command line, and no password where others read it."""

import json
import os
import stat
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from verifier.errors import BadInput
from verifier.recursion import bounded

bounded()


def open_keystore(file: Path, password_file: Path | None = None, variable: str | None = None) -> LocalAccount:
    """The key of a keystore (Web3 Secret Storage, as geth, foundry and eth_account write it).

    Its password is the content of ``password_file``, which nobody but its owner may read, without the newline at its
    end; or the environment variable ``variable``. Raises ``BadInput``: PASSWORD_EXPOSED, PASSWORD_MISSING,
    KEYSTORE_UNREADABLE, KEYSTORE_PASSWORD.
    """
    password = _password(password_file, variable)
    try:
        kept = json.loads(file.read_text())
        if not isinstance(kept, dict):
            raise ValueError("not a keystore")
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("KEYSTORE_UNREADABLE", f"{file} is no keystore: {error}", file=str(file)) from error
    try:
        return Account.from_key(Account.decrypt(kept, password))
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise BadInput("KEYSTORE_PASSWORD", f"{file} does not open with this password", file=str(file)) from error


def _password(file: Path | None, variable: str | None) -> str:
    if file is not None:
        return secret_in(file)
    if variable is not None and os.environ.get(variable):
        return os.environ[variable]
    raise BadInput("PASSWORD_MISSING", "name a file with the password, or a variable of the environment")


def secret_in(file: Path) -> str:
    """A secret in a file that nobody but its owner reads; raises ``BadInput`` (PASSWORD_EXPOSED, PASSWORD_MISSING)."""
    try:
        with file.open(encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            secret = opened.read().rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise BadInput("PASSWORD_MISSING", f"{file} cannot be read: {error}", file=str(file)) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        shown = stat.filemode(mode)
        raise BadInput("PASSWORD_EXPOSED", f"{file} is {shown}: others may read it; chmod 600", file=str(file))
    if not secret:
        raise BadInput("PASSWORD_MISSING", f"{file} is empty", file=str(file))
    return secret
