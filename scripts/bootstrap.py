"""Make a fresh clone ready with Python alone: ``python3 scripts/bootstrap.py``.

Creates ``.venv``, installs the hash-pinned packages of ``requirements.lock`` into it (Go and Node among them, as
wheels), then the project itself, then the tools outside Python: the development chain's node and our Go programs.
Standard library only. A second run compares digests and does nothing.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)
NAMES = ("python3.13", "python3.12", "python3.11", "python3.14")


def use_new_enough_python() -> None:
    """Go on in a Python that the project supports, if the one at hand is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NAMES:
        program = shutil.which(name)
        if program and subprocess.call([program, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(program, [program, *sys.argv])
    raise SystemExit("novate needs Python 3.11 or newer with venv, found {}.{}".format(*sys.version_info[:2]))


def stage(text, command, **options):
    """Run a command; one line says what it did and how long it took; its output is shown only when it fails."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise SystemExit(f"bootstrap: {text} failed with exit code {done.returncode}")
    print(f"  {text:<48} {time.monotonic() - started:6.1f} s", flush=True)


@contextmanager
def alone():
    """One bootstrap of a clone at a time; a second one waits."""
    folder = ROOT / ".tools"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as held:
        try:
            import fcntl
        except ImportError:  # Windows: no such lock
            yield
            return
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def create_environment() -> Path:
    """The environment's Python; an environment of another Python version, or a broken one, is made anew."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "{}.{}".format(*sys.version_info[:2])
    probe = [str(python), "-c", "import sys, pip; print('{}.{}'.format(*sys.version_info[:2]))"]
    try:
        found = subprocess.check_output(probe, stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        found = ""
    if found != wanted:
        try:
            import ensurepip  # noqa: F401
        except ImportError:
            fix = f"apt-get install python{wanted}-venv"
            raise SystemExit(f"this Python has no venv; on Debian: {fix}") from None
        stage(f"create .venv (Python {wanted})", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    return python


def pinned(package: str) -> str:
    """The lines of the lock file that pin one package and its hashes."""
    match = re.search(rf"^{package}==.*(?:\n    --hash=\S+.*)+", LOCK.read_text(), re.MULTILINE)
    if match is None:
        raise SystemExit(f"requirements.lock does not pin {package}")
    return match.group(0) + "\n"


def digest(*paths: Path) -> str:
    """Digest of what the environment was made from."""
    total = hashlib.sha256(sys.version.encode())
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def uv_environment() -> dict:
    """A package index that pip was told to use holds for uv too."""
    environment = dict(os.environ)
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    return environment


def install_packages(python: Path) -> None:
    """Exactly what the lock file lists, then the project in place."""
    stamp = VENV / "novate.stamp"
    wanted = digest(LOCK, ROOT / "pyproject.toml", Path(__file__))
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    only_uv = VENV / "uv.lock"
    only_uv.write_text(pinned("uv"))
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    stage("install uv", [*pip, "--requirement", str(only_uv)])
    uv = [str(python), "-m", "uv", "pip"]
    aim = ["--python", str(python)]
    environment = uv_environment()
    stage("install the locked packages", [*uv, "sync", *aim, "--require-hashes", str(LOCK)], env=environment)
    install = [*uv, "install", *aim, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    stage("install novate", install, env=environment)
    stamp.write_text(wanted)


def main() -> int:
    """Every stage in order; the last is the project's own, run by the environment's Python."""
    use_new_enough_python()
    with alone():
        python = create_environment()
        install_packages(python)
        return subprocess.call([str(python), "-m", "novate.install"], cwd=str(ROOT))


if __name__ == "__main__":
    sys.exit(main())
