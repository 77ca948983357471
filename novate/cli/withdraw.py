"""``novate withdraw``: collateral out of an account; the owner claims it once the batch is settled."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, number, trader
from novate.cli.receipts import configure_wait, finished


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("amount", type=number, metavar="AMOUNT")
    configure_wait(parser)
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Sign it and send it."""
    with trader(arguments) as client:
        return finished(client, client.withdraw(arguments.amount), arguments)
