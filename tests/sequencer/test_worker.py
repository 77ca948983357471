"""Workers at the desk over HTTP: two that race, one that is cut off, one that stops, bodies of every kind."""

import json
import shutil
import threading
import time

import httpx2
import pytest

from circuits.prover import ProverDied, TraceRefused
from circuits.records import Findings
from sequencer.archive import Archive
from sequencer.doors import wire
from sequencer.doors.jobs import routes
from sequencer.errors import Problem
from sequencer.jobs import JobProblem, JobRefused, State
from sequencer.judge import KeyName
from sequencer.worker import PATIENCE, DoorUnreachable, Worker
from tests.sequencer.pipeline import Script, proof_of
from tests.sequencer.provers import KEYS, TOKEN, desk_of, listening, proof_in, remote, sealed, words_of

BATCHES = 4


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    """A directory with sealed batches."""
    directory = tmp_path_factory.mktemp("batches") / "house"
    sealed(directory, BATCHES)
    return directory


@pytest.fixture
def directory(batches, tmp_path):
    shutil.copytree(batches, tmp_path / "house")
    return tmp_path / "house"


@pytest.fixture
def desk(directory):
    desk = desk_of(directory, now=lambda: time.time_ns() // 1_000_000)
    yield desk
    desk.close()


class Crew:
    """Workers on threads, all stopped in the end."""

    def __init__(self) -> None:
        self.workers: list[tuple[Worker, threading.Thread]] = []
        self.log: list[tuple[str, dict]] = []

    def hire(self, door, machine, name: str = "a", keys=KEYS, **options) -> Worker:
        told = lambda event, **fields: self.log.append((event, fields))  # noqa: E731
        worker = Worker(door, {"S": machine}, keys, name, told, **options)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        self.workers.append((worker, thread))
        return worker

    def dismiss(self) -> None:
        for worker, thread in self.workers:
            while thread.is_alive():
                worker.stop()
                thread.join(0.02)
        self.workers = []

    def events(self, name: str) -> list[dict]:
        return [fields for event, fields in self.log if event == name]


@pytest.fixture
def crew():
    crew = Crew()
    yield crew
    crew.dismiss()


def until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ------------------------------------------------------------------------------------------------------- at the door
def test_a_job_goes_out_and_its_proof_comes_back(desk, directory):
    with remote(desk) as door:
        job = door.lease("far-away", KEYS, 20)
        assert job == desk.table.job(1)
        with door.trace(job) as path:
            assert path.read_bytes() == (directory / "traces" / "00000001.json").read_bytes()
        assert not path.exists()
        door.renew(job.lease, "prove", 20)
        (shown, *_) = door.jobs()["jobs"]
        assert (shown["worker"], shown["step"], shown["state"]) == ("far-away", "prove", "leased")
        door.finish(job.lease, proof_of(words_of(directory, 1)))
        door.finish(job.lease, proof_of(words_of(directory, 1)))
    assert proof_in(directory, 1).words == words_of(directory, 1)


def test_only_who_shows_the_token_comes_in(desk):
    with listening(desk) as address:
        for shown in ({}, {"Authorization": "Bearer another"}, {"Authorization": TOKEN}):
            for path in ("/jobs", "/jobs/1/trace", "/nowhere"):
                assert httpx2.get(address + path, headers=shown).status_code == 401
    with remote(desk, token="another") as door, pytest.raises(JobRefused) as caught:
        door.lease("a", KEYS, 20)
    assert caught.value.code == JobProblem.UNAUTHORISED


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/jobs/lease", b"{", 400, "UNREADABLE"),
        ("/jobs/lease", b'{"worker": "a", "keys": {}, "seconds": 1, "hope": 1}', 400, "UNREADABLE"),
        ("/jobs/lease", b'{"worker": "a\\n", "keys": {}, "seconds": 1}', 400, "UNREADABLE"),
        ("/jobs/lease", b'{"worker": "a", "keys": {"S": {}}, "seconds": 1}', 400, "UNREADABLE"),
        ("/jobs/lease", b"1" * (wire.SMALL_BODY + 1), 413, "TOO_LARGE"),
        ("/jobs/1/finish", b"[" * 100_000, 400, "UNREADABLE"),
        ("/jobs/1/finish", b'{"lease": {}}', 400, "UNREADABLE"),
        ("/jobs/1/finish", b"null", 400, "UNREADABLE"),
        ("/jobs/1/finish", b"1" * 10_000, 400, "UNREADABLE"),
        ("/jobs/1/renew", b'{"lease": {"trace": "t", "token": 1.5, "worker": "a"}}', 400, "UNREADABLE"),
        ("/jobs/9/release", b'{"lease": {"trace":"t","token":1,"worker":"a"},"error":"","died":false}', 200, None),
        ("/jobs/9/renew", b'{"lease": {"trace":"t","token":1,"worker":"a"},"step":"","seconds":1}', 410, "WITHDRAWN"),
    ],
)
def test_what_a_worker_sends_is_read_strictly(desk, path, body, status, code):
    with listening(desk) as address:
        answer = httpx2.post(address + path, content=body, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code") == code


@pytest.mark.parametrize(
    "change",
    [
        {"words": None},
        {"words": [True]},
        {"words": ["1"]},
        {"sponge": -1},
        {"fold": 1.0},
        {"proof": "00"},
        {"proof": "zz" * 384},
        {"development": 1},
        {"class": 3},
        {"key": None},
    ],
)
def test_a_proof_of_another_form_is_none(desk, directory, change):
    with listening(desk) as address, remote(desk) as door:
        job = door.lease("a", KEYS, 20)
        proof = {**proof_of(words_of(directory, 1)).to_json(), **change}
        body = json.dumps({"lease": wire.held(job.lease), "proof": proof})
        shown = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx2.post(f"{address}/jobs/1/finish", content=body, headers=shown)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "UNREADABLE")
    assert desk.table.job(1).state == State.LEASED and proof_in(directory, 1) is None


