"""Install the programs outside Python: ``python -m novate.install``.

Each step keeps the digest of what it was made from, and does nothing while that is unchanged.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from circuits import build
from circuits.build import tools_folder
from novate import tools
from novate.errors import NovateError, Unreachable

BUILT_AFTER = 0.5
"""Seconds within which a program that is up to date is found to be so."""


def digest(*paths: Path) -> str:
    """Digest of names and contents of files."""
    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        total.update(f"{path.relative_to(tools.PACKAGES)} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def once(name: str, wanted: str, step: Callable[[], None]) -> None:
    """Run a step unless its stamp says it was done for the same input; one line says how long it took."""
    stamp = tools_folder() / "stamps" / name
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    step()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    told(name, started)


def told(what: str, started: float) -> None:
    """One line that says what was done and how long it took."""
    print(f"  {what:<48} {time.monotonic() - started:6.1f} s", flush=True)


def run(code: str, message: str, command: list[str], **options: object) -> None:
    """Run a command whose output matters only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        raise Unreachable(code, f"{message}\n{tail}", exit_code=done.returncode)


def install_anvil() -> None:
    """The development chain by its lock file, without running any package's scripts."""
    folder = tools_folder() / "anvil"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(tools.DEVNET / name, folder / name)
    command = [*tools.npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    run("ANVIL_NOT_INSTALLED", "npm could not install the development chain", command, cwd=folder)
    tools.anvil_tool()


def build_programs() -> None:
    """Our Go programs, where they are not built from the sources at hand already."""
    for name in build.names():
        started = time.monotonic()
        try:
            build.program(name)
        except build.BuildError as error:
            raise Unreachable(error.code, error.message, program=name) from error
        if time.monotonic() - started > BUILT_AFTER:
            told(f"build {name}", started)


def install() -> None:
    """Everything, in order; raises ``Unreachable``."""
    lock = digest(tools.DEVNET / "package.json", tools.DEVNET / "package-lock.json")
    once("install anvil", lock, install_anvil)
    build_programs()


def main() -> int:
    """Install, or say what stands in the way."""
    try:
        install()
    except NovateError as error:
        print(f"{error}\n{error.fix}".strip(), file=sys.stderr)
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
