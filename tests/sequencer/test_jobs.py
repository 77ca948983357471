"""The job table, as SQLite and as Postgres: leases, their end, and what a token is good for (D20)."""

import contextlib
import importlib.util
import threading
from random import Random

import pytest

from sequencer.errors import Problem, SequencerError
from sequencer.jobs import KEPT_DURATIONS, LONGEST_LEASE, Lease, State, Task, opened, usual_duration
from sequencer.jobs_sqlite import FILE, SqliteJobs
from tests.extras import needs
from tests.sequencer import postgres

NOW = 1_700_000_000_000
SECOND = 1_000


def task(batch: int, trace: str = "", size_class: str = "S", key: str = "k") -> Task:
    return Task(batch, size_class, trace or f"trace {batch}", "circuit", key)


@pytest.fixture(scope="module")
def address():
    """A Postgres server that runs."""
    needs("postgres", postgres.binaries() is not None and importlib.util.find_spec("asyncpg") is not None)
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """What opens the table, as often as it is called."""
    if request.param == "sqlite":
        return lambda is_only=True: SqliteJobs(tmp_path / FILE)
    address = request.getfixturevalue("address")
    postgres.empty(address)
    from sequencer.jobs_postgres import PostgresJobs

    return lambda is_only=True: PostgresJobs(address, is_only=is_only)


@pytest.fixture
def table(place):
    table = place()
    yield table
    table.close()


def test_jobs_are_given_out_lowest_batch_first_and_each_once(table):
    for batch in (3, 1, 2):
        assert table.publish(task(batch))
    leased = [table.lease("a", ["S"], 10, NOW) for _ in range(4)]
    assert [job and job.batch for job in leased] == [1, 2, 3, None]
    first = leased[0]
    assert (first.state, first.attempts, first.deaths, first.worker) == (State.LEASED, 1, 0, "a")
    assert (first.began, first.lease_ends) == (NOW, NOW + 10 * SECOND)
    assert first.task == task(1) and table.job(1) == first


def test_a_worker_is_given_jobs_of_its_classes_only(table):
    table.publish(task(1, size_class="M"))
    table.publish(task(2))
    assert table.lease("a", [], 10, NOW) is None
    assert table.lease("a", ["S", "Q"], 10, NOW).batch == 2
    assert table.lease("a", ["S", "Q"], 10, NOW) is None
    assert table.lease("b", ["M"], 10, NOW).batch == 1


def test_publishing_again_changes_nothing(table):
    table.publish(task(1))
    job = table.lease("a", ["S"], 10, NOW)
    assert not table.publish(task(1))
    assert table.job(1) == job


def test_another_trace_replaces_the_job_and_voids_its_leases(table):
    table.publish(task(1))
    old = table.lease("a", ["S"], 10, NOW)
    assert table.publish(task(1, trace="sequenced again"))
    assert table.renew(old.lease, "prove", 10, NOW) is None
    assert not table.finish(1, old.trace, NOW)
    new = table.lease("b", ["S"], 10, NOW)
    assert new.trace == "sequenced again" and new.token > old.token and (new.attempts, new.deaths) == (1, 0)
    assert table.renew(old.lease, "prove", 10, NOW) is None
    assert table.finish(1, "sequenced again", NOW)


def test_a_withdrawn_job_is_given_to_nobody_until_it_is_published_again(table):
    table.publish(task(1))
    old = table.lease("a", ["S"], 10, NOW)
    assert table.withdraw(1) and not table.withdraw(1)
    assert table.lease("b", ["S"], 10, NOW) is None
    assert table.renew(old.lease, "prove", 10, NOW) is None and table.release(old.lease, "", False) is None
    assert table.publish(task(1))
    assert table.lease("b", ["S"], 10, NOW).token > old.token


def test_a_lease_that_is_not_renewed_runs_out_and_counts_as_a_death(table):
    table.publish(task(1))
    old = table.lease("a", ["S"], 10, NOW)
    assert table.lease("b", ["S"], 10, NOW + 10 * SECOND - 1) is None
    new = table.lease("b", ["S"], 10, NOW + 10 * SECOND)
    assert (new.worker, new.attempts, new.deaths) == ("b", 2, 1) and new.token > old.token
    assert new.error == "the lease of a ran out"
    for say in (table.renew(old.lease, "prove", 10, NOW), table.release(old.lease, "late", True)):
        assert say is None
    assert table.job(1) == new


def test_a_lease_that_is_renewed_goes_on(table):
    table.publish(task(1))
    job = table.lease("a", ["S"], 10, NOW)
    for tick, step in enumerate(("load", "solve", "prove", "prove"), start=1):
        now = NOW + tick * 9 * SECOND
        held = table.renew(job.lease, step, 10, now)
        assert table.lease("b", ["S"], 10, now + SECOND) is None
        assert (held.step, held.lease_ends, held.began) == (step, now + 10 * SECOND, NOW)
    assert held.step_began == NOW + 3 * 9 * SECOND