def test_timings_that_are_none_are_left_out(desk, directory):
    with listening(desk) as address, remote(desk) as door:
        job = door.lease("a", KEYS, 20)
        proof = proof_of(words_of(directory, 1)).to_json()
        proof["seconds"] = {"prove": 1, "solve": float("nan"), "load": -1, "verify": "2", "x" * 99: 1}
        body = json.dumps({"lease": wire.held(job.lease), "proof": proof})
        httpx2.post(f"{address}/jobs/1/finish", content=body, headers={"Authorization": f"Bearer {TOKEN}"})
    assert proof_in(directory, 1).seconds == {"prove": 1.0}


def test_a_desk_that_would_believe_everything_opens_no_door(desk):
    desk.judge = None
    with pytest.raises(ValueError, match="judge"):
        routes(desk)


def test_a_trace_that_does_not_arrive_whole_is_not_proven(desk, directory):
    with remote(desk) as door:
        job = door.lease("a", KEYS, 20)
        (directory / "traces" / "00000001.json").write_text("{}")
        with pytest.raises(DoorUnreachable, match="did not arrive whole"), door.trace(job):
            pass
        with pytest.raises(JobRefused) as caught, door.trace(job._replace(trace="0" * 64)):
            pass
        assert caught.value.code == JobProblem.WITHDRAWN


def test_a_job_that_comes_up_is_given_to_who_waits_for_it(desk):
    jobs = [desk.lease("a", ["S"], 20) for _ in range(BATCHES)]
    with remote(desk, wait=10) as door:
        found = []
        thread = threading.Thread(target=lambda: found.append(door.lease("b", KEYS, 20)))
        thread.start()
        time.sleep(0.2)
        assert thread.is_alive()
        began = time.monotonic()
        desk.release(jobs[1].lease, "", died=False)
        thread.join()
        assert time.monotonic() - began < 1 and found[0].batch == 2


# ---------------------------------------------------------------------------------------------------------- at work
def test_two_workers_prove_everything_and_nothing_twice(desk, directory, crew):
    machines = [Script(), Script()]
    with remote(desk) as one, remote(desk) as other:
        crew.hire(one, machines[0], "one")
        crew.hire(other, machines[1], "other")
        until(lambda: desk.head() == BATCHES)
        crew.dismiss()
    assert sorted(machines[0].jobs + machines[1].jobs) == list(range(1, BATCHES + 1))
    archive = Archive(directory)
    assert all(archive.proof(batch.number) == proof_of(batch.words) for batch in archive.batches())
    archive.close()


@pytest.mark.parametrize(("patience", "pause"), [(0.0, PATIENCE), (PATIENCE, 0.0)])
def test_a_door_that_waited_for_a_job_is_asked_again_at_once(crew, patience, pause):
    pauses = []

    class Idle:
        ended = None

        def lease(self, *_):
            if self.ended is not None:
                pauses.append(time.monotonic() - self.ended)
            time.sleep(patience)
            self.ended = time.monotonic()

    crew.hire(Idle(), Script())
    until(lambda: len(pauses) >= 2)
    assert all(abs(one - pause) < PATIENCE / 2 for one in pauses)


def test_the_step_is_told_while_it_is_worked_on(desk, crew):
    machine = Script()
    machine.gate.clear()
    with remote(desk) as door:
        crew.hire(door, machine)
        until(lambda: desk.progress and desk.progress.step == "prove")
        machine.gate.set()
        until(lambda: desk.head() == BATCHES)
        crew.dismiss()


