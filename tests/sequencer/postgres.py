"""A Postgres server for tests, from the system's binaries: its data in a folder of the test's, reached by a socket."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
"""Where packages of distributions put the server; they leave it off the path."""
SERVANTS = ("postgres", "nobody")
"""Users to run it as where the tests run as root, which the server refuses."""
START_SECONDS = 30


def binaries() -> Path | None:
    """The folder that holds initdb and postgres; None where there is none."""
    found = [Path(path).resolve().parent for path in (shutil.which("initdb"),) if path]
    for place in PLACES:
        found += sorted(Path("/").glob(place[1:]), reverse=True)
    return next((folder for folder in found if all((folder / name).exists() for name in ("initdb", "postgres"))), None)


def servant() -> pwd.struct_passwd | None:
    """Whom the server runs as; None for whoever runs the tests."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next((names[name] for name in SERVANTS if name in names), None)


@contextmanager
def server() -> Iterator[str]:
    """A server that runs, and the address of its database."""
    folder, user = binaries(), servant()
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    home = Path(tempfile.mkdtemp(prefix="novate-postgres-"))
    try:
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        data = home / "data"
        command = [folder / "initdb", "--pgdata", data, "--username", "novate", "--auth", "trust", "--no-sync"]
        command += ["--encoding", "UTF8", "--locale", "C"]
        subprocess.run(command, check=True, capture_output=True, cwd=home, **as_user)
        command = [folder / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, **as_user)
        try:
            _wait(home, process)
            yield f"postgresql://novate@/postgres?host={home}"
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def empty(address: str) -> None:
    """Drop the job table."""
    _do(address, "DROP TABLE IF EXISTS jobs")


def cut(address: str) -> None:
    """End everybody's connections."""
    _do(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()")


def _do(address: str, statement: str) -> None:
    import asyncpg

    async def run() -> None:
        connection = await asyncpg.connect(address)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


def _wait(home: Path, process: subprocess.Popen) -> None:
    """Until it takes connections."""
    deadline = time.monotonic() + START_SECONDS
    while "ready to accept connections" not in (home / "log").read_text():
        assert process.poll() is None and time.monotonic() < deadline, (home / "log").read_text()
        time.sleep(0.05)
