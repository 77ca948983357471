"""The settlement contract from Python: deposit, commit, settle, void, claim, and what events say of a batch.

Amounts are micro-units of the collateral. Every call that sends raises ``Reverted``, with the contract's reason, or
``ChainUnreachable``; see ``chain.Chain.send``. Gas is explicit: a call that needs more than is written here fails.
"""

import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from eth_account.signers.local import LocalAccount
from web3.logs import DISCARD
from web3.types import TxReceipt

from rollup.layout import CLASSES, VERSION
from verifier.chain import Call, Chain
from verifier.compile import contract
from verifier.errors import VerifierError
from verifier.groth16 import Proof, VerifyingKey
from verifier.statement import Deposit, Outcome, Statement, Withdrawal, from_bytes, to_bytes

GAS = {
    "approve": 100_000,
    "mint": 150_000,
    "open_account": 350_000,
    "deposit": 250_000,
    "nominate_operator": 100_000,
    "accept_operator": 100_000,
    "commit": 200_000,
    "void": 100_000,
    "claim": 200_000,
}
SETTLE_GAS = 600_000
SETTLE_GAS_PER_DEPOSIT = 5_000
SETTLE_GAS_PER_WITHDRAWAL = 35_000
SETTLE_GAS_PER_FURTHER_BATCH = 200_000
MANY = 4
"""Batches of one class that one transaction settles at most."""


QUEUE_STEP = 256
"""Deposits of the queue that are asked for at once."""


class State(NamedTuple):
    """What the contract holds now.

    Numbers of the last batch committed and settled, T of the last commitment, deposits queued and taken into the root,
    accounts ever made, and the micro-units that back them.
    """

    root: int
    committed: int
    settled: int
    clock: int
    taken: int
    queued: int
    accounts: int
    escrow: int


class Commitment(NamedTuple):
    """A commitment as its event tells it; ``time`` is that of its block, ``transaction`` the hash of what made it."""

    number: int
    size_class: str
    clock: int
    digest: bytes
    block: int
    time: int
    transaction: str


class SettledBatch(NamedTuple):
    """A settled batch out of events alone; ``statement.root_before`` is the root of the batch before it."""

    statement: Statement
    sponge: int
    proof: Proof
    first_deposit: int
    commitment: Commitment
    block: int
    transaction: str


def class_named(number: int) -> str:
    """Name of the size class with this number."""
    for name, size in CLASSES.items():
        if size.number == number:
            return name
    raise VerifierError("CLASS_UNKNOWN", f"no size class has the number {number}", number=number)


class Proven(NamedTuple):
    """A batch that can be settled: its statement, p of its words, and the proof."""

    statement: Statement
    sponge: int
    proof: Proof

    @property
    def outcome(self) -> tuple:
        """Proof, outcome and the sections' words as the contract takes them."""
        queued = to_bytes([word for deposit in self.statement.deposits for word in deposit])
        owed = to_bytes([withdrawal.word for withdrawal in self.statement.withdrawals])
        return tuple(self.proof), tuple(self.statement.outcome), queued, owed

    @property
    def gas(self) -> int:
        """What its deposits and withdrawals may cost."""
        deposits, withdrawals = len(self.statement.deposits), len(self.statement.withdrawals)
        return SETTLE_GAS_PER_DEPOSIT * deposits + SETTLE_GAS_PER_WITHDRAWAL * withdrawals


