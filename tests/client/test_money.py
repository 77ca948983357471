"""Money from the chain and back to it by the command line: a real node, real contracts, a real proof (class XS)."""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from circuits.native import Native
from circuits.prover import Prover
from novate import Client
from novate.bridge import SettlementChain
from novate.client.accounts import KeyFolder
from novate.replay import stage
from novate.service.folder import ChainRecord
from rollup.batch import Domain
from rollup.engine import Engine
from tests.client import folder, house
from tests.client.folder import Line
from tests.keys import smallest_key
from verifier.chain import Chain
from verifier.devnet import Devnet


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[tuple[house.House, Path]]:
    """Everything that runs, and the folder that says so, without any account."""
    tmp_path = tmp_path_factory.mktemp("money")
    with ExitStack() as stack:
        key, keys = smallest_key()
        native = stack.enter_context(Native())
        devnet = stack.enter_context(Devnet())
        root = Engine(house.genesis("XS"), Domain(devnet.chain_id, 1), "XS").root(native)
        roles = stage.cold()
        settlement = stage.deploy(Chain(devnet.url), roles, key, root)
        found = house.House(
            tmp_path / "sequencer",
            "XS",
            accounts=0,
            domain=Domain(devnet.chain_id, int(settlement.address, 16)),
            prover=stack.enter_context(Prover("XS", keys)),
            chain=SettlementChain(settlement, roles.operator, native),
        ).open()
        stack.callback(found.stop)
        chain = ChainRecord(devnet.chain_id, devnet.url, True, settlement=settlement.address)
        named = {"class": "XS", "circuit": key.system, "digest": key.digest}
        folder.written(tmp_path, found.api, chain, {}, key=named)
        yield found, tmp_path


def example() -> str:
    """The lines of docs/client.md."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "client.md").read_text()
    return re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)


def run_the_example(found: house.House, home: Path, monkeypatch) -> None:
    """Run them as they stand; the batch ends once their sheet, order and cancel are in it, or after a while."""
    monkeypatch.setenv("NOVATE_HOME", str(home))
    lines = example()
    assert len([line for line in lines.splitlines() if line.strip()]) <= 10
    done, begun = threading.Event(), found.sequencer.status().sequence

    def seal() -> None:
        for _ in range(100):
            if done.wait(0.1) or found.sequencer.status().sequence >= begun + 3:
                break
        while not done.is_set():
            found.sequencer.seal().result(30)
            done.wait(10)

    sealing = threading.Thread(target=seal)
    sealing.start()
    try:
        exec(compile(lines, "docs/client.md", "exec"), {"__name__": "example"})
    finally:
        done.set()
        sealing.join()


def test_from_a_key_file_to_a_claimed_withdrawal(running, capsys, monkeypatch) -> None:
    found, home = running
    told = Line(home, capsys)
    for name in ("alice", "bob"):
        told.json("account", "new", name)
    first = told.json("deposit", "1000", "--account", "alice")
    assert (first["account"], first["amount"], first["credited"]) == (1, "1000", True)
    assert told.json("deposit", "1", "--account", "alice")["account"] == 1
    assert "account 2 (bob): mined" in told.text("deposit", "500", "--account", "bob", "--no-wait")
    assert told.json("account", "show")["cash"] == "1001"
    refused = told.json("deposit", "0.0000001", code=1)["error"]
    assert refused["code"] == "OFF_GRID"

    told.json("order", "BTC-PERP", "sell", "0.01", "60000")
    withdrawn = told.json("withdraw", "250.5")["receipt"]
    assert withdrawn["code"] == "APPLIED" and "nothing is owed" in told.text("claim")
    house.soon(lambda: found.sequencer.engine.key(2) is not None, 20)
    run_the_example(found, home, monkeypatch)
    assert capsys.readouterr().out.rstrip().endswith("True"), "the batch was verified"
    settled = told.json("receipt", withdrawn["hash"], "--wait", "settled", "--timeout", "120")["receipt"]
    assert settled["stage"] == "settled" and settled["settle_tx"].startswith("0x")

    with Client.local("alice", home=home) as client:
        assert client.account_number == 1 and str(client.owed()) == "250.5"
        assert client.batch(settled["batch"]).withdrawals[0].owner == client.owner.owner.lower()
    claimed = told.json("claim")
    assert claimed["amount"] == "250.5" and claimed["transaction"].startswith("0x")
    assert told.json("claim")["transaction"] is None


def test_a_number_that_was_not_written_down_is_found_again(running, capsys) -> None:
    """The process died between the mined deposit and the key file: the second deposit goes to the same account."""
    found, home = running
    told = Line(home, capsys)
    told.json("account", "new", "dave")
    number = told.json("deposit", "10", "--account", "dave", "--no-wait")["account"]
    keys = KeyFolder(home / "service" / "accounts")
    known = keys.read("dave")
    assert known.account == number and keys.find(number).name == "dave"
    keys.write(replace(known, account=None))
    assert told.json("deposit", "5", "--account", "dave", "--no-wait")["account"] == number
    house.soon(lambda: (view := found.sequencer.engine.account(number)) and view.cash == 15 * 10**6, 20)
