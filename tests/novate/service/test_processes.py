"""Processes by name: numbers that were given to somebody else, locks, stops with a limit, restarts with a delay."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from novate.cli.status import processes_of
from novate.errors import NovateError
from novate.service import health, listeners, processes, supervisor, up
from novate.service.again import start_again
from novate.service.folder import Folder
from novate.service.process import failed
from novate.service.processes import Presence, Record, claim, end, forget, locked, read, running, started
from novate.service.up import wait_for

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.make()
    return made


def child(code: str = "import time; print('on', flush=True); time.sleep(60)") -> subprocess.Popen:
    """A process that says when it is up."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def test_a_number_that_somebody_else_has_now_is_not_taken_for_the_process(folder: Folder) -> None:
    with claim(folder, "chain") as presence:
        assert running(folder, "chain") == presence.record
        presence.tell(started="at some other time")
        assert running(folder, "chain") is None
        assert read(folder, "chain").pid == os.getpid()


def test_a_dead_process_that_nobody_waited_for_does_not_run() -> None:
    process = child("print('on', flush=True)")
    deadline = time.monotonic() + 5
    while started(process.pid) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert process.wait() == 0
    assert started(process.pid) is None


def test_a_folder_has_one_process_of_a_name(folder: Folder) -> None:
    with claim(folder, "sequencer"), pytest.raises(NovateError, match="ALREADY_RUNNING"), claim(folder, "sequencer"):
        pass
    with locked(folder, "up"), pytest.raises(NovateError, match="ALREADY_RUNNING"), locked(folder, "up"):
        pass
    with claim(folder, "sequencer"):
        assert running(folder, "sequencer")
    assert read(folder, "sequencer") is None, "one that ends in order leaves nothing behind"


def test_why_it_would_not_start_stays_until_the_next_start(folder: Folder) -> None:
    with claim(folder, "prover") as presence:
        presence.tell(error="KEY_MISSING: gone", started="before")
    assert read(folder, "prover").error == "KEY_MISSING: gone"
    forget(folder)
    assert read(folder, "prover") is None


@pytest.mark.parametrize(
    ("code", "by_itself"), [("import time; print('on', flush=True); time.sleep(60)", True), (STUBBORN, False)]
)
def test_a_process_is_asked_to_stop_and_killed_after_a_limit(code: str, by_itself: bool) -> None:
    process = child(code)
    record = Record("prover", process.pid, started(process.pid))
    assert end(record, 0.3) is by_itself
    assert process.wait() in (-15, -9)
    assert end(record, 0.3), "one that is gone already has stopped"


def test_another_process_with_the_number_is_not_stopped() -> None:
    process = child()
    assert end(Record("prover", process.pid, "at some other time"), 0.1)
    assert process.poll() is None
    process.kill()
    process.wait()


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_process_that_ends_is_started_again_later_and_later(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, starts = Clock(), []

    def spawn(where: Folder, name: str) -> subprocess.Popen:
        starts.append(clock.now)
        ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
        ended.wait()
        return ended

    monkeypatch.setattr(supervisor, "spawn", spawn)
    ward = supervisor.Ward(folder, "prover", clock)
    while clock.now < 7:
        ward.look()
        clock.now = round(clock.now + 0.1, 1)
    pauses = [later - earlier for earlier, later in zip(starts, starts[1:])]
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2], abs=0.25)


