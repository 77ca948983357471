"""What some tests need beyond the base environment: skipped with a loud word where it is absent, unless required.

``NOVATE_REQUIRE`` lists, by commas, what must be there: then absence fails. ``.ci/run`` requires everything.
"""

import os

import pytest

FIXES = {
    "cairo": "python -m tests.cairo.install",
    "ray": ".venv/bin/python -m pip install --require-hashes --requirement requirements-cluster.lock",
    "postgres": "the server's binaries from the system's packages (postgresql), and requirements-cluster.lock",
    "browser": "Chromium from the system's packages, or NOVATE_CHROMIUM",
}
"""How to come by each."""


def needs(name: str, is_there: bool) -> None:
    """Go on if it is there; skip otherwise, or fail where it is required."""
    if is_there:
        return
    word = f"{name.upper()} IS ABSENT, nothing of this was tested; get it by: {FIXES[name]}"
    if name in os.environ.get("NOVATE_REQUIRE", "").split(","):
        pytest.fail(word, pytrace=False)
    pytest.skip(word, allow_module_level=True)


def asked(name: str, cost: str) -> None:
    """Go on if ``NOVATE_REQUIRE`` names it; skip otherwise: a test too long for every run."""
    if name not in os.environ.get("NOVATE_REQUIRE", "").split(","):
        word = f"{name.upper()} WAS NOT ASKED FOR, nothing of this was tested; NOVATE_REQUIRE={name} runs it: {cost}"
        pytest.skip(word, allow_module_level=True)
