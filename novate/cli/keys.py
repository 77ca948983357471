"""``novate keys``: keys of the size classes, for development or by a ceremony, and the circuits that they are for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.circuits import classes
from novate.cli.command import Answer, data_argument
from novate.cli.main import parts
from novate.cli.output import table
from novate.errors import Exit

if TYPE_CHECKING:
    from circuits.prover import Key


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    found = parts(
        parser,
        {
            "dev": "make development keys of a size class, unless there are some that fit its circuit",
            "list": "the keys at hand: class, circuit, digest, kind, size",
            "show": "one key with its record, or all of them as in list",
            "rebuild": "compile a circuit from these sources and compare its digest with what is recorded",
            "ceremony": "keys that several people make: docs/ceremony.md",
        },
    )
    for part in found.values():
        data_argument(part, "keys and runs")
    classes(found["dev"], "S")
    found["dev"].add_argument("--again", action="store_true", help="make new ones even so")
    found["show"].add_argument("key", nargs="?", help="a class, or the first digits of a key's or a circuit's digest")
    classes(found["rebuild"], "XS")
    found["rebuild"].add_argument(
        "--against", type=Path, metavar="FILE", help="also with the circuit that this key record or service.json names"
    )
    ceremony = found["ceremony"]
    ceremony.add_argument("step", choices=("begin", "contribute", "verify", "finish"), help="what to do")
    ceremony.add_argument("--folder", type=Path, required=True, help="of the ceremony: contributors pass it on")
    ceremony.add_argument(
        "--class", dest="size_class", default="", metavar="CLASS", help="begin: a class, or rehearsal"
    )
    ceremony.add_argument("--beacon", default="", metavar="HEX", help="finish: public randomness, 16 bytes or more")
    ceremony.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="DIGEST",
        help="verify: a contribution or transcript that was published must be there; may be repeated",
    )


def run(arguments: argparse.Namespace) -> Answer:
    """Make keys, list them, or compare circuits."""
    from novate.home import Home

    folder = Home(arguments.data).keys
    if arguments.part == "ceremony":
        from novate.cli.ceremony import held

        return held(arguments, folder)
    if arguments.part == "rebuild":
        return rebuilt(arguments, folder)
    if arguments.part == "dev":
        from novate.keys import made

        return listed(folder, [made(arguments.size_class, folder, again=arguments.again)])
    from circuits.keyfolder import keys

    wanted = getattr(arguments, "key", None)
    return described(wanted, folder) if wanted else listed(folder, keys(folder))


def about(key: "Key", folder: Path) -> dict[str, object]:
    """A key as an object."""
    return {
        "class": key.class_name,
        "constraints": key.constraints,
        "system": key.system,
        "digest": key.digest,
        "development": key.development,
        "label": key.label,
        "transcript": None if key.development else key.transcript.hex(),
        "proving_bytes": size_of(folder / f"{key.class_name}-{key.system[:16]}.proving"),
    }


def listed(folder: Path, found: list["Key"]) -> Answer:
    """One row a key."""
    rows = [about(key, folder) for key in found]
    return Answer({"folder": str(folder), "keys": rows}, lambda: text_of(folder, rows))


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
            one["label"],
            (one["transcript"] or "")[:16],
            f"{one['proving_bytes'] / 2**20:,.0f} MiB",
        )
        for one in listed
    ]
    return table(("class", "constraints", "circuit", "key", "kind", "transcript", "proving key"), rows)


def described(wanted: str, folder: Path) -> Answer:
    """One key with its whole record; raises ``NovateError`` (NO_SUCH_KEY)."""
    from novate.keys import key_named

    key = key_named(wanted, folder)
    found = about(key, folder)
    rows = [(name, f"{value:,}" if type(value) is int else str(value)) for name, value in found.items()]
    return Answer({**found, "record": key.points}, lambda: table(("", ""), rows))


def rebuilt(arguments: argparse.Namespace, folder: Path) -> Answer:
    """Compile, and compare with the pin of these sources, with keys at hand, and with a file that names a circuit."""
    from novate.cli.output import note
    from novate.keys import recorded_systems

    name = arguments.size_class
    recorded = recorded_systems(name, folder, arguments.against)
    note(f"compiling class {name} ...")
    from circuits.prover import digest

    built = digest(name)
    compared = [{"where": where, "system": system, "same": system == built} for where, system in recorded]
    is_same = all(one["same"] for one in compared)
    data = {"class": name, "system": built, "same": is_same, "compared": compared}
    rows = [(one["where"], one["system"][:32], "same" if one["same"] else "DIFFERS") for one in compared]
    text = f"class {name} compiles to {built}"
    return Answer(
        data,
        lambda: f"{text}\n\n{table(('recorded in', 'circuit', ''), rows)}",
        Exit.OK if is_same else Exit.VERIFICATION_FAILED,
    )
