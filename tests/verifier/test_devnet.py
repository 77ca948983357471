"""The development chain: it goes on where it was saved, and says what is wrong when it cannot run."""

import os
import signal
from pathlib import Path

import pytest

from tests.verifier.simulator import Simulator
from tests.verifier.world import START, TOKEN, build
from verifier.chain import Chain
from verifier.devnet import Devnet, anvil_program, rpc
from verifier.errors import ChainUnreachable
from verifier.settlement import Settlement


def test_a_chain_goes_on_where_it_was_saved(simulator: Simulator, tmp_path: Path) -> None:
    with Devnet(state=tmp_path, timestamp=START) as net:
        world = build(net, simulator)
        world.open_accounts(2)
        first = world.run("XS", 2, [world.owed(0)])
        net.save()
        saved = world.settlement.state()
        world.run("XS")
        os.kill(net.process.pid, signal.SIGKILL)
        net.process.wait()
    with Devnet(state=tmp_path) as net:
        settlement = Settlement(Chain(net.url), world.settlement.address)
        assert settlement.state() == saved
        assert settlement.batch(1).statement == first.statement
        assert settlement.deposits(1, 2) == list(first.statement.deposits)
        settlement.claim(world.owners[0])
        assert settlement.owed(world.owners[0].address) == 0
        assert settlement.state().escrow == 3 * TOKEN
    assert [path.name for path in tmp_path.iterdir()] == ["chain-31337.json"]


def test_a_chain_of_another_id_is_another_chain(tmp_path: Path) -> None:
    with Devnet(state=tmp_path, chain_id=1337) as net:
        net.save()
        assert Chain(net.url).id == 1337
    assert [path.name for path in tmp_path.iterdir()] == ["chain-1337.json"]


def test_a_node_that_is_not_there_is_named() -> None:
    with pytest.raises(ChainUnreachable, match="RPC_UNREACHABLE"):
        Chain("http://127.0.0.1:9")
    with pytest.raises(ChainUnreachable, match="RPC_UNREACHABLE"):
        rpc("http://127.0.0.1:9", "eth_chainId")


def test_a_call_that_the_node_does_not_know_is_named() -> None:
    with Devnet() as net, pytest.raises(ChainUnreachable, match="RPC_ERROR"):
        net.call("eth_nothing")


def test_a_program_that_does_not_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVATE_ANVIL", str(tmp_path / "anvil"))
    with pytest.raises(ChainUnreachable, match="ANVIL_MISSING"):
        anvil_program()


def test_a_node_that_stops_says_why(tmp_path: Path) -> None:
    (tmp_path / "chain-31337.json").write_text("{")
    with pytest.raises(ChainUnreachable, match="ANVIL_FAILED"):
        Devnet(state=tmp_path)


def test_a_stopped_node_leaves_no_process() -> None:
    net = Devnet()
    net.stop()
    assert net.process.poll() is not None
    net.stop()
