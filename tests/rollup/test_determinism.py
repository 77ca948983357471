"""Same input, same bytes: whatever seed Python hashes with."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json
from hashlib import sha256
from random import Random
from tests.properties.universe import KINDS, LISTED, OWNERS, Intent, Universe

random = Random(4)
universe = Universe(4, "S", checked=False)
universe.run([
    Intent(random.choice(KINDS), random.randint(1, OWNERS), random.randrange(LISTED), random.randrange(2**30))
    for _ in range(150)
])
digest = sha256(universe.engine.snapshot())
for batch in universe.batches:
    digest.update(json.dumps([batch.words, batch.trace, batch.used]).encode())
    digest.update(repr(batch.receipts).encode())
print(digest.hexdigest())
"""


def digest(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_traces_receipts_and_snapshots_do_not_depend_on_the_hash_seed() -> None:
    first = digest("0")
    assert len(first.strip()) == 64
    assert first == digest("1") == digest("31337")
