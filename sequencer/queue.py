"""The contract's queue of deposits against what was sequenced of it: what a reorganisation took away again (D22)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rollup.actions import Deposit
from rollup.layout import COUNTS_WORD, DEPOSIT_WORD, DEPOSIT_WORDS, PublicWord, pack, unpack

Words = tuple[int, int, int]
"""A deposit as its three public words."""


def words_of(deposit: Deposit) -> Words:
    """The public words of a deposit."""
    fields = {"account": deposit.account, "amount": deposit.amount, "new": deposit.new}
    return pack(DEPOSIT_WORD, fields), deposit.key, deposit.owner


def deposits_in(words: Sequence[int]) -> list[Words]:
    """The deposits of a batch, out of its public words."""
    count = unpack(COUNTS_WORD, words[PublicWord.COUNTS])["deposits"]
    starts = range(PublicWord.DEPOSITS, PublicWord.DEPOSITS + DEPOSIT_WORDS * count, DEPOSIT_WORDS)
    return [tuple(words[start : start + DEPOSIT_WORDS]) for start in starts]


class Consumed(NamedTuple):
    """A deposit that was sequenced and is not settled: its place in the queue from 0, its words, its batch, and the
    link that the queue must have behind it. The batch in progress has the number after the last sealed one."""

    place: int
    words: Words
    batch: int
    link: bytes


def consumed(
    first: int, link: bytes, batches: Sequence[tuple[int, Sequence[Words]]], extended: Callable[[bytes, Words], bytes]
) -> list[Consumed]:
    """Deposits of batches, from place ``first`` on, where the queue's link is ``link``."""
    found = []
    for number, deposits in batches:
        for words in deposits:
            link = extended(link, words)
            found.append(Consumed(first + len(found), words, number, link))
    return found


def first_gone(expected: Sequence[Consumed], link: Callable[[int], bytes | None]) -> Consumed | None:
    """The first deposit that the queue does not hold as it was sequenced; ``link(n)`` is the queue's over n deposits.

    Every link covers all deposits before it: what holds for one holds for those before, and a bisection finds it.
    """
    if not expected or link(expected[-1].place + 1) == expected[-1].link:
        return None
    low, high = 0, len(expected) - 1
    while low < high:
        middle = (low + high) // 2
        if link(expected[middle].place + 1) == expected[middle].link:
            low = middle + 1
        else:
            high = middle
    return expected[low]


def dropped(gone: Sequence[Consumed], queue: Sequence[Words]) -> frozenset[int]:
    """Places to drop of those from the first gone one on, so that the rest is what the queue holds from there on."""
    held, places = 0, set()
    for deposit in gone:
        if held < len(queue) and queue[held] == deposit.words:
            held += 1
        else:
            places.add(deposit.place)
    return frozenset(places)
