"""The doctor names what is missing, and the fix."""

import json
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from novate import doctor, tools
from novate.cli.main import main
from novate.errors import Unreachable


def check(name: str, data: Path = Path(".novate"), port: int = 0) -> doctor.Check:
    """One of the doctor's checks."""
    return next(found for found in doctor.all_checks(data, port) if found.name == name)


def test_this_machine_is_ready(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert main(["doctor", "--json", "--data", str(tmp_path)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    names = [found["name"] for found in answer["checks"]]
    assert names == ["python", "venv", "packages", "disk", "memory", "data", "ports", "go", "node", "anvil", "programs"]


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 13))
    found = check("python")
    assert not found.holds
    assert "3.11" in found.fix


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, doctor.GIB + doctor.GIB // 2))
    found = check("disk", tmp_path / "not" / "yet")
    assert not found.holds
    assert found.found == "1.5 GiB free"
    assert str(tmp_path) in found.fix


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["doctor", "--port", str(port)]) == 1
    lines = capsys.readouterr().out.splitlines()
    failed = next(number for number, line in enumerate(lines) if line.startswith("FAIL"))
    assert "ports" in lines[failed]
    assert f"end what listens on port {port}" in lines[failed + 2]


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port_is_wrong_usage(port: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", f"--port={port}"])
    assert ended.value.code == 2


@pytest.mark.parametrize("name", ["go", "node", "anvil"])
def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def missing() -> tools.Tool:
        raise Unreachable("TOOL_MISSING", f"{name} is not installed", fix="make install")

    monkeypatch.setattr(tools, f"{name}_tool", missing)
    found = check(name)
    assert (found.holds, found.found, found.fix) == (False, f"{name} is not installed", "make install")


def test_a_tool_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "node_tool", lambda: tools.Tool("node", Path("node"), "18.0.0"))
    found = check("node")
    assert (found.holds, found.found, found.wanted) == (False, "18.0.0", tools.NODE_VERSION)


def test_programs_that_are_not_built_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOVATE_TOOLS", str(tmp_path))
    monkeypatch.setattr(doctor.build, "names", lambda: ["native", "prover"])
    found = check("programs")
    assert (found.holds, found.found) == (False, "not built: native, prover")


def test_packages_are_compared_with_the_lock_file(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = doctor.importlib.metadata.version
    monkeypatch.setattr(
        doctor.importlib.metadata, "version", lambda name: "7.0.0" if name == "web3" else versions(name)
    )
    found = check("packages")
    assert (found.holds, found.found) == (False, "web3 7.0.0")


def test_packages_of_other_platforms_are_not_asked_for() -> None:
    lock = "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:0\nweb3==8.0.0 \\\n    --hash=sha256:1\n"
    assert doctor.locked_versions(lock) == {"web3": "8.0.0"}
