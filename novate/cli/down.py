"""``novate down``: stop what ``novate up`` started; everything stays on the disk."""

import argparse
from pathlib import Path

from novate.cli.command import Answer


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")


def run(arguments: argparse.Namespace) -> Answer:
    """Stop the processes, and say what is left on the disk."""
    from novate.service.folder import folder_of, size_of
    from novate.service.up import bring_down

    folder = folder_of(arguments.data)
    folder.read()
    stopped = bring_down(folder)
    files, count = size_of(folder.root)
    data = {"stopped": stopped, "folder": str(folder.root), "files": files, "bytes": count}
    told = f"stopped {', '.join(stopped)}" if stopped else "nothing ran"
    kept = f"{folder.root} keeps the state: {files} files, {count / 1e6:.1f} MB"
    return Answer(data, f"{told}\n{kept}; 'novate up' goes on from there, 'novate reset' removes it")
