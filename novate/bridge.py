"""The settlement contract as the sequencer wants it: `verifier`'s client behind `sequencer`'s protocol."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from eth_account.signers.local import LocalAccount

from circuits.native import Native
from circuits.prover import Proof
from rollup.actions import Deposit
from sequencer.settling import ChainRefused, ChainUnreachable, Heads, Sent
from verifier import errors, groth16
from verifier.settlement import Settlement
from verifier.statement import Statement, sponge


@contextmanager
def in_their_terms() -> Iterator[None]:
    """Errors of the client as the sequencer knows them."""
    try:
        yield
    except errors.Reverted as refused:
        raise ChainRefused(refused.code, refused.message) from refused
    except (errors.VerifierError, OSError) as error:
        raise ChainUnreachable(str(error)) from error


def translated(method: Callable) -> Callable:
    """A method whose errors are the sequencer's."""

    @wraps(method)
    def call(*arguments: object) -> object:
        with in_their_terms():
            return method(*arguments)

    return call


class SettlementChain:
    """One contract and its operator's key. Used by one thread at a time."""

    def __init__(self, settlement: Settlement, operator: LocalAccount, native: Native) -> None:
        self.settlement = settlement
        self._operator = operator
        self._native = native
        self._sponges: dict[tuple[int, ...], int] = {}
        self.window: int = settlement.chain.call(settlement.contract.functions.window())

    def _of(self, words: list[int]) -> tuple[Statement, int]:
        """The statement of a batch, and p: hashed once."""
        key = tuple(words)
        if key not in self._sponges:
            self._sponges[key] = sponge(words)
        return Statement.from_words(words), self._sponges[key]

    @translated
    def heads(self) -> Heads:
        """What the contract holds now."""
        state = self.settlement.state()
        return Heads(state.committed, state.settled, state.root, self.settlement.chain.now)

    @translated
    def commitment(self, number: int) -> bytes:
        """Digest that is committed for a batch."""
        return self.settlement.commitment(number).digest

    @translated
    def digest(self, words: list[int]) -> bytes:
        """Digest of a batch's words."""
        statement, p = self._of(words)
        return statement.digest(p)

    @translated
    def commit(self, words: list[int]) -> Sent:
        """Commit to the next batch."""
        return sent(self.settlement.commit(self._operator, *self._of(words)))

    @translated
    def settle(self, words: list[int], proof: Proof) -> Sent:
        """Settle the next batch."""
        return sent(self.settlement.settle(self._operator, *self._of(words), groth16.Proof.from_bytes(proof.proof)))

    @translated
    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        """Deposits behind the first ``taken`` ones that are so many blocks deep.

        The queue keeps a key's x alone; its y is the one that makes it a key. A point that is none has 0: it is no key
        of anybody, and nothing it signs is ever taken.
        """
        chain = self.settlement.chain
        block = chain.web3.eth.block_number - confirmations + 1
        if block < 0:
            return []
        queued = chain.call(self.settlement.contract.functions.queued(), block=block)
        found = self.settlement.deposits(taken + 1, queued - taken)
        new = [deposit.key for deposit in found if deposit.key]
        points = dict(zip(new, self._native.points(new))) if new else {}
        return [
            Deposit(
                account=deposit.account,
                amount=deposit.amount,
                new=int(deposit.key != 0),
                key=deposit.key,
                key_y=points[deposit.key].y if points.get(deposit.key) else 0,
                owner=deposit.owner,
            )
            for deposit in found
        ]


def sent(receipt) -> Sent:
    """What a mined transaction was."""
    return Sent(receipt["transactionHash"].to_0x_hex(), receipt["gasUsed"])
