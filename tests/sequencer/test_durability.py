"""What happens to a sequencer when disk, clock, memory or another process misbehave; items of the checklist by number.

Torn and spoiled files of the journal alone are in ``test_journal``, random kills in ``test_kill``, snapshots and replay
in ``test_recovery``, bounded queues in ``test_sequencer``, ``test_events`` and ``test_oracle``.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import time
from pathlib import Path

import pytest

from rollup.refusals import Refused
from sequencer import head, recovery, snapshots, store, traces
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.journal import Journal
from sequencer.sequencer import Sequencer
from tests.sequencer.house import (
    CALM,
    HASHER,
    START,
    Clock,
    KeyedHash,
    deployment,
    flow,
    fund,
    key,
    price,
    sequencer,
    sign,
)
from tests.sequencer.load import Load
from tests.sequencer.test_journal import put
from tests.sequencer.test_sequencer import answer, order

POLICY = CALM._replace(snapshot_every=2)


def begin(directory: Path, clock=None) -> Sequencer:
    """A house with prices and funded accounts, each time it is started."""
    house = sequencer(directory, clock or Clock(), POLICY)
    if house.engine.system.round < house.now():
        price(house, house.now())
    if len(house.engine.accounts()) == 1:
        fund(house, flow(house))
    return house


def recovered(directory: Path, copy: Path) -> dict[bytes, tuple[int, str]]:
    """Everything acknowledged that a copy holds, by name; snapshot and genesis lead to the same state."""
    roots = set()
    for use_snapshots in (True, False):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(directory, copy)
        journal = Journal(copy)
        ledger = recovery.recover(journal, deployment(), HASHER, copy, 2, use_snapshots)
        named = {digest: (entry.sequence, str(entry.receipt.code)) for digest, entry in ledger.named.items()}
        roots.add(ledger.engine.seal(HASHER).root_after if ledger.is_open else ledger.engine.root(HASHER))
        journal.close()
    assert len(roots) == 1
    archive = Archive(copy)
    for batch in archive.batches():
        named |= {one.digest: (one.sequence, str(one.receipt.code)) for one in archive.acknowledged(batch.number)}
    archive.close()
    return named


def forked(work) -> tuple[int, list]:
    """Run ``work(tell)`` in a child; how it ended (0, or the number of a signal) and the lines that it told."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(lambda *line: os.write(writing, (json.dumps(line) + "\n").encode()))
            os._exit(0)
        except BaseException as error:
            os.write(writing, (json.dumps(["failed", repr(error)]) + "\n").encode())
            os._exit(99)
    os.close(writing)
    told = b""
    while part := os.read(reading, 65536):
        told += part
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    lines = [json.loads(line) for line in told.decode().splitlines()]
    return os.waitstatus_to_exitcode(status), lines


def trade(house, tell, count=400, seal_every=40, seed=1) -> None:
    """Tell what is acknowledged, until it is done or the sequencer refuses; then tell that it refuses everything."""
    load = Load(house, 8, seed)
    for number in range(count):
        with contextlib.suppress(Refused):
            try:
                one = house.submit(load.action()).result(30)
            except SequencerError as fault:
                tell("fault", fault.code, fault.unknown)
                break
            tell("told", one.digest.hex(), one.sequence, one.receipt.code)
        if number % seal_every == seal_every - 1:
            house.seal().exception(30)
    if house.halt.reason is not None:
        for _ in range(3):
            try:
                house.submit(load.action())
            except SequencerError as refusal:
                tell("then", refusal.code)


# ---------------------------------------------------------------------------------------------- the disk
@pytest.mark.parametrize("room", [0, 5_000, 40_000, 150_000, 400_000])
def test_a_disk_without_room_ends_in_a_halt_and_a_clean_start(tmp_path, room):
    """No file may grow by more than ``room`` bytes over the largest: database, log or trace meets it (D04, D09)."""
    directory = tmp_path / "house"
    begin(directory).stop(seal=False)
    largest = max(path.stat().st_size for path in directory.rglob("*") if path.is_file())

    def work(tell):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, largest + room))
        trade(begin(directory), tell, 4000)

    ended, lines = forked(work)
    assert ended == 0
    told = {bytes.fromhex(line[1]): (line[2], line[3]) for line in lines if line[0] == "told"}
    faults = [line[1] for line in lines if line[0] == "fault"]
    assert faults and set(faults) <= {"JOURNAL_FAILED", "ENGINE_FAILED", "HALTED"}, lines[-5:]
    assert [line for line in lines if line[0] == "then"] == [["then", "HALTED"]] * 3
    held = recovered(directory, tmp_path / "copy")
    assert told.items() <= held.items()
    house = begin(directory)
    assert answer(house.submit(Load(house, 8, 9).action())) is not None and house.mode == "normal"
    house.stop()


