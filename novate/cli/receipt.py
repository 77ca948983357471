"""``novate receipt``: what became of an action, and how final it is."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_service, reader
from novate.cli.receipts import configure_wait, told


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("hash", metavar="HASH", help="as the answer to the action named it")
    configure_wait(parser)
    configure_service(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask for it, and stay with it if told to."""
    with reader(arguments) as client:
        if arguments.wait:
            return told(client.wait(arguments.hash, arguments.wait, arguments.timeout))
        return told(client.receipt(arguments.hash))
