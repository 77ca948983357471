"""Steps by hand: seal, commit, prove, settle, one batch at a time, each waited for.

The chain takes batches in their order, so a step for a batch that is not the next one is refused before it is tried.
"""

from typing import NamedTuple

from novate.errors import NovateError
from sequencer.sequencer import Sequencer
from sequencer.stages import COMMITTED, PROVEN, SETTLED

PATIENCE = {COMMITTED: 60.0, PROVEN: 900.0, SETTLED: 120.0}
"""Seconds that a step may take."""


class Step(NamedTuple):
    """The stage that a step leads to, and the ones that a batch has to have reached before."""

    stage: str
    before: tuple[str, ...]


STEPS = {
    "commit": Step(COMMITTED, ()),
    "prove": Step(PROVEN, ()),
    "settle": Step(SETTLED, (COMMITTED, PROVEN)),
}


class Manual:
    """Of a sequencer whose batches wait for somebody's word."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    def seal(self) -> dict:
        """End the batch in progress; raises ``NovateError`` (NOTHING_TO_SEAL)."""
        before = self._sequencer.status().sealed
        sealed = self._sequencer.seal().result(PATIENCE[COMMITTED])
        if sealed == before:
            raise NovateError("NOTHING_TO_SEAL", "the batch in progress holds nothing", sealed=before)
        return {"batch": sealed, "stage": "sealed"}

    def step(self, name: str, number: int) -> dict:
        """Take a batch a step further and wait. Raises ``NovateError`` (NO_STEP, NO_BATCH, NOT_THE_NEXT, STEP_SLOW)."""
        if name not in STEPS:
            raise NovateError("NO_STEP", f"a batch is sealed, then {', '.join(STEPS)}: not '{name}'")
        step = STEPS[name]
        status = self._sequencer.status()
        if not 0 < number <= status.sealed:
            raise NovateError("NO_BATCH", f"batch {number} is not sealed", sealed=status.sealed)
        reached = getattr(status, step.stage)
        if number <= reached:
            return {"batch": number, "stage": step.stage, "already": True}
        late = [stage for stage in step.before if getattr(status, stage) < number]
        if late:
            raise NovateError("NOT_YET", f"batch {number} is not {' and not '.join(late)}", batch=number)
        if number != reached + 1:
            raise NovateError("NOT_THE_NEXT", f"batch {reached + 1} comes first", batch=number, next=reached + 1)
        self._sequencer.release(name, number)
        self._wait(step.stage, number)
        return {"batch": number, "stage": step.stage}

    def _wait(self, stage: str, number: int) -> None:
        try:
            self._sequencer.wait_for(stage, number, PATIENCE[stage])
        except TimeoutError:
            trouble = self._sequencer.status().trouble
            said = f"batch {number} is not {stage} yet" + (f": {trouble}" if trouble else "")
            raise NovateError("STEP_SLOW", said, outcome="unknown", batch=number) from None
