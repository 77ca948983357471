"""Who deploys and who operates: keys out of keystore files, or the public ones of development chains.

A key never stands on a command line or in service.json. The operator's lies in a keystore in the services' folder, its
password in a file beside it that only the owner reads.
"""

import json
import secrets
from pathlib import Path
from typing import NamedTuple

from eth_account import Account
from eth_account.signers.local import LocalAccount

from novate.errors import NovateError
from novate.service.folder import PRIVATE, Folder, write_whole
from verifier.chain import development_account
from verifier.errors import BadInput
from verifier.keystore import open_keystore

DEVELOPMENT_CHAINS = frozenset({1337, 31337})
"""Chains on which nothing is worth anything: development keys are taken there, and nowhere else."""
ADMIN, OPERATOR, FEES = range(3)
"""Accounts of a development chain, by what they do here."""
ITERATIONS = 2_000
"""Of the key derivation: the password beside the keystore is random, not a word that one could guess."""


class Keystore(NamedTuple):
    """An encrypted key, and the file that holds its password."""

    file: Path
    password: Path


class Roles(NamedTuple):
    """``admin`` deploys and names the operator; ``fees`` is the address that owns the fee account."""

    admin: LocalAccount
    operator: LocalAccount
    fees: str


def opened(keystore: Keystore) -> LocalAccount:
    """The key of a keystore; raises ``NovateError`` (KEY_UNREADABLE), also for a password that others can read."""
    try:
        return open_keystore(keystore.file, keystore.password)
    except BadInput as error:
        raise NovateError("KEY_UNREADABLE", f"{keystore.file} does not open: {error}") from error


def operator_of(folder: Folder) -> LocalAccount:
    """The operator of these services; raises ``NovateError`` (KEY_UNREADABLE)."""
    return opened(Keystore(folder.keystore, folder.password))


def keep_operator(folder: Folder, operator: LocalAccount) -> None:
    """Write the operator's keystore, under a random password beside it."""
    password = secrets.token_urlsafe(32)
    kept = Account.encrypt(operator.key, password, kdf="pbkdf2", iterations=ITERATIONS)
    write_whole(folder.password, password + "\n", PRIVATE)
    write_whole(folder.keystore, json.dumps(kept) + "\n", PRIVATE)


def roles_for(chain_id: int, admin: Keystore | None, operator: Keystore | None) -> Roles:
    """Who does what on a chain: as named, or the public accounts of a development chain.

    Raises ``NovateError`` (DEVELOPMENT_ACCOUNT) for a chain that needs keys of one's own, and KEY_UNREADABLE.
    """
    if admin is None and chain_id not in DEVELOPMENT_CHAINS:
        raise NovateError(
            "DEVELOPMENT_ACCOUNT",
            f"the keys of development accounts are public, and chain {chain_id} is no development chain",
            fix="name a keystore by --deployer and --deployer-password",
            chain=chain_id,
        )
    deployer = opened(admin) if admin else development_account(ADMIN)
    if operator:
        return Roles(deployer, opened(operator), deployer.address)
    if admin:
        return Roles(deployer, deployer, deployer.address)
    return Roles(deployer, development_account(OPERATOR), development_account(FEES).address)


def check_key(chain_id: int, is_development: bool) -> None:
    """Refuse a proving key whose secrets somebody had, where money is worth something (DEVELOPMENT_KEY)."""
    if is_development and chain_id not in DEVELOPMENT_CHAINS:
        raise NovateError(
            "DEVELOPMENT_KEY",
            f"whoever made a development key can prove anything, and chain {chain_id} is no development chain",
            fix="novate keys ceremony",
            chain=chain_id,
            development_chains=sorted(DEVELOPMENT_CHAINS),
        )
