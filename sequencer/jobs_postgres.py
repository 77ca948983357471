"""The job table in a Postgres server: for those who keep one already, and want the queue where their tools look.

The driver (asyncpg, the extra ``postgres``) is asynchronous; its loop runs on a thread of this table's own.
"""

import asyncio
import threading
from typing import Any

import asyncpg

from sequencer import jobs_sql
from sequencer.errors import Problem, SequencerError

ANSWER_SECONDS = 10
CLAIM = "SELECT pg_try_advisory_lock(hashtext('novate jobs'), hashtext(current_schema()))"


class PostgresJobs(jobs_sql.SqlJobs):
    """A ``JobTable`` in a server, reached through a few connections; a lost connection is opened again.

    Raises what the driver raises: ``OSError``, ``asyncpg.PostgresError``, ``TimeoutError``.
    """

    lock = "FOR UPDATE SKIP LOCKED"
    """A row that another lease is about to take is passed over, in place of waiting for it."""

    def __init__(self, address: str, connections: int = 4, is_only: bool = True) -> None:
        """``is_only`` refuses a table that another desk works with (IN_USE): each would withdraw the other's jobs."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="job table", daemon=True)
        self._thread.start()
        try:
            self._pool = self._answer(self._opened(address, connections, is_only))
        except BaseException:
            self._end()
            raise

    def _answer(self, question) -> Any:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(ANSWER_SECONDS)

    async def _opened(self, address: str, connections: int, is_only: bool) -> asyncpg.Pool:
        self._claim = await asyncpg.connect(address)
        """The connection that the claim lives with."""
        if is_only and not await self._claim.fetchval(CLAIM):
            await self._claim.close()
            raise SequencerError(Problem.IN_USE, "another desk works with this job table")
        pool = await asyncpg.create_pool(address, min_size=1, max_size=connections, command_timeout=ANSWER_SECONDS)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('novate jobs'))")
            for statement in (jobs_sql.TABLE, *jobs_sql.INDEXES):
                await connection.execute(statement)
        return pool

    def _rows(self, statement: str, *values: object) -> list[tuple]:
        return [tuple(row) for row in self._answer(self._pool.fetch(statement, *values))]

    def close(self) -> None:
        """End the connections and the thread."""
        self._answer(self._pool.close())
        self._answer(self._claim.close())
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
