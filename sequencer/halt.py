"""The one switch of the sequencer's mode: whoever finds that going on would do harm throws it, with the reason.

``normal``: everything goes on. ``reduced``: risk only falls, nothing is placed. ``halted``: nothing is sequenced.
"""

import threading
from collections.abc import Callable

from sequencer.errors import Problem, SequencerError

NORMAL, REDUCED, HALTED = "normal", "reduced", "halted"


class Halt:
    """It goes down only, from normal to reduced to halted, until the next start, or until what reduced it is mended.

    The first reason of each stays.

    ``changed`` hears of every step down: the mode and its reason.
    """

    def __init__(self, changed: Callable[[str, SequencerError], None] = lambda mode, reason: None) -> None:
        self.reason: SequencerError | None = None
        """Why nothing is taken; None while something is."""
        self.reduction: SequencerError | None = None
        """Why nothing is placed; None while something may be."""
        self._changed = changed
        self._lock = threading.Lock()

    @property
    def mode(self) -> str:
        """Normal, reduced or halted."""
        if self.reason is not None:
            return HALTED
        return NORMAL if self.reduction is None else REDUCED

    @property
    def cause(self) -> SequencerError | None:
        """Why the mode is what it is; None if it is normal."""
        return self.reason or self.reduction

    def throw(self, reason: SequencerError) -> None:
        """Stop: no action is taken, no batch sealed from here on. A trace that does not prove only reduces."""
        if reason.code is Problem.TRACE_NOT_PROVEN:
            self.reduce(reason)
            return
        with self._lock:
            is_new = self.reason is None
            self.reason = self.reason or reason
        if is_new:
            self._changed(HALTED, reason)

    def reduce(self, reason: SequencerError) -> None:
        """Place nothing from here on."""
        with self._lock:
            is_new = self.reduction is None
            self.reduction = self.reduction or reason
        if is_new and self.reason is None:
            self._changed(REDUCED, reason)

    def explain(self, **numbers: object) -> None:
        """More is known of why nothing is placed."""
        with self._lock:
            old = self.reduction
            if old is None:
                return
            self.reduction = SequencerError(old.code, old.detail, **{**old.numbers, **numbers})
        if self.reason is None:
            self._changed(REDUCED, self.reduction)

    def restore(self) -> None:
        """What reduced the sequencer was mended: everything goes on, unless it is halted."""
        with self._lock:
            was, self.reduction = self.reduction, None
        if was is not None and self.reason is None:
            self._changed(NORMAL, was)

    def refusal(self) -> SequencerError | None:
        """What to tell whoever submits anything; None while something is taken."""
        if self.reason is None:
            return None
        return SequencerError(Problem.HALTED, str(self.reason), reason=self.reason.code)

    def refusal_to_place(self) -> SequencerError | None:
        """What to tell whoever would add risk; None while that is taken.

        The batch is public; the action to blame is its owner's, whose receipt its name would open to anyone.
        """
        if self.reduction is None:
            return None
        public = {name: number for name, number in self.reduction.numbers.items() if name == "batch"}
        numbers = {"reason": self.reduction.code, **public}
        return SequencerError(Problem.REDUCED, "cancels and withdrawals only", **numbers)

    def check(self) -> None:
        """Raises HALTED."""
        refusal = self.refusal()
        if refusal:
            raise refusal

    def check_memory(self) -> None:
        """Raises HALTED after a fault that may have left the memory ahead of the disk: nobody may be shown it."""
        if self.reason is not None and self.reason.unknown:
            raise self.refusal()
