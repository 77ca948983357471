"""Proving: jobs survive deaths and restarts, trading goes on, and what does not prove stops everything (D20)."""

import contextlib
import time

import pytest

from circuits.prover import KeyUnusable, ProverDied, ProverError, TraceRefused
from circuits.records import Findings
from sequencer import jobs, proving, traces
from sequencer.archive import Archive
from sequencer.desk import Desk
from sequencer.errors import Problem, SequencerError
from sequencer.halt import Halt
from tests.sequencer.house import CALM, START, Clock, flow, fund, price, sequencer, trade
from tests.sequencer.pipeline import Script, proof_of

DIED = ProverDied("PROVER_DIED", "out of memory")
POLICY = CALM._replace(attempts=3)


@pytest.fixture
def live(tmp_path):
    """Start a sequencer with a prover on the test's directory; whatever still runs is stopped."""
    running = []

    def begin(prover, **options):
        house = sequencer(tmp_path / "house", Clock(), POLICY, prover=prover, **options)
        running.append(house)
        if not house.engine.accounts()[1:]:
            price(house, START)
            fund(house, flow(house))
            house.source = flow(house)
        return house

    yield begin
    for house in running:
        with contextlib.suppress(AttributeError, SequencerError):
            house.stop(seal=False)


def seal(house, batches: int = 1) -> None:
    """Trade a little and end the batch, so many times."""
    for _ in range(batches):
        list(trade(house, house.source, 5))
        house.seal().result(10)


def halted(house, seconds: float = 5) -> SequencerError:
    """The reason for which the house halts."""
    deadline = time.monotonic() + seconds
    while house.halt.cause is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return house.halt.cause


def job(tmp_path, batch: int = 1):
    archive = Archive(tmp_path / "house")
    try:
        return archive.job(batch)
    finally:
        archive.close()


def test_batches_are_proven_in_order(live, tmp_path):
    prover = Script()
    house = live(prover)
    seal(house, 4)
    house.wait_for("proven", 4, 5)
    assert prover.jobs == [1, 2, 3, 4]
    archive = Archive(tmp_path / "house")
    assert all(archive.proof(batch.number) == proof_of(batch.words) for batch in archive.batches())
    archive.close()


def test_trading_and_sealing_go_on_while_a_batch_is_proven(live):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house, 3)
    status = house.status()
    assert (status.sealed, status.proven) == (3, 0)
    assert status.proving.batch == 1 and status.proving.step in ("load", "prove")
    prover.gate.set()
    house.wait_for("proven", 3, 5)
    assert house.status().proving is None


def test_a_prover_that_dies_is_given_the_job_again(live, tmp_path):
    prover = Script(DIED, BrokenPipeError())
    house = live(prover)
    seal(house, 2)
    house.wait_for("proven", 2, 5)
    assert prover.jobs == [1, 1, 1, 2]
    assert job(tmp_path, 1).attempts == 3 and job(tmp_path, 2).attempts == 1
    assert house.halt.reason is None


def test_a_prover_that_dies_every_time_halts_until_somebody_asks_for_a_retry(live, tmp_path):
    house = live(Script(*[DIED] * 9))
    seal(house)
    reason = halted(house)
    assert reason.code is Problem.PROVER_KEEPS_DYING and reason.numbers == {"batch": 1, "attempts": 3}
    house.stop(seal=False)
    assert proving.retry(tmp_path / "house") == 1
    house = live(Script())
    house.wait_for("proven", 1, 5)


REFUSED = TraceRefused("UNSATISFIED", "2 rules", findings=Findings({"match: prices cross": 1}, [], [], False))


def test_a_trace_that_does_not_prove_reduces_with_its_rules_and_keeps_the_trace(live, tmp_path):
    house = live(Script(proof_of, REFUSED))
    seal(house, 2)
    reason = halted(house)
    trace = tmp_path / "house" / traces.FOLDER / "00000002.json"
    assert reason.code is Problem.TRACE_NOT_PROVEN and reason.numbers == {"batch": 2, "trace": str(trace)}
    assert reason.detail == "UNSATISFIED: 2 rules: match: prices cross" and trace.exists()
    with pytest.raises(SequencerError) as caught:
        list(trade(house, house.source, 1))
    assert caught.value.code is Problem.REDUCED
    assert caught.value.numbers == {"reason": Problem.TRACE_NOT_PROVEN, "batch": 2}
    with pytest.raises(SequencerError, match="REDUCED"):
        house.wait_for("proven", 2, 5)
    assert house.seal().result(5) == 2
    status = house.status()
    assert status.sealed == 2 and status.reduced is reason and status.halted is None and status.mode == "reduced"


def test_a_refused_trace_reduces_again_after_a_restart_until_it_is_retried(live, tmp_path):
    house = live(Script(REFUSED))
    seal(house)
    first = halted(house)
    house.stop()
    house = live(prover := Script())
    assert str(halted(house)) == str(first)
    time.sleep(0.1)
    assert prover.jobs == []
    house.stop()
    assert proving.retry(tmp_path / "house") == 1
    house = live(Script())
    house.wait_for("proven", 1, 5)
    assert house.halt.reason is None


