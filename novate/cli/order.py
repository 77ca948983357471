"""``novate order``: place a limit order, or with ``--slippage`` a market order."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, number, plain, shown, trader
from novate.cli.receipts import configure_wait, finished


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("market", metavar="MARKET")
    parser.add_argument("side", choices=("buy", "sell"))
    parser.add_argument("size", type=number, metavar="SIZE", help="in the base asset")
    parser.add_argument("price", type=number, nargs="?", metavar="PRICE", help="limit; none with --slippage")
    parser.add_argument("--slippage", type=number, help="market order: this share beyond the best price, 0.001 say")
    parser.add_argument("--tif", choices=("gtc", "ioc", "fok"), help="time in force (gtc, of market orders ioc)")
    parser.add_argument("--post-only", action="store_true", help="refuse it if it would take")
    parser.add_argument("--reduce-only", action="store_true", help="never more than closes the position")
    parser.add_argument("--client-id", type=int, default=0, help="your own mark, 0 to 2^24 - 1")
    parser.add_argument("--lifetime", type=int, help="seconds that it may wait and rest (a day)")
    parser.add_argument("--preview", action="store_true", help="say what would become of it, and send nothing")
    configure_wait(parser)
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Sign it and send it, or only ask."""
    named = ("slippage", "tif", "post_only", "reduce_only", "client_id", "lifetime")
    terms = (arguments.market, arguments.side, arguments.size, arguments.price)
    options = {name: getattr(arguments, name) for name in named}
    with trader(arguments) as client:
        if arguments.preview:
            return previewed(client.preview(*terms, **options))
        return finished(client, client.order(*terms, **options), arguments)


def previewed(found) -> Answer:
    """What would be, with margin before and after."""

    def text() -> str:
        if found.refusal:
            lines = [f"would be refused: {found.refusal.code}: {found.refusal.message}"]
            lines += [f"  {name}: {value}" for name, value in found.refusal.details.items()]
        elif found.would_be:
            lines = [f"would be {found.would_be.code}, {len(found.would_be.fills)} fills"]
        else:
            lines = ["nothing can be said"]
        for name in ("equity", "required"):
            before, after = getattr(found, f"{name}_before"), getattr(found, f"{name}_after")
            lines.append(f"  {name:<9} {shown(before)} -> {shown(after)}")
        return "\n".join(lines)

    return Answer({"preview": plain(found)}, text)
