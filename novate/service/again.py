"""Starting again what is down or hangs while its supervisor lives."""

import os
import signal
from collections.abc import Sequence

from novate.service.folder import Folder
from novate.service.health import HANGING, works
from novate.service.processes import Record, end, forget, running

LOOKS = 2
"""Looks that must find a process hanging before somebody who asks for it has it ended."""


def end_hanging(folder: Folder, names: Sequence[str]) -> list[str]:
    """End processes that run and do not work; returns their names."""
    found = []
    for name in names:
        record = running(folder, name)
        if record and not any(works(folder, record) for _ in range(LOOKS)):
            end(record, HANGING)
            found.append(name)
    return found


def start_again(folder: Folder, supervisor: Record, names: Sequence[str]) -> list[str]:
    """Have the supervisor start what does not run or hangs; returns the names of those."""
    down = [name for name in names if not running(folder, name)]
    hanging = end_hanging(folder, names)
    if down or hanging:
        forget(folder)
        os.kill(supervisor.pid, signal.SIGHUP)
    return [*down, *hanging]
