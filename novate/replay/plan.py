"""What a full replay is asked to do."""

from pathlib import Path
from typing import NamedTuple

from sequencer.policy import Policy

POLICY = Policy()


class Plan(NamedTuple):
    """``speed`` recorded seconds pass in one second; ``length`` of them are replayed, all where it is None."""

    captures: tuple[Path, ...]
    size_class: str = "S"
    speed: float = 2.0
    length: int | None = None
    seed: int = 7
    policy: Policy = POLICY