def test_a_start_without_room_on_the_disk_fails_with_a_code_and_harms_nothing(tmp_path):
    directory = tmp_path / "house"
    begin(directory).stop(seal=False)
    held = recovered(directory, tmp_path / "copy")

    def work(tell):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        try:
            begin(directory)
        except (SequencerError, OSError) as fault:
            tell("fault", str(fault))

    ended, lines = forked(work)
    assert ended == 0 and lines[0][0] == "fault"
    assert recovered(directory, tmp_path / "copy") == held


def test_an_error_after_the_transaction_stops_and_is_never_tried_again(tmp_path):
    """The group is durable and was not acknowledged: the next start knows it (D04, D05)."""
    directory = tmp_path / "house"
    house = begin(directory)
    house.ask(lambda ledger: None).result(10)
    read_only = os.open(directory / head.FILE, os.O_RDONLY)
    os.dup2(read_only, house._journal._heads.descriptor)
    with pytest.raises(SequencerError) as caught:
        house.submit(order(1)).result(10)
    assert caught.value.code is Problem.JOURNAL_FAILED and caught.value.unknown
    assert house.mode == "halted" and answer_or_code(house, order(2)) is Problem.HALTED
    house.stop(seal=False)
    house = begin(directory)
    assert answer(house.submit(order(1))).duplicate and not answer(house.submit(order(2))).duplicate
    house.stop()


def answer_or_code(house, action):
    try:
        return house.submit(action).result(10)
    except SequencerError as refusal:
        return refusal.code


CALLS = ("fsync", "pwrite", "replace", "mkdir")


def session(directory: Path, tell) -> None:
    """From an empty directory over a sealed batch with a snapshot to a rewind and an order in progress."""
    house = begin(directory)
    trade(house, tell, 12, seal_every=6)
    house.rewind(house.status().sealed - 1, "reason")
    trade(house, tell, 2, seed=2)


def test_a_kill_at_every_call_that_makes_something_durable(tmp_path, monkeypatch):
    """SIGKILL at the k-th fsync, write of the head, rename or new folder, for every k (D02, D03, D08).

    SQLite's own calls are met by torn files instead, at every byte.
    """
    for k in range(1, 10_000):
        directory = tmp_path / "house"
        shutil.rmtree(directory, ignore_errors=True)

        def work(tell, k=k, directory=directory):
            left = [k]
            for name in CALLS:
                setattr(os, name, counted(getattr(os, name), left))
            session(directory, tell)
            tell("end")

        ended, lines = forked(work)
        assert ended in (0, -signal.SIGKILL), lines[-3:]
        told = {bytes.fromhex(line[1]): line[3] for line in lines if line[0] == "told"}
        if directory.exists() and (directory / store.FILE).exists():
            held = {digest: code for digest, (_, code) in recovered(directory, tmp_path / "copy").items()}
            assert told.keys() <= held.keys(), k
        else:
            assert not told
        if ended == 0:
            break
    assert k > 25


def counted(call, left):
    """The call, until it is time to die."""

    def wrapper(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)

    return wrapper


@pytest.fixture
def unsynced(monkeypatch):
    """Many openings without waiting for the disk: what is read back is tested, not what was flushed."""
    connect = store.connect

    def quick(path):
        connection = connect(path)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    monkeypatch.setattr(store, "connect", quick)


@pytest.fixture
def acknowledged(tmp_path):
    """Files of a journal whose last group was just acknowledged, with its log beside it, and the payloads in it."""
    source = tmp_path / "source"
    journal = Journal(source)
    payloads = []
    for group in range(6):
        for number in range(4):
            payloads.append(f"group {group} number {number}".encode() * 20)
            journal.append("action", payloads[-1])
        if group == 3:
            journal.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        journal.commit()
    files = {path.name: path.read_bytes() for path in source.iterdir() if path.name in KEPT}
    journal.close()
    return files, payloads


LOG = f"{store.FILE}-wal"
KEPT = (store.FILE, LOG, head.FILE)


