"""The desk: what is published, what is believed, and who may speak for a job (D20)."""

import threading

import pytest

from circuits.prover import TraceRefused
from sequencer import desk as desks
from sequencer import store, traces
from sequencer.desk import Desk
from sequencer.errors import Problem
from sequencer.halt import Halt
from sequencer.jobs import JobProblem, JobRefused, State, opened
from sequencer.mending import Mender
from tests.sequencer.house import HASHER, deployment
from tests.sequencer.pipeline import proof_of
from tests.sequencer.provers import Time, Verdicts, desk_of, proof_in, sealed, words_of

FALSE_REFUSAL = TraceRefused("UNSATISFIED", "it does not prove, believe me")


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    """A directory with three sealed batches."""
    directory = tmp_path_factory.mktemp("batches") / "house"
    sealed(directory, 3)
    return directory


class Hall:
    """A desk over a copy of the batches, and what it told."""

    def __init__(self, directory, **options) -> None:
        self.directory = directory
        self.time = Time()
        self.judge = Verdicts()
        self.halt = Halt()
        self.told: list[int] = []
        self.options = options
        self.begin()

    def begin(self) -> None:
        self.desk = desk_of(
            self.directory, self.time, self.judge, halt=self.halt, proven=self.told.append, **self.options
        )

    def again(self) -> Desk:
        """Another start on the same directory."""
        self.desk.close()
        self.begin()
        return self.desk

    def lease(self, worker: str = "a", seconds: float = 20):
        return self.desk.lease(worker, ["S"], seconds)

    def proof(self, batch: int):
        return proof_of(words_of(self.directory, batch))


@pytest.fixture
def hall(batches, tmp_path):
    import shutil

    shutil.copytree(batches, tmp_path / "house")
    halls = []

    def begin(**options) -> Hall:
        halls.append(Hall(tmp_path / "house", **options))
        return halls[-1]

    yield begin
    for one in halls:
        one.desk.close()


def refused(code: JobProblem, call, *arguments):
    """The refusal that a call meets."""
    with pytest.raises(JobRefused) as caught:
        call(*arguments)
    assert caught.value.code == code
    return caught.value


def undo(directory, batch: int) -> None:
    """What a rewind does to the batches behind one, as far as the desk sees it."""
    connection = store.connect(directory / store.FILE)
    connection.execute("DELETE FROM batches WHERE number > ?", (batch,))
    connection.execute("DELETE FROM jobs WHERE batch > ?", (batch,))
    connection.close()


def replace(directory, batch: int) -> None:
    """The batch is there again, with another trace."""
    connection = store.connect(directory / store.FILE)
    connection.execute("UPDATE batches SET trace_digest = ? WHERE number = ?", ("0" * 64, batch))
    connection.close()


def test_several_jobs_are_out_at_once_and_the_head_waits_for_the_lowest(hall):
    hall = hall()
    first, second = hall.lease("a"), hall.lease("b")
    assert (first.batch, second.batch) == (1, 2)
    assert hall.desk.finish(second.lease, hall.proof(2))
    assert (hall.told, hall.desk.head()) == ([2], 0)
    assert hall.desk.finish(first.lease, hall.proof(1))
    assert (hall.told, hall.desk.head()) == ([2, 1], 2)
    assert proof_in(hall.directory, 1) == hall.proof(1) and proof_in(hall.directory, 3) is None


def test_the_backlog_counts_what_comes_before_a_further_batch(hall):
    """Three batches are sealed: with one prover a fourth waits for three proofs, each further prover takes one off."""
    house = hall()
    desk = house.desk
    assert (desk.provers(), desk.backlog()) == (0, 3)
    first, _ = house.lease("a"), house.lease("b")
    assert (desk.provers(), desk.backlog()) == (2, 2)
    desk.finish(first.lease, house.proof(first.batch))
    assert desk.backlog() == 1
    house.lease("c"), house.lease("d")
    assert (desk.provers(), desk.backlog()) == (4, 0)


def test_a_prover_that_is_silent_for_long_is_not_counted_on(hall):
    house = hall()
    kept, _ = house.lease("a", 60), house.lease("b", 60)
    house.time.now += desks.PRESENT - 1
    house.desk.renew(kept.lease, "prove", 60)
    house.time.now += 1
    assert house.desk.provers() == 1
    house.time.now += desks.PRESENT
    assert (house.desk.provers(), house.desk.backlog()) == (0, 3)


