"""What a command group is to the front: how it reads its arguments, and what it answers."""

from collections.abc import Callable
from typing import NamedTuple

from novate.errors import Exit


class Answer(NamedTuple):
    """Outcome of a command: one object for ``--json``, a text for people, and the exit code."""

    data: dict[str, object]
    text: str | Callable[[], str]
    """The text, or what makes it: not called for ``--json``."""
    exit: Exit = Exit.OK

    def rendered(self) -> str:
        """The text for people."""
        return self.text if isinstance(self.text, str) else self.text()
