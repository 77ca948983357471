"""``novate cancel-all``: void every order of an account, in one market or in all."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, plain, trader
from novate.cli.receipts import text_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("market", nargs="?", metavar="MARKET", help="all of them unless named")
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Sign one for each market, and send them together."""
    with trader(arguments) as client:
        receipts = client.cancel_all(arguments.market)
    return Answer({"receipts": plain(receipts)}, lambda: "\n".join(map(text_of, receipts)))
