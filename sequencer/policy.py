"""What an operator decides: when a batch ends, how many may wait, how much may queue."""

from typing import NamedTuple


class Policy(NamedTuple):
    """None of it is proven and none of it changes what a replay leads to: the journal holds what was decided by it."""

    age: int = 20
    """Seconds after its clock at which a batch is sealed; well within the contract's window for commitments."""
    round_interval: int = 10
    """A batch is sealed for fresher prices once a round this many seconds newer than its own has a quorum."""
    round_age: int = 10
    """Oldest round that begins a batch, seconds; without a younger one a batch begins with its clock alone.

    Well below the age, which counts from the round.
    """
    backlog: int = 0
    """While more proofs than this have to end before that of a further batch can begin, its age and prices seal none.

    With 0 a batch is held open while every prover is busy: sealed it would only wait, and actions that come meanwhile
    would wait for one proof more. Where proofs take less than the age, that never happens.
    """
    age_behind: int = 120
    """The age of a batch that is held open.

    The contract's window for commitments still has to be met, with room for a busy chain.
    """
    snapshot_every: int = 8
    """Batches from one snapshot of the state to the next."""
    queue: int = 20_000
    """Actions that may wait; more are turned away with QUEUE_FULL."""
    group: int = 512
    """Most actions that share one write to the disk, and one call that checks signatures."""
    attempts: int = 5
    """Times that one batch is proven anew after the prover died."""
    confirmations: int = 1
    """Blocks, its own included, after which a deposit counts."""


DEFAULT = Policy()
