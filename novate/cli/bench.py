"""``novate bench``: what an order, a fill, a page, a proof and a batch cost on this machine."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.output import GREEN, RED, coloured, table
from rollup.layout import CLASSES

if TYPE_CHECKING:
    from novate.bench.suite import Part

PARTS = "circuits engine gas verify setup prove"
"""As in ``novate.bench.figures``, without importing it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "--only", type=part_names, default=PARTS.split(), metavar="PART,...", help=f"of {PARTS.replace(' ', ',')} (all)"
    )
    parser.add_argument("--class", dest="proving", choices=CLASSES, default="M", help="of setup, prove (%(default)s)")
    parser.add_argument("--chain-class", choices=CLASSES, default="S", help="of gas, verify (%(default)s)")
    parser.add_argument("--data", type=Path, default=Path(".novate"), help="folder of keys (%(default)s)")
    parser.epilog = "Parts setup and prove of class M take minutes, and 0.8 GB for its key. Figures: docs/bench.md."


def part_names(text: str) -> list[str]:
    """Parts in their own order; raises ``ValueError``, which is a usage error."""
    asked = text.split(",")
    if unknown := set(asked) - set(PARTS.split()):
        raise ValueError(unknown)
    return [name for name in PARTS.split() if name in asked]


def run(arguments: argparse.Namespace) -> Answer:
    """Measure."""
    from novate.bench.machine import machine
    from novate.bench.suite import Suite
    from novate.home import Home
    from novate.screen import Screen

    before = machine()
    suite = Suite(Home(arguments.data), Screen(), arguments.proving, arguments.chain_class)
    parts = list(suite.run(arguments.only))
    figures = {name: value for part in parts for name, value in part.figures.items()}
    data = {**figures, "machine": before, "details": {part.name: part.details for part in parts}}
    return Answer(data, lambda: text_of(parts, before))


def text_of(parts: "list[Part]", machine: dict) -> str:
    """A row a figure: what was measured, and what is aimed at."""
    from novate.bench.figures import FIGURES

    measured = {name: value for part in parts for name, value in part.figures.items()}
    rows = []
    for figure in FIGURES:
        if figure.key in measured:
            value = measured[figure.key]
            sign = ">=" if figure.is_more_better else "<="
            mark = coloured("reached", GREEN) if figure.is_reached(value) else coloured("short", RED)
            rows.append((figure.text, number(value), f"{sign} {number(figure.reach)} {figure.unit}", mark, figure.key))
    about = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, load {machine['load']}"
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    notes = [note for part in parts for note in notes_of(part)]
    return "\n".join([table(("", "measured", "to reach", "", "key"), rows), "", *notes, about, versions])


def notes_of(part: "Part") -> list[str]:
    """What a reader should know of a part."""
    about = part.details
    if part.name == "circuits" and not about["total_is_exact"]:
        return ["circuits: the total is added up: its class was not compiled here"]
    if part.name == "engine":
        return [f"engine: {about['actions']:,} actions in {about['batches']} batches of class M"]
    if part.name == "gas":
        moved = f"{about['deposits']} deposits, {about['withdrawals']} withdrawals"
        return [f"gas, verify: class {about['class']}, {moved}, rules of {about['hardfork']}"]
    if part.name == "prove":
        sizes = f"{about['actions_a_batch']:.0f} actions and {about['fills_a_batch']:.0f} fills a batch"
        return [f"prove: class {about['class']}, {about['batches']} batches in {about['seconds']} s, {sizes}"]
    return []


def number(value: float) -> str:
    """With separators, and as many digits as matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")
