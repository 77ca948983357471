"""``novate markets``: what is listed, and on which terms."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_service, plain, reader, shown
from novate.cli.output import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    configure_service(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask for the list."""
    with reader(arguments) as client:
        found = client.markets()
    head = ("market", "tick", "lot", "least", "leverage", "initial", "maintenance", "taker", "maker", "open")

    def text() -> str:
        names = "symbol tick lot min_size max_leverage initial_margin maintenance_margin taker_fee maker_fee".split()
        rows = [[*(shown(getattr(one, name)) for name in names), "yes" if one.is_open else "no"] for one in found]
        return table(head, rows)

    return Answer({"markets": plain(found)}, text)
