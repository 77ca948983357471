"""``novate reset``: remove the state of the services: journal, chain, accounts, logs. Keys of circuits stay."""

import argparse
from pathlib import Path

from novate.cli.command import Answer


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> Answer:
    """Say how much, ask, remove. Raises ``NovateError`` (ALREADY_RUNNING, NOT_CONFIRMED)."""
    from novate.service.backups import moved_aside
    from novate.service.folder import folder_of
    from novate.service.removal import confirmed, refuse_if_running, removed

    folder = folder_of(arguments.data)
    refuse_if_running(folder)
    what = {
        "the state of the services, trading keys of their accounts included": [folder.root],
        "what a restore moved aside, with its keys": moved_aside(folder),
    }
    return removed(what, confirmed(what, arguments.yes))
