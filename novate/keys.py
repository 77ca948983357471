"""Development keys, made when they are first needed, with a bar for each phase of the work."""

from pathlib import Path

from circuits.prover import Key, Progress, setup
from novate.screen import Screen

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

        def tell(progress: Progress) -> None:
            name = f"{PHASES.get(progress.phase, progress.phase)} ({size_class})"
            bars.show(progress.phase, name, progress.fraction, progress.seconds)

        return setup(size_class, folder.absolute(), tell, again=again)
