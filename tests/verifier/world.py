"""A chain with contracts, owners and a prover that needs no circuit; see ``simulator``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from rollup.layout import CLASSES
from tests.verifier.simulator import Simulator
from verifier.chain import Chain, development_account
from verifier.deploy import Terms, deploy_settlement, deploy_token, deploy_verifier
from verifier.devnet import Devnet
from verifier.errors import Reverted
from verifier.groth16 import Proof
from verifier.settlement import Settlement
from verifier.statement import Deposit, Inputs, Outcome, Statement, Withdrawal, clock_word, inputs, mark_words

START = 1_800_000_000
"""Time of the first block."""
GENESIS_ROOT = 0x1234_5678
KEY = (
    9671717474070082183213120605117400219616337014328744928644933853176787189663,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)
"""A point of the twisted Edwards curve: its base."""
PRICES = [10**9 + 7 * market for market in range(8)]
TOKEN = 10**6
"""Micro-units in a token."""
FUNDS = 1_000_000 * TOKEN


@dataclass
class Batch:
    """A statement and what a prover makes of it."""

    statement: Statement
    inputs: Inputs
    proof: Proof


@dataclass
class World:
    """What a test of the contracts needs. ``owners`` have collateral and have approved all of it."""

    net: Devnet
    chain: Chain
    simulator: Simulator
    settlement: Settlement
    admin: LocalAccount
    operator: LocalAccount
    owners: list[LocalAccount]
    verifier: str
    terms: Terms
    root: int = GENESIS_ROOT
    made: int = field(default=0)

    def outcome(self, root: int | None = None, clock: int | None = None) -> Outcome:
        """An outcome at the chain's time."""
        clock = self.chain.now if clock is None else clock
        return Outcome(10**70 + self.made if root is None else root, clock_word(clock, clock, True), mark_words(PRICES))

    def statement(
        self,
        size_class: str = "XS",
        deposits: int | Sequence[Deposit] = 0,
        withdrawals: Sequence[Withdrawal] = (),
        **changes: object,
    ) -> Statement:
        """The statement of the next batch, with the next deposits of the queue."""
        state = self.settlement.state()
        self.made += 1
        if isinstance(deposits, int):
            deposits = self.settlement.deposits(state.taken + 1, deposits)
        here = (self.chain.id, int(self.settlement.address, 16), 1)
        statement = Statement(
            size_class, *here, state.settled + 1, state.root, self.outcome(), tuple(deposits), tuple(withdrawals)
        )
        return statement._replace(**changes)

    def prove(self, statement: Statement) -> Batch:
        """A batch with a proof that holds."""
        public = inputs(statement)
        return Batch(statement, public, self.simulator.prove(public))

    def commit(self, batch: Batch):
        """Commit as the operator."""
        return self.settlement.commit(self.operator, batch.statement, batch.inputs.sponge)

    def settle(self, batch: Batch):
        """Settle as the operator."""
        return self.settlement.settle(self.operator, batch.statement, batch.inputs.sponge, batch.proof)

    def run(self, *arguments: object, **changes: object) -> Batch:
        """State, prove, commit and settle the next batch."""
        batch = self.prove(self.statement(*arguments, **changes))
        self.commit(batch)
        self.settle(batch)
        return batch

    def open_accounts(self, count: int) -> None:
        """First deposits of two tokens."""
        for owner in self.owners[:count]:
            self.settlement.open_account(owner, 2 * TOKEN, KEY)

    def owed(self, index: int, amount: int = TOKEN) -> Withdrawal:
        """A withdrawal of one of the owners."""
        return Withdrawal(int(self.owners[index].address, 16), amount)

    def deploy(self, **changes: object) -> Settlement:
        """Another settlement contract on the same chain; the operator is at work."""
        settlement = deploy_settlement(self.chain, self.admin, self.terms._replace(**changes))
        settlement.accept_operator(self.operator)
        return settlement


def refused(call: Callable[[], object]) -> str:
    """The reason with which a contract refuses; fails if it does not."""
    try:
        call()
    except Reverted as error:
        return error.message
    raise AssertionError("the contract took it")


SILENT = "reverted without a reason"
"""End of the message where the compiler's own checks refuse."""


def slot_of(net: Devnet, address: str, value: int) -> str:
    """The storage slot among the first hundred that holds this value, alone."""
    slots = [hex(slot) for slot in range(100)]
    held = [slot for slot in slots if int(net.call("eth_getStorageAt", address, slot, "latest"), 16) == value]
    assert len(held) == 1, held
    return held[0]


def build(net: Devnet, simulator: Simulator) -> World:
    """Deploy everything on a fresh chain."""
    chain = Chain(net.url)
    admin, operator, *owners = (development_account(index) for index in range(8))
    token = deploy_token(chain, admin)
    verifier = deploy_verifier(chain, admin, simulator.key)
    verifiers = dict.fromkeys(CLASSES, verifier)
    terms = Terms(token, verifiers, GENESIS_ROOT, admin.address, operator.address)
    settlement = deploy_settlement(chain, admin, terms)
    settlement.accept_operator(operator)
    for owner in owners:
        settlement.mint(owner, FUNDS)
        settlement.approve(owner, FUNDS)
    return World(net, chain, simulator, settlement, admin, operator, owners, verifier, terms)
