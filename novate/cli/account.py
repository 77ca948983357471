"""``novate account``: key files of this machine, and what their accounts hold."""

import argparse
from pathlib import Path

from novate.cli.command import Answer
from novate.cli.desk import configure_account, configure_service, folder_of, key_of, plain, shown
from novate.cli.output import table


def configure(parser: argparse.ArgumentParser) -> None:
    """The parts and their arguments."""
    from novate.cli.main import parts

    found = parts(
        parser,
        {
            "new": "make a trading key; the account itself comes with the first deposit",
            "list": "the key files of this machine",
            "show": "money, margin, positions and nonces of an account",
        },
    )
    found["new"].add_argument("name", metavar="NAME")
    found["new"].add_argument("--keystore", type=Path, help="encrypted key of the owner's address; else a new address")
    found["new"].add_argument("--password-file", type=Path, help="password of the keystore")
    configure_service(found["new"])
    configure_service(found["list"])
    configure_account(found["show"])


def run(arguments: argparse.Namespace) -> Answer:
    """One part."""
    return {"new": new, "list": listed, "show": show}[arguments.part](arguments)


def new(arguments: argparse.Namespace) -> Answer:
    """A key file that was not there before."""
    from dataclasses import replace

    from novate.client.accounts import KeyFolder, new_key

    keys = KeyFolder(folder_of(arguments).accounts)
    key = new_key(arguments.name, with_owner=arguments.keystore is None)
    if arguments.keystore is not None:
        password = str(arguments.password_file.absolute()) if arguments.password_file else ""
        key = replace(key, keystore=str(arguments.keystore.absolute()), password_file=password)
        key = replace(key, owner=key.owner_account().address)
    path = keys.write(key, fresh=True)
    data = {**key.public(), "path": str(path)}
    text = f"{path}: key {data['key'][:18]}..., owner {key.owner}\nnext: novate deposit 1000 --account {key.name}"
    return Answer(data, text)


def listed(arguments: argparse.Namespace) -> Answer:
    """Every key file, without its secrets."""
    from novate.client.accounts import KeyFolder

    keys = KeyFolder(folder_of(arguments).accounts)
    found = [keys.read(name).public() for name in keys.names()]

    def text() -> str:
        if not found:
            return "no key files: novate account new NAME"
        rows = [(one["name"], shown(one["account"]), f"{one['key'][:18]}...", one["owner"] or "-") for one in found]
        return table(("name", "account", "key", "owner"), rows)

    return Answer({"accounts": found}, text)


def show(arguments: argparse.Namespace) -> Answer:
    """The account as the engine has it now."""
    from novate.cli.desk import trader

    key = key_of(arguments)
    with trader(arguments) as client:
        account = client.account()
    data = {"name": key.name, **plain(account)}

    def text() -> str:
        lines = [f"account {account.account} ({key.name}), owner {account.owner}"]
        money = ("cash", "equity", "initial_margin", "available")
        lines += [f"  {name.replace('_', ' '):<15} {shown(getattr(account, name)):>20}" for name in money]
        lines.append(f"  nonces of the lanes: {', '.join(map(str, account.counters))}")
        held = [one for one in account.positions if one.side != "flat" or one.open_buys or one.open_sells]
        if held:
            lines += ["", positions_table(held)]
        return "\n".join(lines)

    return Answer(data, text)


def positions_table(positions: list) -> str:
    """Positions, a row each."""
    head = ("market", "side", "size", "entry", "mark", "notional", "unrealised", "open buys", "open sells")
    names = ("symbol", "side", "size", "entry", "mark", "notional", "unrealised", "open_buys", "open_sells")
    return table(head, [[shown(getattr(one, name)) for name in names] for one in positions])
