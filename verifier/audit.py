"""Verify a settled batch from chain data alone: events, headers and code; no archive node, no traces, none of our Go.

Every check says what it compared. With ``tamper`` one public word is changed first, as a liar would, to see who
notices.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from eth_hash.auto import keccak

from rollup.layout import FIELD
from verifier import groth16
from verifier.errors import BadInput, ProofRefused
from verifier.settlement import SettledBatch, Settlement
from verifier.statement import Inputs, Statement, Withdrawal, fold, sponge, to_bytes


class Check(NamedTuple):
    """One thing that was looked at: whether it holds, what was compared, and how long that took."""

    name: str
    holds: bool
    detail: str
    seconds: float


class Report(NamedTuple):
    """All checks of a batch."""

    number: int
    statement: Statement
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether the batch is what it claims to be."""
        return all(check.holds for check in self.checks)

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.holds)


Verdict = tuple[bool, str]


def tampered(statement: Statement) -> Statement:
    """The statement with one public word changed: a unit more for the first withdrawal, else another root."""
    if statement.withdrawals:
        first = statement.withdrawals[0]
        raised = Withdrawal(first.owner, first.amount + 1)
        return statement._replace(withdrawals=(raised, *statement.withdrawals[1:]))
    other = (statement.outcome.root + 1) % FIELD
    return statement._replace(outcome=statement.outcome._replace(root=other))


class Auditor:
    """The checks of one batch. Each is a method that returns whether it holds and what it compared."""

    def __init__(self, settlement: Settlement, batch: SettledBatch, key: groth16.VerifyingKey | None = None) -> None:
        """``key``: the verifying key that the reader expects the contract to use, if they know it."""
        self.settlement = settlement
        self.batch = batch
        self.statement = batch.statement
        self.expected_key = key

    def commitment(self) -> Verdict:
        """It was committed before it was settled, for the same class."""
        sealed = self.batch.commitment
        holds = sealed.block <= self.batch.block and sealed.size_class == self.statement.size_class
        return holds, f"class {sealed.size_class}, committed in block {sealed.block}, settled in {self.batch.block}"

    def time(self) -> Verdict:
        """T was the commitment's, not ahead of its block, and at most the window behind."""
        sealed, clock = self.batch.commitment, self.statement.outcome.clock
        window = self.settlement.chain.call(self.settlement.contract.functions.window())
        holds = sealed.clock == clock and clock <= sealed.time <= clock + window
        return holds, f"T {clock}, committed {sealed.time - clock} s later, window {window} s"

    def roots(self) -> Verdict:
        """It starts where the batch before ended; and where it ends the contract stands, or the next batch starts."""
        number, statement = self.statement.number, self.statement
        before, after, state = self.settlement.root_after(number - 1), statement.outcome.root, self.settlement.state()
        if state.settled == number:
            goes_on = state.root == after
        else:
            following = self.settlement.batch(number + 1)
            words = following.statement._replace(root_before=after)
            goes_on = words.digest(following.sponge) == following.commitment.digest
        return statement.root_before == before and goes_on, f"{short(statement.root_before)} to {short(after)}"

    def deposits(self) -> Verdict:
        """Its deposits are the next ones of the contract's queue, by the hash that the contract keeps of it."""
        ask = self.settlement.contract.functions.link_of
        first, count = self.batch.first_deposit, len(self.statement.deposits)
        link = self.settlement.chain.call(ask(first - 1))
        for deposit in self.statement.deposits:
            link = keccak(link + to_bytes(deposit))
        holds = link == self.settlement.chain.call(ask(first + count - 1))
        return holds, f"{count} from number {first} on, {sum(d.amount for d in self.statement.deposits)} micro-units"

    def withdrawals(self) -> Verdict:
        """Everyone who is owed something owns an account."""
        owners = {withdrawal.owner for withdrawal in self.statement.withdrawals}
        strangers = [owner for owner in owners if not self.settlement.owns_an_account(owner)]
        total = sum(withdrawal.amount for withdrawal in self.statement.withdrawals)
        return not strangers, f"{len(self.statement.withdrawals)} to {len(owners)} owners, {total} micro-units"

    def words(self) -> Verdict:
        """Every public word is below r, and every section fits its class."""
        try:
            padded = self.statement.padded()
        except BadInput as error:
            return False, error.message
        return all(0 <= word < FIELD for word in padded), f"{len(self.statement.sent())} of {len(padded)} words sent"

    def digest(self) -> Verdict:
        """keccak256 of p and the words is what was committed."""
        digest = self.statement.digest(self.batch.sponge)
        return digest == self.batch.commitment.digest, f"keccak256 0x{digest.hex()[:16]}..."

    def sponge(self) -> Verdict:
        """p is the Poseidon2 digest of the words."""
        p = sponge(self.statement.padded())
        return p == self.batch.sponge, f"p {short(p)}"

    def key(self) -> Verdict:
        """The key in the verifier's code is whole, and the one that was expected."""
        verifier = self.settlement.verifier(self.statement.size_class)
        key = self.settlement.verifying_key(self.statement.size_class)
        development = self.settlement.chain.call(verifier.functions.development_keys())
        holds = key.base == key.gamma and self.expected_key in (None, key)
        named = "ceremony keys" if self.expected_key else "keys that name a ceremony, not compared with its record"
        return holds, "development keys: who made them could forge proofs" if development else named

    def proof(self) -> Verdict:
        """The proof holds for p, and for z and F of the words."""
        z = int.from_bytes(self.statement.digest(self.batch.sponge), "big") % FIELD
        inputs = Inputs(self.batch.sponge, z, fold(self.statement.padded(), z))
        try:
            groth16.check(self.settlement.verifying_key(self.statement.size_class), self.batch.proof, inputs)
        except ProofRefused as refused:
            return False, f"{refused.code}: {refused.message}"
        return True, f"z {short(inputs.challenge)}, F {short(inputs.fold)}"

    def run(self) -> Iterator[Check]:
        """All checks, the cheap ones first."""
        for method in (
            self.commitment,
            self.time,
            self.roots,
            self.deposits,
            self.withdrawals,
            self.words,
            self.digest,
            self.sponge,
            self.key,
            self.proof,
        ):
            started = time.perf_counter()
            holds, detail = method()
            yield Check(method.__name__, holds, detail, time.perf_counter() - started)


def short(element: int) -> str:
    """The first digits of a field element."""
    return f"0x{element:064x}"[:18] + "..."


def verify_batch(
    settlement: Settlement,
    number: int,
    *,
    tamper: bool = False,
    key: groth16.VerifyingKey | None = None,
    hear: Callable[[Check], None] = lambda check: None,
) -> Report:
    """Verify a settled batch; ``hear`` is told of each check as it is made.

    Raises ``VerifierError`` (BATCH_UNSETTLED, BATCH_UNCOMMITTED, EVENTS_MISSING) and ``ChainUnreachable``.
    """
    batch = settlement.batch(number)
    if tamper:
        batch = batch._replace(statement=tampered(batch.statement))
    checks = []
    for check in Auditor(settlement, batch, key).run():
        hear(check)
        checks.append(check)
    return Report(number, batch.statement, tuple(checks))
