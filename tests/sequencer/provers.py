"""Sealed batches, a judge that can be told what holds, and the desk behind a real listener, for tests of provers."""

import asyncio
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from circuits.prover import Proof, TraceRefused
from sequencer import jobs
from sequencer.archive import Archive
from sequencer.desk import Desk
from sequencer.doors.bearer import Bearer
from sequencer.doors.jobs import routes
from sequencer.doors.remote import RemoteDoor
from sequencer.halt import Halt
from sequencer.jobs import JobProblem, JobRefused
from sequencer.judge import KeyName
from tests.sequencer.house import CALM, START, Clock, flow, fund, price, sequencer, trade

TOKEN = "the-provers"
KEYS = {"S": KeyName("circuit", "key")}


class Time:
    """Milliseconds that pass when told to."""

    def __init__(self) -> None:
        self.now = START * 1000

    def __call__(self) -> int:
        return self.now


class Verdicts:
    """A judge: proofs by ``tests.sequencer.pipeline.proof_of`` hold, traces prove unless they are listed as bad."""

    names = KEYS

    def __init__(self) -> None:
        self.bad: set[str] = set()
        self.examinations = 0

    def verified(self, proof: Proof, words: list[int]) -> Proof:
        digest = hashlib.sha256(json.dumps(words).encode()).digest()
        if proof.proof != digest * 12:
            raise JobRefused(JobProblem.PROOF_REFUSED, "the proof does not verify")
        return proof

    def examined(self, trace: Path) -> TraceRefused | None:
        self.examinations += 1
        return TraceRefused("UNSATISFIED", "as the judge sees it") if trace.name in self.bad else None


def sealed(directory: Path, batches: int) -> None:
    """A stopped sequencer's directory with so many batches."""
    house = sequencer(directory, Clock(), CALM)
    price(house, START)
    fund(house, flow(house))
    source = flow(house)
    for _ in range(batches):
        list(trade(house, source, 5))
        house.seal().result(10)
    house.stop(seal=False)


def desk_of(directory: Path, now: Time | None = None, judge=None, **options) -> Desk:
    """A desk over the directory, its jobs published."""
    halt = options.pop("halt", None) or Halt()
    desk = Desk(directory, jobs.opened(directory), halt, 3, judge=judge or Verdicts(), now=now or Time(), **options)
    desk.publish()
    return desk


def words_of(directory: Path, batch: int) -> list[int]:
    """Public words of a batch."""
    archive = Archive(directory)
    try:
        return archive.batch(batch).words
    finally:
        archive.close()


def proof_in(directory: Path, batch: int) -> Proof | None:
    """The proof that is stored."""
    archive = Archive(directory)
    try:
        return archive.proof(batch)
    finally:
        archive.close()


@contextmanager
def listening(desk: Desk, token: str = TOKEN) -> Iterator[str]:
    """The desk's door behind a real listener; its address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else asyncio leaves Nagle on
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    app = Bearer(Starlette(routes=routes(desk)), token)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def remote(desk: Desk, token: str = TOKEN, wait: float = 0) -> Iterator[RemoteDoor]:
    """The desk as a worker on another machine sees it."""
    with listening(desk) as address:
        door = RemoteDoor(address, token, wait)
        try:
            yield door
        finally:
            door.close()
