"""``novate orders``: an account's orders in the book, or all there ever were."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, moment, plain, shown, trader
from novate.cli.output import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("market", nargs="?", metavar="MARKET")
    parser.add_argument("--all", action="store_true", help="those that ended too, newest first")
    parser.add_argument("--limit", type=int, default=100, help="rows at most (%(default)s)")
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask for them."""
    with trader(arguments) as client:
        found = client.orders(arguments.market, None if arguments.all else "open", arguments.limit)
    head = ("order", "market", "side", "price", "size", "left", "status", "expires", "client")

    def text() -> str:
        rows = [
            (
                one.order_id,
                one.symbol,
                one.side,
                shown(one.price),
                shown(one.size),
                shown(one.remaining),
                one.status,
                moment(1000 * one.expiry),
                one.client,
            )
            for one in found.orders
        ]
        return table(head, rows) if rows else "no orders"

    return Answer(plain(found), text)
