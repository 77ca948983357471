"""The same jobs on Ray: a cluster of two workers on this machine, real proofs of class XS, a node's death."""

import importlib.util
import threading
import time

import pytest

from tests.extras import needs
from tests.keys import smallest_key
from tests.sequencer import real
from tests.sequencer.provers import TOKEN, listening, proof_in, words_of

needs("ray", importlib.util.find_spec("ray") is not None)

import ray  # noqa: E402

from circuits.prover import TraceRefused, verify  # noqa: E402
from novate.cluster import ray_pool  # noqa: E402
from novate.errors import NovateError  # noqa: E402
from sequencer.doors.remote import RemoteDoor  # noqa: E402

SECONDS = 300
BATCHES = 3


@pytest.fixture(scope="module")
def pool():
    with ray_pool.opened(None, 2, ["XS"], smallest_key()[1], 1, num_cpus=2) as pool:
        yield pool


@pytest.fixture
def desk(tmp_path):
    real.sealed(tmp_path / "house", BATCHES)
    desk = real.desk(tmp_path / "house")
    yield desk
    desk.close()


def until(condition, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_actors_prove_all_batches_one_of_them_killed_on_the_way(pool, desk, tmp_path):
    with listening(desk) as address:
        door = RemoteDoor(address, TOKEN, 1)
        workers = ray_pool.workers(door, pool, "pool")
        threads = [threading.Thread(target=worker.run, daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        until(lambda: any(job.step == "prove" for job in desk.status()))
        killed = next(job for job in desk.status() if job.step == "prove")
        actor = pool.sets[int(killed.worker.partition("/")[2]) - 1]["XS"]._actor
        ray.kill(actor)
        until(lambda: desk.head() == BATCHES)
        for worker, thread in zip(workers, threads):
            worker.stop()
            thread.join()
        door.close()
    jobs = [desk.table.job(batch) for batch in range(1, BATCHES + 1)]
    assert {job.worker for job in jobs} == {"pool/1", "pool/2"}
    assert [job.deaths for job in jobs if job.batch == killed.batch] == [1]
    for batch in (1, BATCHES):
        proof = proof_in(tmp_path / "house", batch)
        assert proof.words == words_of(tmp_path / "house", batch) and verify(proof, smallest_key()[1])


def test_a_refusal_travels_with_its_findings(pool, tmp_path):
    trace = tmp_path / "trace.json"
    trace.write_text('{"class": "XS"}')
    with pytest.raises(TraceRefused) as caught:
        pool.sets[0]["XS"].prove(trace)
    assert caught.value.code and str(caught.value)


def test_a_cluster_without_the_keys_says_so(pool, tmp_path):
    other = ray_pool.Pool(1, ["XS"], tmp_path, 0)
    with pytest.raises(NovateError) as caught:
        other.start()
    assert caught.value.code == "KEY_MISSING" and "key folder" in caught.value.fix
