"""The tables on a terminal."""

import pytest

from novate.cli import demo
from novate.errors import Exit
from novate.report.text import text_of, wrapped
from tests.novate.report.outcomes import LIE, outcome


def test_a_row_a_batch_and_every_section() -> None:
    text = text_of(outcome())
    for batch in outcome().batches:
        assert f"{batch.root_after:064x}"[:8] in text
    assert "deposits 100%" in text
    assert "sum of negative equity" in text
    assert text.count("refused ") == 4
    assert "MARGIN" in text
    assert "medians of 1 rounds: off the recorded prices by 0.20 bp at most" in text


def test_a_sum_that_is_off_is_told_and_exits_with_1() -> None:
    books = outcome().books
    off = outcome()._replace(books=books._replace(escrow=books.escrow + 1))
    assert f"FAIL the escrow is the sum of all equities: {books.escrow + 1} {books.escrow}" in text_of(off)
    assert demo.answer(off, None).exit is Exit.FAILED_CHECK
    assert demo.answer(outcome(), None).exit is Exit.OK


@pytest.mark.parametrize("taken_by", [{"contract": ""}, {"committed": ""}, {"python": ""}, {"verifier": True}])
def test_a_lie_that_was_taken_exits_with_4(taken_by: dict) -> None:
    taken = outcome()._replace(forgery=LIE._replace(**taken_by))
    assert "TAKEN" in text_of(taken)
    assert demo.answer(taken, None).exit is Exit.VERIFICATION_FAILED


def test_long_lists_wrap_within_the_table() -> None:
    lines = list(wrapped("head: ", [f"word{number}" for number in range(30)], 60))
    assert len(lines) > 3
    assert all(len(line) <= 60 for line in lines)
    assert sum(line.count("word") for line in lines) == 30
