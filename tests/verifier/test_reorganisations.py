"""A sequencer on a chain that takes blocks back, changes its operator, becomes dear (D21, D22, S16)."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from novate.bridge import SettlementChain
from rollup.actions import Deposit
from rollup.batch import Domain
from rollup.engine import Engine
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer
from tests.sequencer.house import CALM, HASHER, KeyedHash, deployment
from tests.sequencer.pipeline import Script
from tests.verifier.world import KEY, TOKEN, World
from verifier.errors import ChainUnreachable
from verifier.fees import GIGA, FeePolicy
from verifier.statement import Statement, inputs

LAG = 10
"""Seconds that the sequencer's clock is behind the chain's: blocks of another branch may be older."""


class Point(NamedTuple):
    """A point of which only y is asked."""

    y: int


class Points:
    """Keys are all the same one here."""

    @staticmethod
    def points(xs: list[int]) -> list[Point]:
        return [Point(KEY[1]) for _ in xs]


class Simulated(Script):
    """Proofs by who knows the trapdoor of the key."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def prove(self, trace: Path, steps=None, timeout=None):
        proof = super().prove(trace, steps, timeout)
        public = inputs(Statement.from_words(proof.words))
        return proof._replace(proof=self._world.simulator.prove(public).to_bytes())


class Live:
    """A sequencer at work on a contract of its own."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.net = world, folder, world.net
        genesis = deployment().genesis
        root = Engine(genesis, Domain(world.chain.id, 1), "S").root(HASHER)
        self.settlement = world.deploy(genesis_root=root)
        for owner in world.owners[:2]:
            self.settlement.approve(owner, 1000 * TOKEN)
        domain = Domain(world.chain.id, int(self.settlement.address, 16))
        self.deployment = Deployment(genesis, domain, "S")
        self.prover = Simulated(world)
        self.sequencer: Sequencer | None = None

    def start(self, operator=None, policy: FeePolicy = FeePolicy()) -> Sequencer:  # noqa: B008 - it cannot change
        operator = operator or self.world.operator
        record = self.folder / "transactions.sqlite"
        self.chain = SettlementChain(self.settlement, operator, Points(), record, policy)
        doors = (HASHER, KeyedHash(), CALM, lambda: self.world.chain.now - LAG)
        self.sequencer = Sequencer(self.folder, self.deployment, *doors, prover=self.prover, chain=self.chain).start()
        return self.sequencer

    def open_account(self, owner: int) -> None:
        self.settlement.open_account(self.world.owners[owner], 2 * TOKEN, KEY)

    def deposit(self, amount: int = TOKEN) -> None:
        """To account 1, from its owner."""
        owner = self.world.owners[0]
        self.settlement.deposit(owner, 1, owner.address, amount)

    def last(self) -> str:
        """The first transaction of the last block, raw."""
        block = self.world.chain.web3.eth.get_block("latest")
        return self.net.call("eth_getRawTransactionByHash", block["transactions"][0].to_0x_hex())

    @property
    def credited(self) -> int:
        return self.sequencer.ask(lambda ledger: ledger.deposits).result(10)

    def settled(self, deposits: int) -> None:
        """Everything comes to rest: settled, and the contract and the engine agree."""
        self.prover.gate.set()
        wait(lambda: self.credited == deposits)
        sealed = self.sequencer.seal().result(10)
        wait(lambda: self.sequencer.status().settled == sealed)
        assert self.sequencer.halt.reason is None
        state = self.settlement.state()
        assert state.root == self.sequencer.engine.root(HASHER)
        assert state.taken == deposits == state.queued


def wait(holds, seconds: float = 20) -> None:
    """Until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def live(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr("sequencer.settling.GONE_SECONDS", 0)
    monkeypatch.setattr("sequencer.settling.POLL", 0.1)
    live = Live(world, tmp_path)
    yield live
    if live.sequencer:
        live.sequencer.stop(seal=False)


def test_a_commitment_and_a_settlement_are_taken_back(live: Live) -> None:
    live.start()
    live.open_account(0)
    wait(lambda: live.credited == 1)
    live.net.call("anvil_mine", hex(3))
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().settled == 1)
    live.net.call("anvil_reorg", 3, [])
    assert live.settlement.state().committed == 0
    wait(lambda: live.settlement.state().settled == 1)
    live.deposit()
    live.settled(2)


