"""The one switch that stops the sequencer: whoever finds that going on would do harm throws it, with the reason."""

import threading

from sequencer.errors import Problem, SequencerError


class Halt:
    """Thrown at most once; the first reason stays."""

    def __init__(self) -> None:
        self.reason: SequencerError | None = None
        self._lock = threading.Lock()

    def throw(self, reason: SequencerError) -> None:
        """Stop: no action is taken, no batch sealed from here on."""
        with self._lock:
            self.reason = self.reason or reason

    def refusal(self) -> SequencerError | None:
        """What to tell whoever submits; None while all is well."""
        if self.reason is None:
            return None
        return SequencerError(Problem.HALTED, str(self.reason), reason=self.reason.code)

    def check(self) -> None:
        """Raises HALTED."""
        refusal = self.refusal()
        if refusal:
            raise refusal
