"""Logs: one JSON object a line, one event name a line, to a file; on a terminal the same for people.

A log never stands in the way of trading (D30): what cannot be written is counted and forgotten, and the next line that
can be written says how many are missing. Never logged: seeds, signatures, tokens, and whose order it is.
"""

import logging
import sys
import threading
from pathlib import Path
from typing import IO

import structlog

MISSING = "lines_missing"


class Line:
    """Where lines go. ``write`` never raises; for several threads."""

    def __init__(self, path: Path | None, stream: IO[str] | None = None) -> None:
        self._path = path
        self._stream = stream
        self._lock = threading.Lock()
        self.missing = 0
        """Lines since the last one that could be written."""

    def msg(self, text: str) -> None:
        """One line."""
        with self._lock:
            try:
                stream = self._opened()
                stream.write(text + "\n")
                stream.flush()
                self.missing = 0
            except (OSError, ValueError):
                self.missing += 1
                self._let_go()

    log = debug = info = warning = error = critical = exception = fatal = msg

    def _opened(self) -> IO[str]:
        if self._stream is None:
            self._stream = self._path.open("a", buffering=1 << 16)
        return self._stream

    def _let_go(self) -> None:
        """What could not be written stays in the stream's buffer and would be tried again: open it anew instead."""
        stream, self._stream = (self._stream, None) if self._path else (None, self._stream)
        if stream is not None:
            try:
                stream.close()
            except OSError:
                return

    def note_missing(self, logger: object, method: str, event: dict) -> dict:
        """A processor: the next line says how many before it are gone."""
        if self.missing:
            event[MISSING] = self.missing
        return event


def set_up(name: str, path: Path | None) -> Line:
    """Log as process ``name`` to a file, or for people to standard error where there is none."""
    line = Line(path, None if path else sys.stderr)
    for_people = path is None and sys.stderr.isatty()
    shown = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer(default=str)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            lambda logger, method, event: {"event": event.pop("event"), "process": name, **event},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            line.note_missing,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: line,
        cache_logger_on_first_use=True,
    )
    told = logging.getLogger()
    told.handlers = [Handler()]
    told.setLevel(logging.WARNING)
    return line


class Handler(logging.Handler):
    """What libraries and other packages log by the standard library, as lines like all others."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record: its text is the event if it looks like one."""
        text = record.getMessage()
        is_event = " " not in text and "." in text
        fields = {} if is_event else {"text": text}
        log = logger().error if record.levelno >= logging.ERROR else logger().warning
        exc = record.exc_info if record.exc_info and record.exc_info[0] else None
        log(text if is_event else f"{record.name}.said", exc_info=exc, **fields)


def logger() -> structlog.typing.FilteringBoundLogger:
    """What events are told to: ``logger().info("batch.sealed", batch=3)``."""
    return structlog.get_logger()