def test_a_late_renewal_holds_if_nobody_else_has_the_job(table):
    table.publish(task(1))
    job = table.lease("a", ["S"], 10, NOW)
    assert table.renew(job.lease, "prove", 10, NOW + 60 * SECOND)
    assert table.lease("b", ["S"], 10, NOW + 60 * SECOND) is None


def test_a_clock_that_is_set_back_keeps_no_job_from_others(table):
    """D14."""
    table.publish(task(1))
    table.lease("a", ["S"], 10, NOW)
    day_before = NOW - 86_400 * SECOND
    assert table.lease("b", ["S"], 10, day_before).worker == "b"
    assert table.job(1).lease_ends <= day_before + LONGEST_LEASE * SECOND


def test_no_lease_is_longer_than_the_longest(table):
    table.publish(task(1))
    assert table.lease("a", ["S"], 10**9, NOW).lease_ends == NOW + LONGEST_LEASE * SECOND


def test_a_job_that_is_given_back_waits_with_its_error(table):
    table.publish(task(1))
    job = table.lease("a", ["S"], 10, NOW)
    back = table.release(job.lease, "out of memory", died=True)
    assert (back.state, back.error, back.deaths, back.worker) == (State.WAITING, "out of memory", 1, "")
    again = table.lease("b", ["S"], 10, NOW)
    assert again.error == "out of memory" and again.attempts == 2
    assert table.release(again.lease, "", died=False).deaths == 1


def test_a_lease_is_good_for_its_holder_alone(table):
    table.publish(task(1))
    lease = table.lease("a", ["S"], 10, NOW).lease
    for wrong in ({"token": 2}, {"worker": "b"}, {"trace": "t"}, {"batch": 2}):
        other = lease._replace(**wrong)
        assert table.renew(other, "prove", 10, NOW) is None
        assert table.release(other, "", False) is None
    assert table.renew(lease, "prove", 10, NOW)


def test_a_job_is_proven_once_whoever_brings_it(table):
    table.publish(task(1))
    table.lease("a", ["S"], 10, NOW)
    table.lease("b", ["S"], 10, NOW + 20 * SECOND)
    assert table.finish(1, "trace 1", NOW + 25 * SECOND)
    assert not table.finish(1, "trace 1", NOW + 26 * SECOND)
    assert table.job(1).state == State.PROVEN
    assert table.lease("c", ["S"], 10, NOW + 90 * SECOND) is None
    assert not table.fail(1, "trace 1", "too late")


def test_no_batch_behind_one_that_fails_is_given_out(table):
    for batch in range(1, 5):
        table.publish(task(batch))
    assert table.lease("a", ["S"], 10, NOW).batch == 1
    table.lease("b", ["S"], 10, NOW)
    assert table.fail(2, "trace 2", "prices cross") and not table.fail(2, "another", "prices cross")
    assert table.lease("c", ["S"], 10, NOW) is None
    assert table.lease("c", ["S"], 10, NOW + 10 * SECOND).batch == 1
    assert not table.publish(task(2)) and table.job(2).state == State.FAILED
    assert table.publish(task(2, trace="without the bad action"))
    assert [table.lease("c", ["S"], 10, NOW + 10 * SECOND).batch for _ in range(3)] == [2, 3, 4]


def test_a_retry_forgets_failures_and_deaths(table):
    for batch in range(1, 4):
        table.publish(task(batch))
    table.release(table.lease("a", ["S"], 10, NOW).lease, "died", died=True)
    table.fail(2, "trace 2", "prices cross")
    assert table.retry() == 2
    assert [(job.state, job.deaths, job.error) for job in table.jobs()] == [(State.WAITING, 0, "")] * 3


def test_durations_are_of_the_class_and_newest_first(table):
    assert usual_duration(table, "S") is None
    for batch in range(1, KEPT_DURATIONS + 3):
        table.publish(task(batch))
        table.lease("a", ["S"], 10, NOW + batch)
        table.finish(batch, f"trace {batch}", NOW + batch + 100 * batch)
    durations = table.durations("S")
    assert durations == [100 * batch for batch in range(KEPT_DURATIONS + 2, 2, -1)]
    assert usual_duration(table, "S") == 700 and table.durations("M") == []


def test_jobs_are_listed_by_state_up_to_a_limit(table):
    for batch in range(1, 6):
        table.publish(task(batch))
    table.lease("a", ["S"], 10, NOW)
    table.finish(1, "trace 1", NOW)
    table.lease("a", ["S"], 10, NOW)
    assert [(job.batch, job.state.value) for job in table.jobs(limit=3)] == [
        (1, "proven"),
        (2, "leased"),
        (3, "waiting"),
    ]
    assert [job.batch for job in table.jobs((State.LEASED, State.PROVEN))] == [1, 2]
    assert table.job(9) is None


