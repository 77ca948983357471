"""``novate batch``: what batches are, whether the chain agrees, and their steps by hand."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from novate.cli.command import Answer
from novate.cli.main import parts
from novate.cli.output import GREEN, RED, coloured, json_text, note, table
from novate.errors import Exit

if TYPE_CHECKING:
    from novate.audits import Trusted
    from novate.home import Run
    from novate.service.folder import Folder
    from verifier.audit import Check, Report

LAST = "last"
STEPS = ("seal", "commit", "prove", "settle")
MENDING = ("retry", "undo")
PATIENCE = 1000
"""Seconds that a step may take."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    texts = {
        "list": "every batch of the services, or of a run",
        "show": "everything about one batch",
        "export": "one batch as a file: proof, public words, verifying key, transactions",
        "verify": "check one batch from chain data alone, in Python",
        "seal": "end the batch in progress now",
        "commit": "commit to a sealed batch on chain, with 'novate up --manual'",
        "prove": "give a batch to the provers, with 'novate up --manual'",
        "settle": "settle a proven batch on chain, with 'novate up --manual'",
        "retry": "have a batch proven again that failed, after what made it fail was mended",
        "undo": "sequence a batch that does not prove, and all after it, again: without an action, or with new prices",
    }
    found = parts(parser, texts)
    for name, part in found.items():
        part.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
        if name not in (*STEPS, *MENDING):
            about = "number of a run (the services, or the last run)"
            part.add_argument("--run", type=int, dest="run_number", metavar="RUN", help=about)
        if name not in ("list", "seal"):
            part.add_argument("number", type=batch_number, metavar="N", help="number of the batch, or 'last'")
    found["export"].add_argument("--out", type=Path, help="file to write (standard output)")
    undo = found["undo"]
    undo.add_argument("--without", metavar="HASH", help="the action that takes no effect: 'digest' in 'novate status'")
    undo.add_argument("--yes", action="store_true", help="do not ask")
    verify = found["verify"]
    verify.add_argument("--rpc", metavar="URL", help="a node (the run's own chain is started again from its dump)")
    verify.add_argument("--settlement", metavar="ADDRESS", help="the contract (the run's own)")
    about = "the key that must be in the contract: its record, its ceremony's transcript, or its digest"
    verify.add_argument("--key", metavar="FILE|DIGEST", help=about)
    verify.add_argument("--tamper", action="store_true", help="change one public word first, and see it refused")


def batch_number(text: str) -> int | str:
    """A number from 1, or ``last``; raises ``ValueError``, which is a usage error."""
    if text == LAST:
        return text
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def run(arguments: argparse.Namespace) -> Answer:
    """Look into a run or the services, or take a step."""
    from novate.service.folder import folder_of

    arguments.data = folder_of(arguments.data).home
    if arguments.part in STEPS:
        return stepped(arguments)
    if arguments.part in MENDING:
        return mended(arguments)
    if arguments.part == "verify":
        return verified(arguments)
    from novate.audits import run_at

    found = run_at(arguments.data, arguments.run_number)
    return {"list": listed, "show": shown, "export": exported}[arguments.part](found, arguments)


# ------------------------------------------------------------------------------------------------ from the journal
def listed(found: "Run", arguments: argparse.Namespace) -> Answer:
    """A row a batch."""
    from novate.batches import Batches

    with Batches(found) as batches:
        rows = [batches.overview(number) for number in batches.numbers()]

    def text() -> str:
        head = [name.replace("_", " ") for name in rows[0]] if rows else []
        cells = [[told(value) for value in row.values()] for row in rows]
        return f"{name_of(found)}\n\n" + (table(head, cells) if cells else "no batch was sealed")

    return Answer({"run": found.number, "batches": rows}, text)


def name_of(found: "Run") -> str:
    """What the batches are of."""
    return f"run {found.number}" if isinstance(found.number, int) else str(found.number)


def told(value: object) -> str:
    """A cell: roots are cut, large numbers get separators."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.1f}"
    text = str(value)
    return text[:10] if text.startswith("0x") else text


def shown(found: "Run", arguments: argparse.Namespace) -> Answer:
    """One batch, its public words decoded."""
    from novate.batches import Batches

    with Batches(found) as batches:
        data = batches.details(batches.checked(arguments.number))
    return Answer(data, lambda: "\n".join(lines_of(data)))


def lines_of(data: dict, indent: str = "") -> list[str]:
    """An object as lines of names and values."""
    out = []
    width = max((len(name) for name in data), default=0)
    for name, value in data.items():
        if isinstance(value, dict):
            out += [f"{indent}{name}", *lines_of(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            out += [f"{indent}{name}", *(f"{indent}  {' '.join(f'{k} {v}' for k, v in one.items())}" for one in value)]
        else:
            shown_value = " ".join(map(str, value)) if isinstance(value, list) else value
            out.append(f"{indent}{name:<{width}}  {shown_value}")
    return out


def exported(found: "Run", arguments: argparse.Namespace) -> Answer:
    """A batch that anyone can check without us."""
    from novate.batches import Batches
    from novate.home import Home

    with Batches(found) as batches:
        data = batches.export(batches.checked(arguments.number), Home(arguments.data).keys)
    if arguments.out is None:
        return Answer(data, lambda: json_text(data))
    arguments.out.write_text(json_text(data) + "\n")
    answer = {"file": str(arguments.out), "batch": data["batch"]}
    return Answer(answer, f"wrote batch {data['batch']} to {arguments.out}")


# ------------------------------------------------------------------------------------------------ by hand
def stepped(arguments: argparse.Namespace) -> Answer:
    """One step of a batch through the operator's listener, waited for."""
    from novate.service.ask import ask
    from novate.service.folder import folder_of

    folder = folder_of(arguments.data)
    if arguments.part == "seal":
        data = ask(folder, "/operator/batches/seal", {}, PATIENCE)
    else:
        data = ask(folder, f"/operator/batches/{numbered(folder, arguments)}/{arguments.part}", {}, PATIENCE)
    return Answer(data, f"batch {data['batch']} is {data['stage']}" + (" already" if data.get("already") else ""))


