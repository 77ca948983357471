"""``novate backup``: everything that makes these services, in one file, while they run or not."""

import argparse
from pathlib import Path

from novate.cli.command import Answer


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="file to write: it will hold secrets")
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")


def run(arguments: argparse.Namespace) -> Answer:
    """Take it."""
    from novate.service.backups import take
    from novate.service.folder import folder_of

    taken = take(folder_of(arguments.data), arguments.file)
    size = arguments.file.stat().st_size
    data = {"file": str(arguments.file), "bytes": size, "sequence": taken.sequence, "sealed": taken.sealed}
    text = f"{arguments.file}: record {taken.sequence}, batch {taken.sealed}, {size / 1e6:.1f} MB, secrets included"
    return Answer(data, text)