def outcome(directory: Path, files: dict[str, bytes], payloads: list[bytes]) -> str:
    """Open files as they are: everything acknowledged is there, or the reason of a refusal; anything else fails."""
    directory.mkdir(exist_ok=True)
    (directory / f"{store.FILE}-shm").unlink(missing_ok=True)
    for name in KEPT:
        (directory / name).unlink(missing_ok=True)
    for name, body in files.items():
        put(directory / name, body)
    try:
        journal = Journal(directory)
    except SequencerError as refusal:
        assert refusal.code in (Problem.JOURNAL_DAMAGED, Problem.JOURNAL_LOST, Problem.JOURNAL_VERSION)
        return refusal.code
    try:
        read = [record.payload for record in journal.records()]
        assert read == payloads, "misread"
        return "whole"
    except SequencerError as refusal:
        assert refusal.code is Problem.JOURNAL_DAMAGED
        return refusal.code
    finally:
        journal.close()


def test_files_cut_anywhere_after_an_acknowledgement(acknowledged, tmp_path, unsynced):
    """Log, head and database, each cut: every byte of the head's slots, and places all over the other two (D06).

    ``test_journal`` cuts the log at every byte of its last group.
    """
    files, payloads = acknowledged
    frame = 4096 + 24
    slots = [*range(60), *range(4096 - 4, 4096 + 60)]
    cuts = {
        LOG: [*range(len(files[LOG]) - frame, len(files[LOG]), 37), *range(0, len(files[LOG]), 997), len(files[LOG])],
        head.FILE: slots,
        store.FILE: range(0, len(files[store.FILE]), 512),
    }
    seen = {}
    for name, lengths in cuts.items():
        for length in lengths:
            cut = {**files, name: files[name][:length]}
            seen.setdefault(name, set()).add(outcome(tmp_path / "cut", cut, payloads))
    assert seen[LOG] == {"whole", "JOURNAL_LOST"} and seen[head.FILE] == {"whole", "JOURNAL_DAMAGED"}
    assert outcome(tmp_path / "cut", files, payloads) == "whole"


