"""The journal: durable before acknowledged, chained, and honest about damage (checklist D01, D02, D05 to D07, D18)."""

import shutil
import sqlite3
import subprocess
import sys

import pytest

from sequencer import head, store
from sequencer.errors import Problem, SequencerError
from sequencer.head import Head, HeadFile
from sequencer.journal import Journal, Kind, link

PAYLOADS = [f"payload {number}".encode() * (1 + number % 3) for number in range(40)]


def fill(directory, groups):
    """A journal of some groups of four, closed; the payloads in it."""
    journal = Journal(directory)
    written = []
    for group in range(groups):
        for payload in PAYLOADS[4 * group : 4 * group + 4]:
            journal.append(Kind.ACTION, payload)
            written.append(payload)
        journal.commit()
    journal.close()
    return written


def contents(directory):
    """Payloads of a journal, opened anew."""
    journal = Journal(directory)
    try:
        return [record.payload for record in journal.records()]
    finally:
        journal.close()


def problem(directory):
    """The problem with which a journal refuses to open or to be read, and its numbers."""
    with pytest.raises(SequencerError) as caught:
        contents(directory)
    return caught.value.code, caught.value.numbers


def put(path, body):
    """A file made anew: cutting an old one short makes some file systems flush it."""
    path.unlink(missing_ok=True)
    path.write_bytes(body)


def checkpoint(directory):
    """Move everything into the main file."""
    connection = sqlite3.connect(directory / store.FILE)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def edit(directory, statement, *arguments):
    """Change the database behind the journal's back."""
    connection = sqlite3.connect(directory / store.FILE)
    connection.execute(statement, arguments)
    connection.commit()
    connection.close()


def test_records_come_back_in_order_and_the_chain_starts_at_zero(tmp_path):
    written = fill(tmp_path, 3)
    journal = Journal(tmp_path)
    records = list(journal.records())
    assert [record.payload for record in records] == written
    assert [record.sequence for record in records] == list(range(1, 13))
    assert records[0].chain == link(bytes(32), 1, records[0].time, Kind.ACTION, written[0])
    assert journal.head == Head(12, records[-1].chain)
    tail = list(journal.records(Head(8, records[7].chain)))
    assert tail == records[8:]
    assert journal.verify() == 12
    journal.close()


def test_the_chain_binds_sequence_time_kind_payload_and_past():
    one = link(bytes(32), 1, 5, "action", b"ab")
    others = [
        link(bytes(31) + b"\1", 1, 5, "action", b"ab"),
        link(bytes(32), 2, 5, "action", b"ab"),
        link(bytes(32), 1, 6, "action", b"ab"),
        link(bytes(32), 1, 5, "actio", b"nab"),
        link(bytes(32), 1, 5, "action", b"ac"),
    ]
    assert one not in others


def test_what_was_not_committed_is_gone(tmp_path):
    fill(tmp_path, 1)
    journal = Journal(tmp_path)
    journal.append(Kind.ACTION, b"never acknowledged")
    journal.close()
    assert contents(tmp_path) == PAYLOADS[:4]


def test_a_group_and_what_goes_with_it_is_one_transaction(tmp_path):
    journal = Journal(tmp_path)
    journal.append(Kind.ACTION, b"one")

    def fails(connection):
        connection.execute("INSERT INTO jobs (batch, state) VALUES (1, 'waiting')")
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(SequencerError) as caught:
        journal.commit(fails)
    assert caught.value.code is Problem.JOURNAL_FAILED and caught.value.unknown
    for attempt in (lambda: journal.append(Kind.ACTION, b"two"), journal.commit):
        with pytest.raises(SequencerError, match="JOURNAL_FAILED"):
            attempt()
    journal.close()
    assert contents(tmp_path) == []
    assert sqlite3.connect(tmp_path / store.FILE).execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_a_full_disk_stops_the_journal_and_keeps_what_was_acknowledged(tmp_path):
    fill(tmp_path, 2)
    journal = Journal(tmp_path)
    pages = journal.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.connection.execute(f"PRAGMA max_page_count={pages}")
    journal.append(Kind.ACTION, bytes(100_000))
    with pytest.raises(SequencerError, match="JOURNAL_FAILED: database or disk is full"):
        journal.commit()
    journal.close()
    assert contents(tmp_path) == PAYLOADS[:8]


def test_a_second_writer_is_refused_in_this_process_and_in_another(tmp_path):
    journal = Journal(tmp_path)
    assert problem(tmp_path)[0] is Problem.IN_USE
    code = "import sys, pathlib; from sequencer.journal import Journal; Journal(pathlib.Path(sys.argv[1]))"
    other = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert "IN_USE" in other.stderr
    journal.close()
    assert contents(tmp_path) == []


def test_another_schema_is_refused(tmp_path):
    fill(tmp_path, 1)
    edit(tmp_path, "PRAGMA user_version=99")
    assert problem(tmp_path) == (Problem.JOURNAL_VERSION, {"found": 99, "wanted": store.SCHEMA_VERSION})


