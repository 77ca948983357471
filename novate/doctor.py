"""Everything that a run needs of this machine: what was found, and what mends what is missing."""

import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from circuits import build
from circuits.build import tools_folder
from novate import tools
from novate.errors import NovateError

GIB = 2**30
OLDEST_PYTHON = (3, 11)
DISK = 3 * GIB
"""Free disk for tools, caches, keys of class S and a demo's batches."""
MEMORY = 4 * GIB
"""A proof of class S takes about half of it."""


class Check(NamedTuple):
    """One thing that was looked at; ``fix`` is what to do where it does not hold."""

    name: str
    holds: bool
    found: str
    wanted: str
    fix: str = ""


def all_checks(data: Path, port: int) -> Iterator[Check]:
    """Every check, cheapest first."""
    yield python()
    yield virtual_environment()
    yield packages()
    yield disk(data)
    yield memory()
    yield data_folder(data)
    yield loopback_port(port)
    yield pinned("go", tools.go_tool, tools.GO_VERSION)
    yield pinned("node", tools.node_tool, tools.NODE_VERSION)
    yield pinned("anvil", tools.anvil_tool, tools.ANVIL_VERSION)
    yield go_programs()


def python() -> Check:
    """The interpreter is new enough."""
    wanted = "{}.{} or newer".format(*OLDEST_PYTHON)
    fix = f"install Python {wanted}, then: make clean install"
    return Check("python", sys.version_info >= OLDEST_PYTHON, platform.python_version(), wanted, fix)


def virtual_environment() -> Check:
    """The command runs in an environment of its own."""
    inside = sys.prefix != sys.base_prefix
    return Check("venv", inside, sys.prefix if inside else "none", "an environment of its own", tools.FIX)


def locked_versions(lock: str) -> dict[str, str]:
    """Versions that a lock file pins for every platform: lines with a marker are left out."""
    pins = re.finditer(r"^([A-Za-z0-9_.-]+)==(\S+)( ;.*)?", lock, re.MULTILINE)
    return {pin[1]: pin[2] for pin in pins if pin[3] is None}


def packages() -> Check:
    """What is installed is what the lock file says; an installed package without one declares its own pins."""
    path = tools.PACKAGES / "requirements.lock"
    if not path.exists():
        return Check("packages", True, "installed without a lock file", "as locked")
    wanted = locked_versions(path.read_text())
    wrong = []
    for name, version in wanted.items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        if found != version:
            wrong.append(f"{name} {found}")
    found = ", ".join(wrong) if wrong else f"{len(wanted)} as locked"
    return Check("packages", not wrong, found, f"{len(wanted)} as locked", tools.FIX)


def nearest_folder(path: Path) -> Path:
    """The path itself or the first folder above it that exists."""
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def disk(data: Path) -> Check:
    """Enough room where keys and batches go."""
    free = shutil.disk_usage(nearest_folder(data)).free
    fix = f"free {gib(DISK)} at {nearest_folder(data)}, or name another folder by --data"
    return Check("disk", free >= DISK, f"{gib(free)} free", gib(DISK), fix)


def memory() -> Check:
    """Enough memory for a proof."""
    if not hasattr(os, "sysconf"):
        return Check("memory", True, "unknown", gib(MEMORY))
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    fix = "a machine with more memory: a proof of class S needs about 2 GiB beside everything else"
    return Check("memory", total >= MEMORY, gib(total), gib(MEMORY), fix)


def data_folder(data: Path) -> Check:
    """Keys and batches can be written."""
    folder = nearest_folder(data)
    writable = os.access(folder, os.W_OK | os.X_OK)
    fix = f"make {folder} writable, or name another folder by --data"
    return Check("data", writable, f"{data} in {'writable' if writable else 'read-only'} {folder}", "writable", fix)


def loopback_port(port: int) -> Check:
    """A server can listen on this machine; nothing is ever opened to others."""
    name = f"port {port}" if port else "a port"
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            found = f"{listener.getsockname()[1]} is free"
    except OSError as error:
        fix = f"end what listens on port {port}, or name another" if port else "let programs listen on 127.0.0.1"
        return Check("ports", False, str(error), f"{name} on 127.0.0.1", fix)
    return Check("ports", True, found, f"{name} on 127.0.0.1")


def pinned(name: str, find: Callable[[], tools.Tool], wanted: str) -> Check:
    """A program is there, runs, and has the pinned version."""
    try:
        version = find().version
    except NovateError as error:
        return Check(name, False, error.message, wanted, error.fix or tools.FIX)
    return Check(name, version == wanted, version, wanted, tools.FIX)


def go_programs() -> Check:
    """Our Go programs are built; each is built again by itself when a source changes."""
    missing = [name for name in build.names() if not (tools_folder() / "bin" / tools.executable(name)).exists()]
    found = f"not built: {', '.join(missing)}" if missing else ", ".join(build.names())
    return Check("programs", not missing, found, "built", tools.FIX)


def gib(size: int) -> str:
    """Bytes in GiB, to a tenth."""
    tenths = size * 10 // GIB
    return f"{tenths // 10}.{tenths % 10} GiB"
