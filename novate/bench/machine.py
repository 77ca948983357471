"""The machine that figures were measured on."""

import os
import platform
from pathlib import Path

from novate import __version__, tools

GIB = 2**30
LIBRARIES = ("github.com/consensys/gnark ", "github.com/consensys/gnark-crypto ")


def machine() -> dict:
    """Processor, cores that this process may use, memory, load now, and versions of what matters."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB, 1),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "versions": {"novate": __version__, **tools.versions(), **libraries()},
    }


def processor() -> str:
    """The processor's name as the system tells it."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def libraries() -> dict[str, str]:
    """Versions of the proof library, out of the module file."""
    lines = (tools.PACKAGES / "circuits" / "go.mod").read_text().splitlines()
    words = [line.split() for line in lines if line.strip().startswith(LIBRARIES)]
    return {name.rpartition("/")[2]: version for name, version, *_ in words}
