"""``novate bench``: what an order, a fill, a page, a proof and a batch cost on this machine."""

import argparse
from typing import TYPE_CHECKING

from novate.cli.command import Answer, data_argument
from novate.cli.output import GREEN, RED, coloured, table
from novate.errors import NovateError
from rollup.layout import CLASSES

if TYPE_CHECKING:
    from novate.bench.service.suite import ServiceSuite
    from novate.bench.suite import Part

PARTS = "circuits engine gas verify setup prove"
SERVICE_PARTS = "checks rate recovery kill settle quotes large"
"""As in ``novate.bench.figures`` and ``novate.bench.service.suite``, without importing them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("suite", nargs="?", choices=("service",), help="the services as a whole (single costs)")
    about = f"of {PARTS.replace(' ', ',')}; service: {SERVICE_PARTS.replace(' ', ',')} (all)"
    parser.add_argument("--only", type=part_names, metavar="PART,...", help=about)
    parser.add_argument("--class", dest="proving", choices=CLASSES, default="M", help="of setup, prove (%(default)s)")
    parser.add_argument("--chain-class", choices=CLASSES, default="S", help="of gas, verify (%(default)s)")
    data_argument(parser, "keys")
    service = parser.add_argument_group("service")
    service.add_argument("--rounds", type=int, default=200, help="of kill (%(default)s)")
    service.add_argument("--seconds", type=float, default=60, help="of load, of settle (%(default)s)")
    service.add_argument("--settle-class", choices=CLASSES, default="S", help="of settle, recovery (%(default)s)")
    service.add_argument("--rate-class", choices=CLASSES, default="M", help="of rate (%(default)s)")
    service.add_argument("--actions", type=int, default=30_000, help="of rate (%(default)s)")
    service.add_argument("--journaled", type=int, default=10**6, help="actions before the crash (%(default)s)")
    parser.epilog = "Parts setup and prove of class M take minutes, and 0.8 GB for its key. Figures: docs/bench.md."


def part_names(text: str) -> list[str]:
    """Parts in their own order; raises ``ValueError``, which is a usage error."""
    asked = text.split(",")
    known = [*PARTS.split(), *SERVICE_PARTS.split()]
    if unknown := set(asked) - set(known):
        raise ValueError(unknown)
    return [name for name in known if name in asked]


def run(arguments: argparse.Namespace) -> Answer:
    """Measure."""
    from novate.bench.machine import machine
    from novate.bench.suite import Suite
    from novate.home import Home
    from novate.screen import Screen

    before = machine()
    known = (SERVICE_PARTS if arguments.suite else PARTS).split()
    only = known if arguments.only is None else arguments.only
    if unknown := [name for name in only if name not in known]:
        raise NovateError("NO_SUCH_PART", f"'{', '.join(unknown)}' is of the other bench", parts=known)
    if arguments.suite:
        suite = service_suite(arguments)
    else:
        suite = Suite(Home(arguments.data), Screen(), arguments.proving, arguments.chain_class)
    parts = list(suite.run(only))
    figures = {name: value for part in parts for name, value in part.figures.items()}
    data = {**figures, "machine": before, "details": {part.name: part.details for part in parts}}
    return Answer(data, lambda: text_of(parts, before))


def service_suite(arguments: argparse.Namespace) -> "ServiceSuite":
    """The bench of the services."""
    from novate import tools
    from novate.bench.service.suite import ServiceSuite
    from novate.home import Home
    from novate.screen import Screen

    tools.announce()
    return ServiceSuite(
        Home(arguments.data).keys,
        Screen(),
        settle_class=arguments.settle_class,
        settle_seconds=arguments.seconds,
        rate_class=arguments.rate_class,
        rate_actions=arguments.actions,
        rounds=arguments.rounds,
        journaled=arguments.journaled,
        recovery_class=arguments.settle_class,
    )


def text_of(parts: "list[Part]", machine: dict) -> str:
    """A row a figure: what was measured, and what is aimed at."""
    from novate.bench import figures
    from novate.bench.service import suite

    measured = {name: value for part in parts for name, value in part.figures.items()}
    rows = []
    for figure in (*figures.FIGURES, *suite.FIGURES):
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