def test_a_worker_holds_on_to_its_job_for_as_long_as_it_takes(desk, crew):
    machine = Script()
    machine.gate.clear()
    with remote(desk) as door, remote(desk) as other:
        crew.hire(door, machine, lease_seconds=2)
        until(lambda: desk.progress)
        time.sleep(3)
        assert other.lease("other", KEYS, 20).batch == 2 and desk.table.job(1).attempts == 1
        crew.dismiss()


def test_a_worker_that_is_stopped_gives_its_job_back_at_once(desk, crew):
    machine = Script()
    machine.gate.clear()
    with remote(desk) as door:
        crew.hire(door, machine)
        until(lambda: desk.progress)
        began = time.monotonic()
        crew.dismiss()
        assert time.monotonic() - began < 2
    job = desk.table.job(1)
    assert (job.state, job.deaths, job.error) == (State.WAITING, 0, "")
    assert crew.events("released")
    desk.resting.check("a")


def test_a_proof_is_given_up_once_another_has_it(desk, directory, crew):
    machine = Script()
    machine.gate.clear()
    with remote(desk) as door:
        crew.hire(door, machine, lease_seconds=2)
        until(lambda: desk.progress)
        lease = desk.table.job(1).lease
        desk.finish(lease, proof_of(words_of(directory, 1)))
        until(lambda: crew.events("abandoned"))
        assert crew.events("abandoned") == [{"batch": 1, "code": "ALREADY_PROVEN"}]
        machine.gate.set()
        until(lambda: desk.head() == BATCHES)
        crew.dismiss()


def test_a_job_that_was_given_to_another_is_brought_all_the_same(desk, directory, crew):
    machine = Script()
    machine.gate.clear()
    with remote(desk) as door:
        crew.hire(door, machine, lease_seconds=2)
        until(lambda: desk.progress)
        held = desk.table.job(1)
        desk.table.release(held.lease, "as if it had run out", True)
        assert desk.lease("another", ["S"], 60).batch == 1
        time.sleep(1.2)
        machine.gate.set()
        until(lambda: desk.head() >= 1)
        assert desk.table.job(1).worker == "another" and proof_in(directory, 1)
        crew.dismiss()


def test_a_desk_that_is_away_for_a_while_gets_the_proof_when_it_is_back(desk, directory, crew):
    """The sequencer may be started again while a proof is under way (D20)."""
    machine = Script()
    machine.gate.clear()

    class Road(httpx2.HTTPTransport):
        is_cut = False

        def handle_request(self, request):
            if self.is_cut:
                raise httpx2.ConnectError("cut")
            return super().handle_request(request)

    from sequencer.doors.remote import RemoteDoor

    road = Road()
    with listening(desk) as address:
        door = RemoteDoor(address, TOKEN, 0, road)
        crew.hire(door, machine, lease_seconds=2)
        until(lambda: desk.progress)
        road.is_cut = True
        machine.gate.set()
        until(lambda: crew.events("desk_unreachable"))
        assert proof_in(directory, 1) is None
        road.is_cut = False
        until(lambda: desk.head() == BATCHES)
        crew.dismiss()
        door.close()
    assert machine.jobs == [1, 2, 3, 4]


def test_a_worker_that_fails_rests_and_another_takes_over(desk, crew):
    with remote(desk) as door, remote(desk) as other:
        crew.hire(door, Script(*[ProverDied("PROVER_DIED", "out of memory")] * 9, OSError("no program")), "small")
        until(lambda: desk.resting.all().get("small"))
        crew.hire(other, machine := Script(), "large")
        until(lambda: desk.head() == BATCHES)
        crew.dismiss()
    assert 1 in machine.jobs and crew.events("turned_away")[0]["code"] == "RESTING"


def test_a_worker_with_other_keys_ends_and_says_why(desk):
    worker = None
    with remote(desk) as door:
        worker = Worker(door, {"S": Script()}, {"S": KeyName("circuit", "made anew")}, "a")
        with pytest.raises(JobRefused) as caught:
            worker.run()
    assert caught.value.code == JobProblem.KEY_MISMATCH
    assert caught.value.numbers["wanted"] == KEYS["S"]._asdict()


def test_a_refusal_comes_with_its_rules_and_is_looked_at(desk, crew):
    findings = Findings({"match: prices cross": 2}, [], [])
    refusing = Script(TraceRefused("UNSATISFIED", "a rule", "constraint 7", findings))
    desk.judge.bad.add("00000001.json")
    with remote(desk) as door:
        crew.hire(door, refusing)
        until(lambda: desk.failure())
        crew.dismiss()
    assert desk.failure().code is Problem.TRACE_NOT_PROVEN
    assert desk.failure().detail == "UNSATISFIED: as the judge sees it"
    sent = wire.refusal(TraceRefused("UNSATISFIED", "a rule", "constraint 7", findings))
    told = wire.Refusal(wire.Held("t", 1, "a"), **sent).error()
    assert str(told) == "UNSATISFIED: constraint 7: a rule: match: prices cross"
