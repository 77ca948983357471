"""The settlement contract as the settler knows it: what it holds, what it is asked, how it refuses."""

from typing import NamedTuple, Protocol

from circuits.prover import Proof
from rollup.actions import Deposit
from sequencer.queue import Words


class ChainUnreachable(Exception):
    """No answer, or not yet: whether something took effect shows at the next look."""


class ChainRefused(Exception):
    """The contract refused a call; ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


LIES_AHEAD, TOO_LONG_AGO = "COMMIT_T_LIES_AHEAD", "COMMIT_T_IS_TOO_LONG_AGO"
VOID_NOT_YET = "VOID_NOT_YET"
NOT_OPERATOR = "NOT_OPERATOR"
"""The admin has handed the operator's role to somebody else: all that is left is to wait."""


class Heads(NamedTuple):
    """What the contract holds: last committed and settled batch, the root, and how many deposits are settled.

    ``time`` and ``block`` are those of the latest block, in which all of it was read; ``is_moved`` says that the one
    before it, when this was asked last, is none of the chain any more. ``base_fee`` is the block's, wei a unit of gas.
    """

    committed: int
    settled: int
    root: int
    time: int
    taken: int = 0
    block: int = 0
    is_moved: bool = False
    base_fee: int = 0


class Sent(NamedTuple):
    """A transaction that took effect: its hash, and the gas it used."""

    transaction: str
    gas: int


class Chain(Protocol):
    """A settlement contract and its operator.

    ``window`` is how many seconds a commitment may lag behind its batch's clock, ``patience`` after how many one can be
    voided, ``many`` how many batches one transaction settles at most. Words are padded to the class. Every method
    raises ``ChainUnreachable``, those that send raise ``ChainRefused``.
    """

    window: int
    patience: int
    many: int

    def heads(self) -> Heads:
        """What the contract holds now."""
        ...

    def commitment(self, number: int) -> bytes:
        """Digest that is committed for a batch."""
        ...

    def digest(self, words: list[int]) -> bytes:
        """Digest of a batch's words, as it is committed."""
        ...

    def commit(self, batches: list[list[int]]) -> list[Sent]:
        """Commit to the next batches, of which fewer may be taken than there are; the first refusal is raised."""
        ...

    def settle(self, words: list[int], proof: Proof) -> Sent:
        """Settle the next batch."""
        ...

    def settle_many(self, batches: list[tuple[list[int], Proof]]) -> Sent:
        """Settle the next batches, all of one class, or none of them."""
        ...

    def void(self, number: int) -> None:
        """Drop a commitment that has waited too long, and all after it."""
        ...

    def cancel(self, batch: int) -> None:
        """See to it that nothing which was sent and not mined takes effect any more.

        Commitments to batches after ``batch`` that were sent before are from now on those of undone versions.
        """
        ...

    def is_undone(self, number: int) -> bool:
        """Whether the commitment that is held for a batch was sent here, for a version of it that was undone since."""
        ...

    def link(self, count: int) -> bytes | None:
        """Hash of the first ``count`` deposits of the queue; None if it holds fewer."""
        ...

    def extended(self, link: bytes, words: Words) -> bytes:
        """The hash with one more deposit."""
        ...

    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        """Entries of the queue behind the first ``taken`` ones that have so many confirmations."""
        ...


class Rewind(Protocol):
    """``Sequencer.rewind``."""

    def __call__(
        self,
        batch: int,
        reason: str,
        dropped_deposits: frozenset[int] = frozenset(),
        without: frozenset[bytes] = frozenset(),
    ) -> None:
        """Undo the batches after ``batch`` and sequence their actions again."""
        ...
