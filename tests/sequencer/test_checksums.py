"""Batches and receipts as they were written, or a word of damage: never another answer (checklist D05)."""

import sqlite3

import pytest

from sequencer import store
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.ledger import receipt_row
from tests.sequencer.house import Clock, flow, fund, price, sequencer

BATCHES = 3


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A sequencer's directory with some sealed batches."""
    directory = tmp_path_factory.mktemp("kept") / "house"
    clock = Clock()
    house = sequencer(directory, clock)
    price(house, clock.now)
    source = flow(house)
    fund(house, source)
    for _ in range(BATCHES):
        for action in source.actions(5):
            source.note(house.submit(action).result(10).receipt)
        house.seal().result(20)
    house.stop(seal=False)
    return directory


@pytest.fixture
def file(kept):
    """Its file, put back afterwards."""
    path = kept / store.FILE
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = path.read_bytes()
    yield path
    path.write_bytes(body)


def edit(path, statement, *arguments):
    connection = sqlite3.connect(path)
    connection.execute(statement, arguments)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def problem(directory, read):
    """The problem of a read, and its numbers."""
    archive = Archive(directory)
    try:
        with pytest.raises(SequencerError) as caught:
            read(archive)
    finally:
        archive.close()
    return caught.value.code, caught.value.numbers


CHANGES = {
    "INTEGER": "{0} = {0} + 1",
    "REAL": "{0} = {0} + 0.5",
    "TEXT": "{0} = replace({0}, substr({0}, 1, 1), 'x')",
    "BLOB": "{0} = zeroblob(8)",
}


def columns(table):
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(store.SCHEMA)
        return [(row[1], CHANGES[row[2]]) for row in connection.execute(f"PRAGMA table_info({table})") if not row[5]]


@pytest.mark.parametrize(("column", "change"), columns("batches"))
def test_no_column_of_a_batch_changes_unnoticed(kept, file, column, change):
    edit(file, f"UPDATE batches SET {change.format(column)} WHERE number = 2")
    assert problem(kept, Archive.batches) == (Problem.JOURNAL_DAMAGED, {"batch": 2})
    archive = Archive(kept)
    assert [archive.batch(number).number for number in (1, 3)] == [1, 3]
    archive.close()


@pytest.mark.parametrize(("column", "change"), columns("receipts"))
def test_no_column_of_a_receipt_changes_unnoticed(kept, file, column, change):
    archive = Archive(kept)
    first = archive.acknowledged(2)[0]
    archive.close()
    edit(file, f"UPDATE receipts SET {change.format(column)} WHERE sequence = ?", first.sequence)
    digest = bytes(8) if column == "digest" else first.digest
    wanted = (Problem.JOURNAL_DAMAGED, {"sequence": first.sequence})
    assert problem(kept, lambda archive: archive.find(digest)) == wanted
    assert problem(kept, lambda archive: archive.acknowledged(3 if column == "batch" else 2)) == wanted


@pytest.mark.parametrize("column", ["time", "kind", "payload", "chain"])
def test_nor_does_the_record_that_a_receipt_is_about(kept, file, column):
    archive = Archive(kept)
    first = archive.acknowledged(2)[0]
    archive.close()
    change = {"time": "time + 1", "kind": "'refused'", "payload": "cast(replace(payload, ':', ' :') AS BLOB)"}
    edit(file, f"UPDATE journal SET {column} = {change.get(column, 'zeroblob(32)')} WHERE sequence = ?", first.sequence)
    wanted = (Problem.JOURNAL_DAMAGED, {"sequence": first.sequence})
    assert problem(kept, lambda archive: archive.find(first.digest)) == wanted


def test_whoever_follows_from_the_beginning_is_told_of_no_other_receipt(kept, file):
    edit(file, "UPDATE receipts SET amended = 7 WHERE sequence = (SELECT max(sequence) FROM receipts)")
    house = sequencer(kept, Clock())
    try:
        with pytest.raises(SequencerError) as caught:
            list(house.follow(lambda events: None, 0))
    finally:
        house.stop(seal=False)
    assert caught.value.code is Problem.JOURNAL_DAMAGED and "sequence" in caught.value.numbers


def test_text_that_is_no_text_and_pages_that_are_none_are_damage_too(kept, file):
    edit(file, "UPDATE batches SET words = CAST(x'ff' AS TEXT) WHERE number = 2")
    assert problem(kept, Archive.batches)[0] is Problem.JOURNAL_DAMAGED
    edit(file, "UPDATE batches SET trace = CAST(x'ff' AS TEXT) WHERE number = 2")
    with pytest.raises(SequencerError) as caught:
        sequencer(kept, Clock())
    assert caught.value.code is Problem.JOURNAL_DAMAGED


def test_a_checksum_tells_values_and_types_apart():
    rows = [
        (1, 2, b"a", "x", 0),
        (1, 2, None, "x", 0),
        (1, 2, "a", "x", 0),
        (12, 2, b"a", "x", 0),
        (1, 2.0, b"a", "x", 0),
    ]
    assert len({receipt_row(*row)[-1] for row in rows}) == len(rows) and len(receipt_row(*rows[0])[-1]) == 8


def test_an_error_that_passes_is_no_damage():
    """A reader that was interrupted, or waited too long for a lock, has seen nothing of the file."""
    connection = sqlite3.connect(":memory:")
    connection.set_progress_handler(lambda: 1, 1)
    with pytest.raises(sqlite3.OperationalError), store.reading(table="batches"):
        connection.execute("SELECT value FROM json_each('[1, 2, 3]')").fetchall()
