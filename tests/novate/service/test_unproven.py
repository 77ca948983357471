"""A batch that does not prove, and the operator at a terminal: proven again, or sequenced again without an action."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn

from circuits.prover import Findings, TraceRefused
from novate.cli.main import main
from novate.service.folder import ChainRecord, Folder, Service
from novate.service.operator import application
from novate.service.tokens import of_operator
from sequencer.archive import Archive
from sequencer.errors import Problem
from sequencer.sequencer import Sequencer
from tests.sequencer.house import START, Clock, flow, fund, price, sequencer, trade
from tests.sequencer.pipeline import Script

REFUSED = TraceRefused("UNSATISFIED", "2 rules", findings=Findings({"match: prices cross": 1}, [], [], False))
SECONDS = 10


class Terminal:
    """Commands, and the sequencer behind the listener that they ask."""

    def __init__(self, house: Sequencer, folder: Folder, capsys: pytest.CaptureFixture) -> None:
        self.house = house
        self._data = str(folder.home)
        self._capsys = capsys

    def novate(self, *words: str) -> tuple[int, dict]:
        """Exit code and answer."""
        self._capsys.readouterr()
        code = main([*words, "--data", self._data, "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def refusal(self, *words: str) -> str:
        """Code with which a command is refused."""
        code, answer = self.novate(*words)
        assert code == 1
        return answer["error"]["code"]


@pytest.fixture
def reduced(tmp_path: Path, capsys: pytest.CaptureFixture) -> Iterator[Terminal]:
    """One batch, which the first attempt refuses."""
    house = sequencer(tmp_path / "house", Clock(), prover=Script(REFUSED))
    price(house, START)
    fund(house, flow(house))
    list(trade(house, flow(house), 5))
    house.seal().result(SECONDS)
    wait(lambda: house.mode == "reduced")
    folder = Folder(tmp_path)
    folder.make()
    listener = socket.create_server(("127.0.0.1", 0))
    operator = f"127.0.0.1:{listener.getsockname()[1]}"
    chain = ChainRecord(31337, "http://127.0.0.1:1", True, "0x" + "11" * 20)
    folder.write(Service("S", chain, 300, 600, operator=operator))
    of_operator(folder).newest()
    behind = SimpleNamespace(folder=folder, sequencer=house, watch=SimpleNamespace(metrics=SimpleNamespace(text=bytes)))
    server = uvicorn.Server(uvicorn.Config(application(behind, []), log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield Terminal(house, folder, capsys)
    finally:
        server.should_exit = True
        thread.join()
        house.stop(seal=False)


def wait(holds: Callable[[], bool]) -> None:
    """Until something holds."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_batch_is_proven_again_after_what_refused_it_was_mended(reduced: Terminal) -> None:
    assert reduced.novate("batch", "retry", "1") == (0, {"batch": 1, "mode": "normal"})
    reduced.house.wait_for("proven", 1, SECONDS)
    assert reduced.refusal("batch", "retry", "1") == "NOTHING_TO_RETRY"
    assert reduced.refusal("batch", "undo", "1", "--yes") == "NOTHING_TO_UNDO"


def test_a_batch_is_sequenced_again_without_the_action_to_blame(reduced: Terminal, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "house")
    accused = next(one for one in archive.acknowledged(1) if hasattr(one.receipt.action, "signature"))
    words = ("batch", "undo", "1", "--without", f"0x{accused.digest.hex()}")
    sequence = reduced.house.status().sequence
    assert reduced.refusal(*words) == "NOT_CONFIRMED"
    assert reduced.refusal(*words[:3], "--without", "0x12", "--yes") == "BAD_HASH"
    assert reduced.refusal(*words[:3], "--without", "12" * 32, "--yes") == "NO_SUCH_ACTION"
    assert reduced.refusal("batch", "undo", "2", "--yes") == "NOTHING_TO_UNDO"
    assert reduced.house.status().sequence == sequence and reduced.house.mode == "reduced"
    code, told = reduced.novate(*words, "--yes")
    assert (code, told["batch"], told["mode"]) == (0, 1, "normal")
    reduced.house.wait_for("proven", 1, SECONDS)
    assert archive.find(accused.digest).receipt.code is Problem.TAKEN_OUT
    archive.close()
