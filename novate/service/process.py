"""What every process of the services does alike: its name, its log, its signals, and how it ends."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from novate.errors import NovateError
from novate.observe.logs import logger, set_up
from novate.service.folder import Folder
from novate.service.processes import REFUSES, Presence, claim

FOR_GOOD = {
    "FILE_UNREADABLE",
    "GENESIS_DIFFERS",
    "JOURNAL_DAMAGED",
    "JOURNAL_LOST",
    "JOURNAL_VERSION",
    "KEY_UNREADABLE",
    "NO_SERVICE",
    "ROOT_DIFFERS",
}
"""Codes of refusals that another start would only repeat."""

Body = Callable[[Folder, Presence, threading.Event], None]
"""Works until the event is set; tells its presence when it is ready."""


def run(name: str, body: Body, words: list[str] | None = None) -> int:
    """Be the process ``name`` of the folder on the command line; returns the exit code."""
    (root,) = sys.argv[1:] if words is None else words
    folder = Folder.at(Path(root))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    set_up(name, folder.logs / f"{name}.log")
    try:
        with claim(folder, name) as presence:
            logger().info("process.started", pid=os.getpid())
            try:
                body(folder, presence, stopping)
            except Exception as error:
                return failed(presence, error)
    except NovateError as refusal:
        logger().error("process.refused", code=refusal.code, text=refusal.message)
        return 1
    logger().info("process.stopped")
    return 0


def failed(presence: Presence, error: Exception) -> int:
    """Tell why; whether another start may help shows in the exit code."""
    code = getattr(error, "code", None)
    name = str(getattr(code, "name", code) or type(error).__name__)
    text = str(error)
    said = text if text.startswith(name) else f"{name}: {text}"
    presence.tell(ready=False, error=said[:500], fix=str(getattr(error, "fix", ""))[:500])
    logger().error("process.failed", code=name, exc_info=error)
    return REFUSES if name in FOR_GOOD else 1
