"""Settling: early commitments, settlement in order, never twice, whatever gets lost on the way (D21, D22)."""

import contextlib
import time
from collections import deque
from pathlib import Path

import pytest

from circuits.prover import Findings, TraceRefused
from rollup.actions import Deposit
from sequencer import settling
from sequencer.archive import Archive
from sequencer.contract import NOT_OPERATOR, ChainRefused, ChainUnreachable
from sequencer.errors import Problem, SequencerError
from tests.sequencer.house import CALM, HASHER, START, Clock, deployment, flow, key, price, sequencer, trade
from tests.sequencer.pipeline import LOST, Contract, Script, proof_of

ACCOUNTS = 8
CONTRACTS = Path(__file__).resolve().parents[2] / "verifier" / "contracts"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def contract(clock):
    from rollup.engine import Engine

    return Contract(Engine(*deployment()).root(HASHER), clock)


@pytest.fixture
def live(tmp_path, clock, contract):
    """Start a sequencer on the test's directory and contract, with eight accounts out of the queue."""
    running = []

    def begin(prover=None, chain=contract, policy=CALM):
        house = sequencer(tmp_path / "house", clock, policy, prover=prover or Script(), chain=chain)
        running.append(house)
        house.source = flow(house)
        if not contract.queue:
            price(house, START)
            contract.enqueue(*house.source.deposits())
        wait(lambda: len(house.engine.accounts()) > ACCOUNTS)
        return house

    yield begin
    for house in running:
        with contextlib.suppress(AttributeError, SequencerError):
            house.stop(seal=False)


