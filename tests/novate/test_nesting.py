"""Text that nests a hundred thousand deep is refused by every door, whatever else the process loaded."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from verifier.recursion import MOST

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("rollup", "circuits", "sequencer", "verifier", "novate")
RAISERS = {"web3", "eth_account", "py_ecc"}
"""Packages that load py_ecc, which raises the limit."""

EVERYTHING = """
import importlib, pkgutil, sys
skipped = {"novate.cluster.ray_pool", "sequencer.jobs_postgres"}
for folder in %r:
    for found in pkgutil.walk_packages([folder], folder + "."):
        if found.name not in skipped and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            assert sys.getrecursionlimit() <= %d, found.name
print("py_ecc" in sys.modules, sys.getrecursionlimit())
"""


def run(code: str) -> str:
    """What a fresh process prints; fails if it dies."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout.strip()


def test_everything_loaded_leaves_the_limit_where_parsers_are_safe() -> None:
    is_loaded, limit = run(EVERYTHING % (FOLDERS, MOST)).split()
    assert is_loaded == "True"
    assert int(limit) <= MOST


def loads(tree: ast.AST) -> set[str]:
    """What a module imports when it runs: not what it imports for types alone."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            found |= loads(node)
    return found


def test_whatever_loads_py_ecc_takes_the_limit_back() -> None:
    """It calls ``bounded``, or loads a module that does; imports of others come first in a file, so ours are last."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    texts = {".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text() for path in paths}
    found = {name: loads(ast.parse(text)) for name, text in texts.items()}
    bound = {name for name, text in texts.items() if "\n    bounded()\n" in text or "\nbounded()\n" in text}
    assert "verifier.chain" in bound
    while more := {name for name in found.keys() - bound if found[name] & bound}:
        bound |= more
    raisers = {name for name, names in found.items() if {one.partition(".")[0] for one in names} & RAISERS}
    assert raisers - bound == set()


DOORS = """
import sys
from pathlib import Path
import verifier.chain
from circuits.keyfolder import keys
from novate.audits import named_key
from novate.cli import logs, sheet
from novate.client.accounts import KeyFolder
from novate.home import Home, Run
from novate.keys import circuits_of
from novate.service.folder import Folder
from novate.service.listing import kept_genesis, reporter_seeds
from novate.service.processes import read
from rollup.actions import decode
from sequencer import backup
from sequencer.gateway import parse, signed, wire
from verifier.keystore import open_keystore

assert "py_ecc" in sys.modules
root, deep = Path(sys.argv[1]), sys.argv[2].encode() * 100_000
folder = Folder(root)
folder.make()
folder.keys.mkdir()
names = ["service", "genesis", "reporters", "accounts/a", "run/chain", "backup", "run"]
for name in names:
    (folder.root / f"{name}.json").write_bytes(deep)
(folder.keys / "XS-1.json").write_bytes(deep)
file = folder.root / "run.json"

def code(work):
    try:
        return work()
    except Exception as error:
        code = getattr(error, "code", None)
        return str(getattr(code, "name", code))

found = {
    "service": code(folder.read),
    "genesis": code(lambda: kept_genesis(folder)),
    "reporters": code(lambda: reporter_seeds(folder)),
    "account": code(lambda: KeyFolder(folder.accounts).read("a")),
    "keystore": code(lambda: open_keystore(file, variable="PASSWORD")),
    "backup": code(lambda: backup.contents(folder.root)),
    "run": code(Run(folder.root).read),
    "record": code(lambda: named_key(str(file))),
    "against": code(lambda: list(circuits_of(file, "XS"))),
    "keys": code(lambda: keys(folder.keys)),
    "process": code(lambda: read(folder, "chain")),
    "sheet": code(lambda: sheet.read(str(file))),
    "log": code(lambda: logs.parsed(deep.decode(), file)["process"]),
    "action": code(lambda: decode(deep)),
    "submit": code(lambda: parse.submit(deep)),
    "request": code(lambda: parse.request(wire.Submit, deep)),
}
print(found)
"""

REFUSED = {
    "service": "NO_SERVICE",
    "genesis": "FILE_UNREADABLE",
    "reporters": "FILE_UNREADABLE",
    "account": "KEY_UNREADABLE",
    "keystore": "KEYSTORE_UNREADABLE",
    "backup": "JOURNAL_DAMAGED",
    "run": "RUN_UNREADABLE",
    "record": "KEY_RECORD_UNREADABLE",
    "against": "NAMES_NO_CIRCUIT",
    "keys": [],
    "process": None,
    "sheet": "SHEET_UNREADABLE",
    "log": "run",
    "action": "BAD_FIELD",
    "submit": "BAD_REQUEST",
    "request": "BAD_REQUEST",
}


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nested_text_gets_a_code_at_every_door(tmp_path: Path, opening: str) -> None:
    words = [sys.executable, "-c", DOORS, str(tmp_path), opening]
    environment = {**os.environ, "PASSWORD": "x"}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    assert ast.literal_eval(done.stdout) == REFUSED
