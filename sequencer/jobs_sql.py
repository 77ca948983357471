"""The job table in SQL: one text of every statement, which SQLite and Postgres both read.

Parameters are written ``$1``, ``$2``: Postgres counts them, for SQLite they are names.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

from sequencer.jobs import KEPT_DURATIONS, LONGEST_LEASE, Job, Lease, State, Task

COLUMNS = ", ".join(Job._fields)
TOKEN_BITS = 40
"""A token lies up to so far above the one before: no worker guesses another's, and a job has room for millions."""

TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    batch      BIGINT PRIMARY KEY,
    size_class TEXT NOT NULL,
    trace      TEXT NOT NULL,
    circuit    TEXT NOT NULL,
    key        TEXT NOT NULL,
    state      TEXT NOT NULL,
    attempts   BIGINT NOT NULL DEFAULT 0,
    deaths     BIGINT NOT NULL DEFAULT 0,
    token      BIGINT NOT NULL DEFAULT 0,
    worker     TEXT NOT NULL DEFAULT '',
    step       TEXT NOT NULL DEFAULT '',
    began      BIGINT NOT NULL DEFAULT 0,
    step_began BIGINT NOT NULL DEFAULT 0,
    lease_ends BIGINT NOT NULL DEFAULT 0,
    ended      BIGINT NOT NULL DEFAULT 0,
    error      TEXT NOT NULL DEFAULT ''
)
"""
INDEXES = (
    "CREATE INDEX IF NOT EXISTS jobs_open ON jobs (batch) WHERE state IN ('waiting', 'leased', 'failed')",
    "CREATE INDEX IF NOT EXISTS jobs_proven ON jobs (size_class, ended) WHERE state = 'proven'",
)
"""Both stay small, however many batches there were."""

PUBLISH = """
INSERT INTO jobs (batch, size_class, trace, circuit, key, state) VALUES ($1, $2, $3, $4, $5, 'waiting')
ON CONFLICT (batch) DO UPDATE SET
    size_class = excluded.size_class, trace = excluded.trace, circuit = excluded.circuit, key = excluded.key,
    state = 'waiting', token = jobs.token + 1, attempts = 0, deaths = 0, worker = '', step = '',
    began = 0, step_began = 0, lease_ends = 0, ended = 0, error = ''
WHERE jobs.state IN ('withdrawn', 'proven') OR jobs.trace != excluded.trace OR jobs.key != excluded.key
    OR jobs.circuit != excluded.circuit OR jobs.size_class != excluded.size_class
RETURNING batch
"""
"""Of batch, class, trace, circuit, key. The token goes on rising, so that no lease of the job before is good again."""


def lease(classes: int, lock: str = "") -> str:
    """Of worker, now, end of the lease, step of the token, then so many classes; ``lock`` is said of the chosen row."""
    places = ", ".join(f"${place}" for place in range(5, 5 + classes))
    return f"""
UPDATE jobs SET
    deaths = deaths + (CASE WHEN state = 'leased' THEN 1 ELSE 0 END),
    error = CASE WHEN state = 'leased' THEN 'the lease of ' || worker || ' ran out' ELSE error END,
    state = 'leased', token = token + $4, attempts = attempts + 1, worker = $1, step = 'load',
    began = $2, step_began = $2, lease_ends = $3
WHERE batch = (
    SELECT batch FROM jobs
    WHERE (state = 'waiting' OR state = 'leased' AND (lease_ends <= $2 OR lease_ends > $2 + {1000 * LONGEST_LEASE}))
        AND state IN ('waiting', 'leased', 'failed') AND size_class IN ({places})
        AND NOT EXISTS (SELECT 1 FROM jobs AS bad WHERE bad.state = 'failed' AND bad.batch < jobs.batch)
    ORDER BY batch LIMIT 1 {lock}
)
RETURNING {COLUMNS}
"""


HELD = "batch = $1 AND trace = $2 AND token = $3 AND worker = $4 AND state = 'leased'"
"""A lease is good."""
RENEW = f"""
UPDATE jobs SET step_began = CASE WHEN step = $5 THEN step_began ELSE $6 END, step = $5, lease_ends = $7
WHERE {HELD} RETURNING {COLUMNS}
"""
RELEASE = f"""
UPDATE jobs SET state = 'waiting', worker = '', step = '', step_began = 0, lease_ends = 0, error = $5,
    deaths = deaths + $6
