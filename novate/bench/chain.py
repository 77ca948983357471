"""Gas of a batch and of a word, and how long its check in Python takes: on a chain of its own, with real proofs."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from eth_account.signers.local import LocalAccount

from circuits.native import Native
from circuits.prover import Key, Prover
from novate import tools
from novate.bench.figures import Measured
from novate.bench.flow import bench_genesis
from novate.bench.signing import Desk
from novate.bridge import SettlementChain
from novate.replay import stage
from rollup.actions import Withdraw
from rollup.batch import Domain
from rollup.engine import Engine
from rollup.layout import CLASSES, FIELD
from sequencer.settling import Sent
from verifier.audit import verify_batch
from verifier.chain import Chain
from verifier.compile import contract
from verifier.devnet import HARDFORK, Devnet
from verifier.settlement import Settlement

COUNT = 4
"""Deposits, and withdrawals, of the batch that is measured."""
AMOUNT = 1_000 * 10**6
AUDITS = 3
CONTRACTS = Path(__file__).resolve().parent / "contracts"
WORDS = (24, 96)
"""Lengths of the sections that a word is measured between."""


class OnChain(NamedTuple):
    """Figures of the two parts that one chain serves, and what they were made from."""

    gas: tuple[Measured, dict]
    verify: tuple[Measured, dict]


LAG = 2
"""Seconds by which a batch's T stays behind our clock: the chain's may be that much behind."""


class Till:
    """Owners, their accounts, and batches of deposits and withdrawals, settled one by one."""

    def __init__(self, settlement: Settlement, bridge: SettlementChain, engine: Engine, prover: Prover, desk: Desk):
        self._settlement = settlement
        self._bridge = bridge
        self._engine = engine
        self._prover = prover
        self._desk = desk
        self._taken = 0
        self._counter = 0

    def settled(self, native: Native, leaving: Sequence[int]) -> tuple[Sent, Sent]:
        """A batch of what the queue holds, and a withdrawal of each of these accounts; its two transactions."""
        self._engine.advance(int(time.time()) - LAG)
        for deposit in self._bridge.deposits(self._taken, 1):
            self._engine.apply(deposit)
            self._taken += 1
        self._counter += 1
        for account in leaving:
            word = Withdraw(account, 0, self._counter, AMOUNT // 10, int(time.time()) + 600)
            self._engine.apply(self._desk.sign(word, self._desk.key(account)))
        batch = self._engine.seal(native)
        return self._bridge.commit([batch.words])[0], self._bridge.settle(batch.words, self._prover.prove(batch.trace))


def open_accounts(settlement: Settlement, owners: dict[int, LocalAccount], desk: Desk) -> None:
    """First deposits; enough collateral for a second one."""
    for number, owner in owners.items():
        settlement.mint(owner, 2 * AMOUNT)
        settlement.approve(owner, 2 * AMOUNT)
        settlement.open_account(owner, AMOUNT, desk.key(number)[1:])


def on_chain(key: Key, folder: Path, say: Callable[[str], None]) -> OnChain:
    """Figures of one class. The folder must hold its keys."""
    tools.announce()
    slots = CLASSES[key.class_name].slots
    count = min(COUNT, slots["deposits"], slots["withdrawals"])
    with ExitStack() as stack:
        native, signing = stack.enter_context(Native()), stack.enter_context(Native())
        prover = stack.enter_context(Prover(key.class_name, folder.absolute()))
        devnet = stack.enter_context(Devnet())
        desk, roles = Desk(signing), stage.cold()
        genesis = bench_genesis(key.class_name, desk.key, 1)
        root = Engine(genesis, Domain(devnet.chain_id, 1), key.class_name).root(native)
        settlement = stage.deploy(Chain(devnet.url), roles, key, root)
        domain = Domain(devnet.chain_id, int(settlement.address, 16))
        desk.domain = domain.digest(native)
        engine = Engine(genesis, domain, key.class_name)
        bridge = SettlementChain(settlement, roles.operator, native)
        till = Till(settlement, bridge, engine, prover, desk)
        owners = stage.owners(0, range(1, count + 1))
        stage.fund(devnet, owners.values())
        open_accounts(settlement, owners, desk)
        say("a batch of first deposits")
        till.settled(native, ())
        say("a batch of first withdrawals")
        till.settled(native, list(owners))
        for number, owner in owners.items():
            settlement.deposit(owner, number, owner.address, AMOUNT)
        say(f"a batch of {count} deposits and {count} withdrawals to known recipients")
        committed, settled = till.settled(native, list(owners))
        say("the check of it from chain data")
        seconds = [sum(check.seconds for check in verify_batch(settlement, 3).checks) for _ in range(AUDITS)]
        per_word = gas_per_word(Chain(devnet.url), roles.admin)
    about = {"class": key.class_name, "deposits": count, "withdrawals": count, "hardfork": HARDFORK}
    gas = {"gas_per_batch": committed.gas + settled.gas, "gas_per_word": round(per_word, 1)}
    return OnChain(
        gas=(gas, {**about, "commit": committed.gas, "settle": settled.gas}),
        verify=({"verify_python_seconds": round(median(seconds), 2)}, about),
    )


def gas_per_word(node: Chain, sender: LocalAccount) -> float:
    """Gas of one more word in a section, without its calldata."""
    meter = node.deploy(contract("WordMeter", CONTRACTS), sender, gas=2_000_000)
    challenge = FIELD - 2
    few, many = (node.call(meter.functions.gas_of(challenge, section(count))) for count in WORDS)
    return (many - few) / (WORDS[1] - WORDS[0])


def section(count: int) -> bytes:
    """So many words, none of them short."""
    return b"".join((FIELD - 1 - place).to_bytes(32, "big") for place in range(count))
