"""Lies about a proven batch: public words are changed, the proof is not.

First, before the true batch is settled, the contract is sent the proof with one word changed: it refuses, since the
words are not those that were committed. The verifier contract and the verifier in Python are asked whether the proof
holds for the changed words. Last, on a copy of the chain, the operator commits to the lie itself, as the next batch:
then only the proof stands in its way.
"""

import time
from typing import NamedTuple

from eth_account.signers.local import LocalAccount

from circuits.native import Native
from circuits.prover import Proof
from novate.bridge import SettlementChain
from novate.replay.outcome import Forgery
from rollup.layout import CLOCK_WORD, PublicWord, unpack
from sequencer.settling import Sent
from verifier import groth16
from verifier.audit import tampered
from verifier.errors import ProofRefused, Reverted
from verifier.settlement import Settlement
from verifier.statement import Statement, clock_word, inputs, sponge


class Lie(NamedTuple):
    """A statement that was not proven, the proof that is sent with it, and what the contract said to it."""

    truth: Statement
    statement: Statement
    proof: groth16.Proof
    reason: str
    transaction: str


class LiedTo(SettlementChain):
    """A contract that is offered a lie before the truth: ``lie_about`` names the batch. Each is settled alone."""

    many = 1

    def __init__(self, settlement: Settlement, operator: LocalAccount, native: Native) -> None:
        super().__init__(settlement, operator, native)
        self.lie_about = 0
        self.lie: Lie | None = None

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """The truth, after the lie if this is its batch."""
        if words[PublicWord.NUMBER] == self.lie_about and self.lie is None:
            truth, points = Statement.from_words(words), groth16.Proof.from_bytes(proof.proof)
            # The honest digest goes with it: only what the contract computes from the words is false.
            said = refusal(self.settlement, self._operator, tampered(truth), sponge(words), points)
            self.lie = Lie(truth, tampered(truth), points, said, last_transaction(self.settlement))
        return super().settle(words, proof)


def refusal(settlement: Settlement, operator: LocalAccount, statement: Statement, p: int, proof: groth16.Proof) -> str:
    """Why the contract refuses to settle a statement; empty if it does settle it."""
    try:
        settlement.settle(operator, statement, p, proof)
    except Reverted as refused:
        return refused.message
    return ""


def last_transaction(settlement: Settlement) -> str:
    """Hash of the last transaction that was mined."""
    mined = settlement.chain.web3.eth.get_block("latest")["transactions"]
    return mined[-1].to_0x_hex() if mined else ""


def judged(lie: Lie, copy: Settlement, operator: LocalAccount) -> Forgery:
    """What everyone who can check the proof says of the lie; ``copy`` is a contract that may be led astray."""
    true, false = lie.truth.padded(), lie.statement.padded()
    (place,) = [place for place, word in enumerate(true) if word != false[place]]
    public = inputs(lie.statement)
    verifier = copy.verifier(lie.statement.size_class)
    return Forgery(
        batch=lie.truth.number,
        word=place,
        name="first withdrawal" if lie.truth.withdrawals else "root after",
        before=true[place],
        after=false[place],
        contract=lie.reason,
        transaction=lie.transaction,
        verifier=copy.chain.call(verifier.functions.verify(tuple(lie.proof), tuple(public))),
        python=verdict(copy, lie, public),
        committed=committed(copy, operator, lie),
    )


def verdict(settlement: Settlement, lie: Lie, public: tuple[int, ...]) -> str:
    """Why the verifier in Python refuses the lie; empty if it takes it."""
    try:
        groth16.check(settlement.verifying_key(lie.statement.size_class), lie.proof, public)
    except ProofRefused as refused:
        return f"{refused.code}: {refused.message}"
    return ""


def committed(settlement: Settlement, operator: LocalAccount, lie: Lie) -> str:
    """Why the contract refuses the lie although the operator has committed to it, as the batch after the last."""
    outcome = lie.statement.outcome
    clock = unpack(CLOCK_WORD, outcome.clock_word)
    state = settlement.state()
    following = lie.statement._replace(
        number=state.settled + 1,
        root_before=state.root,
        deposits=(),
        outcome=outcome._replace(clock_word=clock_word(int(time.time()), clock["round"])),
    )
    p = sponge(following.padded())
    settlement.commit(operator, following, p)
    return refusal(settlement, operator, following, p, lie.proof)
