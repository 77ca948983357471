"""kill -9 at random moments: nothing acknowledged is lost, and a replay leads to the same root (D02, D10, I18)."""

import contextlib
import os
import select
import shutil
import signal
import time
from pathlib import Path
from random import Random

from rollup.refusals import Refused
from sequencer import recovery
from sequencer.archive import Archive
from sequencer.journal import Journal
from sequencer.sequencer import Sequencer
from tests.sequencer.house import CALM, HASHER, START, Clock, KeyedHash, deployment, flow, fund, price
from tests.sequencer.load import Load

KILLS = 50
ACCOUNTS = 8
LONGEST = 30
"""Seconds that a life may take to tell what it is to tell."""
POLICY = CALM._replace(snapshot_every=3)


def serve(directory: Path, life: int, told: int) -> None:
    """One life of the sequencer: everything it acknowledges is written to ``told`` after it was acknowledged."""
    clock = Clock(START + 10 * life)
    house = Sequencer(directory, deployment(), HASHER, KeyedHash(), POLICY, clock).start()
    source = flow(house, ACCOUNTS)
    if len(house.engine.accounts()) <= ACCOUNTS:
        fund(house, source)
    price(house, clock.now)
    load = Load(house, ACCOUNTS, seed=life)
    for number in range(10**9):
        futures = [house.submit(load.action()) for _ in range(8)]
        for future in futures:
            with contextlib.suppress(Refused):
                acknowledged = future.result()
                line = f"{acknowledged.sequence} {acknowledged.digest.hex()} {acknowledged.receipt.code}\n"
                os.write(told, line.encode())
        if number % 6 == 5:
            house.seal().result()


def live_and_die(directory: Path, life: int, moments: Random) -> bytes:
    """Fork a sequencer, kill it at a random moment, and return what it told.

    Two lives in five end within moments of their start, while the journal is replayed; the others a little after a
    random number of acknowledgements.
    """
    lines, seconds = (0, moments.uniform(0, 0.2)) if life % 5 in (1, 3) else (moments.randint(1, 200), LONGEST)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.close(reading)
            serve(directory, life, writing)
        os._exit(1)
    os.close(writing)
    told, deadline = b"", time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not 0 < lines <= told.count(b"\n"):
        if select.select([reading], [], [], left)[0]:
            part = os.read(reading, 65536)
            assert part, "the sequencer died by itself"
            told += part
    if lines:
        time.sleep(moments.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    while part := os.read(reading, 65536):
        told += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return told


def replayed(directory: Path, copy: Path, use_snapshots: bool) -> tuple[int, dict]:
    """Root after sealing what a copy of the directory recovers to, and the receipts of its open batch by name."""
    shutil.copytree(directory, copy)
    journal = Journal(copy)
    ledger = recovery.recover(journal, deployment(), HASHER, copy, POLICY.snapshot_every, use_snapshots)
    named = {digest: (entry.sequence, str(entry.receipt.code)) for digest, entry in ledger.named.items()}
    root = ledger.engine.seal(HASHER).root_after if ledger.is_open else ledger.engine.root(HASHER)
    journal.close()
    return root, named


def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path):
    directory = tmp_path / "house"
    moments = Random(20)
    acknowledged: dict[bytes, tuple[int, str]] = {}
    for life in range(KILLS):
        told = live_and_die(directory, life, moments)
        for line in told.decode().splitlines(keepends=True):
            assert line.endswith("\n")
            sequence, digest, code = line.split()
            assert bytes.fromhex(digest) not in acknowledged
            acknowledged[bytes.fromhex(digest)] = (int(sequence), code)
    assert len(acknowledged) > 500

    root, named = replayed(directory, tmp_path / "by snapshot", use_snapshots=True)
    assert replayed(directory, tmp_path / "from genesis", use_snapshots=False) == (root, named)
    archive = Archive(directory)
    assert len(archive.batches()) > 10
    for batch in archive.batches():
        for kept in archive.acknowledged(batch.number):
            named[kept.digest] = (kept.sequence, str(kept.receipt.code))
    archive.close()
    for digest, told in acknowledged.items():
        assert named[digest] == told
