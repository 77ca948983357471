"""``novate positions``: what an account holds, at the marks of the batch in progress."""

import argparse

from novate.cli.account import positions_table
from novate.cli.command import Answer
from novate.cli.desk import configure_account, plain, trader


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask for them."""
    with trader(arguments) as client:
        found = client.positions()
    return Answer({"positions": plain(found)}, lambda: positions_table(found) if found else "no positions")