def test_status_tells_of_every_job(hall):
    hall = hall()
    job = hall.lease("a")
    hall.time.now += 4_000
    hall.desk.renew(job.lease, "prove", 20)
    hall.time.now += 1_000
    first, second, _ = hall.desk.status()
    assert (first.batch, first.state, first.worker, first.attempt, first.step) == (1, "leased", "a", 1, "prove")
    assert (first.running_ms, first.lease_ends, first.expected_end) == (5_000, hall.time.now + 19_000, None)
    assert (second.state, second.worker, second.running_ms, second.lease_ends) == ("waiting", None, 0, None)
    assert hall.desk.progress == (1, "prove", 5.0)
    hall.desk.finish(job.lease, hall.proof(1))
    second = hall.lease("a")
    assert hall.desk.status()[0].expected_end == second.began + 5_000


def test_a_start_takes_up_the_table_where_it_was(hall):
    hall = hall()
    job = hall.lease("a")
    desk = hall.again()
    assert desk.renew(job.lease, "prove", 20).token == job.token
    assert desk.finish(job.lease, hall.proof(1)) and hall.again().head() == 1


def test_a_table_that_is_lost_is_filled_anew_and_proofs_under_way_still_count(hall):
    hall = hall()
    first, second = hall.lease("a"), hall.lease("b")
    hall.desk.finish(first.lease, hall.proof(1))
    hall.desk.close()
    for path in hall.directory.glob("jobs.sqlite*"):
        path.unlink()
    hall.begin()
    assert [(job.batch, job.state) for job in hall.desk.status()] == [(2, "waiting"), (3, "waiting")]
    refused(JobProblem.LEASE_LOST, hall.desk.renew, second.lease, "prove", 20)
    assert hall.desk.finish(second.lease, hall.proof(2))


def test_a_crash_between_proof_and_table_is_seen_at_the_next_look(hall):
    hall = hall()
    job = hall.lease("a")
    hall.desk.table.finish, finish = lambda *_: False, hall.desk.table.finish
    hall.desk.finish(job.lease, hall.proof(1))
    hall.desk.table.finish = finish
    assert hall.desk.table.job(1).state == State.LEASED
    hall.desk.publish()
    assert hall.desk.table.job(1).state == State.PROVEN


def test_a_table_that_is_away_stops_nothing_and_a_proof_meanwhile_counts(hall):
    hall = hall()
    job = hall.lease("a")
    table = hall.desk.table

    class Away:
        """Answers what was asked before it went, and then no more."""

        def __getattr__(self, name):
            if name == "job":
                return table.job
            raise ConnectionError("the server is away")

    hall.desk.table = Away()
    assert hall.desk.status() == [] and hall.desk.progress is None
    assert hall.desk.trouble == "the job table: ConnectionError('the server is away')"
    with pytest.raises(ConnectionError):
        hall.desk.finish(job.lease, hall.proof(1))
    assert hall.told == [1] and hall.desk.head() == 1 and hall.halt.reason is None
    hall.desk.table = table
    assert not hall.desk.finish(job.lease, hall.proof(1)), "the worker tries again"
    hall.desk.publish()
    assert table.job(1).state == State.PROVEN and hall.desk.trouble == ""


def test_a_proof_that_was_stored_by_a_process_that_died_is_told_at_the_next_start(hall):
    hall = hall()
    job = hall.lease("a")
    hall.desk._proven = lambda batch: None
    hall.desk.finish(job.lease, hall.proof(1))
    hall.again().announce()
    assert hall.told == [1]


def test_a_batch_undone_while_its_refusal_is_examined_reduces_nothing(hall):
    hall = hall()
    job = hall.lease("a")
    hall.judge.bad.add("00000001.json")
    examined = hall.judge.examined

    def slow(trace):
        replace(hall.directory, 1)
        return examined(trace)

    hall.judge.examined = slow
    refused(JobProblem.WITHDRAWN, hall.desk.refuse, job.lease, FALSE_REFUSAL)
    assert hall.halt.cause is None and hall.desk.failure() is None


