"""The settlement contract as the sequencer wants it: `verifier`'s client behind `sequencer`'s protocol."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from web3.exceptions import Web3Exception

from circuits.native import Native
from circuits.prover import Proof
from rollup.actions import Deposit
from sequencer.contract import NOT_OPERATOR, ChainRefused, ChainUnreachable, Heads, Sent
from sequencer.queue import Words
from verifier import errors, fees, groth16
from verifier.chain import Block
from verifier.settlement import MANY, Proven, Settlement, State
from verifier.statement import Statement, sponge, to_bytes
from verifier.transactions import Transactions

CODES = {"ROLES_SENDER_IS_NOT_THE_OPERATOR": NOT_OPERATOR}
"""Reasons of the contract that the sequencer knows by another name."""
KEPT = 64
"""Batches whose digest is remembered."""


@contextmanager
def in_their_terms() -> Iterator[None]:
    """Errors of the client as the sequencer knows them."""
    try:
        yield
    except errors.Reverted as refused:
        raise ChainRefused(CODES.get(refused.code, refused.code), refused.message) from refused
    except (errors.VerifierError, Web3Exception, OSError) as error:
        raise ChainUnreachable(str(error)) from error


def translated(method: Callable) -> Callable:
    """A method whose errors are the sequencer's."""

    @wraps(method)
    def call(*arguments: object) -> object:
        with in_their_terms():
            return method(*arguments)

    return call


class SettlementChain:
    """One contract and its operator's key, which takes the operator's office when the admin nominated it.

    Used by one thread at a time.
    """

    many = MANY

    def __init__(
        self,
        settlement: Settlement,
        operator: LocalAccount,
        native: Native,
        record: Path | None = None,
        policy: fees.FeePolicy = fees.DEFAULT,
    ) -> None:
        """``record``: file of what was sent and is not mined; without one it is forgotten with this process."""
        self.settlement = settlement
        self.transactions = Transactions(settlement.chain, operator, record, policy)
        self._operator = operator
        self._native = native
        self._sponges: dict[tuple[int, ...], int] = {}
        self._seen: tuple[Block, State] | None = None
        ask = settlement.contract.functions
        self.window: int = settlement.chain.call(ask.window())
        self.patience: int = settlement.chain.call(ask.patience())

    def _of(self, words: list[int]) -> tuple[Statement, int]:
        """The statement of a batch, and p: hashed once."""
        key = tuple(words)
        if key not in self._sponges:
            self._sponges[key] = sponge(words)
            if len(self._sponges) > KEPT:
                del self._sponges[next(iter(self._sponges))]
        return Statement.from_words(words), self._sponges[key]

    @translated
    def heads(self) -> Heads:
        """What the contract holds now, all of it in one block; that is one question while there is no other block."""
        block = self.settlement.chain.latest()
        state, is_moved = self._state_at(block), False
        if state is None:
            state = self.settlement.state(block.number)
            if self.settlement.chain.block_hash(block.number) != block.hash:
                reason = "the last block was replaced meanwhile"
                raise errors.ChainUnreachable("CHAIN_MOVED", reason, block=block.number)
            is_moved = self._seen is not None and not self._has(self._seen[0])
            self._seen = block, state
        where = (block.time, state.taken, block.number, is_moved, block.base_fee)
        return Heads(state.committed, state.settled, state.root, *where)

    def _has(self, block: Block) -> bool:
        """Whether a block is one of the chain as it is now."""
        try:
            return self.settlement.chain.block_hash(block.number) == block.hash
        except errors.ChainUnreachable as error:
            if error.code != "BLOCK_MISSING":
                raise
            return False

    def _state_at(self, block: Block) -> State | None:
        """What the contract holds in a block, if that is the one looked at last."""
        return self._seen[1] if self._seen and self._seen[0] == block else None

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
    def commit(self, batches: list[list[int]]) -> list[Sent]:
        """Commit to the next batches, all in flight at once."""
        calls = [self.settlement.committing(*self._of(words)) for words in batches]
        return [sent(receipt) for receipt in self._in_office(self.transactions.send_all, calls)]

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """Settle the next batch."""
        return self.settle_many([(words, proof)])

    @translated
    def settle_many(self, batches: Sequence[tuple[list[int], Proof]]) -> Sent:
        """Settle the next batches in one transaction."""
        proven = [Proven(*self._of(words), groth16.Proof.from_bytes(proof.proof)) for words, proof in batches]
        return sent(self._in_office(self.transactions.send, self.settlement.settling(proven)))

    def _in_office(self, send: Callable, calls: object) -> object:
        """What sending returns; an operator who is nominated and not yet in office accepts first."""
        try:
            return send(calls)
        except errors.Reverted as refused:
            if CODES.get(refused.code) != NOT_OPERATOR or self._nominee() != self._operator.address:
                raise
        self.transactions.send(self.settlement.accepting())
        return send(calls)

    def _nominee(self) -> str:
        return self.settlement.chain.call(self.settlement.contract.functions.nominee())

    @translated
    def void(self, number: int) -> None:
        """Drop a commitment that has waited too long, and all after it."""
        self.transactions.send(self.settlement.voiding(number))

    @translated
    def cancel(self, batch: int) -> None:
        """End what is under way: mined, or replaced by nothing; what was committed after ``batch`` is to be undone."""
        self.transactions.cancel()
        self.transactions.disown(
            [attempt.hash for attempt in self.transactions.sent("commit") if self._number(attempt.data) > batch]
        )

    def _number(self, data: str) -> int:
        """Batch that a call commits to."""
        return self.settlement.contract.decode_function_input(data)[1]["number"]

    @translated
    def is_undone(self, number: int) -> bool:
        """Whether the commitment that is held for a batch was sent here, for a version of it that was undone since."""
        return self.transactions.disowns(self.settlement.commitment(number).transaction)

    @translated
    def link(self, count: int) -> bytes | None:
        """Hash of the first ``count`` deposits of the queue."""
        link = self.settlement.chain.call(self.settlement.contract.functions.link_of(count))
        return link if any(link) or count == 0 else None

    def extended(self, link: bytes, words: Words) -> bytes:
        """The hash with one more deposit, as ``contracts/deposits.vy`` makes it."""
        return keccak(link + to_bytes(words))

    @translated
    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        """Deposits behind the first ``taken`` ones that are so many blocks deep.

        The queue keeps a key's x alone; its y is the one that makes it a key. A point that is none has 0: it is no key
        of anybody, and nothing it signs is ever taken.
        """
        latest = self.settlement.chain.latest()
        block, state = latest.number - confirmations + 1, self._state_at(latest)
        is_empty = block < 0 or (state is not None and state.queued <= taken)
        found = [] if is_empty else self.settlement.queue(taken + 1, block)
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
