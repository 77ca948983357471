"""``novate circuits``: the rules that a circuit states, what its chips cost, what its size classes hold."""

import argparse

from novate.cli.command import Answer, data_argument
from novate.cli.main import parts
from novate.cli.output import note, table
from rollup.layout import CLASSES


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    found = parts(
        parser,
        {
            "rules": "every rule: its chip, how often it is stated, its direct constraints, the test that forges it",
            "table": "constraints by chip, shared costs apart, and each size class's capacities",
        },
    )
    classes(found["rules"], "XS")
    found["rules"].add_argument("--chip", help="only this chip's rules")
    data_argument(found["table"], "keys")


def classes(parser: argparse.ArgumentParser, default: str) -> None:
    """The argument that names a size class."""
    parser.add_argument("--class", dest="size_class", choices=CLASSES, default=default, help="(%(default)s)")


def run(arguments: argparse.Namespace) -> Answer:
    """Ask the prover's program, which compiles what it tells of."""
    return rules(arguments) if arguments.part == "rules" else costs(arguments)


def rules(arguments: argparse.Namespace) -> Answer:
    """The rules of one class, in the order in which they are stated first."""
    from circuits.prover import rules as stated

    note(f"compiling class {arguments.size_class} ...")
    listed = [rule._asdict() for rule in stated(arguments.size_class) if arguments.chip in (None, rule.chip)]
    data = {"class": arguments.size_class, "rules": listed, "unforged": sum(not one["forgery"] for one in listed)}
    return Answer(data, lambda: rules_text(listed))


def rules_text(listed: list[dict]) -> str:
    """A line a rule."""
    rows = [(one["chip"], one["name"], one["times"], one["constraints"], first(one["forgery"])) for one in listed]
    total = f"{len(listed)} rules, {sum(not one['forgery'] for one in listed)} of them without a forgery"
    return table(("chip", "rule", "times", "constraints", "forgery"), rows) + f"\n\n{total}"


def first(tests: list[str]) -> str:
    """One test, and how many more there are."""
    if not tests:
        return ""
    return tests[0] if len(tests) == 1 else f"{tests[0]} (and {len(tests) - 1} more)"


def costs(arguments: argparse.Namespace) -> Answer:
    """Costs of slots and capacities of classes."""
    from circuits.prover import table as measured

    note("compiling one small circuit for each chip ...")
    data = measured(arguments.data.absolute() / "keys")
    return Answer(data, lambda: costs_text(data))


def costs_text(data: dict) -> str:
    """A row a chip, two columns a class: slots and their constraints."""
    slot, sizes = data["costs"]["slot"], data["classes"]
    largest = sizes[-1]["chips"]
    head = ["chip", "a slot", *[text for one in sizes for text in (f"{one['class']} slots", "constraints")]]
    rows = []
    for chip in sorted(slot, key=lambda name: -largest[name]):
        of_class = [text for one in sizes for text in (f"{one['capacities'][chip]:,}", f"{one['chips'][chip]:,.0f}")]
        rows.append([chip, f"{slot[chip]:,.0f}", *of_class])
    shared = f"{data['costs']['shared']:,}"
    rows.append(["shared", "", *[text for _ in sizes for text in ("", shared)]])
    totals = [("" if one["exact"] else "about ") + f"{one['constraints']:,}" for one in sizes]
    rows.append(["total", "", *[text for total in totals for text in ("", total)]])
    rows.append(["step", "", *[text for one in sizes for text in ("", f"{one['step']:,}")]])
    rows.append(["share of the step", "", *[text for one in sizes for text in ("", f"{one['share']:.1%}")]])
    nodes = "\n".join(f"nodes of {one['class']}, level 0 to 8: {' '.join(map(str, one['nodes']))}" for one in sizes)
    return table(head, rows) + f"\n\n{nodes}"
