"""What is under way: actions that were taken in and have no outcome yet, each of them once, however often it was sent.

room = UnderWay(capacity)
new, refused = room.enter(submissions)     # the same bytes as something under way share its outcome
room.settle(new, outcomes)                 # one outcome each, told to everyone who waits for it
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from circuits.native import Signed
from rollup.actions import Action, Cancel, CancelAll, CancelItem, Sheet, Withdraw
from rollup.refusals import Refused
from sequencer.errors import Problem, SequencerError
from sequencer.receipts import Acknowledged
from sequencer.settling import REMEMBERED

RESERVED = 16
"""Of the batches that the contract remembers, those kept for what adds no risk."""
RISK_FALLS = (Cancel, CancelAll, Withdraw)
Outcome = Acknowledged | Refused | SequencerError


def adds_no_risk(action: Action) -> bool:
    """Whether an action is taken while the sequencer is reduced: a cancel, a sheet of nothing else, a withdrawal."""
    if type(action) is Sheet:
        return all(type(item) is CancelItem for item in action.items)
    return type(action) in RISK_FALLS


class Listener(Protocol):
    """Who waits for outcomes."""

    def settle(self, place: int, outcome: Outcome) -> None:
        """The submission of this place has its outcome. Called once for each, on any thread; must not raise."""
        ...


class Promise:
    """A future of one outcome."""

    def __init__(self) -> None:
        self.future: Future = Future()
        self.future.set_running_or_notify_cancel()  # what is under way cannot be called back

    def settle(self, place: int, outcome: Outcome) -> None:
        """It is known."""
        if isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Outcomes:
    """What becomes of several actions: ``found`` in their order, None as long as it is not known.

    ``told`` hears of it once, with all of them, on the thread that brings the last one.
    """

    def __init__(self, count: int, told: Callable[[list], None]) -> None:
        self.found: list[Outcome | None] = [None] * count
        self._open = count
        self._told = told
        self._lock = threading.Lock()

    def settle(self, place: int, outcome: Outcome) -> None:
        """One more is known."""
        self.found[place] = outcome
        with self._lock:
            self._open -= 1
            is_last = not self._open
        if is_last:
            self._told(self.found)


class Submission:
    """An action on its way: its encoding, its name, the claim that its key signed it, and who waits for it."""

    __slots__ = ("action", "claim", "digest", "followers", "index", "listener", "payload", "place")

    def __init__(
        self,
        action: Action,
        payload: bytes,
        digest: bytes,
        listener: Listener,
        place: int = 0,
        claim: Signed | None = None,
        index: int | None = None,
    ) -> None:
        self.action = action
        self.payload = payload
        self.digest = digest
        self.listener = listener
        self.place = place
        """Among those that its listener waits for."""
        self.claim = claim
        self.index = index
        """Place in the contract's deposit queue."""
        self.followers: list[Submission] | None = None
        """Those of the same bytes, sent while this one was under way."""

    def tell(self, outcome: Outcome) -> None:
        """Tell who waits, and let go of them: an outcome may lead back here by its traceback."""
        listener, self.listener = self.listener, None
        listener.settle(self.place, outcome)


class UnderWay:
    """For several threads. ``unsettled`` counts batches that await their settlement, the one in progress included."""

    def __init__(self, capacity: int, unsettled: Callable[[], int] = lambda: 0) -> None:
        self._capacity = capacity
        self._unsettled = unsettled
        self._lock = threading.Lock()
        self._first: dict[bytes, Submission] = {}

    def __len__(self) -> int:
        return len(self._first)

    def enter(
        self, submissions: Sequence[Submission]
    ) -> tuple[list[Submission], list[tuple[Submission, SequencerError]]]:
        """Take in what there is room for: those that are new, and those that are turned away, with why.

        Why is QUEUE_FULL or PROOFS_BEHIND. The same bytes as something under way are neither: they share its outcome.
        """
        new, refused = [], []
        unsettled = self._unsettled()
        with self._lock:
            for submission in submissions:
                first = self._first.get(submission.digest)
                if first is not None:
                    first.followers = [*(first.followers or ()), submission]
                elif refusal := self._refusal(submission.action, unsettled):
                    refused.append((submission, refusal))
                else:
                    self._first[submission.digest] = submission
                    new.append(submission)
        return new, refused

    def _refusal(self, action: Action, unsettled: int) -> SequencerError | None:
        """Why there is no room; there is more for what adds no risk: orders keep no cancel out."""
        waiting, capacity = len(self._first), self._capacity
        if waiting >= capacity and (waiting >= capacity + capacity // 5 or not adds_no_risk(action)):
            return SequencerError(Problem.QUEUE_FULL, waiting=waiting, capacity=capacity)
        if unsettled > REMEMBERED - RESERVED:
            most = REMEMBERED if adds_no_risk(action) else REMEMBERED - RESERVED
            if unsettled > most:
                return SequencerError(Problem.PROOFS_BEHIND, unsettled=unsettled, most=most)
        return None

    def settle(self, submissions: Sequence[Submission], outcomes: Sequence[Outcome]) -> None:
        """Their outcomes, in their order: from here on the same bytes are a new submission."""
        with self._lock:
            for submission in submissions:
                self._first.pop(submission.digest, None)
        for submission, outcome in zip(submissions, outcomes):
            submission.tell(outcome)
            for follower in submission.followers or ():
                follower.tell(outcome if isinstance(outcome, BaseException) else outcome._replace(duplicate=True))
