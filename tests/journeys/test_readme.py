"""README's "Run it", line by line as it stands there: the commands in their order, then its Python before the end.

Class XS, ports and a folder of the test's own are all that is added, so that README cannot drift from what works.
"""

import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from novate.bench.service.stage import HOST
from tests.keys import smallest_key
from verifier.devnet import free_port

README = Path(__file__).resolve().parents[2] / "README.md"
PATIENCE = 120
"""Seconds that a line may take."""
STAY = 1.0
"""Seconds for which something that goes on is left alone after its first words."""
STAYS = ("novate maker", "--watch")
"""What goes on until it is interrupted: it is, once it has said something."""


def section() -> str:
    """What README says under "Run it"."""
    return README.read_text().partition("\n## Run it\n")[2].partition("\n## ")[0]


def commands() -> list[str]:
    """The first indented block, without what is said after a sharp."""
    block = re.search(r"(?:^ {4}\S.*\n)+", section(), re.MULTILINE).group()
    return [re.sub(r"\s+# .*", "", line).strip() for line in block.splitlines()]


def program() -> str:
    """The first block of Python."""
    return re.search(r"^```python\n(.*?)^```", section(), re.DOTALL | re.MULTILINE).group(1)


class Terminal:
    """A shell in a folder with the environment active."""

    def __init__(self, folder: Path) -> None:
        home = folder / "home"
        home.mkdir()
        (home / "keys").symlink_to(smallest_key()[1].absolute(), target_is_directory=True)
        programs = Path(sys.executable).parent
        path = f"{programs}:{os.environ['PATH']}"
        self._where = {
            "cwd": folder,
            "env": {**os.environ, "NOVATE_HOME": str(home), "PATH": path, "TERM": "xterm"},
        }
        self._folder = folder
        api, operator, chain = (f"{HOST}:{free_port()}" for _ in range(3))
        self._own = f"--class XS --seal-every 3 --api {api} --operator {operator} --chain-listen {chain}"

    def say(self, line: str) -> str:
        """Run a line to its end, or until it has said something if it stays; what it printed."""
        line = f"{line} {self._own}" if line == "novate up" else line
        return self.stay(line) if any(word in line for word in STAYS) else self.run(shlex.split(line))

    def run(self, words: list[str]) -> str:
        """Run it to its end, which is to be a good one."""
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False, **self._where)
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def stay(self, line: str) -> str:
        """Start it on a terminal, wait until it has said something, and interrupt it as Ctrl-C does."""
        ours, theirs = os.openpty()
        told = b""
        with subprocess.Popen(
            shlex.split(line), stdout=theirs, stderr=theirs, preexec_fn=listen_to_interrupts, **self._where
        ) as going:
            os.close(theirs)
            try:
                said = select.select([ours], [], [], PATIENCE)[0]
                told += os.read(ours, 1 << 16) if said else b""
                time.sleep(STAY)
                assert told and going.poll() is None, (line, told)
                going.send_signal(signal.SIGINT)
                told += rest(ours, time.monotonic() + PATIENCE)
                assert going.wait(PATIENCE) in (0, 130), (line, told)
            finally:
                going.kill()
                os.close(ours)
        return told.decode()


def listen_to_interrupts() -> None:
    """Tests that run in the background of a shell inherit that Ctrl-C is ignored; a terminal's programs do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rest(terminal: int, deadline: float) -> bytes:
    """What is written until everybody has closed the other end, or it is too late."""
    told = b""
    with suppress(OSError):  # how Linux says that nobody is there
        while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            found = os.read(terminal, 1 << 16)
            if not found:
                break
            told += found
    return told


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    subprocess.run(["novate", "down"], capture_output=True, check=False, **made._where)


def test_what_readme_tells_to_run_runs(terminal: Terminal) -> None:
    first, *lines, last = commands()
    assert first.startswith("make install") and ".venv/bin/activate" in first
    assert (lines[0], last) == ("novate up", "novate down")
    assert all(line.startswith("novate ") for line in lines)
    told = {line: terminal.say(line) for line in lines}
    assert "all is well" in told["novate status"]
    bought = next(line for line in lines if line.startswith("novate order"))
    assert "settled" in told[bought]
    said = terminal.run([sys.executable, "-c", program()]).splitlines()
    assert said[-1].startswith("0x") and said[-1].endswith(" True"), said
    assert "sequencer" in terminal.say(last)