def wait(holds, seconds: float = 10) -> None:
    """Until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def seal(house, batches: int = 1) -> None:
    for _ in range(batches):
        list(trade(house, house.source, 5))
        house.seal().result(10)


def halted(house) -> SequencerError:
    wait(lambda: house.halt.reason is not None)
    return house.halt.reason


def test_a_batch_is_committed_before_it_is_proven_and_settled_after(live, contract):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house, 3)
    house.wait_for("committed", 3, 5)
    assert contract.calls == [("commit", 1), ("commit", 2), ("commit", 3)]
    prover.gate.set()
    house.wait_for("settled", 3, 5)
    assert contract.calls[3:] == [("settle", 1), ("settle", 2), ("settle", 3)]
    assert contract.roots[-1] == house.engine.root(HASHER)


def test_what_was_sent_is_kept_for_people(live, contract, tmp_path):
    house = live()
    seal(house)
    house.wait_for("settled", 1, 5)
    house.stop()
    archive = Archive(tmp_path / "house")
    sent = archive.settlement(1)
    assert sent.commit == f"0x{1:064x}" and sent.settle == f"0x{2:064x}"
    assert sent.gas == {"commit": 100_000, "settle": 100_000}
    archive.close()


def test_stop_commits_the_batch_that_it_seals(live, contract):
    house = live()
    list(trade(house, house.source, 5))
    house.stop()
    assert ("commit", 1) in contract.calls


def test_a_restart_goes_on_where_the_chain_is(live, contract):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house, 2)
    house.wait_for("committed", 2, 5)
    house.stop(seal=False)
    house = live()
    house.wait_for("settled", 2, 5)
    house.stop(seal=False)
    house = live()
    house.wait_for("settled", 2, 5)
    time.sleep(0.6)
    assert contract.calls == [("commit", 1), ("commit", 2), ("settle", 1), ("settle", 2)]


@pytest.mark.parametrize("call", ["commit", "settle"])
@pytest.mark.parametrize("fault", [LOST, ("after", LOST)])
def test_a_lost_answer_is_no_second_effect(live, contract, call, fault):
    contract.faults[call] = deque([fault])
    house = live()
    seal(house, 2)
    house.wait_for("settled", 2, 10)
    assert sorted(contract.calls) == [("commit", 1), ("commit", 2), ("settle", 1), ("settle", 2)]
    assert house.halt.reason is None


def test_a_crash_between_sending_and_noting_is_no_second_effect(live, contract, tmp_path):
    house = live()
    seal(house)
    house.wait_for("settled", 1, 5)
    house._journal.connection.execute("DELETE FROM settlements")
    house.stop(seal=False)
    house = live()
    seal(house)
    house.wait_for("settled", 2, 5)
    assert contract.calls == [("commit", 1), ("settle", 1), ("commit", 2), ("settle", 2)]


def test_a_node_that_does_not_answer_delays_and_nothing_else(live, contract):
    house = live()
    contract.faults["heads"] = deque([ChainUnreachable("no node answers")] * 3)
    seal(house)
    wait(lambda: house.status().trouble == "no node answers")
    list(trade(house, house.source, 5))
    house.wait_for("settled", 1, 10)
    wait(lambda: house.status().trouble == "")
    assert house.halt.reason is None


def test_a_chain_whose_time_lags_is_waited_for(live, contract, clock):
    house = live()
    contract._now = lambda: clock.now - 5
    seal(house)
    wait(lambda: "time has not come" in house.status().trouble)
    contract._now = clock
    house.wait_for("settled", 1, 5)
    assert house.halt.reason is None


def test_a_batch_that_missed_its_window_is_sequenced_again(live, contract, clock):
    house = live()
    contract.faults["commit"] = deque([LOST] * 100)
    seal(house)
    wait(lambda: house.status().trouble == str(LOST))
    root, taken = house.engine.root(HASHER), house._ledger.deposits
    clock.now = START + 301
    contract.faults.clear()
    house.wait_for("settled", 1, 10)
    assert house.halt.reason is None and contract.cancelled == 1
    assert contract.calls == [("commit", 1), ("settle", 1)]
    assert house.engine.clock == START + 301 and house._ledger.deposits == taken
    assert contract.roots[-1] == house.engine.root(HASHER) != root


def test_commitments_wait_while_the_contract_remembers_no_more(live, contract, monkeypatch):
    monkeypatch.setattr(settling, "REMEMBERED", 2)
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house, 3)
    wait(lambda: house.status().committed == 2)
    time.sleep(1)
    assert len(contract.digests) == 2 and house.halt.reason is None
    prover.gate.set()
    house.wait_for("settled", 3, 10)


def test_the_contract_remembers_as_many_batches_as_the_settler_believes():
    source = (CONTRACTS / "commitments.vy").read_text()
    assert f"RING: constant(uint256) = {settling.REMEMBERED}\n" in source


def test_the_contract_has_the_last_word_on_the_window(live, contract, clock):
    house = live()
    heads = contract.heads
    contract.heads = lambda: heads()._replace(time=START)
    clock.now = START + 400
    seal(house)
    house.wait_for("committed", 1, 10)
    assert house.halt.reason is None and contract.cancelled == 1


def test_an_outage_of_many_windows_is_waited_out(live, contract, clock):
    house = live()
    contract.faults["commit"] = deque([LOST] * 10_000)
    seal(house)
    for _ in range(5):
        clock.now += 302
        wait(lambda: house.ask(lambda ledger: ledger.engine.clock).result(10) == clock.now)
    contract.faults.clear()
    house.wait_for("settled", 1, 10)
    assert house.halt.reason is None and contract.calls == [("commit", 1), ("settle", 1)]
    assert contract.cancelled == 5


def test_sequencing_again_that_does_not_help_halts_and_says_by_how_much(live, contract, clock):
    house = live()
    contract._now = lambda: clock.now + 301
    seal(house)
    reason = halted(house)
    assert reason.code is Problem.COMMITMENT_TOO_LATE
    assert reason.numbers == {"batch": 1, "clock": START, "now": START + 301, "window": 300}
    assert contract.cancelled == 3 and contract.calls == []
    with pytest.raises(SequencerError, match="HALTED"):
        list(trade(house, house.source, 1))


def test_a_contract_that_goes_on_refusing_halts(live, contract):
    contract.faults["settle"] = deque([ChainRefused("SETTLE_PAUSED", "no")] * 2)
    house = live()
    seal(house)
    house.wait_for("settled", 1, 10)
    contract.faults["settle"] = deque([ChainRefused("SETTLE_PAUSED", "no")] * 3)
    seal(house)
    reason = halted(house)
    assert reason.code is Problem.SETTLEMENT_REFUSED and reason.numbers == {"call": "settle", "batch": 2}
    assert "SETTLE_PAUSED" in reason.detail


def test_a_commitment_that_is_not_ours_halts(live, contract):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house)
    house.wait_for("committed", 1, 5)
    house.stop(seal=False)
    contract.digests[0] = bytes(32)
    house = live()
    assert halted(house).code is Problem.CHAIN_DIFFERS
    assert ("settle", 1) not in contract.calls


@pytest.mark.parametrize("change", ["root", "ahead", "settled ahead"])
def test_a_chain_with_another_history_halts(live, contract, change):
    house = live()
    seal(house)
    house.wait_for("settled", 1, 5)
    house.stop(seal=False)
    if change == "root":
        contract.roots[-1] += 1
    else:
        contract.digests.append(bytes(32))
        if change == "settled ahead":
            contract.roots.append(5)
    house = live()
    assert halted(house).code is Problem.CHAIN_DIFFERS


def test_a_reorganisation_is_made_good(live, contract):
    house = live()
    seal(house, 3)
    house.wait_for("settled", 3, 5)
    del contract.roots[2:], contract.digests[2:]
    wait(lambda: house.status().committed == 2 or len(contract.roots) == 4)
    house.wait_for("settled", 3, 5)
    wait(lambda: len(contract.roots) == 4)
    assert contract.calls[6:] == [("commit", 3), ("settle", 2), ("settle", 3)]
    assert house.halt.reason is None


def test_deposits_are_credited_once_in_order_after_their_confirmations(live, contract):
    house = live(policy=CALM._replace(confirmations=1))
    cash = house.engine.account(1).cash
    contract.enqueue(Deposit(1, 500), Deposit(1, 500))
    wait(lambda: house.engine.account(1).cash == cash + 1000)
    house.stop()
    house = live(policy=CALM._replace(confirmations=3))
    assert house.engine.account(1).cash == cash + 1000
    contract.enqueue(Deposit(1, 70))
    time.sleep(1.2)
    assert house.engine.account(1).cash == cash + 1000
    contract.block += 2
    wait(lambda: house.engine.account(1).cash == cash + 1070)
    assert house._ledger.deposits == ACCOUNTS + 3


@pytest.fixture
def hasty(monkeypatch):
    """What is missing from the queue counts as removed at once."""
    monkeypatch.setattr("sequencer.settling.GONE_SECONDS", 0)


def taken(house) -> int:
    """Deposits that are sequenced, between two steps of the writer."""
    return house.ask(lambda ledger: ledger.deposits).result(10)


def sealed(house) -> int:
    return house.ask(lambda ledger: ledger.sealed).result(10)


def cash(house, account: int = 1) -> int:
    return house.ask(lambda ledger: ledger.engine.account(account).cash).result(10)


def test_a_removed_deposit_of_the_batch_in_progress_is_sequenced_away(live, contract, hasty):
    house = live()
    before = cash(house)
    contract.enqueue(Deposit(1, 500), Deposit(1, 70))
    wait(lambda: cash(house) == before + 570)
    del contract.queue[ACCOUNTS]
    wait(lambda: cash(house) == before + 70)
    assert taken(house) == ACCOUNTS + 1 and house.halt.reason is None
    contract.enqueue(Deposit(1, 9))
    wait(lambda: cash(house) == before + 79)


def test_a_removed_deposit_of_a_committed_batch_is_sequenced_away_with_its_commitment_gone(live, contract, hasty):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house)
    contract.enqueue(Deposit(1, 500), Deposit(2, 70))
    wait(lambda: taken(house) == ACCOUNTS + 2)
    seal(house, 2)
    house.wait_for("committed", 3, 10)
    with contract.stopped():
        del contract.queue[ACCOUNTS], contract.digests[1:]
    wait(lambda: taken(house) == ACCOUNTS + 1)
    wait(lambda: len(contract.digests) == sealed(house))
    prover.gate.set()
    house.wait_for("settled", sealed(house), 10)
    assert contract.roots[-1] == house.engine.root(HASHER) and house.halt.reason is None
    assert contract._taken() == ACCOUNTS + 1


def test_a_batch_that_is_committed_while_it_is_taken_back_is_not_undone(live, contract, hasty):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house)
    contract.enqueue(Deposit(1, 500))
    wait(lambda: taken(house) == ACCOUNTS + 1)
    house.wait_for("committed", 1, 10)
    commit, under_way = contract.commit, []

    def lost(batches):
        under_way[:] = batches
        raise ChainUnreachable("not mined yet")

    def mined_meanwhile(batch):
        contract.cancelled += 1
        if under_way:
            commit([under_way.pop()])

    contract.commit = lost
    seal(house)
    wait(lambda: under_way)
    contract.cancel, contract.commit = mined_meanwhile, commit
    del contract.queue[ACCOUNTS:]
    wait(lambda: contract.cancelled > 0)
    wait(lambda: house.status().committed == 2)
    assert house.halt.reason is None and sealed(house) == 2 and taken(house) == ACCOUNTS + 1


def test_a_settled_batch_is_undone_with_its_deposit(live, contract, hasty):
    house = live()
    seal(house)
    contract.enqueue(Deposit(1, 500))
    wait(lambda: taken(house) == ACCOUNTS + 1)
    seal(house)
    house.wait_for("settled", 2, 10)
    with contract.stopped():
        del contract.queue[ACCOUNTS:], contract.digests[1:], contract.roots[2:]
    wait(lambda: taken(house) == ACCOUNTS and len(contract.roots) == 3)
    assert contract.roots[-1] == house.engine.root(HASHER) and house.halt.reason is None


def test_a_deposit_that_comes_back_in_time_changes_nothing(live, contract):
    house = live()
    contract.enqueue(Deposit(1, 500))
    wait(lambda: taken(house) == ACCOUNTS + 1)
    seal(house)
    house.wait_for("settled", 1, 10)
    contract.enqueue(Deposit(1, 30))
    wait(lambda: taken(house) == ACCOUNTS + 2)
    missing = contract.queue.pop()
    wait(lambda: "missing from the queue" in house.status().trouble)
    seal(house)
    assert house.status().committed == 1
    contract.queue.append(missing)
    house.wait_for("settled", 2, 10)
    assert contract.cancelled == 0


def test_a_commitment_that_outlives_its_deposit_waits_and_is_voided(live, contract, clock, hasty):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house)
    contract.enqueue(Deposit(1, 500))
    wait(lambda: taken(house) == ACCOUNTS + 1)
    seal(house)
    house.wait_for("committed", 2, 10)
    del contract.queue[ACCOUNTS:]
    wait(lambda: "it comes back, or the commitment is voided in 86400 s" in house.status().trouble)
    prover.gate.set()
    house.wait_for("settled", 1, 10)
    time.sleep(0.6)
    assert house.status().settled == 1 and house.halt.reason is None
    clock.now += 86_401
    wait(lambda: ("void", 2) in contract.calls)
    house.wait_for("settled", 2, 10)
    assert taken(house) == ACCOUNTS and house.halt.reason is None


def test_a_commitment_to_an_undone_version_that_comes_back_is_voided(live, contract, clock, hasty):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house)
    contract.enqueue(Deposit(1, 500))
    wait(lambda: taken(house) == ACCOUNTS + 1)
    seal(house, 2)
    house.wait_for("committed", 3, 10)
    old = contract.digests[1:]
    with contract.stopped():
        del contract.queue[ACCOUNTS:], contract.digests[1:]
    wait(lambda: taken(house) == ACCOUNTS)
    wait(lambda: len(contract.digests) == sealed(house) and contract.digests[1] != old[0])
    with contract.stopped():
        contract.digests[1:] = old
    wait(lambda: "undone version of batch 2, which is voided once it is 86400 s old" in house.status().trouble)
    assert house.status().committed == 1
    prover.gate.set()
    house.wait_for("settled", 1, 10)
    contract.enqueue(Deposit(1, 30))
    wait(lambda: taken(house) == ACCOUNTS + 1)
    time.sleep(0.6)
    assert house.status().settled == 1 and house.halt.reason is None
    clock.now += 86_401
    wait(lambda: ("void", 2) in contract.calls)
    wait(lambda: contract.digests[1:] and contract.digests[1] not in old)
    house.wait_for("settled", sealed(house), 10)
    assert contract.roots[-1] == house.engine.root(HASHER) and house.halt.reason is None


def test_a_commitment_that_was_replaced_between_two_looks_is_noticed(live, contract):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house)
    house.wait_for("committed", 1, 10)
    with contract.stopped():
        contract.digests[0] = bytes(32)
    assert halted(house).code is Problem.CHAIN_DIFFERS


def test_batches_that_wait_share_a_settlement(live, contract, tmp_path):
    house = live()
    with contract.stopped():
        seal(house, 6)
        house.wait_for("proven", 6, 10)
    house.wait_for("settled", 6, 10)
    assert contract.together == [4, 2]
    archive = Archive(tmp_path / "house")
    assert archive.settlement(1).settle == archive.settlement(4).settle != archive.settlement(5).settle
    assert sum(archive.settlement(n).gas["settle"] for n in range(1, 5)) == 100_000
    archive.close()


def test_a_refused_settlement_of_several_is_tried_one_by_one(live, contract):
    house = live()
    contract.faults["settle_many"] = deque([ChainRefused("SETTLE_A_PROOF_DOES_NOT_HOLD", "no")])
    with contract.stopped():
        seal(house, 3)
        house.wait_for("proven", 3, 10)
    house.wait_for("settled", 3, 10)
    assert contract.together == [] and contract.calls[-3:] == [("settle", 1), ("settle", 2), ("settle", 3)]


def test_an_operator_that_was_replaced_waits(live, contract):
    house = live()
    contract.faults["commit"] = deque([ChainRefused(NOT_OPERATOR, "roles: sender is not the operator")] * 1000)
    seal(house)
    wait(lambda: house.status().trouble.startswith("NOT_OPERATOR"))
    time.sleep(2)
    assert house.halt.reason is None
    contract.faults.clear()
    house.wait_for("settled", 1, 10)


def test_more_deposits_than_a_batch_holds_take_several(live, contract):
    house = live()
    contract.enqueue(*[Deposit(1, 10) for _ in range(60)])
    wait(lambda: taken(house) == ACCOUNTS + 60)
    assert house.status().sealed == 2
    house.wait_for("settled", 2, 5)


def test_a_deposit_that_cannot_be_applied_halts(live, contract):
    house = live()
    contract.enqueue(Deposit(1, 10, new=1, key=key(1).x, owner=5))
    reason = halted(house)
    assert reason.code is Problem.CHAIN_DIFFERS and reason.numbers == {"index": ACCOUNTS}
    assert "ACCOUNT_EXISTS" in reason.detail


def test_a_bug_in_what_talks_to_the_chain_halts_with_its_name(live, contract):
    house = live()
    contract.faults["heads"] = deque([KeyError("counters")])
    assert halted(house).code is Problem.SETTLER_FAILED


REFUSED = TraceRefused("UNSATISFIED", "2 rules", findings=Findings({"match: prices cross": 1}, [], [], False))


def test_a_batch_that_does_not_prove_is_sequenced_again_without_an_action(live, contract, clock, tmp_path):
    """Once the commitment to it could be voided: not before, and not what is settled."""
    prover = Script(proof_of, REFUSED)
    house = live(prover)
    seal(house)
    house.wait_for("settled", 1, 10)
    seal(house)
    wait(lambda: house.mode == "reduced")
    house.wait_for("committed", 2, 10)
    archive = Archive(tmp_path / "house")
    told = [one for one in archive.acknowledged(2) if hasattr(one.receipt.action, "signature")]
    accused, others = told[0], told[1:]
    with pytest.raises(SequencerError, match="STILL_COMMITTED.*batch=2 seconds=864") as young:
        house.undo(2, frozenset({accused.digest})).result(10)
    clock.now += young.value.numbers["seconds"]
    price(house, clock.now)
    with pytest.raises(SequencerError, match="REWIND_TOO_FAR"):
        house.undo(1).result(10)
    house.undo(2, frozenset({accused.digest})).result(10)
    assert ("void", 2) in contract.calls and house.mode == "normal"
    house.wait_for("settled", 2, 10)
    assert contract.roots[-1] == house.engine.root(HASHER) and house.halt.reason is None
    now = archive.find(accused.digest)
    assert now.receipt.code is Problem.TAKEN_OUT and now.amended == 1 and now.receipt.action == accused.receipt.action
    assert all(archive.find(one.digest).amended == 1 for one in others)
    assert house.submit(accused.receipt.action).result(10).receipt.code is Problem.TAKEN_OUT, "one outcome for good"
    root = house.engine.root(HASHER)
    archive.close()
    house.stop(seal=False)
    assert live().engine.root(HASHER) == root, "the journal says the same"


def test_what_was_released_by_hand_is_asked_for_again_after_it_was_undone(tmp_path, clock, contract):
    house = sequencer(tmp_path / "house", clock, prover=Script(REFUSED), chain=contract, by_hand=True)
    price(house, START)
    house.source = flow(house)
    contract.enqueue(*house.source.deposits())
    wait(lambda: len(house.engine.accounts()) > ACCOUNTS)
    seal(house)
    house.release("prove", 1)
    wait(lambda: house.mode == "reduced")
    house.undo(1).result(10)
    time.sleep(1)
    assert (house.mode, house.status().proven, house.status().committed) == ("normal", 0, 0)
    house.release("prove", 1)
    house.wait_for("proven", 1, 10)
    house.stop(seal=False)


def test_an_action_that_is_not_there_is_not_taken_out(live, contract, clock):
    prover = Script(REFUSED)
    prover.gate.clear()
    contract.faults["commit"] = deque([LOST] * 10_000)
    house = live(prover)
    seal(house)
    sequence = house.status().sequence
    with pytest.raises(SequencerError, match="NO_SUCH_ACTION"):
        house.undo(1, frozenset({bytes(32)})).result(10)
    assert house.status().sequence == sequence and house.halt.reason is None
    prover.gate.set()
