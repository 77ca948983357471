"""Development keys, made when they are first needed, with a bar for each phase of the work."""

from collections.abc import Callable
from pathlib import Path

from circuits.prover import Key, Progress, setup
from novate.screen import Bars, Screen

PHASES = {
    "load system": "load the circuit",
    "compile": "compile the circuit",
    "load keys": "load the keys",
    "scalars": "set up: scalars",
    "points": "set up: points",
    "write": "write the keys",
}


def made(size_class: str, folder: Path, screen: Screen | None = None, again: bool = False) -> Key:
    """Keys of a class, made if the folder has none that fit; raises ``ProverError``.

    A run that was interrupted begins again after the compiled circuit, which is kept: going on in the middle would mean
    to keep the secrets.
    """
    screen = screen or Screen()
    folder.mkdir(parents=True, exist_ok=True)
    with screen.bars() as bars:
        return setup(size_class, folder.absolute(), shown_by(bars, size_class), again=again)


def shown_by(bars: Bars, size_class: str) -> Callable[[Progress], None]:
    """What hears of a set-up's progress and moves a bar for each of its phases."""

    def tell(progress: Progress) -> None:
        name = f"{PHASES.get(progress.phase, progress.phase)} ({size_class})"
        bars.show(progress.phase, name, progress.fraction, progress.seconds)

    return tell
