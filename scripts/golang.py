"""Run the wheel's Go on the circuits: ``.venv/bin/python scripts/golang.py test ./...``.

``scripts/golang.py unformatted`` lists the files that gofmt would change, and fails if there are any.
"""

import subprocess
import sys

from circuits.build import CIRCUITS, go_environment
from novate import tools


def unformatted() -> int:
    """1 if gofmt would change a file."""
    command = [str(tools.gofmt()), "-l", "."]
    listed = subprocess.run(command, cwd=CIRCUITS, capture_output=True, text=True, check=True).stdout
    if listed:
        print(f"gofmt would change, under circuits/:\n{listed}", end="", file=sys.stderr)
    return 1 if listed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["unformatted"]:
        sys.exit(unformatted())
    sys.exit(subprocess.call([str(tools.go()), *sys.argv[1:]], cwd=CIRCUITS, env=go_environment()))
