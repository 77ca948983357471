"""``novate operator``: who commits and settles, and how that office changes hands."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.main import parts
from novate.cli.output import table

if TYPE_CHECKING:
    from novate.service.folder import Folder
    from verifier.settlement import Settlement


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    texts = {
        "show": "operator, nominee and admin of the contract, and whose key the services have",
        "nominate": "as the admin: offer the office to an address; its service accepts when it has something to send",
        "use": "give the services another operator's key, from their next start on",
    }
    found = parts(parser, texts)
    for part in found.values():
        part.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
    found["nominate"].add_argument("address", metavar="ADDRESS", help="who is to be the operator")
    found["nominate"].add_argument("--admin", type=Path, metavar="FILE", help="keystore of the admin")
    found["nominate"].add_argument("--admin-password", type=Path, metavar="FILE", help="file that holds its password")
    found["use"].add_argument("keystore", type=Path, metavar="FILE", help="keystore of the operator")
    found["use"].add_argument("--password", type=Path, required=True, metavar="FILE", help="file of its password")


def run(arguments: argparse.Namespace) -> Answer:
    """Look, nominate, or take another key."""
    from novate.service.folder import folder_of

    folder = folder_of(arguments.data)
    return {"show": shown, "nominate": nominated, "use": used}[arguments.part](folder, arguments)


def contract_of(folder: "Folder") -> "Settlement":
    """The services' contract; raises ``verifier.errors.ChainUnreachable``."""
    from verifier.chain import Chain
    from verifier.settlement import Settlement

    record = folder.read().chain
    return Settlement(Chain(record.url), record.settlement, record.first_block)


def shown(folder: "Folder", arguments: argparse.Namespace) -> Answer:
    """Addresses of the offices."""
    from novate.service.roles import operator_of

    settlement = contract_of(folder)
    ask = settlement.contract.functions
    data = {name: settlement.chain.call(getattr(ask, name)()) for name in ("operator", "nominee", "admin")}
    data |= {"ours": operator_of(folder).address}
    return Answer(data, table(["office", "address"], [[name, value] for name, value in data.items()]))


def nominated(folder: "Folder", arguments: argparse.Namespace) -> Answer:
    """The admin's offer. Raises ``NovateError`` (KEY_UNREADABLE, DEVELOPMENT_ACCOUNT, ADDRESS_INVALID)."""
    from eth_utils import is_address, to_checksum_address

    from novate.cli.up import keystore
    from novate.errors import NovateError
    from novate.service.roles import roles_for

    if not is_address(arguments.address):
        raise NovateError("ADDRESS_INVALID", f"'{arguments.address}' is no address")
    nominee = to_checksum_address(arguments.address)
    settlement = contract_of(folder)
    admin = roles_for(settlement.chain.id, keystore(arguments.admin, arguments.admin_password), None).admin
    receipt = settlement.nominate_operator(admin, nominee)
    data = {"nominee": nominee, "transaction": receipt["transactionHash"].to_0x_hex()}
    return Answer(data, f"{nominee} is nominated; the present operator stays until the nominee's service accepts")


def used(folder: "Folder", arguments: argparse.Namespace) -> Answer:
    """Another key for the services. Raises ``NovateError`` (KEY_UNREADABLE, NO_SERVICE)."""
    from novate.service.roles import Keystore, keep_operator, opened

    folder.read()
    operator = opened(Keystore(arguments.keystore, arguments.password))
    keep_operator(folder, operator)
    return Answer({"operator": operator.address}, f"{operator.address} operates from the next 'novate up' on")
