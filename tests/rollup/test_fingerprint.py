"""The sponge over the public words, their fold, and what of them is sent."""

import pytest

from rollup.fingerprint import fold, padded_words, sent_words, sponge
from rollup.hashing import compress
from rollup.layout import CLASSES, FIELD, FINGERPRINT_TAG
from tests.rollup.desk import Desk
from tests.twins.hasher import QuickHasher, SlowHasher

HASHER = QuickHasher()


def test_the_sponge_takes_fifteen_words_at_a_time() -> None:
    words = list(range(1, 18))
    first = compress(HASHER, FINGERPRINT_TAG, *words[:15])
    assert sponge(HASHER, words) == compress(HASHER, first, 16, 17, *[0] * 13)
    assert sponge(HASHER, words[:15]) == first


def test_the_sponge_of_one_word_with_the_real_hash() -> None:
    hasher = SlowHasher()
    assert sponge(hasher, [7]) == compress(hasher, FINGERPRINT_TAG, 7, *[0] * 14)


def test_the_fold_is_a_polynomial() -> None:
    assert fold([5, 7, 11], 10) == 5 + 70 + 1_100
    assert fold([0, 1], FIELD - 1) == FIELD - 1
    assert fold([], 3) == 0


def test_absent_words_are_not_sent() -> None:
    desk = Desk(accounts=2)
    desk.deposit(9, 1_000)
    desk.deposit(1, 5)
    desk.withdraw(9, 10)
    desk.withdraw(1, 20)
    desk.withdraw(2, 30)
    words, size = desk.seal().words, CLASSES["S"]
    sent = sent_words(words, size)
    assert len(sent) == 11 + 2 * 3 + 3
    assert sent[:17] == words[:17]
    assert sent[17:] == words[size.withdrawal_offset : size.withdrawal_offset + 3]
    assert padded_words(sent, size) == words


@pytest.mark.parametrize("change", [lambda sent: sent[:-1], lambda sent: [*sent, 1]])
def test_words_of_another_length_than_they_say_are_no_words(change) -> None:
    desk = Desk(accounts=2)
    desk.withdraw(1, 10)
    sent = sent_words(desk.seal().words, CLASSES["S"])
    with pytest.raises(ValueError):
        padded_words(change(sent), CLASSES["S"])


def test_more_withdrawals_than_the_class_has_are_no_words() -> None:
    sent = [0] * 10 + [100 << 32] + [1] * 100
    with pytest.raises(ValueError):
        padded_words(sent, CLASSES["XS"])