def test_a_refused_trace_is_retried_while_everything_runs(live, tmp_path):
    """What the operator's listener does, with the fault mended: and with one that is not."""
    prover = Script(REFUSED, REFUSED)
    house = live(prover)
    seal(house)
    halted(house)
    house.stop()
    house = live(prover)
    assert halted(house).code is Problem.TRACE_NOT_PROVEN and house.mode == "reduced"
    assert house.retry(1)
    deadline = time.monotonic() + 5
    while len(prover.jobs) < 2 or house.mode != "reduced":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert house.retry(1)
    house.wait_for("proven", 1, 5)
    assert house.mode == "normal" and prover.jobs == [1, 1, 1]
    assert not house.retry(1) and not house.retry(2), "nothing failed there"
    assert house.halt.refusal_to_place() is None


def test_a_retry_that_is_refused_at_once_leaves_nothing_open(live, monkeypatch):
    """The prover was quicker than the mode: the batch has failed again before it is normal."""
    house = live(Script(REFUSED))
    seal(house)
    halted(house)
    monkeypatch.setattr(house.desk, "retry", lambda batch: True)
    assert house.retry(1) and house.mode == "reduced"


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (lambda words: proof_of([*words[:-1], 1]), Problem.PROOF_REFUSED),
        (ProverError("PROOF_REFUSED", "verify"), Problem.PROOF_REFUSED),
        (ProverError("INTERNAL", "a bug"), Problem.PROVER_UNUSABLE),
        (KeyUnusable("KEY_MISSING", "no key"), Problem.PROVER_UNUSABLE),
        (OSError("no such program"), Problem.PROVER_UNUSABLE),
    ],
)
def test_a_proof_that_is_none_is_never_stored(live, tmp_path, ending, code):
    house = live(Script(ending))
    seal(house)
    assert halted(house).code is code
    assert job(tmp_path).proof is None and job(tmp_path).state != "proven"
    house.stop()
    proving.retry(tmp_path / "house")
    house = live(Script())
    house.wait_for("proven", 1, 5)


def test_a_second_opinion_has_a_say(live, tmp_path):
    asked = []
    house = live(Script(), check=lambda proof: bool(asked.append(proof)))
    seal(house)
    assert halted(house).code is Problem.PROOF_REFUSED and "second verifier" in house.halt.reason.detail
    assert len(asked) == 1 and job(tmp_path).proof is None


def test_a_stop_gives_up_the_proof_in_progress_and_the_next_start_makes_it(live, tmp_path):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house, 2)
    while house.status().proving is None:
        time.sleep(0.01)
    begun = time.monotonic()
    house.stop(seal=False)
    assert time.monotonic() - begun < 2
    assert job(tmp_path).state == "waiting" and job(tmp_path).attempts == 1
    house = live(prover := Script())
    house.wait_for("proven", 2, 5)
    assert prover.jobs == [1, 2]


def test_a_job_that_was_being_proven_when_the_process_died_is_repeated_at_once(live, tmp_path):
    house = live(None)
    seal(house)
    house.stop(seal=False)
    desk = Desk(tmp_path / "house", jobs.opened(tmp_path / "house"), Halt(), POLICY.attempts)
    desk.publish()
    assert desk.lease(proving.OWN, ["S"], jobs.LONGEST_LEASE).attempts == 1
    desk.close()
    house = live(Script())
    house.wait_for("proven", 1, 5)
    assert job(tmp_path).attempts == 2


def test_a_trace_lost_while_running_is_written_again(live, tmp_path):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    seal(house, 2)
    trace = tmp_path / "house" / traces.FOLDER / "00000002.json"
    body = trace.read_bytes()
    trace.write_bytes(body[:-1])
    prover.gate.set()
    house.wait_for("proven", 2, 5)
    assert trace.read_bytes() == body and house.halt.reason is None


def test_a_batch_is_held_open_while_the_prover_is_busy_and_sealed_when_it_is_free(live):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    house.policy = house._writer._batcher._policy = POLICY._replace(age=20, age_behind=120)
    list(trade(house, house.source, 3))
    house._clock.now += 20
    house.wait_for("sealed", 1, 5)
    list(trade(house, house.source, 3))
    house._clock.now += 30
    time.sleep(0.5)
    assert house.status().sealed == 1
    prover.gate.set()
    house.wait_for("proven", 2, 5)


def test_batches_grow_older_while_too_many_wait(live, tmp_path):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    house.policy = house._writer._batcher._policy = POLICY._replace(age=20, age_behind=60, backlog=1)
    clock = house._clock
    for waited, expected in ((20, 1), (20, 2), (59, 2), (1, 3)):
        if house._ledger.engine.is_empty or not house._ledger.is_open:
            list(trade(house, house.source, 3))
        clock.now += waited
        time.sleep(0.5)
        assert house.status().sealed == expected
    prover.gate.set()
    house.wait_for("proven", 3, 5)


def test_prices_alone_seal_no_batch_while_too_many_wait(live, tmp_path):
    prover = Script()
    prover.gate.clear()
    house = live(prover)
    house.policy = house._writer._batcher._policy = POLICY._replace(round_interval=5, backlog=1)
    clock = house._clock
    for expected in (1, 2, 2, 2):
        list(trade(house, house.source, 3))
        clock.now += 6
        price(house, clock.now)
        time.sleep(0.5)
        assert house.status().sealed == expected
    prover.gate.set()
    house.wait_for("sealed", 3, 5)
