"""``novate demo``: the whole path on recorded trading, from deposits to claimed withdrawals."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.circuits import classes
from novate.cli.command import Answer, data_argument
from novate.errors import Exit

if TYPE_CHECKING:
    from novate.replay.outcome import Outcome

SECONDS = 64
"""Recorded seconds that the demo replays."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    pace(parser, SECONDS)
    common(parser)


def pace(parser: argparse.ArgumentParser, length: int | None) -> None:
    """How fast and how long."""
    parser.add_argument("--speed", type=positive, default=2.0, help="recorded seconds a second (%(default)s)")
    text = f"recorded seconds ({length})" if length else "recorded seconds (all)"
    parser.add_argument("--seconds", type=count, default=length, help=text)


def common(parser: argparse.ArgumentParser) -> None:
    """What every full replay takes."""
    classes(parser, "S")
    parser.add_argument("--seed", type=int, default=7, help="of keys and noise (%(default)s)")
    data_argument(parser, "keys and runs")
    parser.add_argument("--out", type=Path, help="folder for fills.csv, batches.csv, manifest.json and report.html")


def positive(text: str) -> float:
    """A speed; raises ``ValueError``, which is a usage error."""
    speed = float(text)
    if not 0 < speed <= 1000:
        raise ValueError(text)
    return speed


def count(text: str) -> int:
    """A number from 1; raises ``ValueError``, which is a usage error."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run(arguments: argparse.Namespace) -> Answer:
    """Play the shipped recording."""
    from novate.data import demo_captures

    return played(arguments, tuple(demo_captures()))


def played(arguments: argparse.Namespace, captures: tuple[Path, ...]) -> Answer:
    """Play captures, write the files if asked to, and answer with what it came to."""
    from novate.home import Home
    from novate.replay.full import FullReplay
    from novate.replay.plan import Plan
    from novate.screen import Screen

    plan = Plan(captures, arguments.size_class, arguments.speed, arguments.seconds, arguments.seed)
    outcome = FullReplay(plan, Home(arguments.data), Screen()).play()
    return answer(outcome, arguments.out)


def answer(outcome: "Outcome", out: Path | None) -> Answer:
    """The tables; exit code 1 if something does not add up, 4 if a lie was taken."""
    from novate.report.files import summary, write
    from novate.report.text import text_of

    written = write(outcome, out) if out else []
    data = {**summary(outcome), "files": [str(path) for path in written]}
    exit_code = Exit.OK if all(holds for _, holds, _ in outcome.books.checks()) else Exit.FAILED_CHECK
    if outcome.forgery and not outcome.forgery.is_refused:
        exit_code = Exit.VERIFICATION_FAILED

    def text() -> str:
        wrote = "\n\n" + "\n".join(f"wrote {path}" for path in written) if written else ""
        return f"\n{text_of(outcome)}{wrote}\n\n{outcome.seconds:.0f} s in all. Ask further: novate batch list"

    return Answer(data, text, exit_code)
