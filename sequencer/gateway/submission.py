"""Submission: the actions of one request on their way through the sequencer, and the outcome of each.

Every action gets one outcome: a receipt once it is durable, or the error for which it was not sequenced. Where there is
no answer in time the error says UNKNOWN_OUTCOME, and the receipt tells later. Cancels go first.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from rollup.actions import Action, Sheet, encode
from rollup.refusals import Code, Refused
from sequencer.gateway import signed, wire
from sequencer.gateway.answers import Answers, hexed
from sequencer.gateway.bridge import Bridge
from sequencer.gateway.limits import Gate
from sequencer.gateway.problems import Own, Trouble, error_of
from sequencer.receipts import digest_of
from sequencer.sequencer import Sequencer

PATIENCE = 30
"""Seconds that a request waits for its outcomes."""


class Entry(NamedTuple):
    """What the gate counts of an action under way."""

    action: Action
    is_cancel: bool
    items: int


class Submission:
    """The actions of one request."""

    def __init__(self, waiter: asyncio.Future, count: int) -> None:
        self._waiter = waiter
        self.outcomes: list[object] = [None] * count
        self._open = count

    def settle(self, place: int, outcome: object) -> None:
        """One action has its outcome: an ``Acknowledged``, or what was raised."""
        self.outcomes[place] = outcome
        self._open -= 1
        if not self._open and not self._waiter.done():
            self._waiter.set_result(None)


class Submissions:
    """Takes requests in, for one sequencer. Used by the gateway's thread alone."""

    def __init__(self, sequencer: Sequencer, bridge: Bridge, gate: Gate, answers: Answers, domain: int) -> None:
        self._sequencer = sequencer
        self._bridge = bridge
        self._gate = gate
        self._answers = answers
        self._domain = domain
        self._loop = asyncio.get_running_loop()

    async def run(self, actions: Sequence[signed.Signed], address: str) -> list[wire.Result]:
        """A result for each action, in their order."""
        waiter = self._loop.create_future()
        submission = Submission(waiter, len(actions))
        records = [signed.record(action) for action in actions]
        places = range(len(records))
        is_cancel = [signed.is_cancel(action) for action in records]
        for place in sorted(places, key=lambda place: not is_cancel[place]):
            self._enter(submission, place, records[place], is_cancel[place], address)
        if not waiter.done():
            timer = self._loop.call_later(PATIENCE, _give_up, waiter)
            await waiter
            timer.cancel()
        return [self._result(records[place], submission.outcomes[place]) for place in places]

    def _enter(self, submission: Submission, place: int, action: Action, is_cancel: bool, address: str) -> None:
        items = len(action.items) if type(action) is Sheet else 0
        try:
            self._gate.enter(action.account, address, is_cancel, items)
        except Trouble as refusal:
            submission.settle(place, refusal)
            return
        entry = Entry(action, is_cancel, items)
        try:
            future = self._sequencer.submit_parsed(action)
        except Exception as refusal:
            self._leave(submission, place, entry, refusal)
            return
        # One bound method and a tuple: this is done for every action.
        future.add_done_callback(lambda done: self._bridge.call(self._done, submission, place, entry, done))

    def _done(self, submission: Submission, place: int, entry: Entry, future: Future) -> None:
        problem = future.exception()
        self._leave(submission, place, entry, future.result() if problem is None else problem)

    def _leave(self, submission: Submission, place: int, entry: Entry, outcome: object) -> None:
        is_signed = not (
            isinstance(outcome, Refused) and outcome.code in (Code.BAD_SIGNATURE, Code.UNKNOWN_ACCOUNT, Code.BAD_FIELD)
        )
        self._gate.leave(entry.action.account, entry.is_cancel, entry.items, is_signed)
        submission.settle(place, outcome)

    def _result(self, action: Action, outcome: object) -> wire.Result:
        if outcome is None:
            outcome = Trouble(Own.UNKNOWN_OUTCOME)
        if isinstance(outcome, BaseException):
            return wire.Result(None, self.error(action, outcome))
        # What was answered a moment ago was in the batch in progress; what was sent again may be of any batch.
        stage = self.stage(outcome.batch) if outcome.duplicate else "open"
        return wire.Result(self._answers.receipt(outcome, stage), None)

    def stage(self, batch: int) -> wire.Stage:
        """The last stage that a batch has reached."""
        status = self._sequencer.status()
        for stage in ("settled", "proven", "committed", "sealed"):
            if batch <= getattr(status, stage):
                return stage
        return "open"

    def error(self, action: Action, problem: BaseException) -> wire.Error:
        """An error, with what the sequencer computed where a signature does not hold."""
        payload = encode(action)
        error = error_of(problem, hexed(digest_of(payload)))
        if error.code == Code.BAD_SIGNATURE:
            error.details.update(
                payload=payload.decode(),
                message=[hex(cell) for cell in action.message(self._domain)],
                domain=hex(self._domain),
            )
        return error


def _give_up(waiter: asyncio.Future) -> None:
    if not waiter.done():
        waiter.set_result(None)
