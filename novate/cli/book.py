"""``novate book``: a market's levels now, or live in the terminal with ``--watch``."""

import argparse
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.desk import configure_service, plain, reader, shown
from novate.cli.output import json_text, table

if TYPE_CHECKING:
    from novate.cli.ladder import Ladder
    from novate.client import Client

REDRAW = 0.1
"""Seconds from one picture to the next."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("market", metavar="MARKET")
    parser.add_argument("--depth", type=depth, default=10, help="levels of each side (%(default)s)")
    parser.add_argument("--watch", action="store_true", help="keep it up to date; with --json a line for each change")
    parser.add_argument("--seconds", type=float, help="watch for so long (until interrupted)")
    configure_service(parser)


def depth(text: str) -> int:
    """A number of levels; raises ``ValueError``, which is a usage error."""
    levels = int(text)
    if not 1 <= levels <= 500:
        raise ValueError(text)
    return levels


def run(arguments: argparse.Namespace) -> Answer:
    """One picture, or many."""
    with reader(arguments) as client:
        if arguments.watch:
            return watched(client, arguments)
        book = client.book(arguments.market, arguments.depth)
    data = {"book": plain(book)}

    def text() -> str:
        rows = [(shown(one.price), shown(one.size), one.orders, "ask") for one in reversed(book.asks)]
        rows += [(shown(one.price), shown(one.size), one.orders, "bid") for one in book.bids]
        return table(("price", "size", "orders", "side"), rows) if rows else "the book is empty"

    return Answer(data, text)


def watched(client: "Client", arguments: argparse.Namespace) -> Answer:
    """Show the book until the time is over or somebody interrupts."""
    from novate.cli.ladder import Ladder

    market = arguments.market
    lot = next((one.lot for one in client.markets() if one.symbol == market), None)
    ladder = Ladder(market, arguments.depth, lot)
    begun = time.monotonic()
    with suppress(KeyboardInterrupt):
        follow(client, ladder, arguments, begun + (arguments.seconds or float("inf")))
    data = {"market": market, "updates": ladder.updates, "seconds": round(time.monotonic() - begun, 1)}
    text = f"{ladder.updates} updates in {data['seconds']} s"
    return Answer({**data, "book": ladder.as_dict()}, text, is_line=True)


def follow(client: "Client", ladder: "Ladder", arguments: argparse.Namespace, until: float) -> None:
    """Take updates in, and draw or print."""
    market = arguments.market
    with (
        client.stream(f"book.{market}", f"trades.{market}", f"ticker.{market}") as stream,
        ladder.screen(not arguments.json) as draw,
    ):
        drawn = 0.0
        while time.monotonic() < until:
            updates = stream.next(timeout=REDRAW)
            for update in updates:
                ladder.take(update)
            if arguments.json:
                for update in updates:
                    if update.channel.startswith("book."):
                        print(json_text(ladder.as_dict(), is_line=True), flush=True)
            elif time.monotonic() - drawn >= REDRAW:
                drawn = time.monotonic()
                draw(stream)