WHERE {HELD} RETURNING {COLUMNS}
"""
FINISH = """
UPDATE jobs SET state = 'proven', step = '', lease_ends = 0, error = '', ended = $3
WHERE batch = $1 AND trace = $2 AND state IN ('waiting', 'leased', 'failed') RETURNING batch
"""
FAIL = """
UPDATE jobs SET state = 'failed', step = '', lease_ends = 0, error = $3
WHERE batch = $1 AND trace = $2 AND state IN ('waiting', 'leased', 'failed') RETURNING batch
"""
WITHDRAW = """
UPDATE jobs SET state = 'withdrawn', token = token + 1, worker = '', step = '', lease_ends = 0
WHERE batch = $1 AND state != 'withdrawn' RETURNING batch
"""
RETRY = """
UPDATE jobs SET state = 'waiting', token = token + 1, attempts = 0, deaths = 0, worker = '', step = '',
    lease_ends = 0, error = ''
WHERE state IN ('waiting', 'failed') AND (state = 'failed' OR error != '') RETURNING batch
"""
JOB = f"SELECT {COLUMNS} FROM jobs WHERE batch = $1"
DURATIONS = f"""
SELECT ended - began FROM jobs WHERE state = 'proven' AND size_class = $1 AND began > 0
ORDER BY ended DESC LIMIT {KEPT_DURATIONS}
"""


def jobs(states: int) -> str:
    """Of the limit, then so many states."""
    places = ", ".join(f"${place}" for place in range(2, 2 + states))
    return f"SELECT {COLUMNS} FROM jobs WHERE state IN ({places}) ORDER BY batch LIMIT $1"


def until(now: int, seconds: float) -> int:
    """End of a lease."""
    return now + round(1000 * min(seconds, LONGEST_LEASE))


class SqlJobs(ABC):
    """A ``JobTable`` for whatever runs one statement as one transaction."""

    lock = ""
    """What a lease says of the row that it chooses."""

    @abstractmethod
    def _rows(self, statement: str, *values: object) -> Sequence[Sequence]:
        """What a statement returns."""

    def _job(self, statement: str, *values: object) -> Job | None:
        rows = self._rows(statement, *values)
        return job_of(rows[0]) if rows else None

    def publish(self, task: Task) -> bool:
        """See ``JobTable``, as for every method."""
        return bool(self._rows(PUBLISH, *task))

    def lease(self, worker: str, classes: Collection[str], seconds: float, now: int) -> Job | None:
        """The lowest batch that can be had."""
        if not classes:
            return None
        step = 1 + secrets.randbelow(1 << TOKEN_BITS)
        return self._job(lease(len(classes), self.lock), worker, now, until(now, seconds), step, *classes)

    def renew(self, lease: Lease, step: str, seconds: float, now: int) -> Job | None:
        """Hold on to a job."""
        return self._job(RENEW, *lease, step, now, until(now, seconds))

    def finish(self, batch: int, trace: str, now: int) -> bool:
        """The batch has a proof."""
        return bool(self._rows(FINISH, batch, trace, now))

    def release(self, lease: Lease, error: str, died: bool) -> Job | None:
        """Give a job back to wait."""
        return self._job(RELEASE, *lease, error, int(died))

    def fail(self, batch: int, trace: str, error: str) -> bool:
        """The trace does not prove."""
        return bool(self._rows(FAIL, batch, trace, error))

    def withdraw(self, batch: int) -> bool:
        """The batch was undone."""
        return bool(self._rows(WITHDRAW, batch))

    def retry(self) -> int:
        """Let what failed be tried anew."""
        return len(self._rows(RETRY))

    def job(self, batch: int) -> Job | None:
        """One job."""
        return self._job(JOB, batch)

    def jobs(self, states: Collection[State] = tuple(State), limit: int = 1000) -> list[Job]:
        """Jobs in these states."""
        return [job_of(row) for row in self._rows(jobs(len(states)), limit, *states)]

    def durations(self, size_class: str) -> list[int]:
        """Milliseconds that the last proofs took."""
        return [duration for (duration,) in self._rows(DURATIONS, size_class)]


def job_of(row: Sequence) -> Job:
    """A row as a job."""
    job = Job(*row)
    return job._replace(state=State(job.state))
