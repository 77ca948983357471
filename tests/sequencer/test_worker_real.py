"""Real proofs of class XS by provers of other processes: killed at work, stopped in order, and lying."""

import json
import shutil
import signal
import time
from hashlib import sha256

import pytest

from circuits.prover import Prover, TraceRefused, verify
from sequencer import store
from sequencer.archive import Archive
from sequencer.jobs import JobProblem, JobRefused, State
from sequencer.judge import KeyFolder
from tests.keys import smallest_key
from tests.sequencer import real
from tests.sequencer.provers import listening, proof_in, words_of

SECONDS = 240


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    directory = tmp_path_factory.mktemp("real") / "house"
    real.sealed(directory, 2)
    return directory


@pytest.fixture
def directory(batches, tmp_path):
    shutil.copytree(batches, tmp_path / "house")
    return tmp_path / "house"


@pytest.fixture(scope="module")
def proofs(batches):
    """Proofs of both batches."""
    archive = Archive(batches)
    with Prover("XS", smallest_key()[1]) as prover:
        made = [prover.prove(batch.trace) for batch in archive.batches()]
    archive.close()
    return made


@pytest.fixture
def desk(directory):
    desk = real.desk(directory)
    yield desk
    desk.close()


def until(condition, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lines(process) -> list[dict]:
    """What a process logged, once it has ended."""
    _, text = process.communicate(timeout=SECONDS)
    return [json.loads(line) for line in text.splitlines()]


# ------------------------------------------------------------------------------------------------ at work
def test_a_prover_that_is_killed_at_work_costs_its_lease_and_another_takes_over(desk, directory, tmp_path):
    with listening(desk) as address:
        first = real.command("serve", address, tmp_path, "--name", "first")
        until(lambda: desk.progress and desk.progress.step == "prove")
        first.send_signal(signal.SIGKILL)
        first.wait()
        lost = desk.table.job(1)
        assert lost.worker == "first" and proof_in(directory, 1) is None
        desk.table.renew(lost.lease, "prove", 1, int(time.time() * 1000))
        second = real.command("serve", address, tmp_path, "--name", "second")
        until(lambda: desk.head() >= 1)
        second.terminate()
        log = lines(second)
    assert second.returncode == 0
    assert (desk.table.job(1).worker, desk.table.job(1).attempts, desk.table.job(1).deaths) == ("second", 2, 1)
    events = [line["event"] for line in log]
    assert (events[0], events[-1]) == ("prover.ready", "prover.ended")
    proven = [line["batch"] for line in log if line["event"] == "prover.proven"]
    assert proven.count(1) == 1 and set(proven) <= {1, 2}, "the other batch may come first, while the lease still runs"
    proof = proof_in(directory, 1)
    assert proof.words == words_of(directory, 1) and verify(proof, smallest_key()[1])


def test_a_prover_that_is_told_to_stop_gives_its_job_back(desk, tmp_path):
    with listening(desk) as address:
        process = real.command("serve", address, tmp_path)
        until(lambda: desk.progress and desk.progress.step == "prove")
        shown = real.command("jobs", address, tmp_path, "--json")
        told = json.loads(shown.communicate(timeout=SECONDS)[0])
        process.terminate()
        log = lines(process)
    assert [(job["batch"], job["state"]) for job in told["jobs"]] == [(1, "leased"), (2, "waiting")]
    assert process.returncode == 0 and [line["event"] for line in log][-2:] == ["prover.released", "prover.ended"]
    assert (desk.table.job(1).state, desk.table.job(1).deaths) == (State.WAITING, 0)


def test_a_prover_that_cannot_work_says_why_at_once(desk, tmp_path):
    """The desk wants another key; the token is another's."""
    key, folder = smallest_key()
    desk.judge = KeyFolder(folder, [key._replace(digest="of the contract")])
    with listening(desk) as address:
        process = real.command("serve", address, tmp_path, "--json")
        told = json.loads(process.communicate(timeout=SECONDS)[0])
        assert process.returncode == 1 and told["error"]["code"] == "KEY_MISMATCH"
        assert told["error"]["details"]["wanted"] == {"circuit": key.system, "key": "of the contract"}
    with listening(desk, token="another") as address:
        process = real.command("serve", address, tmp_path, "--json")
        told = json.loads(process.communicate(timeout=SECONDS)[0])
        assert process.returncode == 3 and told["error"]["code"] == "UNAUTHORISED"


# ------------------------------------------------------------------------------------------------ lies
def lie(desk, directory, call, *arguments) -> JobRefused:
    """What a worker is told that lies with the first job."""
    job = desk.lease("liar", ["XS"], 60)
    with pytest.raises(JobRefused) as caught:
        call(job.lease, *arguments)
    assert proof_in(directory, 1) is None and desk._halt.cause is None
    assert desk.table.job(1).state == State.WAITING
    return caught.value


def flipped(proof: bytes) -> bytes:
    return proof[:100] + bytes([proof[100] ^ 1]) + proof[101:]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda one, other: other, JobProblem.PROOF_REFUSED),
        (lambda one, other: other._replace(words=one.words), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(proof=flipped(one.proof)), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(proof=bytes(384)), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(proof=other.proof), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(sponge=one.sponge + 1), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(challenge=0), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(fold=10**90), JobProblem.PROOF_REFUSED),
        (lambda one, other: one._replace(key="0" * 64), JobProblem.KEY_MISMATCH),
        (lambda one, other: one._replace(system="0" * 64), JobProblem.KEY_MISMATCH),
        (lambda one, other: one._replace(class_name="S"), JobProblem.KEY_MISMATCH),
    ],
)
def test_a_tampered_proof_is_refused(desk, directory, proofs, change, code):
    assert lie(desk, directory, desk.finish, change(*proofs)).code == code


def test_what_a_proof_claims_beside_its_words_is_replaced_by_what_is_known(desk, directory, proofs):
    honest = proofs[0]
    job = desk.lease("boaster", ["XS"], 60)
    assert desk.finish(job.lease, honest._replace(constraints=1, development=False, sent=[1, 2, 3]))
    assert proof_in(directory, 1) == honest


def test_a_refusal_that_is_not_true_is_found_out_and_the_batch_proven_by_another(desk, directory, proofs):
    refusal = TraceRefused("UNSATISFIED", "the batch breaks rules of the circuit")
    assert lie(desk, directory, desk.refuse, refusal).code == JobProblem.REFUSAL_UNTRUE
    job = desk.lease("honest", ["XS"], 60)
    assert desk.finish(job.lease, proofs[0])


def test_a_trace_that_does_not_prove_is_found_so_by_the_sequencer_itself(directory):
    """The worker says less than it saw; the sequencer names the rule."""
    path = directory / "traces" / "00000001.json"
    trace = json.loads(path.read_text())
    trace["deposits"][0]["amount"] += 1
    path.write_text(json.dumps(trace))
    connection = store.connect(directory / store.FILE)
    digest = sha256(path.read_bytes()).hexdigest()
    connection.execute("UPDATE batches SET trace_digest = ? WHERE number = 1", (digest,))
    connection.close()
    desk = real.desk(directory)
    job = desk.lease("honest", ["XS"], 60)
    desk.refuse(job.lease, TraceRefused("UNSATISFIED", "something"))
    assert "deposit" in desk.failure().detail and desk.table.job(1).state == State.FAILED
    desk.close()
