"""Services from nothing to a settled batch: by hand first, then by themselves, after a backup, a stop and a restart."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from circuits.native import Native
from novate.bench.service.crowd import Crowd
from novate.bench.service.stage import Stage
from novate.bench.service.trader import Connection, wire
from novate.cli.main import main
from novate.service.processes import NAMES, SUPERVISOR, running
from tests.keys import smallest_key

PATIENCE = 240


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    _, keys = smallest_key()
    ages = {"age": 3, "round_interval": 3, "round_age": 3}
    with Stage(tmp_path / "home", keys, "XS", ages, manual=True) as made:
        yield made


class Desk:
    """The command line and the API, as somebody at a terminal has them."""

    def __init__(self, stage: Stage, native: Native, capsys: pytest.CaptureFixture) -> None:
        self.stage = stage
        self._capsys = capsys
        self._data = str(stage.folder.home)
        crowd = Crowd(stage, native)
        crowd.wait_for_credit()
        self._orders = crowd.orders(1)[0]

    def novate(self, *words: str) -> tuple[int, dict]:
        """Exit code and answer of a command."""
        self._capsys.readouterr()
        code = main([*words, "--data", self._data, "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def ask(self, path: str, body: dict | None = None) -> dict:
        """An answer of the API."""
        connection = Connection(self.stage.service.api)
        content = json.dumps(body).encode() if body else None
        _, answer = connection.ask("POST" if body else "GET", path, content)
        connection.close()
        return answer

    def order(self) -> dict:
        """Receipt of an order."""
        return self.ask("/v1/actions", {"actions": [wire(self._orders.next())]})["results"][0]["receipt"]

    def heads(self) -> dict[str, int]:
        """Last batches by stage."""
        return {head["stage"]: head["batch"] for head in self.novate("status")[1]["heads"]}

    def settled(self, receipt: dict) -> dict:
        """The receipt once its batch is settled: after a restart the chain is asked anew."""
        deadline = time.monotonic() + PATIENCE
        while (now := self.ask(f"/v1/receipts/{receipt['hash']}"))["stage"] != "settled":
            assert time.monotonic() < deadline, self.novate("status")
            time.sleep(0.2)
        return now


def test_by_hand_and_by_itself(stage: Stage, capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    with Native() as native:
        desk = Desk(stage, native, capsys)
        first = by_hand(desk)
        backed_up(desk, tmp_path / "backup.tar.gz")
        goes_on(desk, first)


def by_hand(desk: Desk) -> dict:
    """Every step when it is asked for, and not before."""
    receipt = desk.order()
    assert receipt["status"] == "accepted"
    assert desk.novate("batch", "seal") == (0, {"batch": 1, "stage": "sealed"})
    time.sleep(1.5)
    assert desk.heads() == {"sequenced": 2, "sealed": 1, "committed": 0, "proven": 0, "settled": 0}
    code, refusal = desk.novate("batch", "settle", "1")
    assert (code, refusal["error"]["code"]) == (1, "NOT_YET")
    assert desk.novate("batch", "prove", "2")[1]["error"]["code"] == "NO_BATCH"
    assert desk.novate("batch", "commit", "1") == (0, {"batch": 1, "stage": "committed"})
    assert desk.novate("batch", "prove", "1") == (0, {"batch": 1, "stage": "proven"})
    assert desk.heads()["settled"] == 0
    assert desk.novate("batch", "settle", "1") == (0, {"batch": 1, "stage": "settled"})
    assert desk.novate("batch", "settle", "1")[1]["already"]
    code, report = desk.novate("batch", "verify", "last")
    assert (code, report["holds"], report["batch"]) == (0, True, 1)
    code, rows = desk.novate("batch", "list")
    assert [(row["number"], row["stage"]) for row in rows["batches"]] == [(1, "settled")]
    assert desk.novate("status")[0] == 0
    return receipt


def backed_up(desk: Desk, file: Path) -> None:
    """While everything runs: what came after the backup is gone after it is put back."""
    lost = desk.order()
    assert desk.novate("backup", str(file))[0] == 0
    gone = desk.order()
    assert desk.novate("restore", str(file))[1]["error"]["code"] == "ALREADY_RUNNING"
    assert desk.novate("down")[1]["stopped"] == list(NAMES)
    assert not any(running(desk.stage.folder, name) for name in (SUPERVISOR, *NAMES))
    assert desk.novate("restore", str(file))[1]["error"]["code"] == "NOT_CONFIRMED"
    code, restored = desk.novate("restore", str(file), "--yes")
    assert (code, restored["sealed"]) == (0, 1)
    desk.stage.up(manual=False)
    assert desk.ask(f"/v1/receipts/{lost['hash']}")["seq"] == lost["seq"]
    assert "error" in desk.ask(f"/v1/receipts/{gone['hash']}")


def goes_on(desk: Desk, first: dict) -> None:
    """The same state, and now batches find their way alone."""
    again = desk.settled(first)
    assert (again["seq"], again["batch"], again["amended"]) == (first["seq"], 1, 0)
    receipt = desk.order()
    desk.settled(receipt)
    code, report = desk.novate("batch", "verify", str(receipt["batch"]))
    assert (code, report["holds"]) == (0, True)
    code, lines = desk.novate("logs", "sequencer")
    told = [line["event"] for line in lines["lines"]]
    assert {"sequencer.ready", "batch.sealed", "batch.committed", "batch.proven", "batch.settled"} <= set(told)
