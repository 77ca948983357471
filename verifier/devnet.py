"""A development chain: anvil with a pinned hardfork, or any node that is already there.

Anvil truncates its own state file while it writes it, so a kill would lose blocks or the whole chain. State is
therefore asked for over RPC and written beside, synced and renamed (``Devnet.save``); a block lost nevertheless looks
like a reorganisation to everyone else. ``keeper`` runs one as a service.
"""

import contextlib
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from verifier.errors import ChainUnreachable

HARDFORK = "osaka"
"""Rules of the chain, named beside every gas figure."""
CHAIN_ID = 31337
MNEMONIC = "test test test test test test test test test test test junk"
"""Public words: whoever reads this owns what their keys own."""
START_SECONDS = 15
DUMP_SECONDS = 600
"""A dump of 125 MB takes a quarter of a minute where nothing else runs."""
GIVEN_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
PORTS_TRIED = 100


def rpc(url: str, method: str, *params: object, timeout: float = 30) -> object:
    """One JSON-RPC call; raises ``ChainUnreachable`` (RPC_UNREACHABLE, RPC_ERROR)."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            result = json.loads(answer.read())
    except (OSError, ValueError) as error:
        raise ChainUnreachable("RPC_UNREACHABLE", f"no node answers at {url}: {error}", url=url) from error
    if "error" in result:
        raise ChainUnreachable("RPC_ERROR", f"{method}: {result['error'].get('message')}", method=method)
    return result["result"]


def anvil_program() -> Path:
    """``NOVATE_ANVIL``; raises ``ChainUnreachable`` (ANVIL_MISSING)."""
    named = os.environ.get("NOVATE_ANVIL", "")
    if not os.access(named, os.X_OK):
        raise ChainUnreachable(
            "ANVIL_MISSING", "name anvil's program by NOVATE_ANVIL, or a node by its URL", path=named
        )
    return Path(named)


def free_port() -> int:
    """A port that nobody listens on now.

    Where the system tells from where on it gives ports to connections, it is one below: whoever starts again on it must
    not find it in use by a connection that was made meanwhile.
    """
    with contextlib.suppress(OSError, ValueError):
        first = int(GIVEN_PORTS.read_text().split()[0])
        for port in random.SystemRandom().sample(range(first // 2, first), PORTS_TRIED):
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_taken(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def dying_with_parent() -> Callable[[], None] | None:
    """What a child has to call so that the system ends it when its parent is gone; None where there is no such call.

    The parent may be gone before the call, which would then never be heeded: such a child ends at once.
    """
    if sys.platform != "linux":
        return None
    control, set_death_signal, parent = ctypes.CDLL(None).prctl, 1, os.getpid()

    def call() -> None:
        control(set_death_signal, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return call


def write_durably(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and durably: beside, synced, renamed, and the folder synced (D08)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_suffix(".building")
    with building.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    building.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Devnet:
    """A running anvil of our own. Use it as a context manager, or call ``stop``."""

    def __init__(
        self,
        program: Path | None = None,
        *,
        port: int | None = None,
        state: Path | None = None,
        chain_id: int = CHAIN_ID,
        timestamp: int | None = None,
        extra: Sequence[str] = (),
        is_owned: bool = False,
        born: Callable[[int], None] = lambda pid: None,
    ) -> None:
        """Start anvil and wait until it answers.

        ``state`` is a folder: the chain found there goes on, and ``save`` writes there. ``timestamp`` is that of the
        first block of a new chain; ``extra`` are further arguments for anvil. One that ``is_owned`` leads a process
        group of its own and ends with the thread that started it, where the system can see to that: for a process of
        one thread. ``born`` hears anvil's number before anvil answers. Raises ``ChainUnreachable`` (ANVIL_MISSING,
        ANVIL_FAILED, PORT_TAKEN).
        """
        if port is not None and is_taken(port):
            raise ChainUnreachable("PORT_TAKEN", f"somebody else listens on port {port}", port=port)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.chain_id = chain_id
        self.state = state
        command = [str(program or anvil_program()), "--port", str(self.port), "--chain-id", str(chain_id)]
        command += ["--hardfork", HARDFORK, "--mnemonic", MNEMONIC, "--accounts", "10", "--silent", *extra]
        if timestamp is not None:
            command += ["--timestamp", str(timestamp)]
        self.is_loaded = self.file is not None and self.file.exists()
        """Whether a chain was found to go on."""
        if self.is_loaded:
            command += ["--load-state", str(self.file)]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        alone = {"start_new_session": True, "preexec_fn": dying_with_parent()} if is_owned else {}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._complaints, **alone)
        try:
            born(self.process.pid)
            self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def file(self) -> Path | None:
        """Where the chain is kept."""
        return None if self.state is None else self.state / f"chain-{self.chain_id}.json"

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self._complaints.seek(0)
                message = self._complaints.read().decode(errors="replace").strip()
                raise ChainUnreachable("ANVIL_FAILED", f"anvil stopped: {message}", exit_code=self.process.returncode)
            with contextlib.suppress(ChainUnreachable):
                rpc(self.url, "eth_chainId", timeout=1)
                return
            time.sleep(0.02)
        raise ChainUnreachable("ANVIL_FAILED", f"anvil does not answer after {START_SECONDS} s", port=self.port)

    def call(self, method: str, *params: object) -> object:
        """One JSON-RPC call to this node."""
        return rpc(self.url, method, *params)

    def save(self) -> None:
        """Write the chain to its folder, whole or not at all."""
        if self.file is None:
            return
        dumped = bytes.fromhex(str(rpc(self.url, "anvil_dumpState", timeout=DUMP_SECONDS))[2:])
        write_durably(self.file, zlib.decompress(dumped, wbits=zlib.MAX_WBITS | 32))

    def warp(self, timestamp: int) -> None:
        """Give the next block this time."""
        self.call("evm_setNextBlockTimestamp", timestamp)

    def stop(self) -> None:
        """End the process and wait for it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._complaints.close()

    def __enter__(self) -> "Devnet":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
