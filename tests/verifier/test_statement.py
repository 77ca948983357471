"""Words of a statement, and the three inputs that stand for them."""

import pytest
from eth_hash.auto import keccak

from rollup.layout import CLASSES, FIELD, FINGERPRINT_TAG, PublicWord
from verifier.errors import BadInput
from verifier.poseidon2 import compress
from verifier.statement import (
    Deposit,
    Outcome,
    Statement,
    Withdrawal,
    clock_word,
    fold,
    inputs,
    mark_words,
    sponge,
    to_bytes,
)

OUTCOME = Outcome(77, clock_word(1_800_000_000, 1_799_999_999, True), mark_words(range(1, 9)))
DEPOSITS = (Deposit.of(1, 500), Deposit.of(2, 600, 9, 0xABC))
STATEMENT = Statement("XS", 31337, 0xC0FFEE, 1, 5, 66, OUTCOME, DEPOSITS, (Withdrawal(0xDEF, 7),))


def test_words_lie_where_the_layout_says() -> None:
    words = STATEMENT.padded()
    size = CLASSES["XS"]
    assert len(words) == size.word_count
    assert words[:7] == [size.number, 31337, 0xC0FFEE, 1, 5, 66, 77]
    assert words[PublicWord.CLOCK] == 1_800_000_000 | 1_799_999_999 << 36 | 1 << 72
    assert words[PublicWord.MARKS] == sum(price << 36 * i for i, price in enumerate(range(1, 8)))
    assert words[PublicWord.MARKS + 1] == 8
    assert words[PublicWord.COUNTS] == 2 | 1 << 32
    assert words[PublicWord.DEPOSITS :][:6] == [1 | 500 << 24, 0, 0, 2 | 600 << 24 | 1 << 84, 9, 0xABC]
    assert words[PublicWord.DEPOSITS :][6:9] == [0, 0, 0]
    assert words[size.withdrawal_offset] == 0xDEF | 7 << 168
    assert words[size.withdrawal_offset + 1 :] == [0] * (size.slots["withdrawals"] - 1)


def test_a_statement_is_read_as_it_was_written() -> None:
    assert Statement.from_words(STATEMENT.padded()) == STATEMENT
    assert STATEMENT.outcome.prices == list(range(1, 9))
    assert STATEMENT.outcome.clock == 1_800_000_000
    assert [deposit.account for deposit in STATEMENT.deposits] == [1, 2]
    assert [deposit.amount for deposit in STATEMENT.deposits] == [500, 600]


@pytest.mark.parametrize(
    ("place", "word"),
    [(PublicWord.CLASS, 99), (PublicWord.COUNTS, 4), (PublicWord.COUNTS, 2 | 1 << 16), (PublicWord.COUNTS, 1), (-1, 1)],
)
def test_words_of_no_statement_are_refused(place: int, word: int) -> None:
    words = STATEMENT.padded()
    words[place] = word
    with pytest.raises(BadInput, match="WORDS_UNREADABLE"):
        Statement.from_words(words)
    with pytest.raises(BadInput, match="WORDS_UNREADABLE"):
        Statement.from_words(words[:-1])


def test_a_section_longer_than_its_class_is_refused() -> None:
    with pytest.raises(BadInput, match="SECTION_TOO_LONG"):
        STATEMENT._replace(deposits=STATEMENT.deposits * 2).padded()
    with pytest.raises(BadInput, match="SECTION_TOO_LONG"):
        STATEMENT._replace(withdrawals=STATEMENT.withdrawals * 3).padded()


def test_an_unreduced_word_is_refused() -> None:
    with pytest.raises(BadInput, match="WORD_UNREDUCED"):
        inputs(STATEMENT._replace(outcome=OUTCOME._replace(root=FIELD)))


def test_the_sponge_chains_fifteen_words_at_a_time() -> None:
    words = list(range(22))
    first = compress(FINGERPRINT_TAG, *words[:15])
    assert sponge(words) == compress(first, *words[15:], *[0] * 8)


def test_the_challenge_hashes_p_and_the_words_sent() -> None:
    p, z, folded = inputs(STATEMENT)
    sent = STATEMENT.head() + [1 | 500 << 24, 0, 0, 2 | 600 << 24 | 1 << 84, 9, 0xABC] + [0xDEF | 7 << 168]
    assert z == int.from_bytes(keccak(to_bytes([p, *sent])), "big") % FIELD
    assert folded == sum(word * pow(z, place, FIELD) for place, word in enumerate(STATEMENT.padded())) % FIELD
    assert folded == fold(STATEMENT.padded(), z)
