"""What is under way: one outcome each, whoever sent it and however often."""

import threading
from types import SimpleNamespace

import pytest

from rollup.actions import CancelAll, Place, Transfer, Withdraw, encode
from rollup.actions.cancel import Cancel
from rollup.receipts import Receipt
from rollup.refusals import Code, Refused
from sequencer.encoding import encoded
from sequencer.errors import Problem, SequencerError
from sequencer.inbox import Inbox
from sequencer.receipts import Acknowledged
from sequencer.underway import Outcomes, Submission, UnderWay
from sequencer.writer import drained

PLACE = Place(1, 0, 1, 0, 0, 0, 0, 0, 5, 5, 9)


def submission(digest: bytes, listener, place: int = 0) -> Submission:
    return Submission(PLACE, b"", digest, listener, place)


def acknowledged(digest: bytes) -> Acknowledged:
    return Acknowledged(1, 1, digest, Receipt(Code.RESTED, PLACE, 1))


def test_outcomes_come_in_any_order_and_are_told_once() -> None:
    told = []
    outcomes = Outcomes(3, told.append)
    for place in (2, 0):
        outcomes.settle(place, place)
    assert outcomes.found == [0, None, 2] and not told
    outcomes.settle(1, 1)
    assert told == [[0, 1, 2]]


def test_outcomes_that_come_on_many_threads_are_told_once() -> None:
    told = []
    outcomes = Outcomes(4_000, told.append)

    def settle(first: int) -> None:
        for place in range(first, 4_000, 8):
            outcomes.settle(place, place)

    threads = [threading.Thread(target=settle, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [list(range(4_000))]


def test_the_same_bytes_share_one_outcome_within_a_request_and_across_requests() -> None:
    told = []
    room, first, second = UnderWay(10), Outcomes(2, told.append), Outcomes(1, told.append)
    new, refused = room.enter([submission(b"a", first, 0), submission(b"a", first, 1)])
    later, _ = room.enter([submission(b"a", second)])
    assert len(new) == len(room) == 1 and not refused and not later
    room.settle(new, [acknowledged(b"a")])
    assert [[one.duplicate for one in found] for found in told] == [[False, True], [True]]
    assert len(room) == 0


def test_what_is_refused_is_refused_for_all_and_may_be_sent_again() -> None:
    told = []
    room, outcomes = UnderWay(10), Outcomes(2, told.append)
    new, _ = room.enter([submission(b"a", outcomes, 0), submission(b"a", outcomes, 1)])
    refusal = Refused(Code.BAD_SIGNATURE)
    room.settle(new, [refusal])
    assert told == [[refusal, refusal]]
    again, _ = room.enter([submission(b"a", outcomes)])
    assert len(again) == 1


def test_a_request_that_fits_in_part_is_taken_in_part() -> None:
    room = UnderWay(2)
    new, refused = room.enter([submission(bytes([number]), None) for number in range(3)])
    assert [one.digest for one in new] == [b"\0", b"\1"]
    ((one, refusal),) = refused
    assert one.digest == b"\2" and refusal.code is Problem.QUEUE_FULL
    assert refusal.numbers == {"waiting": 2, "capacity": 2}


def test_nothing_waits_for_an_outcome_once_it_is_told() -> None:
    """An outcome that was raised leads to the submission; the submission leads to nobody."""
    one = submission(b"a", Outcomes(1, lambda found: None))
    one.tell(Refused(Code.BAD_FIELD))
    assert one.listener is None


@pytest.mark.parametrize("kind", [Place, Cancel, CancelAll, Transfer, Withdraw])
def test_the_quick_encoding_is_the_encoding(kind: type) -> None:
    fields = [7 * place for place in range(len(kind._fields) - 1)]
    for signature in ((0, 0), (2**253 - 1, 2**251 + 9)):
        action = kind(*fields, signature=signature)
        assert encoded(action) == encode(action)


def test_an_inbox_that_is_closed_takes_none_of_several() -> None:
    inbox = Inbox()
    inbox.put_all([1, 2])
    inbox.close()
    with pytest.raises(SequencerError, match="STOPPED"):
        inbox.put_all([3])
    assert inbox.take(10, 0) == [1, 2] and inbox.take(10, 0) is None


def test_a_queue_is_drained_while_others_take_out_of_it() -> None:
    class Shrinking(SimpleNamespace):
        """Says that two wait, and holds one by the time it is asked."""

        items = [1]

        def __len__(self) -> int:
            return 2

        def popleft(self) -> int:
            if not self.items:
                raise IndexError
            return self.items.pop()

    assert list(drained(Shrinking())) == [1]
