"""Watches a sequencer at work: tells what its batches get to, and when."""

import time

from novate.replay.outcome import asked
from novate.screen import Screen
from sequencer.archive import Archive
from sequencer.sequencer import Sequencer

STAGES = ("sealed", "committed", "proven", "settled")
CALLS = {"committed": "commit", "settled": "settle"}


class Watch:
    """Looks when it is asked to. ``stages`` holds, by batch, when it was first seen to have got so far."""

    def __init__(self, sequencer: Sequencer, screen: Screen) -> None:
        self._sequencer = sequencer
        self._screen = screen
        self._archive = Archive(sequencer.directory)
        self._seen = dict.fromkeys(STAGES, 0)
        self._trouble = ""
        self.stages: dict[int, dict[str, float]] = {}

    def look(self) -> None:
        """Note and tell what is new. Raises ``SequencerError`` (HALTED)."""
        status, now = self._sequencer.status(), time.time()
        if status.proving:
            self._note(status.proving.batch, "proving", now - status.proving.seconds)
        for stage in STAGES:
            for number in range(self._seen[stage] + 1, getattr(status, stage) + 1):
                self._seen[stage] = number
                self._note(number, stage, now)
                self._screen.say(self._told(number, stage))
        if status.trouble and status.trouble != self._trouble:
            self._screen.say(f"the chain: {status.trouble}")
        self._trouble = status.trouble
        self._sequencer.halt.check()

    def _note(self, number: int, stage: str, now: float) -> None:
        self.stages.setdefault(number, {}).setdefault(stage, now)

    def _told(self, number: int, stage: str) -> str:
        text = f"batch {number:>3} {stage:<9}"
        if stage == "sealed":
            batch = self._archive.batch(number)
            actions = asked(self._archive, number)
            return f"{text}  {actions} actions, {batch.fills} fills ({batch.reason})"
        if stage == "proven":
            proof = self._archive.proof(number)
            return f"{text}  {proof.constraints:,} constraints in {proof.seconds['prove']:.1f} s"
        gas = self._archive.settlement(number).gas.get(CALLS[stage])
        return f"{text}  {gas:,} gas" if gas else text

    def until(self, stage: str, number: int, timeout: float) -> None:
        """Look until a batch has got so far. Raises ``TimeoutError``."""
        deadline = time.monotonic() + timeout
        while True:
            self.look()
            if self._seen[stage] >= number:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"batch {number} is not {stage} after {timeout:.0f} s")
            time.sleep(0.1)

    def close(self) -> None:
        """Give the file back."""
        self._archive.close()