def test_time_never_runs_back_whatever_the_clock_does(tmp_path):
    """A step back, a stall and a step forward, the first one across a restart too (D14)."""
    ticks = iter([100, 90, 90, 5_000, 200])
    journal = Journal(tmp_path, lambda: next(ticks))
    for _ in range(4):
        journal.append(Kind.ACTION, b"x")
    journal.commit()
    journal.close()
    journal = Journal(tmp_path, lambda: next(ticks))
    journal.append(Kind.ACTION, b"x")
    journal.commit()
    assert [record.time for record in journal.records()] == [100, 100, 100, 5_000, 5_000]
    journal.close()


def test_a_time_that_runs_back_is_damage(tmp_path):
    """Even where the chain holds: nobody but another program could have written it."""
    fill(tmp_path, 1)
    connection = sqlite3.connect(tmp_path / store.FILE)
    chain = bytes(32)
    rows = connection.execute("SELECT sequence, time, kind, payload FROM journal ORDER BY 1").fetchall()
    for sequence, time, kind, payload in rows:
        time -= sequence
        chain = link(chain, sequence, time, kind, payload)
        connection.execute("UPDATE journal SET time = ?, chain = ? WHERE sequence = ?", (time, chain, sequence))
    connection.commit()
    connection.close()
    (tmp_path / head.FILE).unlink()
    heads = HeadFile(tmp_path)
    heads.write(Head(sequence, chain))
    heads.close()
    assert problem(tmp_path)[0] is Problem.JOURNAL_DAMAGED


@pytest.fixture
def unsynced(monkeypatch):
    """Thousands of openings without waiting for the disk: what is read back is tested, not what was flushed."""
    connect = store.connect

    def quick(path):
        connection = connect(path)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    monkeypatch.setattr(store, "connect", quick)


def test_a_last_write_torn_at_every_byte_is_rolled_back_or_refused(tmp_path, unsynced):
    """Three groups were acknowledged, the fourth was being written: it may be there whole or not at all."""
    source = tmp_path / "source"
    journal = Journal(source)
    sizes = []
    for group in range(4):
        for payload in PAYLOADS[4 * group : 4 * group + 4]:
            journal.append(Kind.ACTION, payload)
        if group == 3:
            shutil.copy(source / head.FILE, tmp_path / "told three")
        journal.commit()
        sizes.append((source / f"{store.FILE}-wal").stat().st_size)
    log = (source / f"{store.FILE}-wal").read_bytes()
    torn = tmp_path / "torn"
    torn.mkdir()
    for name in (store.FILE, head.FILE):
        shutil.copy(source / name, torn)
    journal.close()

    told_four = (torn / head.FILE).read_bytes()
    told_three = (tmp_path / "told three").read_bytes()
    main = (torn / store.FILE).read_bytes()
    assert sizes[3] > sizes[2] > 0
    for length in range(sizes[2], sizes[3] + 1):
        whole = length == sizes[3]
        for told in (told_three, told_four) if whole or length % 16 == 0 else (told_three,):
            put(torn / store.FILE, main)
            put(torn / f"{store.FILE}-wal", log[:length])
            (torn / f"{store.FILE}-shm").unlink(missing_ok=True)
            put(torn / head.FILE, told)
            if whole or told is told_three:
                assert contents(torn) == PAYLOADS[: 16 if whole else 12], length
            else:
                assert problem(torn) == (Problem.JOURNAL_LOST, {"acknowledged": 16, "found": 12}), length


def test_flipped_bits_in_the_log_never_change_a_record(tmp_path, unsynced):
    """Every byte of the last write in turn: the acknowledged records are there, or opening says which are gone."""
    source = tmp_path / "source"
    journal = Journal(source)
    for payload in PAYLOADS[:4]:
        journal.append(Kind.ACTION, payload)
    journal.commit()
    before = (source / f"{store.FILE}-wal").stat().st_size
    journal.append(Kind.ACTION, PAYLOADS[4])
    journal.commit()
    log = (source / f"{store.FILE}-wal").read_bytes()
    flipped = tmp_path / "flipped"
    flipped.mkdir()
    for name in (store.FILE, head.FILE):
        shutil.copy(source / name, flipped)
    journal.close()
    main = (flipped / store.FILE).read_bytes()
    told = (flipped / head.FILE).read_bytes()
    outcomes = set()
    for place in range(before, len(log), 3):
        put(flipped / store.FILE, main)
        changed = bytearray(log)
        changed[place] ^= 1 << (place % 8)
        put(flipped / f"{store.FILE}-wal", changed)
        (flipped / f"{store.FILE}-shm").unlink(missing_ok=True)
        put(flipped / head.FILE, told)
        try:
            assert contents(flipped) == PAYLOADS[:5]
            outcomes.add("whole")
        except SequencerError as error:
            assert error.code is Problem.JOURNAL_LOST and error.numbers == {"acknowledged": 5, "found": 4}
            outcomes.add("refused")
    assert "refused" in outcomes


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE journal SET payload = x'00' WHERE sequence = 5", "the chain does not hold here"),
        ("UPDATE journal SET time = time + 1 WHERE sequence = 5", "the chain does not hold here"),
        ("UPDATE journal SET time = 'x' WHERE sequence = 5", "the chain does not hold here"),
        ("UPDATE journal SET kind = 'seal' WHERE sequence = 5", "the chain does not hold here"),
        ("UPDATE journal SET chain = zeroblob(32) WHERE sequence = 5", "the chain does not hold here"),
        ("DELETE FROM journal WHERE sequence = 5", "the chain does not hold here"),
        ("DELETE FROM journal WHERE sequence = 1", "the chain does not hold here"),
        ("UPDATE journal SET sequence = 13 WHERE sequence = 5", "a record differs from what was acknowledged"),
    ],
)
def test_damage_in_the_middle_is_never_skipped(tmp_path, statement, reason):
    fill(tmp_path, 3)
    edit(tmp_path, statement)
    if "sequence = 13" in statement:
        edit(tmp_path, "UPDATE journal SET chain = zeroblob(32) WHERE sequence = 12")
    with pytest.raises(SequencerError, match=reason) as caught:
        contents(tmp_path)
    assert caught.value.code is Problem.JOURNAL_DAMAGED