class Settlement:
    """One deployed settlement contract."""

    def __init__(self, chain: Chain, address: str, first_block: int = 0) -> None:
        """``first_block``: where to start looking for events. Raises ``ChainUnreachable`` (NO_CONTRACT)."""
        self.chain = chain
        self.contract = chain.contract(contract("Settlement"), address)
        self.address = self.contract.address
        self.first_block = first_block
        self._ask = self.contract.functions

    # ------------------------------------------------------------------------------------------------- owners
    @cached_property
    def token(self):
        """The collateral."""
        return self.chain.contract(contract("DevelopmentToken"), self.chain.call(self._ask.token()))

    @cached_property
    def scale(self) -> int:
        """Smallest units of the token in a micro-unit."""
        return self.chain.call(self._ask.scale())

    def mint(self, sender: LocalAccount, amount: int) -> None:
        """Make collateral out of nothing: on development chains only."""
        self.chain.send(self.token.functions.mint(amount * self.scale), sender, gas=GAS["mint"])

    def approve(self, sender: LocalAccount, amount: int) -> None:
        """Let the contract take this much collateral from the sender."""
        allowance = self.token.functions.approve(self.address, amount * self.scale)
        self.chain.send(allowance, sender, gas=GAS["approve"])

    def open_account(self, sender: LocalAccount, amount: int, key: tuple[int, int]) -> tuple[int, TxReceipt]:
        """First deposit: binds the trading key (x, y) and returns the account's number."""
        receipt = self.chain.send(self._ask.open_account(amount, *key), sender, gas=GAS["open_account"])
        (event,) = self.contract.events.Deposited().process_receipt(receipt, errors=DISCARD)
        return event["args"]["account"], receipt

    def deposit(self, sender: LocalAccount, account: int, owner: str, amount: int) -> TxReceipt:
        """Add to an account, whose owner is named."""
        return self.chain.send(self._ask.deposit(account, owner, amount), sender, gas=GAS["deposit"])

    def owed(self, owner: str) -> int:
        """What the owner can claim."""
        return self.chain.call(self._ask.owed(owner))

    def claim(self, owner: LocalAccount) -> TxReceipt:
        """Fetch everything that the owner is owed."""
        return self.chain.send(self._ask.claim(), owner, gas=GAS["claim"])

    # ------------------------------------------------------------------------------------------------- operator
    def accept_operator(self, nominee: LocalAccount) -> TxReceipt:
        """Become the operator."""
        return self.chain.send(self._ask.accept_operator(), nominee, gas=GAS["accept_operator"])

    def nominate_operator(self, admin: LocalAccount, nominee: str) -> TxReceipt:
        """Offer the operator's role."""
        return self.chain.send(self._ask.nominate_operator(nominee), admin, gas=GAS["nominate_operator"])

    def commit(self, operator: LocalAccount, statement: Statement, sponge: int) -> TxReceipt:
        """Commit to the next batch."""
        return self.chain.send_call(self.committing(statement, sponge), operator)

    def settle(self, operator: LocalAccount, statement: Statement, sponge: int, proof: Proof) -> TxReceipt:
        """Settle the next batch."""
        return self.chain.send_call(self.settling([Proven(statement, sponge, proof)]), operator)

    def settle_many(self, operator: LocalAccount, batches: Sequence[Proven]) -> TxReceipt:
        """Settle the next batches, ``MANY`` at most and all of one class, in one transaction."""
        return self.chain.send_call(self.settling(batches), operator)

    def try_settle(self, operator: str, statement: Statement, sponge: int, proof: Proof) -> None:
        """Ask the node what ``settle`` would say, without sending it; raises ``Reverted``."""
        self.chain.call(self.settling([Proven(statement, sponge, proof)]).function, operator, block="pending")

    def accepting(self) -> Call:
        """The call by which a nominee becomes the operator."""
        return Call(self._ask.accept_operator(), GAS["accept_operator"], "accept_operator")

    def committing(self, statement: Statement, sponge: int) -> Call:
        """The call that commits to a batch."""
        class_, clock = statement.capacity.number, statement.outcome.clock
        sealing = self._ask.commit(statement.number, class_, clock, statement.digest(sponge))
        return Call(sealing, GAS["commit"], "commit")

    def settling(self, batches: Sequence[Proven]) -> Call:
        """The call that settles one batch, or several that follow each other."""
        first = batches[0].statement
        gas = SETTLE_GAS + SETTLE_GAS_PER_FURTHER_BATCH * (len(batches) - 1) + sum(batch.gas for batch in batches)
        if len(batches) == 1:
            function = self._ask[f"settle_{first.size_class.lower()}"]
            return Call(function(first.number, batches[0].sponge, *batches[0].outcome), gas, "settle")
        words = [(batch.sponge, *batch.outcome) for batch in batches]
        return Call(self._ask.settle_many(first.capacity.number, first.number, words), gas, "settle_many")

    def voiding(self, number: int) -> Call:
        """The call that drops a commitment that has waited too long, and all after it."""
        dropped = self.commitment(number)
        size_class = CLASSES[dropped.size_class].number
        return Call(self._ask.void(number, size_class, dropped.clock, dropped.digest), GAS["void"], "void")

    def void(self, sender: LocalAccount, number: int) -> TxReceipt:
        """Drop a commitment that has waited too long, and all after it. Anyone may."""
        return self.chain.send_call(self.voiding(number), sender)

    # ------------------------------------------------------------------------------------------------- reading
    def state(self, block: str | int = "latest") -> State:
        """What the contract holds now, or held in a block."""
        counters = self.chain.call(self._ask.counters(), block=block)
        others = (self._ask.queued, self._ask.accounts, self._ask.escrow)
        held = (self.chain.call(ask(), block=block) for ask in others)
        return State(self.chain.call(self._ask.root(), block=block), *counters, *held)

    def genesis_root(self) -> int:
        """The root before batch 1."""
        return self.chain.call(self._ask.genesis_root())

    def verifier(self, size_class: str):
        """The verifier of a size class."""
        return self.chain.contract(contract("Groth16Verifier"), self.chain.call(self._ask[size_class.lower()]()))

    def verifying_key(self, size_class: str) -> VerifyingKey:
        """The key of a size class, out of its verifier's code."""
        return VerifyingKey.from_contract(self.chain.call(self.verifier(size_class).functions.key()))

    def deposits(self, first: int, count: int) -> list[Deposit]:
        """Deposits of the queue from number ``first`` (from 1) on, out of their events."""
        if count < 1:
            return []
        wanted = list(range(first, first + count))
        found = self.chain.events(self.contract.events.Deposited(), self.first_block, index=wanted)
        by_index = {event["args"]["index"]: event["args"] for event in found}
        missing = [index for index in wanted if index not in by_index]
        if missing:
            raise VerifierError("EVENTS_MISSING", "the node does not tell all deposits", missing=missing)
        return [self._deposit(by_index[index]) for index in wanted]

    def queue(self, first: int, last_block: int) -> list[Deposit]:
        """Deposits from number ``first`` on that were made up to a block, ``QUEUE_STEP`` at most, out of events.

        What a node does not tell yet, or no more, ends the list: the next look finds the rest.
        """
        queued = self.chain.call(self._ask.queued())
        wanted = list(range(first, min(queued, first + QUEUE_STEP - 1) + 1))
        if not wanted:
            return []
        found = self.chain.events(self.contract.events.Deposited(), self.first_block, last_block, index=wanted)
        by_index = {event["args"]["index"]: event["args"] for event in found}
        told = itertools.takewhile(by_index.__contains__, wanted)
        return [self._deposit(by_index[index]) for index in told]

    @staticmethod
    def _deposit(fields) -> Deposit:
        new = fields["key"] != 0
        owner = int(fields["owner"], 16) if new else 0
        return Deposit.of(fields["account"], fields["amount"], fields["key"], owner)

    def owns_an_account(self, owner: int) -> bool:
        """Whether an address (as a number) ever opened an account."""
        address = self.chain.web3.to_checksum_address(f"0x{owner:040x}")
        events = self.chain.events(self.contract.events.Deposited(), self.first_block, owner=address)
        return next(events, None) is not None

    def _settled(self, number: int):
        events = list(self.chain.events(self.contract.events.Settled(), self.first_block, number=number))
        if not events:
            raise VerifierError("BATCH_UNSETTLED", f"batch {number} is not settled", number=number)
        return events[0]

    def root_after(self, number: int) -> int:
        """Root after a settled batch, or at genesis for 0."""
        return self._settled(number)["args"]["outcome"]["root"] if number else self.genesis_root()

    def commitment(self, number: int, last_block: int | None = None) -> Commitment:
        """The last commitment of a batch up to a block: earlier ones were voided."""
        events = list(self.chain.events(self.contract.events.Committed(), self.first_block, last_block, number=number))
        if not events:
            raise VerifierError("BATCH_UNCOMMITTED", f"batch {number} is not committed", number=number)
        fields, block = events[-1]["args"], events[-1]["blockNumber"]
        name = class_named(fields["size_class"])
        transaction = events[-1]["transactionHash"].to_0x_hex()
        return Commitment(
            number, name, fields["clock"], fields["digest"], block, self.chain.time_of(block), transaction
        )

    def batch(self, number: int) -> SettledBatch:
        """A settled batch out of events; raises ``VerifierError`` (BATCH_UNSETTLED, EVENTS_MISSING)."""
        event = self._settled(number)
        fields = event["args"]
        outcome = fields["outcome"]
        statement = Statement(
            class_named(fields["size_class"]),
            self.chain.id,
            int(self.address, 16),
            VERSION,
            number,
            self.root_after(number - 1),
            Outcome(outcome["root"], outcome["clock"], tuple(outcome["marks"])),
            tuple(self.deposits(fields["first_deposit"], fields["deposits"])),
            tuple(Withdrawal.of(word) for word in from_bytes(fields["withdrawals"])),
        )
        return SettledBatch(
            statement,
            fields["sponge"],
            Proof(*(tuple(fields["proof"][name]) for name in Proof._fields)),
            fields["first_deposit"],
            self.commitment(number, event["blockNumber"]),
            event["blockNumber"],
            event["transactionHash"].to_0x_hex(),
        )