def test_a_late_proof_counts_if_it_is_the_first(hall):
    """A worker that was stopped and continued goes on with a lease that another has (D17)."""
    hall = hall()
    slow = hall.lease("slow")
    hall.time.now += 21_000
    quick = hall.lease("quick")
    assert quick.batch == 1 and quick.token > slow.token
    refused(JobProblem.LEASE_LOST, hall.desk.renew, slow.lease, "prove", 20)
    assert hall.desk.finish(slow.lease, hall.proof(1))
    refused(JobProblem.ALREADY_PROVEN, hall.desk.renew, quick.lease, "prove", 20)
    assert not hall.desk.finish(quick.lease, hall.proof(1))
    assert hall.told == [1]


def test_a_late_word_that_is_no_proof_counts_for_nothing(hall):
    hall = hall()
    slow = hall.lease("slow")
    hall.time.now += 21_000
    quick = hall.lease("quick")
    hall.judge.bad.add("00000001.json")
    refused(JobProblem.LEASE_LOST, hall.desk.refuse, slow.lease, FALSE_REFUSAL)
    hall.desk.give_up(slow.lease, "too late to give up", True)
    assert hall.desk.table.job(1) == quick and hall.halt.reason is None


def test_many_finish_at_once_and_one_is_told(hall):
    hall = hall()
    leases = []
    for number in range(6):
        leases.append(hall.lease(f"worker {number}").lease)
        hall.time.now += 21_000
    proof, stored = hall.proof(1), []
    threads = [threading.Thread(target=lambda one=one: stored.append(hall.desk.finish(one, proof))) for one in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(stored) == [False] * 5 + [True] and hall.told == [1]


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (lambda words: proof_of([*words[:-1], words[-1] + 1]), JobProblem.PROOF_REFUSED),
        (lambda words: proof_of(words)._replace(proof=bytes(384)), JobProblem.PROOF_REFUSED),
        (lambda words: proof_of([*words[:-1], 1])._replace(words=words), JobProblem.PROOF_REFUSED),
    ],
)
def test_a_worker_that_brings_what_does_not_hold_rests_and_the_job_goes_on(hall, lie, code):
    hall = hall()
    job = hall.lease("liar")
    refused(code, hall.desk.finish, job.lease, lie(words_of(hall.directory, 1)))
    assert proof_in(hall.directory, 1) is None and hall.halt.reason is None and not hall.told
    assert refused(JobProblem.RESTING, hall.lease, "liar").numbers["lies"] == 1
    honest = hall.lease("honest")
    assert honest.batch == 1 and hall.desk.finish(honest.lease, hall.proof(1))


def test_nobody_rests_for_what_another_one_brings_in_its_name(hall):
    """A name is anybody's: only the lease says who it is."""
    hall = hall()
    job = hall.lease("honest")
    forged = job.lease._replace(token=job.lease.token + 1)
    refused(JobProblem.PROOF_REFUSED, hall.desk.finish, forged, proof_of([1]))
    assert hall.desk.finish(job.lease, hall.proof(1))
    assert hall.lease("honest").batch == 2


def test_a_false_refusal_stops_nothing(hall):
    hall = hall()
    job = hall.lease("liar")
    refused(JobProblem.REFUSAL_UNTRUE, hall.desk.refuse, job.lease, FALSE_REFUSAL)
    assert hall.halt.reason is None and hall.desk.failure() is None
    refused(JobProblem.RESTING, hall.lease, "liar")
    other = hall.lease("another liar")
    refused(JobProblem.REFUSAL_UNTRUE, hall.desk.refuse, other.lease, FALSE_REFUSAL)
    assert hall.judge.examinations == 1, "a trace that was seen to prove is not examined for every liar"
    assert hall.desk.finish(hall.lease("honest").lease, hall.proof(1))


def test_a_true_refusal_is_told_as_the_sequencer_sees_it(hall):
    hall = hall()
    hall.judge.bad.add("00000002.json")
    hall.lease("a")
    job = hall.lease("b")
    thrown = []
    hall.halt.throw = thrown.append
    hall.desk.refuse(job.lease, FALSE_REFUSAL)
    (reason,) = thrown
    assert reason.code is Problem.TRACE_NOT_PROVEN and reason.detail == "UNSATISFIED: as the judge sees it"
    assert hall.lease("c") is None, "no batch behind it can be settled"
    assert str(hall.desk.failure()) == str(reason)
    assert str(hall.again().failure()) == str(reason)


