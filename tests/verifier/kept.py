"""What is kept in files for the tests: contracts and vectors."""

import json
from functools import cache
from pathlib import Path

CONTRACTS = Path(__file__).resolve().parent / "contracts"
VECTORS = Path(__file__).resolve().parent.parent / "vectors"


@cache
def vector(name: str):
    """A file of test vectors."""
    return json.loads((VECTORS / name).read_text())
