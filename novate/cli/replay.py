"""``novate replay``: any capture, through engine, proof and chain, or through the engine alone."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli import demo
from novate.cli.command import Answer
from novate.cli.output import table
from novate.errors import NovateError

if TYPE_CHECKING:
    from novate.replay.alone import Alone

STRIDE = 30
"""Recorded seconds from one line of progress to the next."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("feeds", nargs="+", type=Path, metavar="FEED", help="captures of 1 to 8 markets")
    parser.add_argument("--no-prove", action="store_true", help="the engine alone: no chain, no proof, no pace")
    demo.pace(parser, None)
    demo.common(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Play the captures."""
    if not arguments.no_prove:
        return demo.played(arguments, tuple(arguments.feeds))
    if arguments.out:
        raise NovateError("NOTHING_PROVEN", "--out writes batches that were proven", fix="leave out --no-prove")
    from novate.replay.alone import replay_alone
    from novate.screen import Screen

    screen = Screen()

    def each(place: int) -> None:
        if place % STRIDE == 0:
            screen.say(f"{place} recorded seconds")

    found = replay_alone(arguments.feeds, arguments.size_class, arguments.seed, arguments.seconds, each)
    return Answer(data_of(found), lambda: text_of(found))


def data_of(found: "Alone") -> dict:
    """What it came to, as one object."""
    tally = found.tally
    return {
        "seconds": round(found.took, 2),
        "recorded_seconds": tally.seconds,
        "sent": dict(tally.sent),
        "codes": dict(tally.codes),
        "markets": [tally.summary(number)._asdict() for number in range(len(found.markets))],
        "all_markets": tally.summary()._asdict(),
        "batches": [
            {"number": batch.number, "fills": len(batch.fills), "root_after": hex(batch.root_after), "used": batch.used}
            for batch in found.batches
        ],
        "root": hex(found.batches[-1].root_after),
    }


def text_of(found: "Alone") -> str:
    """Batches, volumes and the root that the engine ended at."""
    from novate.replay.outcome import shares
    from novate.report.money import short
    from novate.report.text import volume

    rows = []
    for batch in found.batches:
        share = shares(batch.size_class, batch.used.items())
        fullest = max(share, key=share.__getitem__)
        actions, fills = len(batch.receipts), len(batch.fills)
        rows.append((batch.number, actions, fills, f"{fullest} {share[fullest]:.0%}", short(batch.root_after)))
    batches = table(("batch", "actions", "fills", "fullest", "root after"), rows)
    end = f"root {found.batches[-1].root_after:#066x}\n{found.took:.1f} s"
    return f"{batches}\n\n{volume(found.tally)}\n\n{end}"
