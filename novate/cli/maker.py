"""``novate maker``: simulated makers and takers trade the recorded markets, so that a devnet's book is alive."""

import argparse
import time
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.demo import count, positive
from novate.cli.desk import folder_of

if TYPE_CHECKING:
    from collections import Counter

TAKERS = 4
LEVELS = 8
EVERY = 10
"""Seconds from one line to the next."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    from pathlib import Path

    parser.add_argument("--markets", type=names, metavar="A,B", help="markets to quote (all that are recorded)")
    parser.add_argument("--makers", type=count, default=2, help="makers of each market (%(default)s)")
    parser.add_argument("--accounts", type=count, help=f"accounts in all (makers and {TAKERS} takers)")
    about = f"levels a side that each maker quotes ({LEVELS}, or as many as fit a batch of the size class)"
    parser.add_argument("--levels", type=levels, help=about)
    parser.add_argument("--speed", type=positive, default=1.0, help="recorded seconds a second (%(default)s)")
    parser.add_argument("--seconds", type=positive_seconds, help="trade for so long (until interrupted)")
    parser.add_argument("--seed", type=int, default=7, help="of who takes (%(default)s)")
    parser.add_argument("--leave", action="store_true", help="leave the quotes in the book at the end")
    parser.add_argument("--data", type=Path, help="folder of the services (NOVATE_HOME, else .novate)")


def names(text: str) -> list[str]:
    """Symbols; raises ``ValueError``, which is a usage error."""
    found = [name for name in text.split(",") if name]
    if not found:
        raise ValueError(text)
    return found


def levels(text: str) -> int:
    """A number that a sheet has room for on both sides; raises ``ValueError``."""
    from rollup.layout import SHEET_ITEMS

    if not 1 <= int(text) <= SHEET_ITEMS // 2:
        raise ValueError(text)
    return int(text)


def positive_seconds(text: str) -> float:
    """A time; raises ``ValueError``."""
    if not float(text) > 0:
        raise ValueError(text)
    return float(text)


def run(arguments: argparse.Namespace) -> Answer:
    """Open what is missing, and trade."""
    import asyncio

    counts, seconds = asyncio.run(trade(arguments))
    data = {"seconds": round(seconds, 1), **dict(sorted(counts.items()))}
    return Answer(data, lambda: f"{line(counts)} in {seconds:.0f} s")


async def trade(arguments: argparse.Namespace) -> "tuple[Counter[str], float]":
    """Everything between opening accounts and taking the quotes back. Raises ``NovateError`` and ``ClientError``."""
    import asyncio
    from contextlib import suppress

    from novate.client import AsyncClient
    from novate.client.local import base, service_of
    from novate.maker import cast, recording
    from novate.maker.floor import Floor
    from novate.screen import Screen

    folder, screen = folder_of(arguments), Screen()
    wide = fitting(arguments.levels, service_of(folder).size_class)
    async with AsyncClient(**base(folder)) as reader:
        listed = {one.symbol: one for one in await reader.markets()}
    units = {symbol: (one.lot, one.tick_units) for symbol, one in listed.items()}
    markets = recording.chosen(arguments.markets, units)
    takers = TAKERS if arguments.accounts is None else arguments.accounts - arguments.makers * len(markets)
    money = cast.wanted(len(markets), arguments.makers, at_least_one(takers))
    files = await asyncio.to_thread(cast.opened, folder, money, screen)
    company = await cast.company(folder, files, len(markets), arguments.makers)
    begun = time.monotonic()
    try:
        numbers = [listed[market.name].market for market in markets]
        floor = Floor(markets, numbers, company, wide, arguments.seed)
        told = Told(screen, floor.counts, begun)
        until = begun + (arguments.seconds or float("inf"))
        with suppress(asyncio.CancelledError):  # an interrupt ends the trading, and the quotes are taken back
            await floor.run(recording.forever(markets, floor.depth), arguments.speed, until, told)
        if not arguments.leave:
            await floor.leave()
    finally:
        await company.close()
    return floor.counts, time.monotonic() - begun


def fitting(asked: int | None, size_class: str) -> int:
    """Levels a side whose sheet fits an empty batch of a class; raises ``NovateError`` (TOO_MANY_LEVELS)."""
    from novate.errors import NovateError
    from rollup.layout import CLASSES

    slots = CLASSES[size_class].slots
    most = min(slots["quotes"], slots["item_burns"]) // 2
    if asked is not None and asked > most:
        text = f"a batch of class {size_class} has no room for sheets of more than {most} levels a side"
        raise NovateError("TOO_MANY_LEVELS", text, fix=f"--levels {most}", asked=asked, most=most)
    return min(LEVELS, most) if asked is None else asked


def at_least_one(takers: int) -> int:
    """The number itself; raises ``NovateError`` (TOO_FEW_ACCOUNTS)."""
    from novate.errors import NovateError

    if takers < 1:
        raise NovateError("TOO_FEW_ACCOUNTS", "makers and at least one taker need more accounts", short=1 - takers)
    return takers


class Told:
    """Says from time to time what happened."""

    def __init__(self, screen, counts: "Counter[str]", begun: float) -> None:
        self._screen = screen
        self._counts = counts
        self._next = begun + EVERY

    def __call__(self, second: int) -> None:
        """A recorded second was played."""
        if time.monotonic() >= self._next:
            self._next += EVERY
            self._screen.say(f"{second} recorded seconds: {line(self._counts)}")


def line(counts: "Counter[str]") -> str:
    """The counts in a sentence."""
    known = [f"{counts[name]} {name}" for name in ("sheets", "quotes", "orders", "fills")]
    codes = {name.removeprefix("refused "): n for name, n in sorted(counts.items()) if name.startswith("refused ")}
    refused = ", ".join(f"{code} {n}" for code, n in codes.items())
    return ", ".join(known) + (f"; refused: {refused}" if refused else "")
