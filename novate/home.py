"""The folder of what is kept: keys, and for each run its journal, its chain and what it came to.

.novate/keys          key files, by the digest of their circuit
.novate/runs/0001     run.json, sequencer/ (journal and traces), chain/ (the chain as it was dumped last)
"""

import json
import os
import re
import shutil
from pathlib import Path

from novate.errors import NovateError

DEFAULT = Path(".novate")
HOME = "NOVATE_HOME"
"""Environment variable that names the folder of keys and state instead of ``.novate``."""
KEPT_RUNS = 3
"""Finished runs that stay; with a new one the oldest goes."""
RECORD = "run.json"


def home() -> Path:
    """The folder that the environment names, else ``.novate``."""
    return Path(os.environ.get(HOME) or DEFAULT)


class Run:
    """One run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sequencer = folder / "sequencer"
        self.chain = folder / "chain"

    @property
    def number(self) -> int:
        """The run's number, from 1."""
        return int(self.folder.name)

    def write(self, record: dict[str, object]) -> None:
        """Put down what the run is, and later what it came to; whole or not at all."""
        building = self.folder / f"{RECORD}.new"
        building.write_text(json.dumps(record, indent=1))
        building.replace(self.folder / RECORD)

    def read(self) -> dict:
        """What was put down; raises ``NovateError`` (RUN_UNREADABLE)."""
        try:
            return json.loads((self.folder / RECORD).read_text())
        except (OSError, ValueError, RecursionError) as error:
            raise NovateError("RUN_UNREADABLE", f"{self.folder} holds no run: {error}", fix="novate demo") from error


class Home:
    """Keys and runs under one folder."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        self.folder = folder
        self.keys = folder / "keys"

    def runs(self) -> list[Run]:
        """Runs that got so far as to have a record, oldest first."""
        folders = sorted((self.folder / "runs").glob("*"), key=lambda path: path.name)
        return [Run(path) for path in folders if re.fullmatch(r"\d{4,}", path.name) and (path / RECORD).exists()]

    def run(self, number: int | None = None) -> Run:
        """A run, the last one unless a number is given; raises ``NovateError`` (NO_RUN)."""
        found = [run for run in self.runs() if number in (None, run.number)]
        if not found:
            which = "no run" if number is None else f"no run {number}"
            raise NovateError("NO_RUN", f"{self.folder} holds {which}", fix="novate demo", folder=str(self.folder))
        return found[-1]

    def new_run(self) -> Run:
        """An empty folder for the next run; of the runs before, the last ones are kept."""
        taken = [int(path.name) for path in (self.folder / "runs").glob("*") if path.name.isdecimal()]
        folder = self.folder / "runs" / f"{max(taken, default=0) + 1:04}"
        for old in sorted(taken)[: -(KEPT_RUNS - 1)]:
            shutil.rmtree(self.folder / "runs" / f"{old:04}")
        (folder / "sequencer").mkdir(parents=True)
        (folder / "chain").mkdir()
        return Run(folder)
