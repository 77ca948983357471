"""Admission: the public door. It turns bytes into actions, and takes only what the account's key signed.

    submit -> inbox -> this room: account known? signature holds? -> writer's inbox

Nonce, expiry, widths, ticks and everything else that depends on the state is judged by the engine, in the writer.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from circuits.native import Signed
from rollup.actions import SIGNED, Action, Deposit, Sheet, decode, encode
from rollup.refusals import Code, Refused
from sequencer import receipts
from sequencer.encoding import encoded
from sequencer.errors import Problem, SequencerError
from sequencer.halt import Halt
from sequencer.inbox import Inbox
from sequencer.signatures import Checker
from sequencer.underway import Listener, Outcomes, Promise, Submission, UnderWay

PATIENCE = 0.2
"""Seconds after which a room looks up from an empty inbox."""


class Admission:
    """``key_of`` tells an account's key (x, y); ``forward`` takes what passed."""

    def __init__(
        self,
        checker: Checker,
        key_of: Callable[[int], tuple[int, int] | None],
        forward: Callable[[Sequence[Submission]], None],
        halt: Halt,
        under_way: UnderWay,
        group: int,
    ) -> None:
        self._checker = checker
        self._key_of = key_of
        self._forward = forward
        self._halt = halt
        self._under_way = under_way
        self._inbox = Inbox()
        self._group = group

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
        promise = Promise()
        return self._enter(self._submission(action, encode(action), promise), promise)

    def submit_parsed(self, actions: Sequence[Action], told: Callable[[list], None]) -> Outcomes:
        """``submit`` for actions that a typed decoder made: their fields are whole numbers, and no sheet is decided.

        They go in together, in their order, and each gets an outcome of its own; ``told`` hears of all once the last
        one is known, on any thread, before this returns if all are refused. Nothing is raised: what ``submit`` would
        raise is an outcome.
        """
        outcomes = Outcomes(len(actions), told)
        submissions = []
        for place, action in enumerate(actions):
            try:
                submissions.append(self._submission(action, encoded(action), outcomes, place))
            except Exception as refusal:
                outcomes.settle(place, refusal)
        self._enter_all(submissions)
        return outcomes

    def _submission(self, action: Action, payload: bytes, listener: Listener, place: int = 0) -> Submission:
        claim = self._checker.claim(0, action)
        return Submission(action, payload, receipts.digest_of(payload), listener, place, claim)

    def deposit(self, index: int, deposit: Deposit) -> Future:
        """A future for entry ``index`` (from 0) of the contract's queue."""
        promise = Promise()
        digest = receipts.digest_of_deposit(index, deposit)
        return self._enter(Submission(deposit, encode(deposit), digest, promise, index=index), promise)

    def _enter(self, submission: Submission, promise: Promise) -> Future:
        for refusal in self._enter_all([submission]):
            raise refusal
        return promise.future

    def _enter_all(self, submissions: Sequence[Submission]) -> list[SequencerError]:
        """Put them on their way; returns why some are not, which those were told."""
        halted = self._halt.refusal()
        if halted:
            new, refused = [], [(submission, halted) for submission in submissions]
        else:
            new, refused = self._under_way.enter(submissions)
        for submission, refusal in refused:
            submission.tell(refusal)
        refusals = [refusal for _, refusal in refused]
        try:
            self._inbox.put_all(new)
        except SequencerError as stopped:
            self._under_way.settle(new, [stopped] * len(new))
            refusals.append(stopped)
        return refusals

    def run(self) -> None:
        """Check signatures until closed and empty."""
        while (group := self._inbox.take(self._group, PATIENCE)) is not None:
            self._admit(group)

    def _admit(self, group: list[Submission]) -> None:
        """Forward what its account's key signed, and deposits as they are; the rest has its outcome here."""
        judged, passed, refused = [], [], []
        for submission in group:
            if submission.index is not None:
                passed.append(submission)
                continue
            account = submission.action.account
            key = self._key_of(account)
            if key is None:
                refused.append((submission, Refused(Code.UNKNOWN_ACCOUNT, account=account)))
            else:
                _, signature, message = submission.claim
                submission.claim = Signed(key[0], signature, message)
                judged.append(submission)
        for submission, fault in zip(judged, self._faults(judged)):
            if fault is None:
                passed.append(submission)
            else:
                refused.append((submission, fault))
        if refused:
            self._under_way.settle(*zip(*refused))
        self._forward(passed)

    def _faults(self, submissions: Sequence[Submission]) -> list[Refused | SequencerError | None]:
        """What is wrong with the signature of each, None if nothing is."""
        try:
            verdicts = self._checker.check([submission.claim for submission in submissions])
        except Exception as error:
            fault = SequencerError(Problem.UNCHECKED, str(error))
            fault.__cause__ = error
            return [fault] * len(submissions)
        return [
            None if holds else Refused(Code.BAD_SIGNATURE, account=submission.action.account)
            for submission, holds in zip(submissions, verdicts)
        ]

    def close(self) -> None:
        """Take nothing more; what is under way is still admitted."""
        self._inbox.close()
