"""``novate cancel``: take one order out of the book."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, trader
from novate.cli.receipts import configure_wait, finished


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("order", metavar="ORDER_ID", help="as 'novate orders' shows it")
    configure_wait(parser)
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Sign it and send it."""
    with trader(arguments) as client:
        return finished(client, client.cancel(arguments.order), arguments)
