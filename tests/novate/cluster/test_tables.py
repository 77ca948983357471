"""Which table the services' sequencer uses, and what it says of a server that it cannot reach."""

import importlib.util

import pytest

from novate.cluster.tables import ADDRESS, table_of
from novate.errors import NovateError
from sequencer.jobs import Task
from sequencer.jobs_sqlite import FILE
from tests.extras import needs
from tests.sequencer import postgres

TASK = Task(1, "S", "trace")


def test_without_a_word_it_is_a_file(tmp_path, monkeypatch):
    monkeypatch.delenv(ADDRESS, raising=False)
    table = table_of(tmp_path)
    assert table.publish(TASK) and (tmp_path / FILE).exists()
    table.close()


def test_a_server_that_cannot_be_had_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(ADDRESS, f"postgresql://novate@/postgres?host={tmp_path}")
    with pytest.raises(NovateError) as caught:
        table_of(tmp_path)
    assert caught.value.code == "NO_JOB_TABLE" and caught.value.fix


def test_a_server_is_used_where_it_is_named(tmp_path, monkeypatch):
    needs("postgres", postgres.binaries() is not None and importlib.util.find_spec("asyncpg") is not None)
    with postgres.server() as address:
        monkeypatch.setenv(ADDRESS, address)
        table = table_of(tmp_path)
        assert table.publish(TASK) and not (tmp_path / FILE).exists()
        table.close()
