"""``novate keys``: development keys of the size classes."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.circuits import classes
from novate.cli.command import Answer
from novate.cli.main import parts
from novate.cli.output import table

if TYPE_CHECKING:
    from circuits.prover import Key


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    found = parts(
        parser,
        {
            "dev": "make development keys of a size class, unless there are some that fit its circuit",
            "show": "the keys at hand: class, circuit, digest, size",
        },
    )
    for part in found.values():
        part.add_argument("--data", type=Path, default=Path(".novate"), help="folder of keys and runs (%(default)s)")
    classes(found["dev"], "S")
    found["dev"].add_argument("--again", action="store_true", help="make new ones even so")


def run(arguments: argparse.Namespace) -> Answer:
    """Make keys, or list them."""
    from novate.home import Home

    folder = Home(arguments.data).keys
    if arguments.part == "show":
        from circuits.prover import keys

        return shown(folder, keys(folder))
    from novate.keys import made

    return shown(folder, [made(arguments.size_class, folder, again=arguments.again)])


def shown(folder: Path, found: list["Key"]) -> Answer:
    """One row a key."""
    listed = [
        {
            "class": key.class_name,
            "constraints": key.constraints,
            "system": key.system,
            "digest": key.digest,
            "development": key.development,
            "proving_bytes": size_of(folder / f"{key.class_name}-{key.system[:16]}.proving"),
        }
        for key in found
    ]
    return Answer({"folder": str(folder), "keys": listed}, lambda: text_of(folder, listed))


def size_of(path: Path) -> int:
    """Bytes of a file, 0 if it is gone."""
    return path.stat().st_size if path.exists() else 0


def text_of(folder: Path, listed: list[dict]) -> str:
    """The table, or how to make the first key."""
    if not listed:
        return f"no keys in {folder}; novate keys dev makes some"
    rows = [
        (
            one["class"],
            f"{one['constraints']:,}",
            one["system"][:16],
            one["digest"][:16],
            "development" if one["development"] else "ceremony",
            f"{one['proving_bytes'] / 2**20:,.0f} MiB",
        )
        for one in listed
    ]
    return table(("class", "constraints", "circuit", "key", "kind", "proving key"), rows)
