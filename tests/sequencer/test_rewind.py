"""Rewinding: batches that cannot be settled are undone, and their actions sequenced again (D21, D22, I18)."""

import os
import shutil
import signal

import pytest

from rollup.actions import CancelItem, Collect, Deposit, PlaceItem, Sheet
from rollup.layout import GTC, IOC
from rollup.refusals import Code
from sequencer import recovery, traces
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.events import Rewound, Sequenced, Staged
from sequencer.journal import Journal
from tests.sequencer.house import CALM, HASHER, START, Clock, deployment, flow, fund, key, price, sequencer, sign
from tests.sequencer.load import Load
from tests.sequencer.pipeline import Script, proof_of
from tests.sequencer.test_sequencer import MARK, answer, order


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(tmp_path, clock):
    """One sealed batch of prices and funds."""
    house = sequencer(tmp_path / "house", clock, CALM._replace(snapshot_every=2))
    price(house, START)
    fund(house, flow(house))
    assert house.seal().result(10) == 1
    yield house
    house.stop(seal=False)


def pass_time(house, clock, seconds: int) -> None:
    clock.now += seconds
    price(house, clock.now)


def replayed(directory, copy, use_snapshots=True):
    """Root of what a copy recovers to, the batch in progress sealed, deposits in it, and how its actions ended."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy)
    journal = Journal(copy)
    ledger = recovery.recover(journal, deployment(), HASHER, copy, 2, use_snapshots)
    root = ledger.engine.seal(HASHER).root_after if ledger.is_open else ledger.engine.root(HASHER)
    journal.close()
    return root, ledger.deposits, [(entry.sequence, entry.digest, entry.receipt) for entry in ledger.entries]


def kept(directory, digest):
    archive = Archive(directory)
    found = archive.find(digest)
    archive.close()
    return found


def test_a_batch_that_missed_its_window_holds_the_same_trades_under_a_new_clock(house, clock, tmp_path):
    pass_time(house, clock, 20)
    told = [answer(house.submit(order(1, side=1, price=MARK))), answer(house.submit(order(2, price=MARK, tif=IOC)))]
    assert house.seal().result(10) == 2
    told.append(answer(house.submit(order(3, size=4))))
    assert told[1].receipt.fills and told[2].batch == 3
    pass_time(house, clock, 400)
    house.rewind(1, Problem.COMMITMENT_TOO_LATE)

    assert house.status().sealed == 2 and house.engine.clock == clock.now
    archive = Archive(tmp_path / "house")
    batch = archive.batch(2)
    assert batch.clock == clock.now and batch.reason == "rewind" and batch.actions == 3 and archive.batch(3) is None
    for before, now in zip(told, archive.acknowledged(2)):
        assert now.digest == before.digest and now.batch == 2 and now.sequence > told[-1].sequence
        assert now.amended == 1 and now.receipt._replace(tick=0) == before.receipt._replace(tick=0)
        assert answer(house.submit(before.receipt.action)) == now
    assert archive.stages(2).keys() == {"sealed"} and archive.job(2).state == "waiting"
    assert batch.root_before == archive.batch(1).root_after
    archive.close()


def test_what_expired_meanwhile_is_amended_to_its_refusal_and_what_needed_it_follows(house, clock, tmp_path):
    pass_time(house, clock, 20)
    short = sign(order(1, side=1, price=MARK)._replace(expiry=clock.now + 60), key(1))
    maker, taker = answer(house.submit(short)), answer(house.submit(order(2, price=MARK, tif=IOC)))
    assert taker.receipt.fills
    house.seal().result(10)
    heard = []
    house.events.listen(heard.extend)
    pass_time(house, clock, 400)
    house.rewind(1, Problem.COMMITMENT_TOO_LATE)

    expired, idle = kept(tmp_path / "house", maker.digest), kept(tmp_path / "house", taker.digest)
    assert expired.receipt.code is Code.EXPIRED and expired.amended == 1 and expired.batch == 2
    assert expired.receipt.action == short and expired.receipt.numbers["expiry"] == short.expiry
    assert idle.receipt.code is Code.DROPPED and not idle.receipt.fills and idle.amended == 1
    assert house.engine.account(1).counters[0] == 0
    assert answer(house.submit(short)) == expired, "one outcome, whatever the clock says later"
    rewound, *later = heard
    assert rewound == Rewound(rewound.sequence, maker.sequence - 2, 1, Problem.COMMITMENT_TOO_LATE, rewound.time)
    amended = [event for event in later if isinstance(event, Sequenced)]
    assert [(event.digest, event.receipt.code) for event in amended] == [
        (maker.digest, Code.EXPIRED),
        (taker.digest, Code.DROPPED),
    ]
    assert isinstance(later[-1], Staged) and later[-1].batch == 2


def test_sheets_are_decided_anew_and_collects_are_the_sequencers_own(house, clock, tmp_path):
    pass_time(house, clock, 20)
    items = tuple(PlaceItem(side, GTC, 1, 0, MARK + (1 - 2 * (side == 0)) * 5_000, 2) for side in (0, 1))
    first = sign(Sheet(1, 0, 1, 0, 1, START + 9_000, items), key(1))
    second = first._replace(counter=2, items=(*items[:1], CancelItem(0, 1, 1, 0)))
    told = [answer(house.submit(sheet)) for sheet in (first, sign(second, key(1)))]
    house.seal().result(10)
    archive = Archive(tmp_path / "house")
    assert any(type(one.receipt.action) is Collect for one in archive.acknowledged(2))
    pass_time(house, clock, 400)
    house.rewind(1, Problem.COMMITMENT_TOO_LATE)
    again = archive.acknowledged(2)
    assert [one.digest for one in again if one.digest] == [one.digest for one in told]
    assert all(one.amended == 0 for one in again if type(one.receipt.action) is Collect)
    assert replayed(tmp_path / "house", tmp_path / "copy", False)[0] == house.engine.root(HASHER)
    archive.close()


@pytest.fixture
def lived(tmp_path, clock):
    """Six sealed batches of every kind of action and one in progress; what was acknowledged by name."""
    house = sequencer(tmp_path / "house", clock, CALM._replace(snapshot_every=2))
    price(house, START)
    fund(house, flow(house))
    load = Load(house, 8, seed=3)
    told = {}
    for batch in range(7):
        for future in [house.submit(load.action()) for _ in range(30)]:
            if not future.exception(10):
                told[future.result().digest] = future.result()
        pass_time(house, clock, 20)
        if batch < 6:
            house.seal().result(10)
    yield house, told
    house.stop(seal=False)


@pytest.mark.parametrize("back", [0, 1, 4, 5, 6])
def test_from_anywhere_also_before_the_last_snapshot_every_action_keeps_one_outcome(lived, clock, tmp_path, back):
    house, told = lived
    clock.now += 400
    price(house, clock.now)
    heard = []
    assert list(house.follow(heard.extend))
    house.rewind(back, Problem.COMMITMENT_TOO_LATE)
    archive = Archive(tmp_path / "house")
    assert house.status().sealed == len(archive.batches()) and not house._ledger.is_open
    for digest, before in told.items():
        now = archive.find(digest)
        assert now.amended == (0 if before.batch <= back else 1)
        assert now.sequence == before.sequence if before.batch <= back else now.sequence > before.sequence
    names = {batch.trace.name for batch in archive.batches()}
    assert {path.name for path in (tmp_path / "house" / traces.FOLDER).iterdir()} == names
    assert all(traces.is_whole(batch.trace, batch.trace_digest) for batch in archive.batches())
    roots = [batch.root_after for batch in archive.batches()]
    assert [batch.root_before for batch in archive.batches()][1:] == roots[:-1]
    again = list(house.follow(lambda events: None))
    held = [event for event in again if isinstance(event, Sequenced) and event.digest]
    assert {event.digest for event in held} >= told.keys() and len({event.digest for event in held}) == len(held)
    archive.close()

    house.rewind(max(back - 1, 0), "again")
    expected = (house.engine.root(HASHER), house._ledger.deposits, [])
    assert replayed(tmp_path / "house", tmp_path / "copy") == expected
    assert replayed(tmp_path / "house", tmp_path / "copy", False) == expected
    assert kept(tmp_path / "house", list(told)[-1]).amended == 2


def test_a_follower_takes_back_what_was_undone(lived, clock):
    house, _ = lived
    before = list(house.follow(lambda events: None))
    middle = before[len(before) // 2].sequence
    pass_time(house, clock, 400)
    house.rewind(2, "reason")
    tail = list(house.follow(lambda events: None, middle))
    rewound = next(event for event in tail if isinstance(event, Rewound))
    state = [event for event in before if not isinstance(event, Staged) and event.sequence <= rewound.after]
    for event in tail:
        if isinstance(event, Rewound):
            state = [one for one in state if one.sequence <= event.after]
        elif not isinstance(event, Staged) and event.sequence > middle:
            state.append(event)
    now = [event for event in house.follow(lambda events: None) if not isinstance(event, Staged | Rewound)]
    assert [event for event in state if not isinstance(event, Rewound)] == now


# ---------------------------------------------------------------------------------------------- deposits
def test_a_deposit_that_a_reorganisation_removed_takes_with_it_what_was_built_on_it(house, clock, tmp_path):
    pass_time(house, clock, 20)
    deposits = [
        Deposit(account=20, amount=2**40, new=1, key=key(20).x, owner=0x20, key_y=key(20).y),
        Deposit(account=1, amount=77),
    ]
    gone, kept_one = [answer(house.deposit(8 + place, deposit)) for place, deposit in enumerate(deposits)]
    built = answer(house.submit(order(20)))
    beside = answer(house.submit(order(1)))
    cash = house.engine.account(1).cash
    house.rewind(1, Problem.DEPOSIT_REMOVED, frozenset({8}))
    assert house.engine.account(20) is None and house.engine.account(1).cash == cash
    assert house._ledger.deposits == 9
    assert kept(tmp_path / "house", built.digest).receipt.code is Code.UNKNOWN_ACCOUNT
    assert kept(tmp_path / "house", beside.digest).receipt.code is Code.RESTED
    assert kept(tmp_path / "house", gone.digest) is None

    # The queue holds it again behind the other one, with the same content: it counts.
    again = answer(house.deposit(9, deposits[0]))
    assert again.receipt.code is Code.APPLIED and not again.duplicate
    assert answer(house.submit(order(20, counter=2))).receipt.code is Code.RESTED
    assert answer(house.submit(order(20))).receipt.code is Code.UNKNOWN_ACCOUNT, "refused once is refused for good"
    assert replayed(tmp_path / "house", tmp_path / "copy") == replayed(tmp_path / "house", tmp_path / "copy", False)


def test_an_account_with_another_key_never_acts_by_the_old_signatures(house, clock, tmp_path):
    pass_time(house, clock, 20)
    mine = Deposit(account=20, amount=2**40, new=1, key=key(20).x, owner=0x20, key_y=key(20).y)
    theirs = mine._replace(key=key(21).x, key_y=key(21).y, owner=0x21)
    house.deposit(8, mine).result(10)
    built = answer(house.submit(order(20)))
    house.rewind(1, Problem.DEPOSIT_REMOVED, frozenset({8}))
    assert answer(house.deposit(8, theirs)).receipt.code is Code.APPLIED
    assert answer(house.submit(order(20))) is Code.BAD_SIGNATURE
    assert kept(tmp_path / "house", built.digest).receipt.code is Code.UNKNOWN_ACCOUNT


def test_nothing_settled_and_nothing_unknown_is_undone(house, clock, tmp_path):
    house.stages.head("settled", 1)
    root = house.engine.root(HASHER)
    for batch in (0, 2, -1):
        with pytest.raises(SequencerError) as caught:
            house.rewind(batch, "reason")
        assert caught.value.code is Problem.REWIND_TOO_FAR
    answer(house.submit(order(1)))
    with pytest.raises(SequencerError, match="REWIND_TOO_FAR"):
        house.rewind(1, "reason", frozenset({3}))
    assert house.mode == "normal" and house.engine.number == 1
    house.rewind(1, "reason")
    assert house.status().sealed == 2
    sequence = house.status().sequence
    house.rewind(2, "reason")
    assert house.status().sequence == sequence and house.engine.root(HASHER) != root


def test_a_proof_of_what_was_undone_is_not_used(tmp_path, clock):
    script = Script()
    script.gate.clear()
    house = sequencer(tmp_path / "house", clock, prover=script)
    price(house, START)
    fund(house, flow(house))
    house.seal().result(10)
    while not script.jobs:
        clock()
    pass_time(house, clock, 400)
    house.rewind(0, Problem.COMMITMENT_TOO_LATE)
    script.gate.set()
    house.wait_for("proven", 1, 10)
    archive = Archive(tmp_path / "house")
    assert archive.proof(1) == proof_of(archive.batch(1).words) and archive.batch(1).clock == clock.now
    archive.close()
    house.stop()


# ---------------------------------------------------------------------------------------------- crashes
MOMENTS = ("before anything", "traces written", "before the transaction", "after the transaction")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_in_the_middle_leaves_the_old_history_or_the_new_one(lived, clock, tmp_path, moment):
    """Everything is one transaction (D02, D03): its child dies by SIGKILL at the moment."""
    house, told = lived
    house.stop(seal=False)
    directory = tmp_path / "house"
    before = replayed(directory, tmp_path / "copy")
    child = os.fork()
    if child == 0:
        try:
            die_at(directory, clock.now + 400, moment)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    after = replayed(directory, tmp_path / "copy")
    assert after == replayed(directory, tmp_path / "copy", False)
    assert (after == before) == (moment != "after the transaction")
    again = sequencer(directory, Clock(clock.now + 400))
    assert all(traces.is_whole(batch.trace, batch.trace_digest) for batch in Archive(directory).batches())
    amended = {answer(again.submit(one.receipt.action)).amended for one in told.values() if one.batch > 2}
    assert amended == ({1} if moment == "after the transaction" else {0})
    again.stop(seal=False)


def die_at(directory, now, moment):
    from sequencer import ledger

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    house = sequencer(directory, Clock(now))
    write = house._journal._write
    if moment == "before anything":
        house._journal.append = die
    elif moment == "traces written":
        ledger._row = ledger.Ledger._snapshot = die
    elif moment == "before the transaction":
        house._journal._write = die
    else:
        house._journal._write = lambda parts: (write(parts), die())
    house.rewind(2, "reason")


def test_a_disk_that_refuses_the_rewind_halts_and_changes_nothing(lived, clock, tmp_path):
    house, _ = lived
    house.ask(lambda ledger: None).result(10)
    pages = house._journal.connection.execute("PRAGMA page_count").fetchone()[0]
    house._journal.connection.execute(f"PRAGMA max_page_count={pages}")
    before = replayed(tmp_path / "house", tmp_path / "copy")
    with pytest.raises(SequencerError, match="JOURNAL_FAILED"):
        house.rewind(1, "reason")
    assert house.mode == "halted"
    assert replayed(tmp_path / "house", tmp_path / "copy") == before
