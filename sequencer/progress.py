"""How far proofs got, for whoever watches."""

from typing import NamedTuple

from sequencer.jobs import Job, State


class Progress(NamedTuple):
    """What a prover is at: the batch, the step of it, and the seconds since the job began."""

    batch: int
    step: str
    seconds: float


class JobStatus(NamedTuple):
    """A job for people; times in milliseconds. ``usual_ms`` is the median of the class's last proofs."""

    batch: int
    size_class: str
    state: str
    worker: str | None
    attempt: int
    step: str | None
    running_ms: int
    lease_ends: int | None
    expected_end: int | None
    usual_ms: int | None
    error: str


def told(job: Job, usual: int | None, now: int) -> JobStatus:
    """The job as it stands now, where proofs of its class take ``usual`` milliseconds."""
    is_held = job.state == State.LEASED
    return JobStatus(
        batch=job.batch,
        size_class=job.size_class,
        state=job.state.value,
        worker=job.worker or None,
        attempt=job.attempts,
        step=job.step or None,
        running_ms=max(0, now - job.began) if is_held else 0,
        lease_ends=job.lease_ends if is_held else None,
        expected_end=job.began + usual if is_held and usual is not None else None,
        usual_ms=usual,
        error=job.error,
    )
