"""``novate restore``: put a backup in the place of the services' state."""

import argparse
from pathlib import Path

from novate.cli.command import Answer


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what 'novate backup' wrote")
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
    parser.add_argument("--yes", action="store_true", help="move aside what is there")


def run(arguments: argparse.Namespace) -> Answer:
    """Put it back."""
    from novate.service.backups import restore
    from novate.service.folder import folder_of

    put, aside = restore(folder_of(arguments.data), arguments.file, arguments.yes)
    data = {"sequence": put.sequence, "sealed": put.sealed, "aside": str(aside) if aside else None}
    text = f"restored up to record {put.sequence}, batch {put.sealed}; 'novate up' goes on from there"
    return Answer(data, text + (f"\nwhat was there is in {aside}" if aside else ""))
