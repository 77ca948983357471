"""Key files: who trades under which account. ``accounts/NAME.json``, readable by its owner alone, never printed whole.

A file holds the seed of the trading key, and for an owner on a development chain the key of the address as well. Who
owns an account on another chain names a keystore of the usual kind instead, and its password comes from a file.
"""

import json
import os
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from novate.errors import NovateError
from verifier.recursion import bounded

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

VERSION = 1
SEED_BYTES = 32
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class KeyFile:
    """What a key file holds.

    ``account``   number in the contract, None until the first deposit is mined
    ``seed``      of the trading key: whoever has it trades and withdraws to the owner
    ``owner``     the address that deposits and claims, empty if nobody said
    ``owner_key`` its key, 32 bytes in hexadecimal, on development chains; or
    ``keystore``  path of an encrypted keystore, ``password_file`` beside it
    """

    name: str
    account: int | None
    seed: bytes = field(repr=False)
    owner: str = ""
    owner_key: str = field(default="", repr=False)
    keystore: str = ""
    password_file: str = ""

    def public(self) -> dict[str, object]:
        """What may be shown."""
        from novate.client.signing.schnorr import keys_of

        keys = keys_of(self.seed)
        return {
            "name": self.name,
            "account": self.account,
            "key": f"0x{keys.x:064x}",
            "owner": self.owner or None,
            "can_deposit": bool(self.owner_key or self.keystore),
        }

    def with_account(self, account: int) -> "KeyFile":
        """The same under the number that the contract gave it."""
        return replace(self, account=account)

    def owner_account(self) -> "LocalAccount":
        """Who signs transactions for it. Raises ``NovateError`` (NO_OWNER_KEY, KEY_UNREADABLE)."""
        from eth_account import Account

        bounded()
        if self.owner_key:
            return Account.from_key(self.owner_key)
        if not self.keystore:
            raise NovateError("NO_OWNER_KEY", f"the key file of {self.name} holds no key of its owner on chain")
        try:
            password = Path(self.password_file).read_text().rstrip("\n") if self.password_file else ""
            return Account.from_key(Account.decrypt(json.loads(Path(self.keystore).read_text()), password))
        except (OSError, ValueError, RecursionError) as error:
            raise NovateError("KEY_UNREADABLE", f"the keystore of {self.name} does not open: {error}") from error


def new_key(name: str, *, with_owner: bool = True) -> KeyFile:
    """A fresh trading key, and a fresh owner's address with its key unless told otherwise."""
    seed = secrets.token_bytes(SEED_BYTES)
    if not with_owner:
        return KeyFile(name, None, seed)
    from eth_account import Account

    bounded()
    owner = Account.create()
    return KeyFile(name, None, seed, owner.address, owner.key.to_0x_hex())


class KeyFolder:
    """The key files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where a name's file lies. Raises ``NovateError`` (BAD_NAME) for a name that is no file name."""
        if not NAME.fullmatch(name):
            raise NovateError("BAD_NAME", "a name is letters, digits, dots, dashes and underscores", name=name)
        return self.folder / f"{name}.json"

    def names(self) -> list[str]:
        """Names of all key files, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def read(self, name: str) -> KeyFile:
        """One key file. Raises ``NovateError`` (NO_SUCH_ACCOUNT_FILE, KEY_UNREADABLE)."""
        path = self.path(name)
        try:
            record = json.loads(path.read_text())
            return self._of(name, record)
        except FileNotFoundError:
            numbers = {"name": name, "folder": str(self.folder)}
            fix = "novate account list"
            raise NovateError("NO_SUCH_ACCOUNT_FILE", f"no key file of {name}", fix=fix, **numbers) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            kind = type(error).__name__  # the text of the error may hold what the file holds
            raise NovateError("KEY_UNREADABLE", f"{path} is no key file ({kind})", name=name) from None

    @staticmethod
    def _of(name: str, record: dict) -> KeyFile:
        seed = bytes.fromhex(record["seed"].removeprefix("0x"))
        if len(seed) != SEED_BYTES or record["version"] != VERSION:
            raise ValueError
        texts = {part: record.get(part) or "" for part in ("owner", "owner_key", "keystore", "password_file")}
        return KeyFile(name, record.get("account"), seed, **texts)

    def write(self, key: KeyFile, *, fresh: bool = False) -> Path:
        """Put a key file down, whole or not at all, readable by its owner alone.

        Raises ``NovateError`` (ACCOUNT_FILE_EXISTS) if it is to be ``fresh`` and there is one.
        """
        path = self.path(key.name)
        if fresh and path.exists():
            raise NovateError("ACCOUNT_FILE_EXISTS", f"there is a key file of {key.name}", path=str(path))
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        record = {"version": VERSION, "account": key.account, "seed": f"0x{key.seed.hex()}", "owner": key.owner}
        record |= {"owner_key": key.owner_key, "keystore": key.keystore, "password_file": key.password_file}
        building = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps(record, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        building.replace(path)
        return path

    def find(self, account: int) -> KeyFile:
        """The key file of an account's number. Raises ``NovateError`` (NO_SUCH_ACCOUNT_FILE)."""
        for name in self.names():
            key = self.read(name)
            if key.account == account:
                return key
        raise NovateError("NO_SUCH_ACCOUNT_FILE", f"no key file of account {account}", folder=str(self.folder))
