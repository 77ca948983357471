"""The fingerprint of the public words: the sponge p that the circuit computes, and their sum F at the challenge z.

z = keccak256 of p and the words as the contract holds them, modulo the field: keccak is left to the caller.
"""

from collections.abc import Sequence

from rollup.hashing import Hasher, compress
from rollup.layout import (
    COUNTS_WORD,
    DEPOSIT_WORDS,
    FIELD,
    FINGERPRINT_TAG,
    PAGE_CELLS,
    PublicWord,
    SizeClass,
    unpack,
)

CHUNK = PAGE_CELLS - 1


def sponge(hasher: Hasher, words: Sequence[int]) -> int:
    """p: a chain h := Poseidon2_16(h, 15 words) from the tag on, the last chunk padded with zeros."""
    digest = FINGERPRINT_TAG
    for start in range(0, len(words), CHUNK):
        chunk = words[start : start + CHUNK]
        digest = compress(hasher, digest, *chunk, *(0,) * (CHUNK - len(chunk)))
    return digest


def fold(words: Sequence[int], challenge: int) -> int:
    """F: the sum of word i times the i-th power of the challenge."""
    total = 0
    for word in reversed(words):
        total = (total * challenge + word) % FIELD
    return total


def sent_words(words: Sequence[int], size: SizeClass) -> list[int]:
    """The words without the absent deposits and withdrawals: what travels to the contract."""
    counts = unpack(COUNTS_WORD, words[PublicWord.COUNTS])
    deposits = words[PublicWord.DEPOSITS : PublicWord.DEPOSITS + DEPOSIT_WORDS * counts["deposits"]]
    offset = size.withdrawal_offset
    withdrawals = words[offset : offset + counts["withdrawals"]]
    return [*words[: PublicWord.DEPOSITS], *deposits, *withdrawals]


def padded_words(sent: Sequence[int], size: SizeClass) -> list[int]:
    """Undo ``sent_words``: every word at the offset of its class. Raises ValueError for a wrong length."""
    counts = unpack(COUNTS_WORD, sent[PublicWord.COUNTS])
    split = PublicWord.DEPOSITS + DEPOSIT_WORDS * counts["deposits"]
    if split > size.withdrawal_offset or len(sent) != split + counts["withdrawals"]:
        raise ValueError(f"{len(sent)} words, {counts}")
    head = [*sent[:split], *[0] * (size.withdrawal_offset - split)]
    words = [*head, *sent[split:]]
    if len(words) > size.word_count:
        raise ValueError(f"{len(words)} words of at most {size.word_count}")
    return words + [0] * (size.word_count - len(words))