def test_a_cut_off_end_that_was_acknowledged_is_refused(tmp_path):
    fill(tmp_path, 3)
    edit(tmp_path, "DELETE FROM journal WHERE sequence > 10")
    assert problem(tmp_path) == (Problem.JOURNAL_LOST, {"acknowledged": 12, "found": 10})


def test_another_history_of_the_same_length_is_refused(tmp_path):
    fill(tmp_path / "ours", 2)
    journal = Journal(tmp_path / "other")
    for payload in PAYLOADS[1:9]:
        journal.append(Kind.ACTION, payload)
    journal.commit()
    journal.close()
    checkpoint(tmp_path / "other")
    shutil.copy(tmp_path / "other" / store.FILE, tmp_path / "ours")
    assert problem(tmp_path / "ours") == (Problem.JOURNAL_DAMAGED, {"sequence": 8})


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path):
    fill(tmp_path, 1)
    checkpoint(tmp_path)
    (tmp_path / store.FILE).write_bytes(b"not a database at all" * 500)
    with pytest.raises(SequencerError, match=f"JOURNAL_DAMAGED: {store.FILE}: file is not a database"):
        Journal(tmp_path)


def test_every_page_of_the_main_file_spoiled_is_refused_or_harmless(tmp_path):
    fill(tmp_path / "source", 10)
    checkpoint(tmp_path / "source")
    body = (tmp_path / "source" / store.FILE).read_bytes()
    spoiled = tmp_path / "spoiled"
    refused = 0
    for page in range(0, len(body), 4096):
        shutil.rmtree(spoiled, ignore_errors=True)
        shutil.copytree(tmp_path / "source", spoiled)
        (spoiled / store.FILE).write_bytes(body[:page] + bytes(4096) + body[page + 4096 :])
        try:
            assert contents(spoiled) == PAYLOADS
        except SequencerError as error:
            assert error.code in (Problem.JOURNAL_DAMAGED, Problem.JOURNAL_LOST)
            refused += 1
    assert refused >= 2


def test_a_missing_head_is_damage_unless_the_journal_is_empty(tmp_path):
    Journal(tmp_path).close()
    (tmp_path / head.FILE).unlink()
    assert contents(tmp_path) == []
    fill(tmp_path, 1)
    (tmp_path / head.FILE).unlink()
    assert problem(tmp_path) == (Problem.JOURNAL_DAMAGED, {"found": 4})


def test_a_crash_between_commit_and_head_keeps_the_group(tmp_path):
    """The first group is the case without an older head."""
    Journal(tmp_path).close()
    told_nothing = (tmp_path / head.FILE).read_bytes()
    fill(tmp_path, 2)
    (tmp_path / head.FILE).write_bytes(told_nothing)
    assert contents(tmp_path) == PAYLOADS[:8]


def test_a_torn_head_falls_back_to_the_older_slot(tmp_path):
    heads = HeadFile(tmp_path)
    heads.start()
    for sequence in range(1, 6):
        heads.write(Head(sequence, bytes([sequence]) * 32))
    heads.close()
    body = bytearray((tmp_path / head.FILE).read_bytes())
    newest = max((0, 4096), key=lambda at: int.from_bytes(body[at : at + 8], "little"))
    body[newest + 9] ^= 1
    (tmp_path / head.FILE).write_bytes(body)
    heads = HeadFile(tmp_path)
    assert heads.read() == Head(4, bytes([4]) * 32)
    heads.write(Head(6, bytes(32)))
    assert heads.read() == Head(6, bytes(32))
    assert heads._slot(1 - heads.turn) == Head(6, bytes(32)) and heads._slot(heads.turn) == Head(4, bytes([4]) * 32)
    heads.close()


def test_files_are_for_their_owner_alone(tmp_path):
    fill(tmp_path / "made", 1)
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
