"""``novate``: find the command, run it, print its answer or its refusal, exit with a stable code."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from novate import __version__
from novate.cli.failures import exit_of, sentence, told
from novate.cli.output import RED, coloured, json_text, note
from novate.errors import Exit

COMMANDS = {
    "up": "chain, sequencer and prover as services; goes on from what the last one left",
    "down": "stop the services; their state stays",
    "status": "how far each stage is, how old, what waits; exit code 1 when somebody should look",
    "logs": "what the processes wrote",
    "backup": "everything that makes the services, in one file, while they run",
    "restore": "put a backup in the place of the services' state",
    "reset": "remove the state of the services",
    "clean": "remove proving keys and built programs",
    "account": "key files of this machine, and what their accounts hold",
    "deposit": "collateral from the owner's address into an account",
    "markets": "what is listed, and on which terms",
    "prices": "marks, best prices, and who reported what",
    "book": "a market's levels, live with --watch",
    "order": "place a limit or a market order",
    "sheet": "many quotes under one signature",
    "cancel": "take one order out of the book",
    "cancel-all": "void every order of an account",
    "orders": "an account's orders",
    "fills": "what an account traded",
    "positions": "what an account holds",
    "withdraw": "collateral out of an account",
    "claim": "fetch what the contract owes",
    "receipt": "what became of an action, and how final it is",
    "maker": "simulated makers and takers, so that the book is alive",
    "demo": "recorded trading, proven and settled on a chain of its own",
    "replay": "any capture, traded again: the engine alone, or with proof and chain",
    "batch": "batches of a run: listed, shown, exported, checked from chain data alone",
    "operator": "who commits and settles, and how that office changes hands",
    "prover": "prove batches of a sequencer, here or from another machine; who proves what",
    "circuits": "rules and costs of the circuits",
    "keys": "development keys of the size classes",
    "bench": "what an order, a fill, a page, a proof and a batch cost",
    "doctor": "what this machine lacks, and what mends it",
}
"""Command groups, each a module of ``novate.cli`` with ``configure(parser)`` and ``run(arguments)``.

Such a module imports what it works with inside ``run``: help must come at once.
"""

EPILOG = """exit codes:
  0 done            1 a check failed or the input was refused    2 wrong usage
  3 unreachable     4 verification failed    5 timeout           70 broken by accident
  130 interrupted

with --json an error is an object too: {"error": {"code", "message", "outcome", "details", "fix"}}"""


def module_of(name: str) -> ModuleType:
    """The module of a command group; importing it is what costs time."""
    return importlib.import_module(f"novate.cli.{name.replace('-', '_')}")


class Parser(argparse.ArgumentParser):
    """Wrong usage is a refusal like others: an object on standard output where ``--json`` is among the words."""

    as_json = False

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with 2."""
        if self.as_json:
            fix = f"{self.prog} --help"
            refusal = {"code": "WRONG_USAGE", "message": message, "outcome": "rejected", "details": {}, "fix": fix}
            self.exit(say(refusal, True, Exit.USAGE))
        super().error(message)


def parser_for(chosen: str | None) -> argparse.ArgumentParser:
    """The parser, with the arguments of the chosen command only."""
    parser = Parser(
        prog="novate",
        description="A clearing house for crypto derivatives that nobody has to trust.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"novate {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        if name == chosen:
            module_of(name).configure(command)
        if not command.get_default("has_parts"):
            common(command)
    return parser


def common(parser: argparse.ArgumentParser) -> None:
    """What every command takes."""
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on standard output")


def parts(parser: argparse.ArgumentParser, texts: dict[str, str]) -> dict[str, argparse.ArgumentParser]:
    """Split a command group into parts (``batch list``); each takes what every command takes."""
    parser.set_defaults(has_parts=True)
    group = parser.add_subparsers(dest="part", metavar="PART", required=True)
    found = {name: group.add_parser(name, help=text, description=text) for name, text in texts.items()}
    for part in found.values():
        common(part)
    return found


def answer(arguments: argparse.Namespace) -> int:
    """Run a command and print what it answers."""
    found = module_of(arguments.command).run(arguments)
    print(json_text(found.data, found.is_line) if arguments.json else found.rendered())
    return int(found.exit)


def refuse(error: Exception, as_json: bool) -> int:
    """Print a refusal. An error without a code is a break: it says so, with its trace where NOVATE_DEBUG is set."""
    refusal = told(error)
    if refusal is None:
        if os.environ.get("NOVATE_DEBUG"):
            raise error
        text = f"{type(error).__name__}: {error}"
        refusal = {"code": "BROKEN", "message": text, "outcome": "unknown", "details": {}}
        refusal["fix"] = "set NOVATE_DEBUG=1 for the trace, and report it"
        return say(refusal, as_json, Exit.BROKEN)
    return say(refusal, as_json, exit_of(error))


def say(refusal: dict[str, object], as_json: bool, code: Exit) -> int:
    """Print a refusal where its reader looks: an object on standard output, or a sentence on standard error."""
    if as_json:
        print(json_text({"error": refusal}))
    else:
        note(coloured(sentence(refusal), RED, sys.stderr))
    return int(code)


def main(words: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    words = sys.argv[1:] if words is None else list(words)
    chosen = next((word for word in words if not word.startswith("-")), None)
    as_json = Parser.as_json = "--json" in words
    try:
        return answer(parser_for(chosen).parse_args(words))
    except KeyboardInterrupt:
        if as_json:
            refusal = {"code": "INTERRUPTED", "message": "interrupted", "outcome": "unknown", "details": {}}
            return say(refusal, True, Exit.INTERRUPTED)
        note("interrupted")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return refuse(error, as_json)


if __name__ == "__main__":
    sys.exit(main())