def numbered(folder: "Folder", arguments: argparse.Namespace) -> int:
    """The number of the batch that is meant."""
    from novate.service.ask import ask

    if arguments.number != LAST:
        return arguments.number
    heads = ask(folder, "/operator/status")["heads"]
    return next(head["batch"] for head in heads if head["stage"] == "sealed")


def mended(arguments: argparse.Namespace) -> Answer:
    """Prove or sequence a batch again; raises ``NovateError`` (NOT_CONFIRMED)."""
    from novate.service.ask import ask
    from novate.service.folder import folder_of

    folder = folder_of(arguments.data)
    number = numbered(folder, arguments)
    path = f"/operator/batches/{number}/{arguments.part}"
    if arguments.part == "retry":
        data = ask(folder, path, {}, PATIENCE)
        return Answer(data, f"batch {number} waits for a prover again; the sequencer is {data['mode']}")
    without = f"?without={quote(arguments.without)}" if arguments.without else ""
    be_sure(number, arguments)
    data = ask(folder, path + without, {}, PATIENCE)
    left = f" without {arguments.without}" if arguments.without else ""
    return Answer(data, f"batches from {number} on are sequenced again{left}; the sequencer is {data['mode']}")


def be_sure(number: int, arguments: argparse.Namespace) -> None:
    """Ask before acknowledged actions end otherwise; raises ``NovateError`` (NOT_CONFIRMED)."""
    from novate.errors import NovateError

    if not arguments.yes:
        note(f"actions of batch {number} and of all after it are applied again: receipts are amended, trades may go")
        if not sys.stdin.isatty() or input("go on? [y/N] ").strip().lower() not in ("y", "yes"):
            raise NovateError("NOT_CONFIRMED", "nothing was undone", fix="--yes")


# ------------------------------------------------------------------------------------------------ from the chain
def verified(arguments: argparse.Namespace) -> Answer:
    """Every check of one batch, as it is made."""
    from novate.audits import named_key, open_settlement, trusted
    from verifier.audit import verify_batch

    wanted = named_key(arguments.key)
    with open_settlement(arguments.data, arguments.run_number, arguments.rpc, arguments.settlement) as (contract, key):
        number = contract.state().settled if arguments.number == LAST else arguments.number
        if not arguments.json:
            changed = ", with one public word changed" if arguments.tamper else ""
            note(f"batch {number} of {contract.address} on chain {contract.chain.id}{changed}")
        rests = trusted(contract, number, wanted, key, arguments.data)
        report = verify_batch(contract, number, tamper=arguments.tamper, key=key)
    report = report._replace(checks=(*report.checks, *rests.checks()))
    data = {
        "batch": number,
        "holds": report.holds,
        "tampered": arguments.tamper,
        "seconds": sum(check.seconds for check in report.checks),
        "trusted": rests.as_dict(),
        "checks": [check._asdict() for check in report.checks],
    }
    return Answer(data, lambda: checks_text(report, rests), Exit.OK if report.holds else Exit.VERIFICATION_FAILED)


def checks_text(report: "Report", rests: "Trusted") -> str:
    """A line a check, what the reader has to trust beside, and the verdict."""
    lines = [*(line_of(check) for check in report.checks), *trust_lines(rests)]
    seconds = sum(check.seconds for check in report.checks)
    if report.holds:
        verdict = coloured(f"batch {report.number} holds", GREEN)
    else:
        names = ", ".join(check.name for check in report.refusals)
        verdict = coloured(f"batch {report.number} is refused by: {names}", RED)
    return "\n".join([*lines, f"{verdict} ({seconds:.2f} s, chain data and py_ecc alone)"])


def trust_lines(rests: "Trusted") -> list[str]:
    """Which key and circuit this rests on."""
    of = f"by {rests.by}" if rests.by else "the contract's own word: name the one that you expect by --key"
    lines = [f"trusted {'key':<12} {rests.key} ({rests.label}), {of}"]
    unknown = "not told by the chain; a record of the key (--key) says which, these sources have "
    return [*lines, f"trusted {'circuit':<12} {rests.circuit or unknown + rests.sources}"]


def line_of(check: "Check") -> str:
    """What a check compared."""
    mark = coloured("ok     ", GREEN) if check.holds else coloured("REFUSED", RED)
    return f"{mark} {check.name:<12} {check.detail}"
