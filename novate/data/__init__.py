"""Recorded trading that ships with the package; where it comes from is in SOURCE.md beside this file."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
SECONDS = 120
"""Recorded time in the cut."""
LEVELS = 50
"""Levels of each side that are as recorded throughout the cut."""


class Source(NamedTuple):
    """A capture that was cut, and the digests of what went in and what came out (uncompressed)."""

    file: str
    digest: str
    content: str


SOURCES = {
    "usdm_btcusdt.gz": Source(
        "usdm_btcusdt_20240808.gz",
        "0ad7b3a0f5cff220761ea890cfd6e3c15f6899edc7f94637ec915043d7a72251",
        "30be44e898f092c035de8f6f3e26f7067b5ee36b08e6af1466fba37472f2c5b8",
    ),
    "usdm_ethusdt.gz": Source(
        "usdm_ethusdt_20240808.gz",
        "6b76bc224bbb7fe402e7206066775e17e18dbc697247fbab8ebcc38289a3f772",
        "15ba23b26bf3ce2bd168947ed0354408a5434e573db80726549d3b286995fe48",
    ),
}


def demo_captures() -> list[Path]:
    """The captures of the demo: BTC and ETH perpetuals."""
    return [FOLDER / name for name in SOURCES]
