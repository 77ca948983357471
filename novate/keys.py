"""Keys at hand: made when they are first needed, with a bar for each phase; found; their circuits compared."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from circuits.keyfolder import keys, pins
from circuits.prover import Key, Progress, setup
from novate.errors import NovateError
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


def key_named(wanted: str, folder: Path) -> Key:
    """The key of a class, or whose digest or circuit begins so; raises ``NovateError`` (NO_SUCH_KEY)."""
    at_hand = keys(folder)
    found = [key for key in at_hand if wanted == key.class_name or key.digest.startswith(wanted)]
    found = found or [key for key in at_hand if key.system.startswith(wanted)]
    if len(found) != 1:
        fix = "more digits" if found else "novate keys list"
        raise NovateError("NO_SUCH_KEY", f"{len(found)} keys in {folder} go by {wanted}", fix=fix, found=len(found))
    return found[0]


def recorded_systems(size_class: str, folder: Path, against: Path | None) -> list[tuple[str, str]]:
    """Where a class's circuit is named, and its digest: the pin, keys in a folder, a file.

    Raises ``NovateError`` (NAMES_NO_CIRCUIT) for a file that names none.
    """
    found = [("these sources", pins()[size_class])]
    found += [(f"key {key.digest[:16]}", key.system) for key in keys(folder) if key.class_name == size_class]
    if against is not None:
        found += [(str(against), system) for system in circuits_of(against, size_class)]
    return found


def circuits_of(path: Path, size_class: str) -> Iterator[str]:
    """The circuit that a key's record names, or a deployment's record (its ``key`` or ``keys``), for a class."""
    try:
        named = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise NovateError("NAMES_NO_CIRCUIT", f"{path} cannot be read: {error}") from None
    records = [named, named.get("key"), *(named.get("keys") or ())] if isinstance(named, dict) else []
    systems = [
        record.get("system") or record.get("circuit")
        for record in records
        if isinstance(record, dict) and record.get("class") == size_class
    ]
    if not any(systems):
        raise NovateError(
            "NAMES_NO_CIRCUIT", f"{path} names no circuit of class {size_class}", fix="name another class"
        )
    yield from filter(None, systems)
