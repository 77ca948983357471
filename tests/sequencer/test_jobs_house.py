"""A whole sequencer whose only provers are strangers: heads, rewinds and steps by hand as the desk sees them."""

import threading
import time

import pytest

from sequencer.errors import Problem
from sequencer.jobs import JobProblem, State
from sequencer.worker import Worker
from tests.sequencer.house import CALM, START, Clock, flow, fund, price, sequencer, trade
from tests.sequencer.pipeline import Script, proof_of
from tests.sequencer.provers import KEYS, Verdicts, proof_in, remote, words_of


class House:
    """A sequencer with a judge, funded, and a worker at its door."""

    def __init__(self, directory, **options) -> None:
        self.directory = directory
        self.clock = Clock()
        self.house = sequencer(directory, self.clock, CALM._replace(snapshot_every=2), judge=Verdicts(), **options)
        price(self.house, START)
        fund(self.house, flow(self.house))
        self.source = flow(self.house)
        self.machine = Script()
        self.log: list[str] = []

    def seal(self) -> int:
        list(trade(self.house, self.source, 3))
        return self.house.seal().result(10)


@pytest.fixture
def begin(tmp_path):
    houses = []

    def begin(**options) -> House:
        houses.append(House(tmp_path / "house", **options))
        return houses[-1]

    yield begin
    for one in houses:
        one.house.stop(seal=False)


@pytest.fixture
def worker():
    running = []

    def hire(house: House, door) -> None:
        tell = lambda event, **fields: house.log.append((event, fields.get("code")))  # noqa: E731
        worker = Worker(door, {"S": house.machine}, KEYS, "stranger", tell, lease_seconds=2)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        running.append((worker, thread))

    def dismiss() -> None:
        for worker, thread in running:
            while thread.is_alive():
                worker.stop()
                thread.join(0.02)

    hire.dismiss = dismiss
    yield hire
    dismiss()


def until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_strangers_prove_what_is_sealed_and_the_head_follows(begin, worker):
    one = begin()
    with remote(one.house.desk, wait=5) as door:
        worker(one, door)
        for number in range(1, 4):
            assert one.seal() == number
        one.house.wait_for("proven", 3, 10)
        assert one.house.jobs() == [] and one.house.status().proving is None
        worker.dismiss()
    assert [proof_in(one.directory, batch).words for batch in (1, 2, 3)] == [
        words_of(one.directory, batch) for batch in (1, 2, 3)
    ]


def test_a_batch_undone_at_work_is_given_up_and_its_successor_proven(begin, worker):
    one = begin()
    one.seal()
    with remote(one.house.desk, wait=5) as door:
        worker(one, door)
        one.house.wait_for("proven", 1, 10)
        one.machine.gate.clear()
        one.seal()
        until(lambda: (found := one.house.status().proving) and found.step == "prove")
        old = words_of(one.directory, 2)
        one.clock.now += 400
        price(one.house, one.clock.now)
        one.house.rewind(1, Problem.COMMITMENT_TOO_LATE)
        until(lambda: ("abandoned", JobProblem.WITHDRAWN) in one.log)
        one.machine.gate.set()
        one.house.wait_for("proven", 2, 10)
        worker.dismiss()
    new = words_of(one.directory, 2)
    assert new != old and proof_in(one.directory, 2) == proof_of(new)
    assert one.machine.jobs == [1, 2, 2]


def test_a_proof_out_of_order_moves_no_head_and_a_rewind_takes_heads_back(begin):
    one = begin()
    for _ in range(3):
        one.seal()
    desk = one.house.desk
    desk.publish()
    jobs = [desk.lease(name, ["S"], 60) for name in "abc"]
    desk.finish(jobs[2].lease, proof_of(words_of(one.directory, 3)))
    assert one.house.status().proven == 0
    desk.finish(jobs[0].lease, proof_of(words_of(one.directory, 1)))
    desk.finish(jobs[1].lease, proof_of(words_of(one.directory, 2)))
    assert one.house.status().proven == 3
    one.clock.now += 400
    price(one.house, one.clock.now)
    one.house.rewind(1, Problem.COMMITMENT_TOO_LATE)
    assert one.house.status().proven == 1
    desk.publish()
    assert desk.table.job(2).state == State.WAITING and desk.table.job(2).trace != jobs[1].trace


def test_by_hand_a_batch_is_proven_once_it_is_released(begin, worker):
    one = begin(by_hand=True)
    one.seal()
    with remote(one.house.desk) as door:
        worker(one, door)
        time.sleep(0.7)
        assert one.machine.jobs == [] and one.house.status().proven == 0
        one.house.release("prove", 1)
        one.house.wait_for("proven", 1, 10)
        worker.dismiss()
