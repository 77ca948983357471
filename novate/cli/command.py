"""What a command group is to the front: how it reads its arguments, and what it answers."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from novate.errors import Exit


def data_argument(parser: argparse.ArgumentParser, holds: str) -> None:
    """``--data``, for commands that need no services."""
    from novate.home import home

    parser.add_argument("--data", type=Path, default=home(), help=f"folder of {holds} (NOVATE_HOME, else .novate)")


class Answer(NamedTuple):
    """Outcome of a command: one object for ``--json``, a text for people, and the exit code."""

    data: dict[str, object]
    text: str | Callable[[], str]
    """The text, or what makes it: not called for ``--json``."""
    exit: Exit = Exit.OK
    is_line: bool = False
    """Whether the object is the last of many, a line each."""

    def rendered(self) -> str:
        """The text for people."""
        return self.text if isinstance(self.text, str) else self.text()
