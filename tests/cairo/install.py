"""An environment of its own for cairo-lang: ``python -m tests.cairo.install``.

cairo-lang carries no licence file, so it is in no lock file, no wheel and not in the project's environment: whoever
wants the second opinion installs it, into ``.tools/cairo``, from the index that pip is told to use. About 250 MB.
"""

import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".tools" / "cairo"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted() -> list[str]:
    """The extra ``cairo`` of ``pyproject.toml``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["optional-dependencies"]["cairo"]


def installed() -> bool:
    """The environment is there, with what the extra asks for."""
    stamp = HOME / "novate.stamp"
    return PYTHON.exists() and stamp.exists() and stamp.read_text().splitlines() == wanted()


def main() -> None:
    """Make the environment; a second run does nothing."""
    if installed():
        return
    from scripts.bootstrap import uv_environment

    venv.create(HOME, clear=True, with_pip=False, symlinks=os.name != "nt")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON)]
    subprocess.run([*uv, *wanted()], check=True, env=uv_environment())
    (HOME / "novate.stamp").write_text("\n".join(wanted()))


if __name__ == "__main__":
    main()
