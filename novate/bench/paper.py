"""A settlement contract on paper: it takes everything, for measuring what comes before it."""

import hashlib
import time
from collections.abc import Sequence

from circuits.prover import Proof
from rollup.actions import Deposit
from rollup.layout import PublicWord
from sequencer.settling import Heads, Sent


class PaperChain:
    """Heads move as they are told to; deposits are those that it was made with. Nothing is checked."""

    window = 300

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

    def commit(self, words: list[int]) -> Sent:
        """Take a commitment."""
        number = words[PublicWord.NUMBER]
        self._committed[number] = self.digest(words)
        self._heads = self._heads._replace(committed=number)
        return Sent("", 0)

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """Take a proof."""
        self._heads = self._heads._replace(settled=words[PublicWord.NUMBER], root=words[PublicWord.ROOT_AFTER])
        return Sent("", 0)

    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        """The rest of the queue."""
        return self._deposits[taken:]
