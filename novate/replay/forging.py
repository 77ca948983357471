"""A lie about a proven batch: one public word is changed, the proof is not."""

from eth_account.signers.local import LocalAccount

from circuits.native import Native
from circuits.prover import Proof
from novate.bridge import SettlementChain
from novate.replay.outcome import Forgery
from rollup.layout import PublicWord
from sequencer.settling import Sent
from verifier import groth16
from verifier.audit import tampered
from verifier.errors import ProofRefused, Reverted
from verifier.settlement import Settlement
from verifier.statement import Statement, inputs, sponge


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


def last_transaction(settlement: Settlement) -> str:
    """Hash of the last transaction that was mined."""
    mined = settlement.chain.web3.eth.get_block("latest")["transactions"]
    return mined[-1].to_0x_hex() if mined else ""


def lie(settlement: Settlement, operator: LocalAccount, words: list[int], proof: groth16.Proof) -> Forgery:
    """Send the proof with a changed word, and ask everyone who can check it."""
    statement = tampered(Statement.from_words(words))
    false = statement.padded()
    (place,) = [place for place, word in enumerate(words) if word != false[place]]
    reason = ""
    try:
        # The operator sends the honest digest: only what the contract computes from the words is false.
        settlement.settle(operator, statement, sponge(words), proof)
    except Reverted as refused:
        reason = refused.message
    transaction = last_transaction(settlement)
    public = inputs(statement)
    verifier = settlement.verifier(statement.size_class)
    holds = settlement.chain.call(verifier.functions.verify(tuple(proof), tuple(public)))
    try:
        groth16.check(settlement.verifying_key(statement.size_class), proof, public)
        said = ""
    except ProofRefused as refused:
        said = f"{refused.code}: {refused.message}"
    return Forgery(
        batch=words[PublicWord.NUMBER],
        word=place,
        name="first withdrawal" if statement.withdrawals else "root after",
        before=words[place],
        after=false[place],
        contract=reason,
        transaction=transaction,
        verifier=holds,
        python=said,
    )
