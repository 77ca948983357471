"""Services on a folder of their own, with free ports and short ages: for benches and for journeys of tests."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from novate.client.accounts import KeyFile, KeyFolder
from novate.screen import Screen
from novate.service.cast import cast_of
from novate.service.folder import Folder, Service
from novate.service.processes import NAMES, is_alive, read, running, spawn
from novate.service.up import Options, bring_down, bring_up
from verifier.devnet import free_port

HOST = "127.0.0.1"
POLL = 0.02


class Stage:
    """Use it as a context manager: it is brought up at once, and down in the end, whatever happens.

    ``keys`` is a folder of proving keys that is borrowed. ``ages`` is what differs from the sequencer's policy.
    """

    def __init__(
        self, home: Path, keys: Path, size_class: str, ages: dict[str, int] | None = None, **options: object
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "keys").symlink_to(keys.absolute(), target_is_directory=True)
        self.folder = Folder(home)
        api, operator, chain = (f"{HOST}:{free_port()}" for _ in range(3))
        self._options = Options(
            size_class=size_class, api=api, operator=operator, port=chain, policy=ages, wait=240, **options
        )
        self.service: Service | None = None
        self._children: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Stage":
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def up(self, **options: object) -> None:
        """As ``novate up``, with other options from here on."""
        self._options = self._options._replace(**options)
        self.service = bring_up(self.folder, self._options, Screen(quiet=True)).service

    def down(self) -> list[str]:
        """As ``novate down``."""
        return bring_down(self.folder)

    @property
    def url(self) -> str:
        """Of the public API."""
        return f"http://{self.service.api}"

    def accounts(self) -> list[KeyFile]:
        """Who has money."""
        keys = KeyFolder(self.folder.accounts)
        return [keys.read(one.name) for one in cast_of(self.service.size_class)]

    def unattended(self) -> None:
        """End the supervisor alone: from here on nobody starts anything again but ``start``."""
        from novate.service.processes import SUPERVISOR

        record = running(self.folder, SUPERVISOR)
        if record:
            with suppress(ProcessLookupError):
                os.kill(record.pid, signal.SIGKILL)
            while is_alive(record):
                time.sleep(POLL)

    def kill(self, names: Sequence[str]) -> list[str]:
        """kill -9, all at once, those that have not said their name yet too; names of those that ran."""
        found = {name: pid for name in names if (pid := self._pid(name))}
        for pid in found.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name in found:
            while self._pid(name):
                time.sleep(POLL / 4)
        return list(found)

    def _pid(self, name: str) -> int | None:
        """Of the process of this name, if one lives."""
        child = self._children.get(name)
        if child is not None and child.poll() is None:
            return child.pid
        record = running(self.folder, name)
        return record.pid if record else None

    def start(self, names: Sequence[str] = NAMES) -> None:
        """Start what does not run, without waiting for it."""
        for name in names:
            if not self._pid(name):
                self._children[name] = spawn(self.folder, name)

    def is_ready(self, name: str) -> bool:
        """Whether a process answers."""
        record = running(self.folder, name)
        return record is not None and record.ready

    def wait(self, names: Sequence[str], seconds: float) -> None:
        """Wait until processes answer; one that ends by itself is started again. Raises ``TimeoutError``."""
        deadline = time.monotonic() + seconds
        while late := [name for name in names if not self.is_ready(name)]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {seconds} s: {', '.join(map(self._said, late))}")
            time.sleep(POLL)
            self.start(late)

    def _said(self, name: str) -> str:
        """A process and what it last said went wrong."""
        record = read(self.folder, name)
        return f"{name} ({record.error})" if record and record.error else name
