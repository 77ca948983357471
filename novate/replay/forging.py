"""A lie about a proven batch: one public word is changed, the proof is not."""

from eth_account.signers.local import LocalAccount

from circuits.native import Native
from circuits.prover import Proof
from novate.bridge import SettlementChain
from novate.replay.outcome import Forgery
from rollup.layout import CLASSES, PublicWord
from sequencer.settling import Sent
from verifier import groth16
from verifier.errors import ProofRefused, Reverted
from verifier.settlement import Settlement
from verifier.statement import Statement, Withdrawal, inputs, sponge

MORE = 10**6
"""Micro-units by which the first withdrawal is raised: a unit of collateral."""


class LiedTo(SettlementChain):
    """A contract that is offered a lie before the truth: ``lie_about`` names the batch."""

    def __init__(self, settlement: Settlement, operator: LocalAccount, native: Native) -> None:
        super().__init__(settlement, operator, native)
        self.lie_about = 0
        self.forgery: Forgery | None = None

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """The truth, after the lie if this is its batch."""
        if words[PublicWord.NUMBER] == self.lie_about and self.forgery is None:
            self.forgery = lie(self.settlement, self._operator, words, groth16.Proof.from_bytes(proof.proof))
        return super().settle(words, proof)


def changed(words: list[int]) -> tuple[int, str, list[int]]:
    """Place and name of a word, and the words with that one changed.

    The first withdrawal gets a unit more; without one, the new root is another one.
    """
    statement = Statement.from_words(words)
    place = PublicWord.ROOT_AFTER
    name, word = "root after", words[place] ^ 1
    if statement.withdrawals:
        first = statement.withdrawals[0]
        place = CLASSES[statement.size_class].withdrawal_offset
        name, word = "first withdrawal", Withdrawal(first.owner, first.amount + MORE).word
    return place, name, [*words[:place], word, *words[place + 1 :]]


def last_transaction(settlement: Settlement) -> str:
    """Hash of the last transaction that was mined."""
    mined = settlement.chain.web3.eth.get_block("latest")["transactions"]
    return mined[-1].to_0x_hex() if mined else ""


def lie(settlement: Settlement, operator: LocalAccount, words: list[int], proof: groth16.Proof) -> Forgery:
    """Send the proof with a changed word, and ask everyone who can check it."""
    place, name, false = changed(words)
    statement = Statement.from_words(false)
    reason, transaction = "the contract took it", ""
    try:
        # The operator sends the honest digest: only what the contract computes from the words is false.
        transaction = settlement.settle(operator, statement, sponge(words), proof)["transactionHash"].to_0x_hex()
    except Reverted as refused:
        reason, transaction = refused.message, last_transaction(settlement)
    public = inputs(statement)
    verifier = settlement.verifier(statement.size_class)
    holds = settlement.chain.call(verifier.functions.verify(tuple(proof), tuple(public)))
    try:
        groth16.check(settlement.verifying_key(statement.size_class), proof, public)
        said = "the proof holds"
    except ProofRefused as refused:
        said = f"{refused.code}: {refused.message}"
    return Forgery(
        batch=words[PublicWord.NUMBER],
        word=place,
        name=name,
        before=words[place],
        after=false[place],
        contract=reason,
        transaction=transaction,
        verifier=holds,
        python=said,
    )
