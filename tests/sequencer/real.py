"""A directory with sealed batches of class XS that really prove, and the judge with the real keys."""

import os
import subprocess
import sys
from pathlib import Path

from circuits.native import Native
from sequencer.desk import Desk
from sequencer.judge import KeyFolder
from tests.keys import smallest_key
from tests.sequencer.house import trade
from tests.sequencer.provers import TOKEN, desk_of
from tests.sequencer.test_real_prover import begin


def sealed(directory: Path, batches: int) -> None:
    """So many, with little in each."""
    with Native() as native:
        house = begin(directory, native)
        for _ in range(batches):
            list(trade(house, house.source, 2))
            house.seal().result(10)
        house.stop(seal=False)


def desk(directory: Path, **options) -> Desk:
    """A desk whose judge is the real one, on the machine's own clock."""
    import time

    key, folder = smallest_key()
    judge = KeyFolder(folder, [key])
    return desk_of(directory, lambda: time.time_ns() // 1_000_000, judge, **options)


def command(part: str, address: str, folder: Path, *more: str) -> subprocess.Popen:
    """``novate prover ...`` as a process of its own."""
    token = folder / "token"
    token.write_text(TOKEN + "\n")
    _, keys = smallest_key()
    words = ["prover", part, "--url", address, "--token-file", str(token), *more]
    if part != "jobs":
        words += ["--keys", str(keys), "--class", "XS"]
    return subprocess.Popen(
        [sys.executable, "-m", "novate.cli.main", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