def test_each_lie_doubles_the_rest_and_a_good_proof_ends_only_that_of_failures(hall):
    hall = hall()
    rests = []
    for _ in range(3):
        job = hall.lease("liar")
        refused(JobProblem.REFUSAL_UNTRUE, hall.desk.refuse, job.lease, FALSE_REFUSAL)
        rests.append(refused(JobProblem.RESTING, hall.lease, "liar").numbers["milliseconds"])
        hall.time.now += rests[-1]
    assert rests == [60_000, 120_000, 240_000]
    job = hall.lease("clumsy")
    hall.desk.give_up(job.lease, "out of memory", True)
    refused(JobProblem.RESTING, hall.lease, "clumsy")
    hall.time.now += 1_000
    hall.desk.finish(hall.lease("clumsy").lease, hall.proof(1))
    assert "clumsy" not in hall.desk.resting.all() and hall.desk.resting.all()["liar"].lies == 3


def test_strangers_that_die_at_a_batch_are_trouble_but_stop_nothing(hall):
    hall = hall()
    for number in range(3):
        assert hall.desk.trouble == ""
        hall.desk.give_up(hall.lease(f"worker {number}").lease, "out of memory", True)
    assert hall.desk.trouble == "batch 1: provers died 3 times: out of memory"
    assert hall.halt.reason is None
    assert hall.desk.finish(hall.lease("larger").lease, hall.proof(1)) and hall.desk.trouble == ""


def test_a_worker_that_stops_in_order_is_welcome_back_but_not_for_ever(hall):
    """One that takes every job and gives it back at once would keep it from all others."""
    hall = hall()
    for _ in range(3):
        hall.desk.give_up(hall.lease("a").lease, "", False)
    refused(JobProblem.RESTING, hall.lease, "a")
    assert hall.desk.table.job(1).deaths == 0 and hall.desk.trouble == ""
    hall.desk.finish(hall.lease("b").lease, hall.proof(1))


def test_a_job_that_is_held_for_ever_goes_to_another(hall):
    """A worker may be alive and never come to an end."""
    hall = hall()
    job = hall.lease("stuck")
    while hall.time.now - job.began <= desks.LONGEST_JOB:
        hall.desk.renew(job.lease, "prove", 20)
        hall.time.now += 10_000
    refused(JobProblem.TOO_LONG, hall.desk.renew, job.lease, "prove", 20)
    refused(JobProblem.RESTING, hall.lease, "stuck")
    assert hall.lease("another").batch == 1


def test_jobs_of_undone_batches_are_withdrawn(hall):
    hall = hall()
    jobs = [hall.lease(name) for name in "abc"]
    hall.desk.finish(jobs[2].lease, hall.proof(3))
    proof = hall.proof(2)
    undo(hall.directory, 1)
    refused(JobProblem.WITHDRAWN, hall.desk.finish, jobs[1].lease, proof)
    hall.desk.publish()
    refused(JobProblem.WITHDRAWN, hall.desk.renew, jobs[1].lease, "prove", 20)
    assert hall.desk.renew(jobs[0].lease, "prove", 20)
    assert [job.batch for job in hall.desk.status()] == [1] and hall.desk.head() == 0


def test_a_batch_that_is_sequenced_again_is_proven_again(hall):
    hall = hall()
    old = hall.lease("a")
    proof = hall.proof(1)
    replace(hall.directory, 1)
    refused(JobProblem.WITHDRAWN, hall.desk.finish, old.lease, proof)
    hall.desk.publish()
    refused(JobProblem.WITHDRAWN, hall.desk.renew, old.lease, "prove", 20)
    assert hall.desk.table.job(1).trace == "0" * 64 and hall.desk.table.job(1).attempts == 0


def test_a_batch_that_is_undone_while_its_proof_is_checked_has_none(hall):
    hall = hall()
    job = hall.lease("a")
    verified = hall.judge.verified

    def slow(proof, words):
        undo(hall.directory, 0)
        return verified(proof, words)

    hall.judge.verified = slow
    assert not hall.desk.finish(job.lease, hall.proof(1)) and hall.told == []