def test_blocks_lost_by_a_kill_are_a_reorganisation_too(live: Live) -> None:
    live.start()
    live.open_account(0)
    wait(lambda: live.credited == 1)
    kept = live.net.call("evm_snapshot")
    live.deposit()
    wait(lambda: live.credited == 2)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().settled == 1)
    live.net.call("evm_revert", kept)
    wait(lambda: live.credited == 1)
    live.deposit(7 * TOKEN)
    live.settled(2)
    assert live.sequencer.engine.account(1).cash == 9 * TOKEN


def test_a_deposit_in_progress_is_taken_back(live: Live) -> None:
    live.start()
    live.open_account(0)
    wait(lambda: live.credited == 1)
    live.net.call("anvil_mine", hex(3))
    live.deposit(5 * TOKEN)
    live.open_account(1)
    wait(lambda: live.credited == 3)
    live.net.call("anvil_reorg", 3, [])
    wait(lambda: live.credited == 1)
    live.deposit(3 * TOKEN)
    live.settled(2)
    assert live.sequencer.engine.account(1).cash == 5 * TOKEN
    assert live.sequencer.engine.account(2) is None


def test_a_deposit_is_taken_back_with_the_commitment_of_its_batch(live: Live) -> None:
    live.prover.gate.clear()
    live.start()
    live.open_account(0)
    wait(lambda: live.credited == 1)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 1)
    live.deposit(5 * TOKEN)
    wait(lambda: live.credited == 2)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 2)
    live.net.call("anvil_reorg", 2, [])
    wait(lambda: live.credited == 1)
    live.settled(1)
    assert live.sequencer.engine.account(1).cash == 2 * TOKEN


def test_a_commitment_that_outlives_its_deposit_is_voided(live: Live) -> None:
    live.prover.gate.clear()
    live.start()
    live.open_account(0)
    wait(lambda: live.credited == 1)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 1)
    live.deposit()
    wait(lambda: live.credited == 2)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 2)
    live.net.call("anvil_reorg", 2, [[live.last(), 0]])
    assert live.settlement.state().committed == 2 and live.settlement.state().queued == 1
    wait(lambda: "it comes back, or the commitment is voided" in live.sequencer.status().trouble)
    live.prover.gate.set()
    wait(lambda: live.sequencer.status().settled == 1)
    live.net.warp(live.world.chain.now + 86_500)
    live.net.call("evm_mine")
    wait(lambda: live.credited == 1)
    live.settled(1)


@pytest.fixture
def undone(live: Live) -> tuple[Live, str]:
    """Batch 2 was committed with a deposit, three blocks were taken back, and it was undone; its old commitment."""
    live.prover.gate.clear()
    live.start()
    live.open_account(0)
    wait(lambda: live.credited == 1)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 1)
    live.net.call("evm_mine")
    live.deposit(5 * TOKEN)
    wait(lambda: live.credited == 2)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 2)
    old = live.last()
    live.net.call("anvil_reorg", 3, [])
    wait(lambda: live.credited == 1)
    return live, old


def test_a_commitment_that_left_its_block_never_takes_effect_after_its_batch_was_undone(undone: tuple) -> None:
    live, old = undone
    with pytest.raises(ChainUnreachable, match="nonce too low"):
        live.net.call("eth_sendRawTransaction", old)
    live.deposit(3 * TOKEN)
    live.settled(2)
    assert live.sequencer.engine.account(1).cash == 5 * TOKEN


