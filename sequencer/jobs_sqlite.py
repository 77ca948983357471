"""The job table as a SQLite file of its own: no write of a worker's ever waits for the journal's, or the other way."""

import sqlite3
import threading
from pathlib import Path

from sequencer import jobs_sql, store

FILE = "jobs.sqlite"
SCHEMA_VERSION = 1


class SqliteJobs(jobs_sql.SqlJobs):
    """A ``JobTable`` in a file, made if it is not there. One that cannot be read is replaced: it can be filled anew."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._connection = self._opened(path)
        except sqlite3.DatabaseError:
            for spoiled in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                spoiled.unlink(missing_ok=True)
            self._connection = self._opened(path)

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        connection = store.connect(path)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, SCHEMA_VERSION):
                raise sqlite3.DatabaseError(f"version {version}")
            script = ";".join((jobs_sql.TABLE, *jobs_sql.INDEXES))
            connection.executescript(f"BEGIN IMMEDIATE;{script};PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
            connection.execute(jobs_sql.JOB, {"1": 0}).fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _rows(self, statement: str, *values: object) -> list[tuple]:
        with self._lock:
            named = {str(place): value for place, value in enumerate(values, start=1)}
            return self._connection.execute(statement, named).fetchall()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._connection.close()
