"""What a gateway is told by whoever composes it, since the sequencer itself does not know it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class JobStatus(Protocol):
    """What is told of a proof in progress; see ``wire.ProofJob``."""

    batch: int
    state: str
    worker: str | None
    attempt: int
    step: str | None
    running_ms: int
    lease_ends: int | None
    expected_end: int | None
    error: str


class ChainView(NamedTuple):
    """The chain as it was seen last: number and time (milliseconds) of its latest block, zeros if never."""

    block: int = 0
    time: int = 0


class KeyInfo(NamedTuple):
    """A verifying key: digests of circuit and key, 0x-hex, and what is said of how the key was made."""

    circuit: str
    key: str
    label: str


DEFAULT_LIMITS = {"open": 0, "sealed": 60_000, "committed": 60_000, "proven": 600_000, "settled": 900_000}
"""Ages, in milliseconds, above which a stage is late."""


class Info(NamedTuple):
    """``verify`` is the command with which anyone checks a batch, ``{batch}`` standing for its number.

    ``keys`` are by size class, ``jobs`` the sequencer's own unless said otherwise, ``origins`` those of pages elsewhere
    that may open sockets.
    """

    version: str = "0"
    name: str = "Novate"
    limits: dict[str, int] = DEFAULT_LIMITS
    verify: str = "novate audit {batch}"
    keys: dict[str, KeyInfo] = {}
    jobs: Callable[[], Sequence[JobStatus]] | None = None
    chain: Callable[[], ChainView] = ChainView
    origins: tuple[str, ...] = ()
