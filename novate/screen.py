"""What a long command tells while it works: on standard error, as moving bars on a terminal, else as plain lines."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

QUICK = 0.2
"""Seconds below which a finished phase is not worth a line of its own."""


class Bars:
    """One bar a phase."""

    def __init__(self, progress: Progress | None, screen: "Screen") -> None:
        self._progress = progress
        self._screen = screen
        self._tasks: dict[str, TaskID] = {}

    def show(self, key: str, text: str, fraction: float, seconds: float) -> None:
        """How far a phase is; without a terminal a phase is told when it is done, if it took a while."""
        if self._progress is None:
            if fraction >= 1 and seconds >= QUICK:
                self._screen.timed(text, seconds)
            return
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(text, total=1)
        self._progress.update(self._tasks[key], completed=fraction, description=text)


class Screen:
    """Where progress goes. ``quiet`` says nothing at all."""

    def __init__(self, stream: TextIO | None = None, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._console = Console(file=self._stream, quiet=quiet, highlight=False, soft_wrap=True)
        self._begun = time.monotonic()
        self._bars: Progress | None = None

    @property
    def seconds(self) -> float:
        """Seconds since this screen began."""
        return time.monotonic() - self._begun

    def say(self, text: str, style: str | None = None) -> None:
        """A line with the time since the beginning."""
        console = self._bars.console if self._bars else self._console
        console.print(f"{self.seconds:7.1f} s  {text}", style=style, markup=False)

    def timed(self, text: str, seconds: float) -> None:
        """A line about a piece of work that is done."""
        self.say(f"{text:<46} {seconds:6.1f} s")

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A piece of work: a line when it is done."""
        begun = time.monotonic()
        yield
        self.timed(text, time.monotonic() - begun)

    @contextmanager
    def bars(self) -> Iterator[Bars]:
        """Bars, as long as the block lasts."""
        if not self._console.is_terminal:
            yield Bars(None, self)
            return
        columns = (TextColumn("           {task.description:<46}"), BarColumn(24), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=False) as progress:
            self._bars = progress
            try:
                yield Bars(progress, self)
            finally:
                self._bars = None
