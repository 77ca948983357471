"""Development keys of class XS for tests: made once for a state of the circuits, kept beside the other tools."""

from functools import cache
from pathlib import Path

from circuits.build import tools_folder
from circuits.prover import Key, setup

FOLDER = tools_folder() / "test-keys"


@cache
def smallest_key() -> tuple[Key, Path]:
    """The key, and the folder that it is in."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return setup("XS", FOLDER.absolute()), FOLDER
