"""The operator's listener: two doors with a token each, and how a token changes while everybody works."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
import uvicorn

from novate.cli.main import main
from novate.cluster.serving import token_of
from novate.errors import NovateError
from novate.service import listeners
from novate.service.folder import ChainRecord, Folder, Service
from novate.service.operator import application
from novate.service.tokens import of_operator, of_provers
from sequencer.doors.jobs import routes
from sequencer.doors.remote import RemoteDoor
from sequencer.jobs import JobProblem, JobRefused
from tests.sequencer.provers import KEYS, desk_of, sealed

OPERATORS = [("GET", "/operator/status"), ("POST", "/operator/batches/seal"), ("POST", "/operator/batches/1/settle")]
PROVERS = [("GET", "/jobs"), ("GET", "/jobs/1/trace"), ("POST", "/jobs/lease"), ("POST", "/jobs/1/finish")]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.make()
    made.write(Service("S", ChainRecord(31337, "http://127.0.0.1:1", True, "0x" + "11" * 20), 300, 600))
    return made


@pytest.fixture
def address(folder: Folder, tmp_path: Path) -> Iterator[str]:
    """Of the listener, before a sequencer that knows a desk and nothing else."""
    sealed(tmp_path / "house", 2)
    desk = desk_of(tmp_path / "house", lambda: time.time_ns() // 1_000_000)
    house = SimpleNamespace(folder=folder, sequencer=None, watch=SimpleNamespace(metrics=SimpleNamespace(text=bytes)))
    listener = socket.create_server(("127.0.0.1", 0))
    app = application(house, list(routes(desk)))
    server = uvicorn.Server(listeners.plain(app))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        desk.close()


def status(address: str, method: str, path: str, token: str) -> int:
    """Of an answer to whoever shows the token."""
    return httpx2.request(method, address + path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_neither_token_opens_the_others_door(folder: Folder, address: str) -> None:
    operator, prover = of_operator(folder).newest(), of_provers(folder).newest()
    assert operator != prover
    for method, path in OPERATORS:
        assert status(address, method, path, prover) == 401
        assert status(address, method, path, operator) != 401
    for method, path in PROVERS:
        assert status(address, method, path, operator) == 401
        assert status(address, method, path, prover) != 401
    for path in ("/jobs/../operator/status", "//jobs", "/jobsx", "/operator/jobs", "/"):
        assert status(address, "GET", path, prover) in (401, 404)
    assert httpx2.get(f"{address}/metrics").status_code == 200
    told = httpx2.get(f"{address}/jobs", headers={"Authorization": f"Bearer {operator}"}).json()["error"]
    assert told["code"] == "UNAUTHORISED" and "prover.token" in told["message"]


def test_a_token_changes_while_provers_work(folder: Folder, address: str, capsys: pytest.CaptureFixture) -> None:
    """First the new one goes round, then the old one is good no more."""
    token = ["prover", "token", "--data", str(folder.home), "--json"]
    old = of_provers(folder).newest()
    far = folder.home / "a copy on another machine"
    far.write_text(old)
    ours = RemoteDoor(address, of_provers(folder).newest, 0)
    theirs = RemoteDoor(address, token_of(far), 0)
    assert main([*token, "--add"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": str(folder.prover_token_file),
        "good": 2,
        "added": True,
        "retired": 0,
    }
    assert status(address, "GET", "/jobs", old) == status(address, "GET", "/jobs", of_provers(folder).newest()) == 200
    job = theirs.lease("far", KEYS, 20)
    far.write_text(folder.prover_token_file.read_text())
    assert main([*token, "--retire"]) == 0
    assert json.loads(capsys.readouterr().out)["retired"] == 1
    assert status(address, "GET", "/jobs", old) == 401
    theirs.renew(job.lease, "solve", 20)
    assert ours.lease("near", KEYS, 20).batch == 2
    assert main([*token, "--add", "--retire"]) == 0
    said = capsys.readouterr().out
    assert of_provers(folder).newest() not in said
    assert len(ours.jobs()["jobs"]) == 2
    with pytest.raises(JobRefused) as caught:
        theirs.renew(job.lease, "solve", 20)
    assert caught.value.code == JobProblem.UNAUTHORISED
    ours.close()
    theirs.close()


def test_a_token_that_changes_between_two_looks_is_shown_again(folder: Folder, address: str) -> None:
    """Read just before it was retired, refused just after: the same request goes once more."""
    shown = iter(["retired", of_provers(folder).newest()])
    door = RemoteDoor(address, lambda: next(shown), 0)
    assert len(door.jobs()["jobs"]) == 2
    door.close()


def test_a_prover_keeps_the_last_token_of_a_file_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(NovateError, match="NO_TOKEN.*no such file"):
        token_of(file)
    file.write_text("\n")
    with pytest.raises(NovateError, match="NO_TOKEN.*no token in it"):
        token_of(file)
    file.write_text("first\n")
    newest = token_of(file)
    file.unlink()
    assert newest() == "first"
    file.write_text("second\nfirst\n")
    assert newest() == "second"


def test_connections_are_bounded_whoever_makes_them(address: str) -> None:
    """A12: they come out of the descriptors that the sequencer needs for its files."""
    host, port = address.removeprefix("http://").split(":")
    most = listeners.OPERATORS.connections
    connections = [socket.create_connection((host, int(port)), timeout=5) for _ in range(most)]
    for connection in connections:
        connection.sendall(b"GET /jobs HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 401")
    with socket.create_connection((host, int(port)), timeout=3) as another, contextlib.suppress(ConnectionError):
        another.sendall(b"GET /jobs HTTP/1.1\r\nhost: x\r\n\r\n")
        assert another.recv(100) == b""
    for connection in connections:
        connection.close()
    deadline = time.monotonic() + 5
    while True:
        try:
            assert httpx2.get(f"{address}/metrics").status_code == 200
            break
        except httpx2.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