def test_what_is_in_the_table_outlives_it(place):
    """D20."""
    first = place()
    first.publish(task(1))
    job = first.lease("a", ["S"], 10, NOW)
    first.close()
    second = place()
    assert not second.publish(task(1)) and second.job(1) == job
    assert second.renew(job.lease, "prove", 10, NOW)
    second.close()


def test_no_worker_can_guess_the_token_of_another(table):
    """Whoever could would take its jobs away: names and batches are told to all provers."""
    for batch in range(20):
        table.publish(task(batch))
    tokens = [table.lease("a", ["S"], 10, NOW).token for _ in range(20)]
    assert len(set(tokens)) == 20 and min(tokens) > 1 << 16 and max(tokens) > 1 << 36
    again = [table.lease("b", ["S"], 10, NOW + 10 * SECOND).token for _ in range(20)]
    steps = [new - old for old, new in zip(tokens, again)]
    assert len(set(steps)) == 20 and min(steps) > 1 << 16


def test_workers_that_race_never_get_the_same_job(place):
    """Sixteen threads on two openings of the table, no job twice and none left."""
    tables = [place(), place(is_only=False)]
    jobs, given, lock = 60, [], threading.Lock()
    for batch in range(jobs):
        tables[0].publish(task(batch))

    def race(number: int) -> None:
        while job := tables[number % 2].lease(f"worker {number}", ["S"], 60, NOW):
            with lock:
                given.append((job.batch, job.attempts))

    threads = [threading.Thread(target=race, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for table in tables:
        table.close()
    left = jobs - len(given)
    assert len(set(given)) == len(given) and all(attempts == 1 for _, attempts in given)
    assert left == 0


def test_a_file_that_is_no_table_is_replaced(tmp_path):
    (tmp_path / FILE).write_bytes(b"not a database, but as long as one has to be to be looked at" * 100)
    table = SqliteJobs(tmp_path / FILE)
    assert table.publish(task(1)) and table.lease("a", ["S"], 10, NOW)
    table.close()


def test_a_server_has_one_desk(address, tmp_path):
    """Two would withdraw each other's jobs."""
    table = opened(tmp_path, address)
    with pytest.raises(SequencerError) as caught:
        opened(tmp_path, address)
    assert caught.value.code is Problem.IN_USE
    table.close()
    opened(tmp_path, address).close()


def test_a_server_that_was_away_is_reached_again(tmp_path):
    """The driver opens lost connections anew; leases and tokens are as they were."""
    needs("postgres", postgres.binaries() is not None and importlib.util.find_spec("asyncpg") is not None)
    with postgres.server() as address:
        table = opened(tmp_path, address)
        table.publish(task(1))
        job = table.lease("a", ["S"], 10, NOW)
        postgres.cut(address)
        with contextlib.suppress(Exception):
            table.job(1)
        assert table.job(1) == job and table.renew(job.lease, "prove", 10, NOW)
        table.close()


def test_whatever_happens_a_lease_is_one_workers(table):
    """Random histories: no job has two holders, tokens only rise, the lowest batch goes first, proofs stay."""
    for seed in range(4):
        draw, now = Random(seed), NOW + seed * 10**9
        first = seed * 1000
        holders: dict[int, Lease] = {}
        tokens: dict[int, int] = {}
        ends: dict[int, int] = {}
        proven: set[int] = set()
        for batch in range(first, first + 8):
            table.publish(task(batch, size_class=f"class {seed}"))
        for _ in range(250):
            now += draw.choice((0, 1_000, 4_000))
            act = draw.choices(("lease", "renew", "release", "finish", "stale"), (5, 4, 2, 1, 2))[0]
            if act == "lease":
                job = table.lease(f"w{draw.randrange(4)}", [f"class {seed}"], 10, now)
                free = [b for b in range(first, first + 8) if b not in proven and ends.get(b, 0) <= now]
                assert (job.batch if job else None) == (min(free) if free else None)
                if job:
                    assert job.token > tokens.get(job.batch, 0)
                    holders[job.batch], tokens[job.batch], ends[job.batch] = job.lease, job.token, job.lease_ends
            elif holders:
                batch = draw.choice(sorted(holders))
                lease = holders[batch]
                if act == "renew":
                    ends[batch] = table.renew(lease, "prove", 10, now).lease_ends
                elif act == "release":
                    assert table.release(holders.pop(batch), "", False).token == tokens[batch]
                    ends[batch] = 0
                elif act == "finish":
                    assert table.finish(batch, lease.trace, now)
                    proven.add(holders.pop(batch).batch)
                else:
                    stale = lease._replace(token=draw.randrange(lease.token))
                    assert table.renew(stale, "prove", 10, now) is None and table.release(stale, "", True) is None
