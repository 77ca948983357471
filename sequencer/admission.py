"""Admission: the public door. It turns bytes into actions, and takes only what the account's key signed.

    submit -> inbox -> this room: account known? signature holds? -> writer's inbox

Nonce, expiry, widths, ticks and everything else that depends on the state is judged by the engine, in the writer.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from circuits.native import Signed
from rollup.actions import SIGNED, Action, Cancel, CancelAll, CancelItem, Deposit, Sheet, Withdraw, decode, encode
from rollup.refusals import Code, Refused
from sequencer import receipts
from sequencer.errors import Problem, SequencerError
from sequencer.halt import Halt
from sequencer.inbox import Inbox
from sequencer.settling import REMEMBERED
from sequencer.signatures import Checker

PATIENCE = 0.2
"""Seconds after which a room looks up from an empty inbox."""
RESERVED = 16
"""Of the batches that the contract remembers, those kept for what adds no risk."""
RISK_FALLS = (Cancel, CancelAll, Withdraw)


def adds_no_risk(action: Action) -> bool:
    """Whether an action is taken while the sequencer is reduced: a cancel, a sheet of nothing else, a withdrawal."""
    if type(action) is Sheet:
        return all(type(item) is CancelItem for item in action.items)
    return type(action) in RISK_FALLS


class Submission:
    """An action on its way: its encoding, its name, the claim that its key signed it, and who waits for it."""

    __slots__ = ("action", "claim", "digest", "future", "index", "payload")

    def __init__(self, action: Action, payload: bytes, digest: bytes, index: int | None = None) -> None:
        self.action = action
        self.payload = payload
        self.digest = digest
        self.index = index
        """Place in the contract's deposit queue."""
        self.claim: Signed | None = None
        self.future: Future = Future()
        self.future.set_running_or_notify_cancel()  # what is under way cannot be called back


class Admission:
    """``key_of`` tells an account's key (x, y); ``forward`` takes what passed.

    ``unsettled`` counts the batches that await their settlement, the one in progress included.
    """

    def __init__(
        self,
        checker: Checker,
        key_of: Callable[[int], tuple[int, int] | None],
        forward: Callable[[Submission], None],
        halt: Halt,
        capacity: int,
        group: int,
        unsettled: Callable[[], int] = lambda: 0,
    ) -> None:
        self._checker = checker
        self._key_of = key_of
        self._forward = forward
        self._halt = halt
        self._capacity = capacity
        self._unsettled = unsettled
        self._inbox = Inbox()
        self._group = group
        self._lock = threading.Lock()
        self._under_way: dict[bytes, Submission] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def submit(self, action: Action) -> Future:
        """A future of the action's ``Acknowledged``.

        The future raises Refused for what is not sequenced, and SequencerError where the sequencer itself fails.
        The same bytes while the first ones are under way share their outcome.
        Raises Refused (BAD_FIELD) and SequencerError (HALTED, REDUCED, QUEUE_FULL, PROOFS_BEHIND, STOPPED) right away.
        """
        try:
            payload = encode(action.undecided() if type(action) is Sheet else action)
        except (AttributeError, KeyError, TypeError, ValueError) as wrong:
            raise Refused(Code.BAD_FIELD) from wrong
        return self.submit_bytes(payload)

    def submit_bytes(self, payload: bytes) -> Future:
        """``submit`` for an encoded action: what is journaled is what is parsed here."""
        action = decode(payload)
        if type(action) not in SIGNED:
            raise Refused(Code.BAD_FIELD)
        if type(action) is Sheet:
            action = action.undecided()
        payload = encode(action)
        return self._submit(action, payload)

    def submit_parsed(self, action: Action) -> Future:
        """``submit`` for an action that a typed decoder made: its fields are whole numbers, and no sheet is decided."""
        return self._submit(action, encode(action))

    def _submit(self, action: Action, payload: bytes) -> Future:
        submission = Submission(action, payload, receipts.digest_of(payload))
        submission.claim = self._checker.claim(0, action)
        return self._enter(submission)

    def deposit(self, index: int, deposit: Deposit) -> Future:
        """A future for entry ``index`` (from 0) of the contract's queue."""
        return self._enter(Submission(deposit, encode(deposit), receipts.digest_of_deposit(index, deposit), index))

    def _enter(self, submission: Submission) -> Future:
        self._halt.check()
        with self._lock:
            first = self._under_way.get(submission.digest)
            if first is None:
                self._require_room(submission.action)
                self._under_way[submission.digest] = submission
        if first is not None:
            first.future.add_done_callback(lambda done: _share(done, submission.future))
            return submission.future
        submission.future.add_done_callback(lambda _: self._leave(submission.digest))
        try:
            self._inbox.put(submission)
        except SequencerError as refusal:
            submission.future.set_exception(refusal)
            raise
        return submission.future

    def _require_room(self, action: Action) -> None:
        """Raises QUEUE_FULL, PROOFS_BEHIND; there is more room for what adds no risk: orders keep no cancel out."""
        waiting, capacity = len(self._under_way), self._capacity
        if waiting >= capacity and (waiting >= capacity + capacity // 5 or not adds_no_risk(action)):
            raise SequencerError(Problem.QUEUE_FULL, waiting=waiting, capacity=capacity)
        unsettled = self._unsettled()
        most = REMEMBERED if adds_no_risk(action) else REMEMBERED - RESERVED
        if unsettled > most:
            raise SequencerError(Problem.PROOFS_BEHIND, unsettled=unsettled, most=most)

    def _leave(self, digest: bytes) -> None:
        with self._lock:
            self._under_way.pop(digest, None)

    def run(self) -> None:
        """Check signatures until closed and empty."""
        while (group := self._inbox.take(self._group, PATIENCE)) is not None:
            self._admit(group)

    def _admit(self, group: list[Submission]) -> None:
        signed = []
        for submission in group:
            action = submission.action
            if submission.index is not None:
                self._forward(submission)
                continue
            key = self._key_of(action.account)
            if key is None:
                submission.future.set_exception(Refused(Code.UNKNOWN_ACCOUNT, account=action.account))
            else:
                submission.claim = submission.claim._replace(x=key[0])
                signed.append(submission)
        try:
            verdicts = self._checker.check([submission.claim for submission in signed])
        except Exception as error:
            fault = SequencerError(Problem.UNCHECKED, str(error))
            fault.__cause__ = error
            for submission in signed:
                submission.future.set_exception(fault)
            return
        for submission, holds in zip(signed, verdicts):
            if holds:
                self._forward(submission)
            else:
                submission.future.set_exception(Refused(Code.BAD_SIGNATURE, account=submission.action.account))

    def close(self) -> None:
        """Take nothing more; what is under way is still admitted."""
        self._inbox.close()


def _share(done: Future, later: Future) -> None:
    """Give the outcome of the first bytes to whoever sent the same ones."""
    error = done.exception()
    if error is not None:
        later.set_exception(error)
    else:
        later.set_result(done.result()._replace(duplicate=True))
