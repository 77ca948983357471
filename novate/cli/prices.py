"""``novate prices``: marks of the batch in progress, and who reported what."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_service, plain, reader, shown
from novate.cli.output import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    configure_service(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask for them."""
    with reader(arguments) as client:
        prices, tickers = client.prices(), {one.symbol: one for one in client.tickers()}

    def text() -> str:
        rows = []
        for mark in prices.marks:
            ticker = tickers.get(mark.symbol)
            best = (ticker.bid, ticker.ask, ticker.last) if ticker else (None,) * 3
            age = f"{mark.age_ms / 1000:.1f} s" if mark.round else "-"
            rows.append([mark.symbol, shown(mark.mark), *map(shown, best), age, "yes" if mark.is_fresh else "no"])
        lines = [table(("market", "mark", "bid", "ask", "last", "age", "fresh"), rows)]
        if prices.reports:
            symbols = [mark.symbol for mark in prices.marks]
            reports = [[one.reporter, *(shown(one.prices.get(name)) for name in symbols)] for one in prices.reports]
            lines += ["", f"round {prices.round}, batch {prices.batch}:", table(("reporter", *symbols), reports)]
        return "\n".join(lines)

    return Answer({"prices": plain(prices), "tickers": plain(list(tickers.values()))}, text)
