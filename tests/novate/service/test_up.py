"""``novate up`` on a chain that is there, with an order at once; again, where something hangs; and refused early."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from circuits.native import Native
from novate import tools
from novate.bench.service.crowd import Crowd
from novate.bench.service.stage import Stage
from novate.bench.service.trader import Connection, wire
from novate.cli.main import main
from novate.service import health, up
from novate.service.folder import Folder
from novate.service.processes import NAMES, SUPERVISOR, running
from novate.service.up import Options, agreed
from tests.keys import smallest_key
from verifier.devnet import Devnet

PATIENCE = 240
OTHER_CHAIN = 5


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of somebody else's node."""
    monkeypatch.setenv("NOVATE_ANVIL", os.environ.get("NOVATE_ANVIL") or str(tools.anvil()))
    with Devnet() as net:
        yield net.url


@pytest.fixture
def stage(tmp_path: Path, node: str) -> Iterator[Stage]:
    _, keys = smallest_key()
    ages = {"age": 3, "round_interval": 3, "round_age": 3}
    with Stage(tmp_path / "home", keys, "XS", ages, chain=node) as made:
        yield made


def answered(stage: Stage, path: str, body: dict | None = None) -> dict:
    """An answer of the API."""
    connection = Connection(stage.service.api)
    content = json.dumps(body).encode() if body else None
    _, answer = connection.ask("POST" if body else "GET", path, content)
    connection.close()
    return answer


def test_services_on_a_chain_that_is_there(stage: Stage, capsys: pytest.CaptureFixture) -> None:
    with Native() as native:
        orders = Crowd(stage, native).orders(1)[0]
        receipt = answered(stage, "/v1/actions", {"actions": [wire(orders.next())]})["results"][0]["receipt"]
    assert receipt["status"] == "accepted", "an order right after up, without a wait of its own"
    assert running(stage.folder, "chain") is None
    deadline = time.monotonic() + PATIENCE
    while answered(stage, f"/v1/receipts/{receipt['hash']}")["stage"] != "settled":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    starts_again(stage, capsys)


def starts_again(stage: Stage, capsys: pytest.CaptureFixture) -> None:
    """A process that is stopped, under a supervisor that lives: up says what it did, and then nothing is amiss."""
    hanging = running(stage.folder, "sequencer")
    os.kill(hanging.pid, signal.SIGSTOP)
    data = str(stage.folder.home)
    capsys.readouterr()
    assert main(["up", "--data", data, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["was_running"], told["started_again"], told["waiting"]) == (True, ["sequencer"], "")
    assert running(stage.folder, "sequencer").pid != hanging.pid
    os.kill(running(stage.folder, SUPERVISOR).pid, signal.SIGSTOP)
    long_ago = time.time() - health.STILL - 1
    os.utime(stage.folder.run / f"{SUPERVISOR}.json", (long_ago, long_ago))
    assert main(["up", "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["started_again"] == [SUPERVISOR]
    assert running(stage.folder, SUPERVISOR).ready, "one that 'novate down' finds"
    assert main(["up", "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["started_again"] == []


def test_up_says_so_when_accounts_cannot_trade_in_time(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deposits that need more blocks than there are; everything runs on."""
    _, keys = smallest_key()
    monkeypatch.setattr(up, "ACCOUNTS_WAIT", 3.0)
    with Stage(tmp_path / "home", keys, "XS", {"confirmations": 100}) as stage:
        capsys.readouterr()
        assert main(["up", "--data", str(stage.folder.home)]) == 5
        said = capsys.readouterr().out
        assert "cannot trade: the deposits of accounts 1, 2, 3 are not credited yet" in said
        assert all(running(stage.folder, name) for name in NAMES)


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of a node of another chain."""
    monkeypatch.setenv("NOVATE_ANVIL", os.environ.get("NOVATE_ANVIL") or str(tools.anvil()))
    with Devnet(chain_id=OTHER_CHAIN) as net:
        yield net.url


def test_a_chain_that_needs_other_keys_is_refused_before_anything_is_made(
    tmp_path: Path, strange: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(up, "made", lambda *_: pytest.fail("no keys are made"))
    monkeypatch.setattr(up, "roles_for", lambda *_: None)  # as if keystores were named
    folder = Folder(tmp_path)
    words = ["up", "--class", "XS", "--chain", strange, "--data", str(tmp_path), "--json"]
    for _ in range(2):
        assert main(words) == 1
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "DEVELOPMENT_KEY"
    assert not folder.exists and not folder.accounts.exists() and not folder.keys.exists()


def test_a_start_that_deployed_nothing_binds_nobody(tmp_path: Path, node: str) -> None:
    folder = Folder(tmp_path)
    folder.write(agreed(folder, Options(size_class="XS", chain=node, window=400)))
    again = agreed(folder, Options(size_class="S"))
    assert (again.size_class, again.chain.embedded, again.window) == ("S", True, up.WINDOW)
