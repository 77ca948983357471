"""The statement of a batch: its public words, and the three public inputs that stand for them.

    w  public words, padded to the class: a head of eleven, three a deposit, one a withdrawal
    p  Poseidon2 chain over w: h := compress(h, 15 words), from a constant
    z  keccak256(p, words that are sent) mod r
    F  sum of w_i z^i

The circuit shows p and F for its own copy of w; the contract computes z and F for its own. See
``contracts/fingerprint.vy`` for why the two copies are then equal.
"""

from collections.abc import Sequence
from typing import NamedTuple

from eth_hash.auto import keccak

from rollup.layout import (
    CLASSES,
    CLOCK_WORD,
    COUNTS_WORD,
    DEPOSIT_WORD,
    DEPOSIT_WORDS,
    FIELD,
    FINGERPRINT_TAG,
    MARK_WORDS,
    MARKETS,
    PAGE_CELLS,
    PRICE_BITS,
    PRICES_PER_CELL,
    WITHDRAWAL_WORD,
    PublicWord,
    SizeClass,
    pack,
    unpack,
)
from verifier.errors import BadInput
from verifier.poseidon2 import compress

RATE = PAGE_CELLS - 1
"""Words that one compression takes in."""


def to_bytes(words: Sequence[int]) -> bytes:
    """Words of 32 bytes, high byte first."""
    return b"".join(word.to_bytes(32, "big") for word in words)


def from_bytes(data: bytes) -> list[int]:
    """Undo ``to_bytes``."""
    return [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]


class Deposit(NamedTuple):
    """A deposit as its three public words. ``key`` and ``owner`` are 0 unless the account is new."""

    word: int
    key: int = 0
    owner: int = 0

    @classmethod
    def of(cls, account: int, amount: int, key: int = 0, owner: int = 0) -> "Deposit":
        """The deposit of an amount in micro-units; with a key and an owner it makes the account."""
        word = pack(DEPOSIT_WORD, {"account": account, "amount": amount, "new": int(key != 0)})
        return cls(word, key, owner)

    @property
    def account(self) -> int:
        """Number of the account."""
        return unpack(DEPOSIT_WORD, self.word)["account"]

    @property
    def amount(self) -> int:
        """Micro-units."""
        return unpack(DEPOSIT_WORD, self.word)["amount"]


class Withdrawal(NamedTuple):
    """What an owner (an address as a number) is owed, in micro-units."""

    owner: int
    amount: int

    @property
    def word(self) -> int:
        """The public word."""
        return pack(WITHDRAWAL_WORD, self._asdict())

    @classmethod
    def of(cls, word: int) -> "Withdrawal":
        """The withdrawal that a word stands for."""
        return cls(**unpack(WITHDRAWAL_WORD, word))