def test_a_process_that_says_it_is_no_use_is_left_alone(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, starts = Clock(), []

    def spawn(where: Folder, name: str) -> subprocess.Popen:
        starts.append(clock.now)
        ended = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({processes.REFUSES})"])
        ended.wait()
        return ended

    monkeypatch.setattr(supervisor, "spawn", spawn)
    ward = supervisor.Ward(folder, "prover", clock)
    for _ in range(50):
        ward.look()
        clock.now += 1
    assert starts == [0.0]
    assert ward.given_up


def test_what_runs_already_is_taken_over(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    process = child()
    presence = Presence(folder, "chain")
    presence.tell(pid=process.pid, started=started(process.pid))
    monkeypatch.setattr(supervisor, "spawn", lambda *_: pytest.fail("it runs"))
    ward = supervisor.Ward(folder, "chain")
    ward.look()
    ward.stop()
    assert process.wait() == -15


def test_what_was_given_up_starts_again_when_somebody_asks(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []

    def spawn(where: Folder, name: str) -> subprocess.Popen:
        starts.append(name)
        ended = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({processes.REFUSES})"])
        ended.wait()
        return ended

    monkeypatch.setattr(supervisor, "spawn", spawn)
    ward = supervisor.Ward(folder, "sequencer", Clock())
    for _ in range(3):
        ward.look()
    assert starts == ["sequencer"]
    ward.revive()
    ward.look()
    assert starts == ["sequencer"] * 2


def test_a_process_that_hangs_is_ended_after_some_looks(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs and holds its lock; only its beat says that it does not move."""
    process = child()
    presence = Presence(folder, "prover")
    presence.tell(pid=process.pid, started=started(process.pid), ready=True)
    probe = health.Probe(folder, "prover", threading.Event())
    for _ in range(health.FAILURES + 1):
        probe.look()
    assert process.poll() is None, "it beat a moment ago"
    hanging = time.time() - health.STILL - 1
    os.utime(folder.run / "prover.json", (hanging, hanging))
    assert processes_of_folder(folder, monkeypatch)["prover"] == "hangs"
    for _ in range(health.FAILURES - 1):
        probe.look()
    assert process.poll() is None
    presence.beat()
    probe.look()
    os.utime(folder.run / "prover.json", (hanging, hanging))
    for _ in range(health.FAILURES):
        assert process.poll() is None, "one that moved in between begins anew"
        probe.look()
    assert process.wait() == -15


def processes_of_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """States by name, as ``novate status`` shows them."""
    monkeypatch.setattr(supervisor, "wanted", lambda _: ["prover"])
    return {one["name"]: one["state"] for one in processes_of(folder)}


def test_one_that_is_still_starting_does_not_hang(folder: Folder) -> None:
    record = Record("sequencer", os.getpid(), started(os.getpid()))
    assert health.works(folder, record)


def test_up_ends_what_hangs_and_asks_the_supervisor_for_it(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = child()
    presence = Presence(folder, "prover")
    presence.tell(pid=hangs.pid, started=started(hangs.pid), ready=True)
    os.utime(folder.run / "prover.json", (0, 0))
    told = child(
        "import signal, sys, time; signal.signal(signal.SIGHUP, lambda *_: sys.exit(7)); print('on', flush=True);"
        " time.sleep(60)"
    )
    supervising = Record("supervisor", told.pid, started(told.pid))
    assert start_again(folder, supervising, ["chain", "prover"]) == ["chain", "prover"]
    assert (hangs.wait(), told.wait()) == (-15, 7)
    assert start_again(folder, supervising, []) == [], "where nothing is amiss nobody is told"


@pytest.mark.parametrize("name", [supervisor.SUPERVISOR, *processes.NAMES])
def test_a_process_starts_without_what_takes_seconds_to_load(name: str) -> None:
    """A kill is survived quickly, or clients notice."""
    code = f"import sys, novate.service.{name}; print(*{{'web3', 'eth_account', 'vyper', 'py_ecc'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_why_a_process_failed_is_told_with_what_mends_it(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port in use: whoever runs ``novate up`` reads which option names another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with claim(folder, "sequencer") as presence, pytest.raises(NovateError) as refused:
            try:
                listeners.bound(address)
            except NovateError as error:
                failed(presence, error)
            monkeypatch.setattr(up, "is_alive", lambda record: False)
            monkeypatch.setattr(up, "running", lambda *_: None)
            wait_for(folder, ["sequencer"], lambda: True, 5)
    assert refused.value.code == "SERVICE_FAILED" and address in refused.value.message
    assert "--api" in refused.value.fix
