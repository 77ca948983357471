"""Removing things: how much it is, whether that is wanted, and then all of it."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from novate.cli.command import Answer
from novate.cli.output import note
from novate.errors import NovateError
from novate.service.folder import Folder, size_of
from novate.service.processes import NAMES, SUPERVISOR, running

Targets = Mapping[str, Sequence[Path]]
"""What is removed, in words, and where it is."""


def refuse_if_running(folder: Folder) -> None:
    """Raises ``NovateError`` (ALREADY_RUNNING) while services run on the folder."""
    found = [name for name in (SUPERVISOR, *NAMES) if running(folder, name)]
    if found:
        raise NovateError("ALREADY_RUNNING", f"{', '.join(found)} still run", fix="novate down")


def amounts(what: Targets) -> list[dict]:
    """A row a target: where, how many files, how many bytes."""
    rows = []
    for words, paths in what.items():
        for path in paths:
            files, count = size_of(path)
            rows.append({"what": words, "folder": str(path), "files": files, "bytes": count})
    return rows


def confirmed(what: Targets, is_sure: bool) -> list[dict]:
    """How much it is; asks on a terminal unless told not to. Raises ``NovateError`` (NOT_CONFIRMED)."""
    rows = amounts(what)
    for row in rows:
        note(f"{row['folder']}: {row['files']} files, {row['bytes'] / 1e6:.1f} MB ({row['what']})")
    if not is_sure and (
        not sys.stdin.isatty() or input("remove all of it? [y/N] ").strip().lower() not in ("y", "yes")
    ):
        raise NovateError("NOT_CONFIRMED", "nothing was removed", fix="--yes")
    return rows


def removed(what: Targets, rows: list[dict]) -> Answer:
    """Remove it, and say so."""
    for paths in what.values():
        for path in paths:
            shutil.rmtree(path, ignore_errors=False) if path.exists() else None
    total = sum(row["bytes"] for row in rows)
    return Answer({"removed": rows, "bytes": total}, f"removed {total / 1e6:.1f} MB")
