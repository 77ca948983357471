"""``novate up``: chain, sequencer and prover as processes, with everything that they need."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.output import table
from novate.errors import Exit

if TYPE_CHECKING:
    from novate.service.up import Options, Ready

CLASSES = ("XS", "S", "M", "Q", "L")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
    parser.add_argument("--foreground", action="store_true", help="stay, supervise, and stop all on Ctrl-C")
    parser.add_argument("--wait", type=float, default=120, metavar="SECONDS", help="until all is ready (%(default)s)")
    fixed = parser.add_argument_group("fixed by the first start")
    fixed.add_argument("--class", dest="size_class", choices=CLASSES, help="size class of batches (S)")
    fixed.add_argument("--chain", metavar="URL", help="a node that is there (anvil of our own)")
    fixed.add_argument("--window", type=int, metavar="SECONDS", help="W of the contract (300; a day with --manual)")
    fixed.add_argument("--token", default="", metavar="ADDRESS", help="collateral (a development token is deployed)")
    fixed.add_argument("--deployer", type=Path, metavar="FILE", help="keystore of who deploys and is the admin")
    fixed.add_argument("--deployer-password", type=Path, metavar="FILE", help="file that holds its password")
    fixed.add_argument("--operator-key", type=Path, metavar="FILE", help="keystore of the operator (the deployer)")
    fixed.add_argument("--operator-password", type=Path, metavar="FILE", help="file that holds its password")
    fixed.add_argument("--chain-listen", type=address, metavar="HOST:PORT", help="of our own node (127.0.0.1:7402)")
    every = parser.add_argument_group("of this start; left out, as at the last one")
    yes_no = argparse.BooleanOptionalAction
    every.add_argument("--manual", action=yes_no, help="seal, commit, prove and settle by 'novate batch' alone")
    every.add_argument("--reporters", action=yes_no, help="development reporters that sign recorded prices (yes)")
    every.add_argument("--api", type=address, metavar="HOST:PORT", help="public listener (127.0.0.1:7400)")
    every.add_argument("--operator", type=address, metavar="HOST:PORT", help="operator's listener (127.0.0.1:7401)")
    every.add_argument("--seal-every", type=int, metavar="SECONDS", help="age at which a batch is sealed (20)")
    every.add_argument(
        "--confirmations", type=int, metavar="N", help="blocks until a deposit counts (1; 3 where money is real)"
    )
    every.add_argument("--gas-cap", type=int, metavar="GWEI", help="most that the operator pays for gas (200)")


def address(text: str) -> str:
    """``HOST:PORT`` as it is written; raises ``ValueError``, which is a usage error."""
    from novate.service.folder import address_of

    address_of(text)
    return text


def run(arguments: argparse.Namespace) -> Answer:
    """Start, and say where everything is."""
    from novate.screen import Screen
    from novate.service.folder import folder_of
    from novate.service.up import bring_up

    folder = folder_of(arguments.data)
    ready = bring_up(folder, options_of(arguments), Screen())
    answer = answer_of(folder, ready)
    if arguments.foreground and ready.supervisor:
        return attended(ready, answer, arguments.json)
    return answer


def options_of(arguments: argparse.Namespace) -> "Options":
    """What was asked for."""
    from novate.service.up import Options

    policy = {}
    if arguments.seal_every is not None:
        policy["age"] = policy["round_interval"] = arguments.seal_every
    if arguments.confirmations is not None:
        policy["confirmations"] = arguments.confirmations
    return Options(
        chain=arguments.chain,
        size_class=arguments.size_class,
        window=arguments.window,
        token=arguments.token,
        deployer=keystore(arguments.deployer, arguments.deployer_password),
        operator_key=keystore(arguments.operator_key, arguments.operator_password),
        manual=arguments.manual,
        reporters=arguments.reporters,
        api=arguments.api,
        operator=arguments.operator,
        port=arguments.chain_listen,
        policy=policy or None,
        gas_cap=arguments.gas_cap,
        wait=arguments.wait,
    )


def keystore(file: Path | None, password: Path | None) -> object:
    """A keystore, if one is named. Raises ``NovateError`` (KEY_UNREADABLE) without its password's file."""
    from novate.errors import NovateError
    from novate.service.roles import Keystore

    if file is None:
        return None
    if password is None:
        raise NovateError("KEY_UNREADABLE", f"{file} needs a file with its password beside it")
    return Keystore(file, password)


def answer_of(folder, ready: "Ready") -> Answer:
    """Addresses and accounts."""
    from novate.service.cast import cast_of

    service = ready.service
    deposits = {one.name: one.deposit for one in cast_of(service.size_class)}
    accounts = [
        {"name": key.name, "account": key.account, "deposit": deposits[key.name] // 10**6, "owner": key.owner}
        for key in ready.accounts
    ]
    data = {
        "api": f"http://{service.api}",
        "page": f"http://{service.api}/",
        "operator": f"http://{service.operator}",
        "chain": {"id": service.chain.id, "url": service.chain.url, "settlement": service.chain.settlement},
        "token": service.chain.token,
        "admin": service.chain.admin,
        "operator_address": service.chain.operator,
        "class": service.size_class,
        "window": service.window,
        "manual": service.manual,
        "markets": [market["name"] for market in service.markets],
        "accounts": accounts,
        "was_running": ready.was_running,
        "started_again": list(ready.again),
        "waiting": ready.waiting,
        "folder": str(folder.root),
    }
    return Answer(data, lambda: text_of(data), Exit.TIMEOUT if ready.waiting else Exit.OK)


def text_of(data: dict) -> str:
    """For people."""
    chain = data["chain"]
    lines = [
        ("api", data["api"]),
        ("page", data["page"]),
        ("operator", f"{data['operator']}  (token in {data['folder']}/operator.token; provers': prover.token)"),
        ("chain", f"{chain['url']}  (id {chain['id']})"),
        ("settlement", chain["settlement"]),
        ("token", data["token"]),
        ("admin", data["admin"]),
        ("operator key", data["operator_address"]),
        ("class", f"{data['class']}, W = {data['window']} s" + (", manual" if data["manual"] else "")),
        ("markets", ", ".join(data["markets"])),
    ]
    text = "\n".join(f"{name:<13} {value}" for name, value in lines)
    if data["accounts"]:
        rows = [(one["name"], one["account"], f"{one['deposit']:,}", one["owner"]) for one in data["accounts"]]
        text += "\n\n" + table(("account", "number", "deposit", "owner"), rows)
    return f"{text}\n\n{verdict(data)}; 'novate status' shows how far it is, 'novate down' stops it."


def verdict(data: dict) -> str:
    """What ``up`` came to."""
    if data["waiting"]:
        return f"Novate runs, but its accounts cannot trade: {data['waiting']}"
    if data["started_again"]:
        return f"Novate runs again: {', '.join(data['started_again'])} was down or hung"
    return "Novate runs already" if data["was_running"] else "Novate runs"


def attended(ready: "Ready", answer: Answer, as_json: bool) -> Answer:
    """Say where everything is, and stay until the supervisor ends or somebody interrupts."""
    import signal

    from novate.cli.output import json_text, note

    print(json_text(answer.data) if as_json else answer.rendered(), flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ready.supervisor.terminate())
    code = ready.supervisor.wait()
    note("stopped")
    return Answer({"stopped": True, "exit": code}, "", Exit.OK if code == 0 else Exit.FAILED_CHECK)
