"""One house for the tests of a file that do no harm, and one of its own for each that does."""

import pytest

from tests.gateway.house import House


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("shared") / "house")
    yield house
    house.stop()


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "house")
    yield house
    house.stop()