def test_a_commitment_to_an_undone_version_that_comes_back_is_voided(undone: tuple) -> None:
    live, old = undone
    before = live.world.chain.web3.eth.block_number
    live.deposit(3 * TOKEN)
    deposit = live.last()
    wait(lambda: live.credited == 2)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().committed == 2)
    depth = live.world.chain.web3.eth.block_number - before + 1  # with what the old one was cancelled by
    live.net.call("anvil_reorg", depth, [[old, 0], [deposit, 1]])
    assert live.settlement.state().committed == 2 and live.settlement.state().queued == 2
    wait(lambda: "undone version of batch 2, which is voided once" in live.sequencer.status().trouble)
    live.prover.gate.set()
    wait(lambda: live.sequencer.status().settled == 1)
    time.sleep(0.5)
    assert live.sequencer.halt.reason is None and live.sequencer.status().committed == 1
    live.net.warp(live.world.chain.now + 86_500)
    live.net.call("evm_mine")
    live.settled(2)
    assert live.sequencer.engine.account(1).cash == 5 * TOKEN


def test_the_admin_hands_the_operators_role_over(live: Live) -> None:
    live.start()
    live.open_account(0)
    live.settled(1)
    successor = live.world.owners[5]
    live.settlement.nominate_operator(live.world.admin, successor.address)
    live.deposit()
    wait(lambda: live.credited == 2)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().settled == 2)
    live.settlement.accept_operator(successor)
    live.deposit()
    wait(lambda: live.credited == 3)
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().trouble.startswith("NOT_OPERATOR"))
    nonce = live.world.chain.web3.eth.get_transaction_count(live.world.operator.address)
    time.sleep(0.5)
    assert live.sequencer.halt.reason is None
    assert live.world.chain.web3.eth.get_transaction_count(live.world.operator.address) == nonce
    live.sequencer.stop(seal=False)
    live.start(successor)
    live.settled(3)


def test_a_nominee_takes_office_when_its_service_has_something_to_send(live: Live) -> None:
    successor = live.world.owners[5]
    live.settlement.nominate_operator(live.world.admin, successor.address)
    live.start(successor)
    live.open_account(0)
    live.settled(1)
    assert live.settlement.contract.functions.operator().call() == successor.address


def test_gas_above_the_cap_is_waited_for(live: Live) -> None:
    live.start(policy=FeePolicy(cap=30 * GIGA))
    live.open_account(0)
    wait(lambda: live.credited == 1)
    live.net.call("anvil_setNextBlockBaseFeePerGas", hex(100 * GIGA))
    live.net.call("evm_mine")
    live.sequencer.seal().result(10)
    wait(lambda: live.sequencer.status().trouble.startswith("GAS_CAP"))
    assert live.settlement.state().committed == 0
    live.net.call("anvil_setNextBlockBaseFeePerGas", hex(GIGA))
    live.net.call("evm_mine")
    wait(lambda: live.sequencer.status().settled == 1)


def test_batches_that_wait_share_a_transaction(live: Live) -> None:
    live.prover.gate.clear()
    live.start()
    live.open_account(0)
    for count in range(1, 4):
        wait(lambda count=count: live.credited == count)
        live.sequencer.seal().result(10)
        live.deposit()
    wait(lambda: live.sequencer.status().committed == 3)
    live.chain.many, kept = 0, live.chain.many
    live.prover.gate.set()
    wait(lambda: live.sequencer.status().proven == 3)
    live.chain.many = kept
    wait(lambda: live.sequencer.status().settled == 3)
    sent = {live.settlement.batch(number).transaction for number in (1, 2, 3)}
    assert len(sent) == 1
    live.settled(4)


def test_deposits_count_after_their_confirmations(live: Live) -> None:
    live.start()
    live.open_account(0)
    assert len(live.chain.deposits(0, 1)) == 1 and live.chain.deposits(0, 3) == []
    live.net.call("anvil_mine", hex(2))
    assert [type(deposit) for deposit in live.chain.deposits(0, 3)] == [Deposit]
    assert live.chain.deposits(0, 10_000) == []
