"""Files of tokens: what opens a door of the services, one token a line.

The first line is what is shown; every line is taken, so that a new token can go round while the old one is still good.
"""

import re
import secrets
from pathlib import Path

from novate.errors import NovateError
from novate.service.folder import PRIVATE, Folder, write_whole

SHAPE = r"[!-~]+"
"""What can stand in a header."""


class TokenFile:
    """One door's. Read at every use: what is written counts from the next request on."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def good(self) -> list[str]:
        """Tokens that open the door, newest first; none where the file is missing."""
        try:
            return [line for line in self.path.read_text().split() if re.fullmatch(SHAPE, line)]
        except (OSError, UnicodeDecodeError):
            return []

    def newest(self) -> str:
        """What is shown, made where there is none yet. Raises ``NovateError`` (NO_TOKEN)."""
        if not self.path.exists():
            self._write([new()])
        found = self.good()
        if not found:
            raise NovateError("NO_TOKEN", f"{self.path} holds no token", fix="remove it", file=str(self.path))
        return found[0]

    def add(self) -> None:
        """A new one is shown from now on; those before stay good."""
        self._write([new(), *self.good()])

    def retire(self) -> int:
        """The newest alone stays good; how many others did until now."""
        kept = self.newest()
        others = len(self.good()) - 1
        self._write([kept])
        return others

    def _write(self, tokens: list[str]) -> None:
        write_whole(self.path, "".join(f"{token}\n" for token in tokens), PRIVATE)


def of_operator(folder: Folder) -> TokenFile:
    """Of the operator's listener, but for the provers' jobs."""
    return TokenFile(folder.token_file)


def of_provers(folder: Folder) -> TokenFile:
    """Of the provers' jobs, and of nothing else."""
    return TokenFile(folder.prover_token_file)


def new() -> str:
    """A token that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)
