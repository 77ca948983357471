"""A development chain as a service: anvil, and someone who writes its state down after each new block.

``python -m verifier.keeper --folder FOLDER --port PORT``. Whatever is killed, and whenever: the last dump is whole, and
a start from the same folder goes on from it on the same port. Blocks since that dump are lost, which looks like a
reorganisation to everyone else. anvil ends with its keeper; where the system cannot see to that, the next start does.
"""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from verifier.devnet import CHAIN_ID, Devnet, anvil_program, is_taken, write_durably
from verifier.errors import ChainUnreachable, VerifierError

NOTE = "anvil.json"
"""Who runs, in the chain's folder."""
POLL = 0.05
"""Seconds between looks at the latest block."""
SHARE = 5
"""A dump grows with the chain. It is taken again once this many times its own duration has passed."""
ENDING = 5
"""Seconds that a leftover may take to end."""


class Keeper:
    """One folder, one port, one anvil; a context manager. ``timestamp`` and ``extra`` as for ``Devnet``.

    Without ``block_time`` every transaction is a block at once; with it a block comes every so many seconds. Raises
    ``ChainUnreachable`` (FOLDER_IN_USE, and as ``Devnet``).
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        chain_id: int = CHAIN_ID,
        block_time: int | None = None,
        timestamp: int | None = None,
        program: Path | None = None,
        extra: tuple[str, ...] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder / "lock")
        self._note = folder / NOTE
        self._saved, self._due = "", 0.0
        extra += ("--block-time", str(block_time)) if block_time else ()
        try:
            program = program or anvil_program()
            end_leftover(self._note)
            wait_for_port(port)
            self.net = Devnet(
                program,
                port=port,
                state=folder,
                chain_id=chain_id,
                timestamp=timestamp,
                extra=extra,
                is_owned=True,
                born=self._remember,
            )
        except BaseException:
            self._lock.close()
            raise
        if self.net.is_loaded:
            self._saved = self._latest()  # a dump of what was read would take its time, before anybody is served
        self.step()

    def _remember(self, pid: int) -> None:
        """Note who runs, for a start after a kill."""
        write_durably(self._note, json.dumps({"pid": pid, "command": command_of(pid)}).encode())

    def step(self) -> None:
        """Write the chain down if it has another last block. Raises ``ChainUnreachable`` when anvil is gone."""
        if time.monotonic() < self._due:
            return
        latest = self._latest()
        if latest == self._saved:
            return
        began = time.monotonic()
        self.net.save()
        ended = time.monotonic()
        self._saved, self._due = latest, ended + SHARE * (ended - began)

    def _latest(self) -> str:
        return str(self.net.call("eth_getBlockByNumber", "latest", False)["hash"])

    def close(self) -> None:
        """Write the chain down once more, and end anvil."""
        with contextlib.suppress(VerifierError, OSError):
            self.net.save()
        self.net.stop()
        self._note.unlink(missing_ok=True)
        self._lock.close()

    def __enter__(self) -> "Keeper":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _locked(path: Path):
    """The folder's lock, held as long as the file is open; raises ``ChainUnreachable`` (FOLDER_IN_USE)."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise ChainUnreachable("FOLDER_IN_USE", f"{path.parent} has its keeper already") from error
    return lock


def command_of(pid: int) -> str:
    """Command line of a process, empty if there is none of this number."""
    kept = Path(f"/proc/{pid}/cmdline")
    if kept.parent.parent.is_dir() and Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return kept.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return ""
    asked = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def end_leftover(note: Path) -> None:
    """End the anvil that a keeper left behind: the process that was noted, if it still is that one."""
    try:
        noted = json.loads(note.read_text())
        pid, command = int(noted["pid"]), str(noted["command"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    deadline = time.monotonic() + ENDING
    while command and command_of(pid) == command and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        time.sleep(POLL)


def wait_for_port(port: int) -> None:
    """Give a node that was just ended the time to let go of its port."""
    deadline = time.monotonic() + 1
    while is_taken(port) and time.monotonic() < deadline:
        time.sleep(POLL)


def serve(
    folder: Path,
    port: int,
    *,
    chain_id: int = CHAIN_ID,
    block_time: int | None = None,
    ready: Callable[[str], None] = lambda url: None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Run until ``stopping``; ``ready`` is told the URL once the node answers.

    For a process of its own, and its main thread. Raises ``ChainUnreachable`` as ``Keeper``, and ANVIL_FAILED when
    anvil ends on its own: a supervisor starts both again.
    """
    with Keeper(folder, port, chain_id=chain_id, block_time=block_time) as keeper:
        ready(keeper.net.url)
        while not stopping():
            time.sleep(POLL)
            try:
                keeper.step()
            except ChainUnreachable:
                if (code := keeper.net.process.poll()) is not None:
                    raise ChainUnreachable("ANVIL_FAILED", "anvil stopped", exit_code=code) from None


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="verifier.keeper", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the chain's state is kept")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--chain-id", type=int, default=CHAIN_ID)
    parser.add_argument("--block-time", type=int, default=None, help="seconds; without it a transaction is a block")
    given = parser.parse_args(arguments)
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: stopped.append(number))
    try:
        serve(
            given.folder,
            given.port,
            chain_id=given.chain_id,
            block_time=given.block_time,
            ready=lambda url: print(f"ready {url}", flush=True),
            stopping=lambda: bool(stopped),
        )
    except ChainUnreachable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
