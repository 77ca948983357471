"""Backups are taken while trading goes on, are verified, and start anew (D05, D29)."""

import shutil
import threading

import pytest

from sequencer import backup, store, traces
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from tests.sequencer.house import CALM, HASHER, START, Clock, deployment, flow, fund, price, sequencer
from tests.sequencer.load import Load

POLICY = CALM._replace(snapshot_every=2)


@pytest.fixture
def house(tmp_path):
    house = sequencer(tmp_path / "house", Clock(), POLICY)
    price(house, START)
    fund(house, flow(house))
    yield house
    house.stop(seal=False)


def live(house, load, batches):
    told = []
    for _ in range(batches):
        for future in [house.submit(load.action()) for _ in range(20)]:
            if not future.exception(10):
                told.append(future.result())
        house.seal().result(10)
    return told


def test_a_backup_under_load_is_of_one_moment_and_goes_on_from_there(house, tmp_path):
    load = Load(house, 8, seed=1)
    before = live(house, load, 3)
    stop = threading.Event()

    def trade():
        while not stop.is_set():
            live(house, load, 1)

    trader = threading.Thread(target=trade)
    trader.start()
    taken = []
    for number in range(3):
        target = tmp_path / f"backup {number}"
        taken.append(backup.take(tmp_path / "house", target, (tmp_path / "house" / "jobs.sqlite", tmp_path / "none")))
    stop.set()
    trader.join()
    assert taken[0].sequence >= before[-1].sequence and taken[0].sealed >= 3
    for number, one in enumerate(taken):
        target = tmp_path / f"backup {number}"
        verified = backup.verify(target, deployment(), HASHER)
        assert verified.records == one.sequence and verified == backup.verify(target, deployment(), HASHER, True)
        assert backup.restore(target, tmp_path / f"restored {number}") == one
        again = sequencer(tmp_path / f"restored {number}", Clock(), POLICY)
        assert again.status().sequence == one.sequence and again.status().sealed == one.sealed
        for acknowledged in before:
            assert again.submit(acknowledged.receipt.action).result(10)._replace(duplicate=False) == acknowledged
        live(again, Load(again, 8, seed=7), 1)
        again.stop()
    archive = Archive(tmp_path / "restored 0")
    assert all(traces.is_whole(batch.trace, batch.trace_digest) for batch in archive.batches())
    archive.close()


@pytest.mark.parametrize("meanwhile", ["seal", "rewind", "rewind and seal", "altered"])
def test_traces_that_change_while_they_are_copied_are_whole_or_made_again(house, tmp_path, monkeypatch, meanwhile):
    """D29: between the list of traces and the copy of the second one, the directory goes on."""
    load = Load(house, 8, seed=1)
    live(house, load, 4)
    folder, copied, copy = tmp_path / "house" / traces.FOLDER, [], backup._copy_trace

    def goes_on():
        if "rewind" in meanwhile:
            house.rewind(1, Problem.COMMITMENT_TOO_LATE)
        if "seal" in meanwhile:
            live(house, load, 2)
        if meanwhile == "altered":
            (folder / "00000003.json").write_text("{}")

    def while_going_on(source, target, digest):
        if len(copied) == 1:
            goes_on()
        copied.append(source.name)
        copy(source, target, digest)

    monkeypatch.setattr(backup, "_copy_trace", while_going_on)
    target = tmp_path / "backup"
    taken = backup.take(tmp_path / "house", target)
    assert taken.sealed == 4 and copied == [f"{number:08}.json" for number in range(1, 5)]
    left = {path.name for path in (target / traces.FOLDER).iterdir()}
    lost = {"rewind": {2, 3, 4}, "rewind and seal": {2, 3, 4}, "altered": {3}}.get(meanwhile, set())
    assert left == {f"{number:08}.json" for number in {1, 2, 3, 4} - lost}
    verified = backup.verify(target, deployment(), HASHER)
    assert (verified.records, verified.sealed) == (taken.sequence, 4)
    backup.restore(target, tmp_path / "again")
    again = sequencer(tmp_path / "again", Clock(), POLICY)
    archive = Archive(tmp_path / "again")
    assert [batch.number for batch in archive.batches()] == [1, 2, 3, 4]
    assert all(traces.is_whole(batch.trace, batch.trace_digest) for batch in archive.batches())
    archive.close()
    again.stop(seal=False)


def test_a_backup_of_a_stopped_house_holds_its_batch_in_progress(tmp_path):
    house = sequencer(tmp_path / "house", Clock(), POLICY)
    price(house, START)
    fund(house, flow(house))
    house.stop(seal=False)
    backup.take(tmp_path / "house", tmp_path / "backup")
    assert backup.verify(tmp_path / "backup", deployment(), HASHER).sealed == 0
    backup.restore(tmp_path / "backup", tmp_path / "again")
    again = sequencer(tmp_path / "again", Clock(), POLICY)
    assert len(again.engine.accounts()) == 9 and again.seal().result(10) == 1
    again.stop()


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "added", "list", "no list", "schema"])
def test_a_backup_that_is_not_what_was_written_is_refused(house, tmp_path, damage):
    live(house, Load(house, 8, seed=1), 2)
    target = tmp_path / "backup"
    backup.take(tmp_path / "house", target)
    path, listed = target / store.FILE, target / backup.LIST
    body = bytearray(path.read_bytes())
    if damage == "flip":
        body[len(body) // 2] ^= 1
        path.write_bytes(body)
    elif damage == "cut":
        path.write_bytes(body[:-4096])
    elif damage == "missing":
        next((target / traces.FOLDER).iterdir()).unlink()
    elif damage == "added":
        (target / f"{store.FILE}-wal").write_bytes(b"from elsewhere")
    elif damage == "list":
        listed.write_text(listed.read_text()[:-9])
    elif damage == "no list":
        listed.unlink()
    else:
        listed.write_text(listed.read_text().replace(f'"schema": {store.SCHEMA_VERSION}', '"schema": 1'))
    code = Problem.JOURNAL_VERSION if damage == "schema" else Problem.JOURNAL_DAMAGED
    for refused in (
        lambda: backup.verify(target, deployment(), HASHER),
        lambda: backup.restore(target, tmp_path / "again"),
    ):
        with pytest.raises(SequencerError) as caught:
            refused()
        assert caught.value.code is code
    assert not (tmp_path / "again").exists()


def test_nothing_is_overwritten(house, tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "mine").write_text("mine")
    with pytest.raises(FileExistsError):
        backup.take(tmp_path / "house", tmp_path / "backup")
    backup.take(tmp_path / "house", tmp_path / "other")
    with pytest.raises(FileExistsError):
        backup.restore(tmp_path / "other", tmp_path / "house")


def test_a_backup_whose_journal_was_changed_and_listed_again_does_not_verify(house, tmp_path):
    import sqlite3

    live(house, Load(house, 8, seed=1), 2)
    backup.take(tmp_path / "house", tmp_path / "backup")
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "backup", copy)
    (copy / backup.LIST).unlink()
    connection = sqlite3.connect(copy / store.FILE)
    connection.execute("UPDATE journal SET payload = x'00' WHERE sequence = 9")
    connection.commit()
    connection.close()
    backup._list(copy, backup.Backup(1, 1, 1, 1, 1))
    with pytest.raises(SequencerError) as caught:
        backup.verify(copy, deployment(), HASHER)
    assert caught.value.code is Problem.JOURNAL_DAMAGED and caught.value.numbers == {"sequence": 9}
