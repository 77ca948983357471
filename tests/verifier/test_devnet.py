"""The development chain: it goes on where it was saved, and says what is wrong when it cannot run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.verifier.simulator import Simulator
from tests.verifier.world import START, TOKEN, build
from verifier.chain import Chain
from verifier.devnet import GIVEN_PORTS, Devnet, anvil_program, free_port, rpc
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


ORPHAN = """
import os, time
from verifier.devnet import dying_with_parent

call, parent = dying_with_parent(), os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent:
    time.sleep(0.01)
call()
print("it lives on")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no such call")
def test_a_child_whose_parent_is_gone_before_it_asks_to_die_with_it_ends() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHAN], capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.skipif(not GIVEN_PORTS.exists(), reason="the system does not tell")
def test_a_free_port_is_none_that_a_connection_gets() -> None:
    first = int(GIVEN_PORTS.read_text().split()[0])
    assert all(1024 <= free_port() < first for _ in range(20))