class Outcome(NamedTuple):
    """What only the sequencer can say of a batch: the root after it, its clock word and the words of marks."""

    root: int
    clock_word: int
    marks: tuple[int, ...]

    @property
    def clock(self) -> int:
        """T, in seconds."""
        return unpack(CLOCK_WORD, self.clock_word)["clock"]

    @property
    def prices(self) -> list[int]:
        """Marks of the markets after the batch, micro-units of collateral a lot."""
        mask = (1 << PRICE_BITS) - 1
        return [self.marks[m // PRICES_PER_CELL] >> PRICE_BITS * (m % PRICES_PER_CELL) & mask for m in range(MARKETS)]


def clock_word(clock: int, round_: int = 0, priced: bool = False) -> int:
    """Word of T, the round of the prices, and whether this batch took new ones."""
    return pack(CLOCK_WORD, {"clock": clock, "round": round_, "priced": int(priced)})


def mark_words(prices: Sequence[int]) -> tuple[int, ...]:
    """Marks of the markets, seven a word."""
    words = [0] * MARK_WORDS
    for market, price in enumerate(prices):
        words[market // PRICES_PER_CELL] |= price << PRICE_BITS * (market % PRICES_PER_CELL)
    return tuple(words)


class Statement(NamedTuple):
    """Everything that the chain and the prover both know of a batch."""

    size_class: str
    chain_id: int
    contract: int
    version: int
    number: int
    root_before: int
    outcome: Outcome
    deposits: tuple[Deposit, ...]
    withdrawals: tuple[Withdrawal, ...]

    @property
    def capacity(self) -> SizeClass:
        """Capacities of the size class."""
        return CLASSES[self.size_class]

    def head(self) -> list[int]:
        """The first eleven words."""
        counts = {"deposits": len(self.deposits), "requests": 0, "withdrawals": len(self.withdrawals)}
        identity = [self.capacity.number, self.chain_id, self.contract, self.version, self.number, self.root_before]
        return [*identity, self.outcome.root, self.outcome.clock_word, *self.outcome.marks, pack(COUNTS_WORD, counts)]

    def sent(self) -> list[int]:
        """All words but the padding."""
        deposits = [word for deposit in self.deposits for word in deposit]
        return self.head() + deposits + [withdrawal.word for withdrawal in self.withdrawals]

    def digest(self, sponge: int) -> bytes:
        """keccak256 of p and all words but the padding: committed on chain, and mod r it is z."""
        return keccak(to_bytes([sponge, *self.sent()]))

    def padded(self) -> list[int]:
        """w: every section at its place; raises ``BadInput`` (SECTION_TOO_LONG) when one does not fit its class."""
        slots = self.capacity.slots
        if len(self.deposits) > slots["deposits"] or len(self.withdrawals) > slots["withdrawals"]:
            counts = {"deposits": len(self.deposits), "withdrawals": len(self.withdrawals)}
            raise BadInput("SECTION_TOO_LONG", f"class {self.size_class} has less room", **counts)
        words = self.head() + [word for deposit in self.deposits for word in deposit]
        words += [0] * (self.capacity.withdrawal_offset - len(words))
        words += [withdrawal.word for withdrawal in self.withdrawals]
        return words + [0] * (self.capacity.word_count - len(words))

    @classmethod
    def from_words(cls, words: Sequence[int]) -> "Statement":
        """Read w; raises ``BadInput`` (WORDS_UNREADABLE) unless the words are those of a statement."""
        by_number = {size.number: name for name, size in CLASSES.items()}
        name = by_number.get(words[PublicWord.CLASS]) if words else None
        if name is None or len(words) != CLASSES[name].word_count:
            raise BadInput("WORDS_UNREADABLE", "the words are of no size class", length=len(words))
        counts = unpack(COUNTS_WORD, words[PublicWord.COUNTS])
        first, last = PublicWord.DEPOSITS, CLASSES[name].withdrawal_offset
        end = min(first + DEPOSIT_WORDS * counts["deposits"], last)
        statement = cls(
            name,
            *words[PublicWord.CHAIN_ID : PublicWord.ROOT_AFTER],
            Outcome(
                words[PublicWord.ROOT_AFTER], words[PublicWord.CLOCK], tuple(words[PublicWord.MARKS :][:MARK_WORDS])
            ),
            tuple(Deposit(*words[i : i + DEPOSIT_WORDS]) for i in range(first, end, DEPOSIT_WORDS)),
            tuple(Withdrawal.of(word) for word in words[last:][: counts["withdrawals"]]),
        )
        if statement.padded() != list(words):
            raise BadInput("WORDS_UNREADABLE", "the words are not those of a statement", class_=name)
        return statement


class Inputs(NamedTuple):
    """p, z and F: the public inputs of a batch circuit, in its order."""

    sponge: int
    challenge: int
    fold: int


def sponge(padded: Sequence[int]) -> int:
    """p of the padded words."""
    digest = FINGERPRINT_TAG
    for start in range(0, len(padded), RATE):
        chunk = padded[start : start + RATE]
        digest = compress(digest, *chunk, *[0] * (RATE - len(chunk)))
    return digest


def fold(padded: Sequence[int], challenge: int) -> int:
    """F: the words as coefficients of a polynomial, at the challenge."""
    total = 0
    for word in reversed(padded):
        total = (total * challenge + word) % FIELD
    return total


def inputs(statement: Statement) -> Inputs:
    """p, z and F of a statement; raises ``BadInput`` (WORD_UNREDUCED) if a word is not below r."""
    padded = statement.padded()
    for place, word in enumerate(padded):
        if not 0 <= word < FIELD:
            raise BadInput("WORD_UNREDUCED", "a public word is not below r", place=place, word=word)
    p = sponge(padded)
    z = int.from_bytes(statement.digest(p), "big") % FIELD
    return Inputs(p, z, fold(padded, z))
