"""Submission: the actions of one request on their way through the sequencer, and the outcome of each.

Every action gets one outcome: a receipt once it is durable, or the error for which it was not sequenced. Where there is
no answer in time the error says UNKNOWN_OUTCOME, and the receipt tells later. Cancels go first.
"""

import asyncio
from collections.abc import Sequence

from rollup.actions import Action, Sheet, encode
from rollup.refusals import Code, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.gateway import signed, wire
from sequencer.gateway.answers import Answers, hexed
from sequencer.gateway.bridge import Bridge
from sequencer.gateway.limits import Gate
from sequencer.gateway.problems import Own, Trouble
from sequencer.receipts import digest_of
from sequencer.sequencer import Sequencer

PATIENCE = 30
"""Seconds that a request waits for its outcomes."""
UNSIGNED = {
    Code.BAD_SIGNATURE,
    Code.UNKNOWN_ACCOUNT,
    Code.BAD_FIELD,
    Problem.QUEUE_FULL,
    Problem.PROOFS_BEHIND,
    Problem.UNCHECKED,
    Problem.HALTED,
    Problem.STOPPED,
}
"""Refusals of what nobody's key has signed, or before anybody looked whether it has."""


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
        records = [signed.record(action) for action in actions]
        outcomes: list[object] = [None] * len(records)
        entered = []
        for place in _cancels_first(records):
            try:
                self._enter(records[place], address)
            except Trouble as refusal:
                outcomes[place] = refusal
            else:
                entered.append(place)
        if entered:
            for place, outcome in zip(entered, await self._sequenced([records[place] for place in entered], address)):
                outcomes[place] = outcome
        return [self._result(record, outcome) for record, outcome in zip(records, outcomes)]

    async def _sequenced(self, actions: list[Action], address: str) -> list[object]:
        """An outcome for each action that was let in, None for those that have none in time."""
        waiter = self._loop.create_future()

        def told(found: list[object]) -> None:
            self._bridge.call(self._done, waiter, actions, address, found)

        outcomes = self._sequencer.submit_parsed(actions, told)
        timer = self._loop.call_later(PATIENCE, _wake, waiter)
        await waiter
        timer.cancel()
        return outcomes.found

    def _done(self, waiter: asyncio.Future, actions: list[Action], address: str, found: list[object]) -> None:
        for action, outcome in zip(actions, found):
            self._leave(action, address, outcome)
        _wake(waiter)

    def _enter(self, action: Action, address: str) -> None:
        self._gate.enter(action.account, address, signed.is_cancel(action), _items(action))

    def _leave(self, action: Action, address: str, outcome: object) -> None:
        self._gate.leave(action.account, address, signed.is_cancel(action), _items(action), is_signed(outcome))

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
        error = self._answers.error(problem, action, hexed(digest_of(payload)))
        if error.code == Code.BAD_SIGNATURE:
            error.details.update(
                payload=payload.decode(),
                message=[hex(cell) for cell in action.message(self._domain)],
                domain=hex(self._domain),
            )
        return error


def is_signed(outcome: object) -> bool:
    """Whether it is known of what had this outcome that its account's key signed it."""
    return not (isinstance(outcome, Refused | SequencerError) and outcome.code in UNSIGNED)


def _cancels_first(actions: Sequence[Action]) -> Sequence[int]:
    """Places of the actions in the order in which they are sequenced."""
    return sorted(range(len(actions)), key=lambda place: not signed.is_cancel(actions[place]))


def _items(action: Action) -> int:
    return len(action.items) if type(action) is Sheet else 0


def _wake(waiter: asyncio.Future) -> None:
    if not waiter.done():
        waiter.set_result(None)
