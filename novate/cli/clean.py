"""``novate clean``: remove what can be made again: proving keys and built programs."""

import argparse
from pathlib import Path

from novate.cli.command import Answer


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> Answer:
    """Say how much, ask, remove. Raises ``NovateError`` (ALREADY_RUNNING, NOT_CONFIRMED)."""
    from circuits.build import tools_folder
    from novate.service.folder import folder_of
    from novate.service.removal import confirmed, refuse_if_running, removed

    folder = folder_of(arguments.data)
    refuse_if_running(folder)
    what = {
        "proving keys: batches that they prove can be proven no more by this contract": [folder.keys],
        "built programs": [tools_folder() / "bin"],
    }
    return removed(what, confirmed(what, arguments.yes))
