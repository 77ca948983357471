"""``novate sheet``: many quotes under one signature, in place of those that are there."""

import argparse
import csv
import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.desk import configure_account, number, trader
from novate.cli.receipts import configure_wait, finished
from novate.errors import NovateError

if TYPE_CHECKING:
    from novate.client.building import Quote

FORMS = """a file is CSV with the columns side,price,size and, if wanted, post_only,reduce_only,tif;
or JSON: [{"side": "buy", "price": "60000", "size": "0.5"}, ...]. - reads standard input."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.epilog = FORMS
    parser.add_argument("market", metavar="MARKET")
    parser.add_argument("--bid", action="append", default=[], type=pair, metavar="PRICExSIZE", help="may be repeated")
    parser.add_argument("--ask", action="append", default=[], type=pair, metavar="PRICExSIZE", help="may be repeated")
    parser.add_argument("--file", metavar="FILE", help="quotes from a CSV or JSON file")
    parser.add_argument("--keep", action="store_true", help="add to the quotes that are there")
    parser.add_argument("--lifetime", type=int, default=3600, help="seconds that the quotes rest (%(default)s)")
    configure_wait(parser)
    configure_account(parser)


def pair(text: str) -> tuple[Decimal, Decimal]:
    """Price and size; raises ``ValueError``, which is a usage error."""
    price, _, size = text.partition("x")
    return number(price), number(size)


def run(arguments: argparse.Namespace) -> Answer:
    """Sign the sheet and send it."""
    listed = read(arguments.file) if arguments.file else []
    bids = [*arguments.bid, *(one for one in listed if one.side == "buy")]
    asks = [*arguments.ask, *(one for one in listed if one.side == "sell")]
    with trader(arguments) as client:
        receipt = client.sheet(arguments.market, bids, asks, replace=not arguments.keep, lifetime=arguments.lifetime)
        return finished(client, receipt, arguments)


def read(name: str) -> "list[Quote]":
    """Quotes of a file. Raises ``NovateError`` (SHEET_UNREADABLE)."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NovateError("SHEET_UNREADABLE", f"{name}: {error}") from error
    try:
        if text.lstrip().startswith("["):
            rows = json.loads(text, parse_float=Decimal)
        else:
            rows = list(csv.DictReader(io.StringIO(text)))
        return [quote(row) for row in rows]
    except (csv.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NovateError("SHEET_UNREADABLE", f"{name} is no list of quotes: {error!r}", fix=FORMS) from error


def quote(row: dict) -> "Quote":
    """One quote; raises ``ValueError``, ``KeyError``."""
    from novate.client.building import Quote

    if row["side"] not in ("buy", "sell"):
        raise ValueError(f"side {row['side']!r}")
    price, size = (number(str(row[name])) for name in ("price", "size"))
    post_only = flag(row.get("post_only") or "true")
    return Quote(row["side"], price, size, post_only, flag(row.get("reduce_only") or "false"), row.get("tif") or "gtc")


def flag(value: object) -> bool:
    """Yes or no; raises ``ValueError``."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    text = str(value).strip().lower()
    if text not in words:
        raise ValueError(f"{value!r} is neither true nor false")
    return words[text]
