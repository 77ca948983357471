"""Backups of the services in one file, taken while they run, and put back.

A backup holds everything that makes them these services, secrets too: only its owner may read it. The chain's dump is
copied before the journal, so a node of our own comes back no newer than the journal, which looks like a reorganisation.
"""

import os
import shutil
import tarfile
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from novate.errors import NovateError
from novate.service.folder import PRIVATE, Folder
from novate.service.processes import NAMES, SUPERVISOR, running
from sequencer import backup, store
from sequencer.backup import Backup
from sequencer.history import FILE as HISTORY
from verifier.keeper import NOTE

ASIDE = "service-until-"
"""How the names of folders begin that were moved aside."""
SEQUENCER, CHAIN, ACCOUNTS = "sequencer", "chain", "accounts"


class Restored(NamedTuple):
    """What was put back, and where what was there before is now."""

    backup: Backup
    aside: Path | None


def take(folder: Folder, file: Path) -> Backup:
    """Write a backup to a file that is not there yet. Raises ``NovateError`` (NO_SERVICE, FILE_EXISTS)."""
    folder.read()
    if file.exists():
        raise NovateError("FILE_EXISTS", f"{file} is there already", file=str(file))
    with tempfile.TemporaryDirectory(dir=folder.root, prefix=".backup-") as made:
        target = Path(made)
        copy_others(folder, target)
        others = [path for path in folder.sequencer.glob("*.sqlite") if path.name not in (store.FILE, HISTORY)]
        taken = backup.take(folder.sequencer, target / SEQUENCER, tuple(others))
        building = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
                archive.add(target, arcname=".")
            out.flush()
            os.fsync(out.fileno())
        building.replace(file)
    return taken


def copy_others(folder: Folder, target: Path) -> None:
    """Everything but the sequencer's directory."""
    tokens = (folder.token_file, folder.prover_token_file)
    single = (folder.service, folder.genesis, folder.reporters, folder.keystore, folder.password, *tokens)
    for path in single:
        if path.exists():
            shutil.copy2(path, target / path.name)
    for path, name in ((folder.accounts, ACCOUNTS), (folder.chain, CHAIN)):
        (target / name).mkdir()
        for one in path.glob("*.json"):
            if one.name != NOTE:  # says who runs, not what was
                shutil.copy2(one, target / name / one.name)


def restore(folder: Folder, file: Path, is_sure: bool) -> Restored:
    """Put a backup in the place of what is there, which is moved aside, not removed.

    Raises ``NovateError`` (NO_BACKUP, NOT_CONFIRMED, ALREADY_RUNNING), and what opening the backup raises.
    """
    if any(running(folder, name) for name in (SUPERVISOR, *NAMES)):
        raise NovateError("ALREADY_RUNNING", "the services run", fix="novate down")
    if folder.exists and not is_sure:
        raise NovateError("NOT_CONFIRMED", f"{folder.root} holds services already", fix="--yes moves them aside")
    folder.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.home, prefix=".restore-") as made:
        found = Path(made) / "found"
        unpack(file, found)
        backup.contents(found / SEQUENCER)
        (found / CHAIN / NOTE).unlink(missing_ok=True)
        aside = move_aside(folder)
        folder.make()
        shutil.rmtree(folder.sequencer)
        put = backup.restore(found / SEQUENCER, folder.sequencer)
        shutil.rmtree(found / SEQUENCER)
        shutil.copytree(found, folder.root, dirs_exist_ok=True)
    return Restored(put, aside)


def unpack(file: Path, target: Path) -> None:
    """The archive's files, and nothing outside of ``target``. Raises ``NovateError`` (NO_BACKUP)."""
    try:
        with tarfile.open(file) as archive:
            archive.extractall(target, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise NovateError("NO_BACKUP", f"{file} is no backup: {error}", file=str(file)) from error


def moved_aside(folder: Folder) -> list[Path]:
    """What was moved aside by every restore so far, oldest first: secrets are in it too."""
    return sorted(folder.home.glob(f"{ASIDE}*"))


def move_aside(folder: Folder) -> Path | None:
    """Where what was there is now; None if there was nothing."""
    if not folder.exists:
        return None
    aside = folder.home / f"{ASIDE}{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    folder.root.replace(aside)
    return aside
