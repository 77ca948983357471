"""``novate fills``: what an account traded, newest first."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, moment, plain, shown, trader
from novate.cli.output import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("market", nargs="?", metavar="MARKET")
    parser.add_argument("--limit", type=int, default=50, help="rows at most (%(default)s)")
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask for them."""
    with trader(arguments) as client:
        found = client.fills(arguments.market, arguments.limit)
    head = ("time", "market", "side", "price", "size", "role", "fee", "order", "batch")

    def text() -> str:
        rows = [
            (
                moment(one.time),
                one.symbol,
                one.side,
                shown(one.price),
                shown(one.size),
                one.role,
                shown(one.fee),
                shown(one.order_id),
                one.batch,
            )
            for one in found.fills
        ]
        return table(head, rows) if rows else "no fills"

    return Answer(plain(found), text)
