"""What a full replay is asked to do."""

from pathlib import Path
from typing import NamedTuple

from sequencer.policy import Policy

PRICES_EVERY = 14
"""Recorded seconds after which a batch ends for fresher prices."""
BACKLOG = 4
"""Batches that may wait for their proof before prices alone end no further one."""


class Plan(NamedTuple):
    """``speed`` recorded seconds pass in one second; ``length`` of them are replayed, all where it is None."""

    captures: tuple[Path, ...]
    size_class: str = "S"
    speed: float = 2.0
    length: int | None = None
    seed: int = 7

    @property
    def policy(self) -> Policy:
        """When batches end. Recorded time passes faster than the clock, so prices get old faster too."""
        return Policy(round_interval=max(1, round(PRICES_EVERY / self.speed)), backlog=BACKLOG)
