"""One house for all tests that only need one; those that stop things open their own."""

from pathlib import Path

import pytest

from tests.client import house


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A sequencer and its gateway."""
    with house.opened(tmp_path_factory.mktemp("sequencer")) as found:
        yield found


@pytest.fixture
def nonces(tmp_path: Path) -> Path:
    """A folder of lanes."""
    return tmp_path / "nonces"
