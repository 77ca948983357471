"""The development chain as a service: kills at any moment leave a whole dump behind, and nothing on the port (D08)."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from verifier import devnet
from verifier.chain import Chain, development_account
from verifier.devnet import Devnet, free_port, is_taken
from verifier.errors import ChainUnreachable
from verifier.keeper import Keeper, command_of, end_leftover, serve

ROOT = Path(__file__).resolve().parents[2]


def started(folder: Path, port: int) -> subprocess.Popen:
    """A keeper in a process of its own, ready."""
    command = [sys.executable, "-m", "verifier.keeper", "--folder", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    line = process.stdout.readline()
    assert line == f"ready http://127.0.0.1:{port}\n", line or process.stderr.read()
    return process


def ended(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate(timeout=10)


def wait(holds, seconds: float = 10) -> None:
    """Until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pay(chain: Chain) -> int:
    """A block with a transaction; returns its number."""
    payer, payee = development_account(0), development_account(1)
    fields = {"to": payee.address, "value": 1, "gas": 21_000, "chainId": chain.id, "gasPrice": 10**10}
    nonce = chain.web3.eth.get_transaction_count(payer.address)
    sent = chain.web3.eth.send_raw_transaction(payer.sign_transaction({**fields, "nonce": nonce}).raw_transaction)
    return chain.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["blockNumber"]


def test_kills_at_any_moment_leave_a_whole_chain_and_a_free_port(tmp_path: Path) -> None:
    port, moments = free_port(), random.Random(5)
    kept = 0
    for _ in range(3):
        process = started(tmp_path, port)
        chain = Chain(f"http://127.0.0.1:{port}")
        assert chain.web3.eth.block_number >= kept
        reached = [pay(chain) for _ in range(5)]
        time.sleep(moments.random() * 0.3)
        ended(process)
        wait(lambda: not is_taken(port))
        kept = json.loads((tmp_path / "chain-31337.json").read_text())["best_block_number"]
        assert kept <= reached[-1]


def test_a_block_is_kept_soon_with_its_transactions(tmp_path: Path) -> None:
    port = free_port()
    process = started(tmp_path, port)
    chain = Chain(f"http://127.0.0.1:{port}")
    number = pay(chain)
    block = chain.web3.eth.get_block(number)
    wait(lambda: json.loads((tmp_path / "chain-31337.json").read_text())["best_block_number"] == number)
    ended(process)
    with Keeper(tmp_path, port) as keeper:
        again = Chain(keeper.net.url).web3.eth
        assert again.get_block(number)["hash"] == block["hash"]
        assert again.get_transaction_receipt(block["transactions"][0])["blockNumber"] == number


def test_anvil_killed_ends_its_keeper_with_a_reason(tmp_path: Path) -> None:
    process = started(tmp_path, free_port())
    os.kill(json.loads((tmp_path / "anvil.json").read_text())["pid"], signal.SIGKILL)
    _, complaint = process.communicate(timeout=10)
    assert process.returncode == 1 and complaint.startswith("ANVIL_FAILED")


def test_a_stop_writes_down_the_last_block_and_ends_both(tmp_path: Path) -> None:
    port = free_port()
    process = started(tmp_path, port)
    number = pay(Chain(f"http://127.0.0.1:{port}"))
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 0 and not is_taken(port)
    assert json.loads((tmp_path / "chain-31337.json").read_text())["best_block_number"] == number


def test_what_was_read_is_not_written_again_before_somebody_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, save = [], Devnet.save
    monkeypatch.setattr(Devnet, "save", lambda net: (saved.append(net.call("eth_blockNumber")), save(net)))
    with Keeper(tmp_path, free_port()) as keeper:
        assert saved == ["0x0"]
        pay(Chain(keeper.net.url))
    saved.clear()
    with Keeper(tmp_path, free_port()) as keeper:
        keeper.step()
        assert saved == []
        pay(Chain(keeper.net.url))
        keeper.step()
        assert saved == ["0x2"]


def test_a_dump_may_take_longer_than_a_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, ask = {}, devnet.rpc

    def rpc(url: str, method: str, *params: object, timeout: float = 30) -> object:
        allowed[method] = timeout
        return ask(url, method, *params, timeout=timeout)

    monkeypatch.setattr(devnet, "rpc", rpc)
    with Keeper(tmp_path, free_port()):
        assert allowed["anvil_dumpState"] >= 300


def test_a_folder_has_one_keeper(tmp_path: Path) -> None:
    with Keeper(tmp_path, free_port()), pytest.raises(ChainUnreachable, match="FOLDER_IN_USE"):
        Keeper(tmp_path, free_port())


def test_a_leftover_is_ended_and_a_stranger_is_not(tmp_path: Path) -> None:
    note = tmp_path / "anvil.json"
    with Devnet() as left:
        note.write_text(json.dumps({"pid": left.process.pid, "command": "another program"}))
        end_leftover(note)
        assert left.process.poll() is None
        note.write_text(json.dumps({"pid": left.process.pid, "command": command_of(left.process.pid)}))
        end_leftover(note)
        assert left.process.wait(5) == -signal.SIGKILL
    for nothing in ("", "{", "[]", '{"pid": 0}'):
        note.write_text(nothing)
        end_leftover(note)


def test_anvil_is_noted_before_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted, answers = [], Devnet._wait

    def look(net: Devnet) -> None:
        noted.append(json.loads((tmp_path / "anvil.json").read_text()))
        answers(net)

    monkeypatch.setattr(Devnet, "_wait", look)
    with Keeper(tmp_path, free_port()) as keeper:
        pid = keeper.net.process.pid
        assert noted == [{"pid": pid, "command": command_of(pid)}]


@pytest.mark.skipif(sys.platform != "linux", reason="the system cannot see to that")
def test_a_kill_just_after_anvil_was_born_leaves_nobody_on_the_port(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "verifier.keeper", "--folder", str(tmp_path), "--port", str(port)]
    for _ in range(5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait(lambda children=children: children.read_text())
        process.kill()
        process.wait()
    time.sleep(0.5)
    assert not is_taken(port)
    ended(started(tmp_path, port))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with Devnet() as other, pytest.raises(ChainUnreachable, match="PORT_TAKEN"):
        serve(tmp_path, other.port)


def test_blocks_come_by_the_clock_where_that_is_asked(tmp_path: Path) -> None:
    with Keeper(tmp_path, free_port(), block_time=1) as keeper:
        chain = Chain(keeper.net.url)
        before = chain.web3.eth.block_number
        wait(lambda: chain.web3.eth.block_number > before)
        keeper.step()
        assert json.loads(keeper.net.file.read_text())["best_block_number"] > before
