"""Recovery: the journal alone says what the state is; snapshots only save time (D10 to D13, I14, I18)."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sequencer import recovery, snapshots, store, traces
from sequencer.errors import Problem, SequencerError
from sequencer.journal import Journal
from tests.sequencer.house import CALM, DOMAIN, HASHER, START, Clock, deployment, flow, fund, price, sequencer
from tests.sequencer.load import Load

ROOT = Path(__file__).resolve().parents[2]
EVERY = 2


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Path:
    """A directory after five batches of every kind of action, with a sixth in progress."""
    directory = tmp_path_factory.mktemp("lived") / "house"
    clock = Clock()
    house = sequencer(directory, clock, CALM._replace(snapshot_every=EVERY))
    price(house, START)
    fund(house, flow(house))
    load = Load(house, 8, seed=1)
    for batch in range(6):
        futures = [house.submit(load.action()) for _ in range(40)]
        assert not all(future.exception(10) for future in futures)
        clock.now += 20
        price(house, clock.now)
        if batch < 5:
            house.seal().result(10)
    house.stop(seal=False)
    return directory


@pytest.fixture
def copy(lived, tmp_path) -> Path:
    return Path(shutil.copytree(lived, tmp_path / "copy"))


def recover(directory: Path, use_snapshots: bool = True, of=None):
    """The ledger, and the state of its batch in progress sealed away: (number, root)."""
    journal = Journal(directory)
    try:
        ledger = recovery.recover(journal, of or deployment(), HASHER, directory, EVERY, use_snapshots)
        entries = ledger.entries
        batch = ledger.engine.seal(HASHER)
        return batch.number, batch.root_after, [(entry.sequence, entry.receipt) for entry in entries], ledger.deposits
    finally:
        journal.close()


def edit(directory: Path, statement: str, *arguments) -> None:
    connection = sqlite3.connect(directory / store.FILE)
    connection.execute(statement, arguments)
    connection.commit()
    connection.close()


def problem(directory: Path, **options) -> Problem:
    with pytest.raises(SequencerError) as caught:
        recover(directory, **options)
    return caught.value.code


def test_snapshot_and_tail_lead_where_genesis_leads(copy):
    assert recover(copy) == recover(copy, use_snapshots=False)
    number, _, entries, deposits = recover(copy)
    assert number == 6 and len(entries) > 20 and deposits == 8


def test_every_snapshot_leads_there(copy):
    expected = recover(copy)
    journal = Journal(copy)
    kept = list(snapshots.read(journal.connection, 10**9))
    journal.close()
    assert [snapshot.batch for snapshot in kept] == [4, 2]
    edit(copy, "DELETE FROM snapshots WHERE batch = 4")
    assert recover(copy) == expected


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET body = x'00'",
        "UPDATE snapshots SET body = zeroblob(length(body))",
        "UPDATE snapshots SET digest = zeroblob(32)",
        "UPDATE snapshots SET root = '1'",
        "UPDATE snapshots SET version = 'another'",
        "DELETE FROM snapshots",
    ],
)
def test_a_damaged_snapshot_is_passed_over(copy, damage):
    expected = recover(copy)
    edit(copy, damage)
    assert recover(copy) == expected


def test_a_snapshot_of_another_place_is_damage(copy):
    edit(copy, "UPDATE snapshots SET chain = zeroblob(32)")
    assert problem(copy) is Problem.JOURNAL_DAMAGED


def test_a_record_that_was_changed_does_not_replay(copy):
    edit(copy, "UPDATE journal SET payload = replace(payload, '\"size\":1,', '\"size\":2,') WHERE kind = 'action'")
    assert problem(copy, use_snapshots=False) is Problem.JOURNAL_DAMAGED


def rechain(directory: Path, change) -> None:
    """Change records and make the chain hold again: what whoever can write to the disk could do."""
    from sequencer.head import FILE, Head, HeadFile
    from sequencer.journal import link

    connection = sqlite3.connect(directory / store.FILE)
    chain = bytes(32)
    for sequence, time, kind, payload in connection.execute(
        "SELECT sequence, time, kind, payload FROM journal ORDER BY 1"
    ).fetchall():
        payload = change(sequence, kind, payload)
        chain = link(chain, sequence, time, kind, payload)
        connection.execute("UPDATE journal SET payload = ?, chain = ? WHERE sequence = ?", (payload, chain, sequence))
    connection.commit()
    connection.close()
    (directory / FILE).unlink()
    heads = HeadFile(directory)
    heads.write(Head(sequence, chain))
    heads.close()


def test_a_history_that_leads_to_another_root_is_refused(copy):
    first = iter([True])

    def bigger(sequence, kind, payload):
        changed = payload.replace(b'"amount":1099511627776', b'"amount":1099511627775')
        return changed if changed != payload and next(first, False) else payload

    rechain(copy, bigger)
    edit(copy, "DELETE FROM snapshots")
    assert problem(copy) is Problem.ROOT_DIFFERS


@pytest.mark.parametrize("payload", [b"", b"{}", b"[1]", b'{"kind":"place"}', b"\xff"])
def test_a_record_that_makes_no_sense_is_damage_with_its_number(copy, payload):
    rechain(copy, lambda sequence, kind, old: payload if sequence == 30 else old)
    edit(copy, "DELETE FROM snapshots")
    with pytest.raises(SequencerError) as caught:
        recover(copy)
    assert caught.value.code is Problem.JOURNAL_DAMAGED and caught.value.numbers == {"sequence": 30}


@pytest.mark.parametrize(
    "other",
    [
        deployment("M"),
        deployment(markets=3),
        deployment()._replace(domain=DOMAIN._replace(chain_id=1)),
        deployment()._replace(domain=DOMAIN._replace(contract=5)),
    ],
)
def test_another_deployment_is_refused(copy, other):
    assert problem(copy, of=other) is Problem.GENESIS_DIFFERS


def test_a_trace_that_was_lost_is_made_again_byte_for_byte(copy):
    folder = copy / traces.FOLDER
    bodies = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(bodies) == 5
    (folder / "00000002.json").unlink()
    (folder / "00000004.json").write_bytes(b"{}")
    house = sequencer(copy, Clock(START + 500), CALM._replace(snapshot_every=EVERY))
    house.stop(seal=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == bodies


SCRIPT = """
import sys
from pathlib import Path
from tests.sequencer.test_recovery import recover
directory = Path(sys.argv[1])
print(*recover(directory, use_snapshots=False)[:2], *recover(directory)[:2])
"""


def test_roots_do_not_depend_on_the_hash_seed(copy):
    expected = recover(copy)[:2]
    outputs = set()
    for seed in ("0", "1", "424242", "random"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", SCRIPT, str(copy)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        outputs.add(done.stdout)
    assert outputs == {f"{expected[0]} {expected[1]} {expected[0]} {expected[1]}\n"}