def test_bits_flipped_sectors_zeroed_swapped_and_doubled_are_never_misread(acknowledged, tmp_path, unsynced):
    """The last 4 KiB of each file and a sample of its sectors (D06, D07)."""
    files, payloads = acknowledged
    outcomes = set()
    for name, body in files.items():
        for place in range(max(0, len(body) - 4096), len(body), 1 if name == head.FILE else 11):
            if name == head.FILE and body[place] == 0 and place % 64:
                continue
            flipped = bytearray(body)
            flipped[place] ^= 1 << (place * 5 % 8)
            outcomes.add(outcome(tmp_path / "flipped", {**files, name: bytes(flipped)}, payloads))
        sectors = [body[at : at + 512] for at in range(0, len(body), 512)]
        for first in range(0, len(sectors), max(1, len(sectors) // 20)):
            for changed in (
                [*sectors[:first], bytes(512), *sectors[first + 1 :]],
                [*sectors[:first], *reversed(sectors[first : first + 2]), *sectors[first + 2 :]],
                [*sectors[: first + 1], *sectors[first:-1]],
            ):
                outcomes.add(outcome(tmp_path / "sectors", {**files, name: b"".join(changed)}, payloads))
    assert {"whole", "JOURNAL_DAMAGED", "JOURNAL_LOST"} <= outcomes


# ---------------------------------------------------------------------------------------------- snapshots
def test_a_snapshot_of_other_rules_or_another_layout_is_not_loaded(tmp_path, monkeypatch):
    """It carries root, place in the journal and version of what wrote it (D11)."""
    house = begin(tmp_path / "house")
    trade(house, lambda *line: None, 80, seal_every=20)
    house.stop(seal=False)
    loaded = []
    restore = recovery.Engine.restore
    monkeypatch.setattr(recovery.Engine, "restore", lambda *given: loaded.append(1) or restore(*given))
    held = recovered(tmp_path / "house", tmp_path / "copy")
    assert loaded
    monkeypatch.setattr(snapshots, "VERSION", "2 0123456789abcdef")
    loaded.clear()
    assert recovered(tmp_path / "house", tmp_path / "copy") == held and not loaded


# ---------------------------------------------------------------------------------------------- the clock
def late(account: int):
    """An order that holds for hours."""
    return sign(order(account)._replace(expiry=START + 20_000), key(account))


def test_a_clock_that_steps_back_stalls_or_jumps_ahead(tmp_path):
    """The time of batches and of records never falls; what is acknowledged stays so, and a restart too (D14)."""
    clock = Clock(START + 1000)
    house = begin(tmp_path / "house", clock)
    seen = []
    for number, step in enumerate((0, -500, -400, 0, 3600, -3600, 5)):
        clock.now += step
        one = answer(house.submit(late(1 + number % 8)))
        house.seal().result(10)
        seen.append((one.time, house.engine.clock))
    house.stop()
    house = begin(tmp_path / "house", Clock(START))
    one = answer(house.submit(late(8)))
    seen.append((one.time, house.engine.clock))
    assert seen == sorted(seen) and seen[-1][1] == START + 3_700
    archive = Archive(tmp_path / "house")
    clocks = [batch.clock for batch in archive.batches()]
    assert clocks == sorted(clocks)
    archive.close()
    house.stop()
    recovered(tmp_path / "house", tmp_path / "copy")


def test_a_clock_set_back_does_not_keep_a_batch_open(tmp_path):
    """Age is counted by what passes too (D14)."""
    clock = Clock()
    house = sequencer(tmp_path / "house", clock, CALM._replace(age=2))
    price(house, START)
    fund(house, flow(house))
    clock.now -= 10_000
    deadline = time.monotonic() + 20
    while house.status().sealed < 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    house.stop()


# ---------------------------------------------------------------------------------------------- memory, processes
def test_no_memory_left_is_a_halt_or_a_death_and_recovery_is_exact(tmp_path):
    """The address space is limited while trading goes on (D16)."""
    directory = tmp_path / "house"
    begin(directory).stop(seal=False)

    def work(tell):
        house = begin(directory)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 3_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            trade(house, tell, 600, seal_every=10**9)
        finally:
            os._exit(0)

    _, lines = forked(work)
    told = {bytes.fromhex(line[1]): (line[2], line[3]) for line in lines if line[0] == "told"}
    assert told.items() <= recovered(directory, tmp_path / "copy").items()


@pytest.mark.parametrize("order_of_writes", ["the other first", "the stopped one first"])
def test_a_stopped_process_never_acknowledges_over_another_that_took_its_place(tmp_path, order_of_writes):
    """Its lock holds while it is stopped; where somebody removes that, the numbers of the journal hold (D17)."""
    directory = tmp_path / "house"
    begin(directory).stop(seal=False)
    go_reading, go = os.pipe()
    told_reading, told = os.pipe()
    child = os.fork()
    if child == 0:
        house = begin(directory)
        os.write(told, b"up\n")
        os.read(go_reading, 1)
        os.write(told, f"{getattr(answer_or_code(house, order(1)), 'sequence', 'refused')}\n".encode())
        os._exit(0)
    assert os.read(told_reading, 3) == b"up\n"
    os.kill(child, signal.SIGSTOP)
    try:
        with pytest.raises(SequencerError) as caught:
            sequencer(directory, Clock(), POLICY)
        assert caught.value.code is Problem.IN_USE
        (directory / store.LOCK).unlink()
        other = Sequencer(directory, deployment(), HASHER, KeyedHash(), POLICY, Clock()).start()
        if order_of_writes == "the other first":
            mine = answer_or_code(other, order(2))
        os.kill(child, signal.SIGCONT)
        os.write(go, b"1")
        theirs = os.read(told_reading, 64).decode().strip()
        if order_of_writes != "the other first":
            mine = answer_or_code(other, order(2))
    finally:
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)
    acknowledged = [one for one in (theirs, getattr(mine, "sequence", "refused")) if one != "refused"]
    assert len(acknowledged) == 1
    assert (theirs == "refused") == (order_of_writes == "the other first")
    other.stop(seal=False)
    held = recovered(directory, tmp_path / "copy")
    assert int(acknowledged[0]) in [sequence for sequence, _ in held.values()]


def test_leftovers_of_a_crash_while_a_trace_was_written_are_harmless(tmp_path):
    """A new name that was never renamed, and a whole file whose batch was never journaled (D08)."""
    house = begin(tmp_path / "house")
    house.seal().result(10)
    answer(house.submit(order(1)))
    house.stop(seal=False)
    folder = tmp_path / "house" / traces.FOLDER
    (folder / "00000002.json").write_bytes(b'{"half": ')
    (folder / "00000003.json.new").write_bytes(b"{")
    house = begin(tmp_path / "house")
    assert house.seal().result(10) == 2
    house.stop()
    archive = Archive(tmp_path / "house")
    assert all(traces.is_whole(batch.trace, batch.trace_digest) for batch in archive.batches())
    archive.close()