def test_a_stranger_needs_the_contracts_keys(hall):
    hall = hall()
    from sequencer.judge import KeyName

    hall.desk.agree(hall.judge.names)
    found = refused(JobProblem.KEY_MISMATCH, hall.desk.agree, {"S": KeyName("circuit", "made anew")})
    assert found.numbers["wanted"] == {"circuit": "circuit", "key": "key"}
    refused(JobProblem.KEY_MISMATCH, hall.desk.agree, {"M": KeyName("circuit", "key")})


def test_by_hand_a_batch_is_proven_when_somebody_asks(hall):
    hall = hall(by_hand=True)
    assert hall.lease() is None
    hall.desk.ask(2)
    assert hall.lease().batch == 2 and hall.lease() is None
    hall.desk.publish()
    assert [job.batch for job in hall.again().status()] == [2]


def test_a_halted_sequencer_gives_out_nothing_but_takes_what_comes(hall):
    hall = hall()
    job = hall.lease("a")
    hall.halt.reason = Exception("something else broke")
    assert hall.lease("b") is None
    assert hall.desk.finish(job.lease, hall.proof(1)) and hall.told == [1]


def test_a_lost_trace_halts_and_is_given_to_nobody(hall):
    hall = hall()
    (hall.directory / "traces" / "00000001.json").write_text("{}")
    assert hall.lease() is None
    assert hall.halt.reason.code is Problem.TRACE_LOST


@pytest.mark.parametrize("damage", [b"{}", None])
def test_a_lost_trace_is_written_again_and_given_out(hall, damage):
    """Made from the journal, while the desk is at work."""
    hall = hall()
    trace = hall.directory / "traces" / "00000001.json"
    whole = trace.read_bytes()
    mender = Mender(hall.directory, deployment(), HASHER, 8)
    hall.desk._mend = mender.mend
    for mended in (1, 2):
        trace.unlink() if damage is None else trace.write_bytes(damage)
        version = hall.desk.version
        assert hall.lease() is None and hall.desk.version > version
        assert trace.read_bytes() == whole and mender.mended == mended and hall.halt.cause is None
    job = hall.lease()
    assert job.batch == 1 and hall.desk.trace(1, job.trace).read_bytes() == whole
    assert job.deaths == 0 and hall.desk.trouble == ""


def test_a_trace_that_cannot_be_made_again_stops_everything(hall, monkeypatch):
    hall = hall()
    (hall.directory / "traces" / "00000001.json").unlink()
    hall.desk._mend = Mender(hall.directory, deployment(), HASHER, 8).mend
    monkeypatch.setattr(traces, "write_as", lambda *_: (_ for _ in ()).throw(OSError(28, "no space")))
    assert hall.lease() is None
    assert hall.halt.reason.code is Problem.TRACE_LOST and "no space" in hall.halt.reason.detail


def test_a_trace_that_comes_out_otherwise_is_not_given_out(hall):
    hall = hall()
    replace(hall.directory, 1)
    hall.desk.publish()
    hall.desk._mend = Mender(hall.directory, deployment(), HASHER, 8).mend
    assert hall.lease() is None
    assert hall.halt.reason.code is Problem.ROOT_DIFFERS


@pytest.mark.parametrize("is_own", [True, False])
def test_nobody_is_believed_who_refuses_a_trace_that_was_altered(hall, is_own):
    """The prover read what the disk made of it, and so would the judge."""
    hall = hall()
    hall.desk._mend = Mender(hall.directory, deployment(), HASHER, 8).mend
    job = hall.lease("a")
    trace = hall.directory / "traces" / "00000001.json"
    whole = trace.read_bytes()
    trace.write_text("{}")
    refused(JobProblem.LEASE_LOST, hall.desk.refuse, job.lease, TraceRefused("TRACE_MALFORMED", "no trace"), is_own)
    assert trace.read_bytes() == whole and hall.halt.cause is None and hall.judge.examinations == 0
    assert hall.lease("a").batch == 1, "and nobody rests for it"


def test_a_table_restored_from_older_times_does_not_hide_what_is_owed(hall):
    """The journal's side says what has a proof, whatever the table says."""
    hall = hall()
    hall.desk.table.finish(1, hall.desk.table.job(1).trace, hall.time.now)
    hall.desk.publish()
    assert hall.desk.table.job(1).state == State.WAITING
    assert opened(hall.directory).job(1).state == State.WAITING
