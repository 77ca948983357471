"""Signing works without our software: a program of the standard library, given what the API tells and the vectors."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.client.house import House
from tests.twins.api_vectors import FILE

PROGRAM = Path(__file__).with_name("standalone.py")


def test_the_program_imports_nothing_of_ours() -> None:
    modules = [line.split()[1] for line in PROGRAM.read_text().splitlines() if line.startswith(("import ", "from "))]
    assert set(modules) <= {"hashlib", "json", "sys", "pathlib"}


def test_a_stranger_signs_and_verifies_every_case(shared: House, tmp_path: Path) -> None:
    domain = tmp_path / "domain.json"
    with urllib.request.urlopen(f"{shared.api}/v1/domain") as answer:
        domain.write_bytes(answer.read())
    command = [sys.executable, "-I", str(PROGRAM), str(domain), str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["cases"] >= 60
