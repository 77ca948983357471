"""A settlement contract on paper: it takes everything, for measuring what comes before it."""

import hashlib
import time
from collections.abc import Sequence

from circuits.prover import Proof
from rollup.actions import Deposit
from rollup.layout import PublicWord
from sequencer.queue import Words
from sequencer.settling import Heads, Sent


class PaperChain:
    """Heads move as they are told to; deposits are those that it was made with. Nothing is checked."""

    window = 300
    patience = 86_400
    many = 4

    def __init__(self, deposits: Sequence[Deposit]) -> None:
        self._deposits = list(deposits)
        self._heads = Heads(0, 0, 0, 0)
        self._committed: dict[int, bytes] = {}

    def heads(self) -> Heads:
        """As far as it was told."""
        return self._heads._replace(time=int(time.time()))

    def commitment(self, number: int) -> bytes:
        """Digest that was committed for a batch."""
        return self._committed[number]

    def digest(self, words: list[int]) -> bytes:
        """Some digest of the words."""
        return hashlib.sha256(",".join(map(str, words)).encode()).digest()

    def commit(self, batches: list[list[int]]) -> list[Sent]:
        """Take commitments."""
        for words in batches:
            number = words[PublicWord.NUMBER]
            self._committed[number] = self.digest(words)
            self._heads = self._heads._replace(committed=number)
        return [Sent("", 0)] * len(batches)

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """Take a proof."""
        self._heads = self._heads._replace(settled=words[PublicWord.NUMBER], root=words[PublicWord.ROOT_AFTER])
        return Sent("", 0)

    def settle_many(self, batches: list[tuple[list[int], Proof]]) -> Sent:
        """Take proofs."""
        return [self.settle(*batch) for batch in batches][-1]

    def void(self, number: int) -> None:
        """Nothing is ever dropped."""

    def cancel(self, batch: int) -> None:
        """Nothing is ever under way."""

    def is_undone(self, number: int) -> bool:
        """Nothing is ever taken back."""
        return False

    def link(self, count: int) -> bytes | None:
        """The hash of the queue is its length."""
        return count.to_bytes(32, "big") if count <= len(self._deposits) else None

    def extended(self, link: bytes, words: Words) -> bytes:
        """One more."""
        return (int.from_bytes(link, "big") + 1).to_bytes(32, "big")

    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        """The rest of the queue."""
        return self._deposits[taken:]
