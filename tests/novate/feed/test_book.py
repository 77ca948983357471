"""The recorded book: snapshots, changes, gaps, and a cold start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novate.feed.book import RecordedBook
from novate.feed.errors import FeedError
from novate.feed.events import Boundary, Depth, Snapshot


def change(previous: int, last: int, bids: tuple = (), asks: tuple = ()) -> Depth:
    """A change that follows the update ``previous``."""
    return Depth(0, previous + 1, last, previous, bids, asks)


def book_after(*events: object) -> RecordedBook:
    """A book that these events made."""
    book = RecordedBook("TEST")
    for event in events:
        book.apply(event)
    return book


def top(book: RecordedBook) -> tuple:
    """All levels of both sides."""
    view = book.view(0, 99)
    return view.bids, view.asks


SNAPSHOT = Snapshot(0, 20, ((100, 5), (99, 7)), ((101, 4), (102, 6)))


def test_changes_follow_a_snapshot() -> None:
    book = book_after(SNAPSHOT, change(18, 22, ((100, 0), (98, 1))), change(22, 23, (), ((101, 9),)))
    assert top(book) == (((99, 7), (98, 1)), ((101, 9), (102, 6)))
    assert book.view(0, 1).mid == 100


def test_changes_that_a_snapshot_contains_are_dropped() -> None:
    book = book_after(change(9, 15, ((100, 1),)), change(15, 20, ((99, 2),)), change(20, 21, ((98, 3),)), SNAPSHOT)
    assert top(book) == (((100, 5), (99, 7), (98, 3)), ((101, 4), (102, 6)))


def test_a_level_that_is_not_there_may_be_removed() -> None:
    assert top(book_after(SNAPSHOT, change(20, 21, ((50, 0),), ((200, 0),)))) == (SNAPSHOT.bids, SNAPSHOT.asks)


@pytest.mark.parametrize(
    "events",
    [
        (SNAPSHOT, change(21, 22)),
        (SNAPSHOT, change(20, 21), change(22, 23)),
        (SNAPSHOT, change(20, 25), change(24, 26)),
        (change(5, 6), change(7, 8)),
        (change(30, 31), SNAPSHOT),
    ],
)
def test_a_gap_is_refused(events: tuple) -> None:
    with pytest.raises(FeedError) as refused:
        book_after(*events)
    assert refused.value.code == "FEED_SEQUENCE_GAP"


def test_the_numbers_of_a_gap_are_told() -> None:
    with pytest.raises(FeedError) as refused:
        book_after(SNAPSHOT, change(20, 21), change(25, 26))
    assert refused.value.details == {"market": "TEST", "expected": 21, "found": 25, "time": 0}


def test_a_cold_book_knows_what_changed() -> None:
    book = book_after(change(1, 2, ((100, 5),), ((101, 4),)), change(2, 3, ((99, 1),)))
    assert top(book) == (((100, 5), (99, 1)), ((101, 4),))
    assert not book.whole


def test_a_cold_book_drops_what_the_other_side_has_passed() -> None:
    """A removal may precede the capture, so a level that was passed cannot still be there."""
    book = book_after(change(1, 2, ((100, 5),), ((101, 4), (103, 2))), change(2, 3, ((102, 1),)))
    assert top(book) == (((102, 1), (100, 5)), ((103, 2),))


def test_a_capture_that_continues_the_one_before_keeps_the_book() -> None:
    book = book_after(SNAPSHOT, change(20, 21), Boundary(0), change(21, 22, ((100, 1),)))
    assert book.whole
    assert book.view(0, 1).bids == ((100, 1),)


def test_a_capture_that_does_not_continue_starts_cold() -> None:
    book = book_after(SNAPSHOT, change(20, 21), Boundary(0), change(70, 71, ((90, 1),)))
    assert top(book) == (((90, 1),), ())


def test_a_boundary_forgives_one_gap_only() -> None:
    with pytest.raises(FeedError):
        book_after(SNAPSHOT, change(20, 21), Boundary(0), change(21, 22), change(30, 31))


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12), st.integers(0, 3)), max_size=60))
def test_levels_are_sorted_and_as_last_said(changes: list[tuple[bool, int, int]]) -> None:
    """Bids from 1 to 12, asks from 21 to 32, so that sides never meet."""
    book = RecordedBook("TEST")
    said: tuple[dict, dict] = ({}, {})
    for update, (buys, price, size) in enumerate(changes, start=1):
        price += 0 if buys else 20
        levels = ((price, size),)
        book.apply(change(update, update + 1, levels if buys else (), () if buys else levels))
        said[0 if buys else 1][price] = size
    bids, asks = ({price: size for price, size in side.items() if size} for side in said)
    assert top(book) == (tuple(sorted(bids.items(), reverse=True)), tuple(sorted(asks.items())))
