"""What travels between the desk and a worker on another machine: JSON objects, checked field by field."""

from typing import Any

from msgspec import Struct

from circuits.prover import Findings, TraceRefused
from sequencer.jobs import Job, Lease, State
from sequencer.judge import KeyName

SMALL_BODY = 64 * 1024
"""Bytes of anything but a proof."""
PROOF_BODY = 16 * 1024 * 1024
LONGEST_WAIT = 20
"""Seconds that a request for a job may wait for one."""
LONGEST_TEXT = 4_000
NAME = r"[A-Za-z0-9][A-Za-z0-9._@/-]{0,63}"
"""Of a worker."""


class Ask(Struct, forbid_unknown_fields=True):
    """For a job of one of the classes in ``keys``; ``wait`` is how long the answer may take if there is none."""

    worker: str
    keys: dict[str, dict[str, str]]
    seconds: float
    wait: float = 0.0

    def names(self) -> dict[str, KeyName]:
        """The keys. Raises KeyError."""
        return {size_class: KeyName(key["circuit"], key["key"]) for size_class, key in self.keys.items()}


class Held(Struct, forbid_unknown_fields=True):
    """The lease that is spoken for."""

    trace: str
    token: int
    worker: str

    def lease(self, batch: int) -> Lease:
        """With the batch of the address."""
        return Lease(batch, self.trace, self.token, self.worker)


class Renewal(Struct, forbid_unknown_fields=True):
    """Hold on to it for so many seconds more."""

    lease: Held
    step: str
    seconds: float


class Release(Struct, forbid_unknown_fields=True):
    """Give it back; without ``error`` because the worker stops."""

    lease: Held
    error: str
    died: bool


class Refusal(Struct, forbid_unknown_fields=True):
    """The trace does not prove."""

    lease: Held
    code: str
    message: str
    at: str = ""
    broken: dict[str, int] = {}

    def error(self) -> TraceRefused:
        """What the worker's prover raised."""
        findings = Findings(self.broken, [], []) if self.broken else None
        return TraceRefused(self.code, self.message[:LONGEST_TEXT], self.at[:LONGEST_TEXT], findings)


def held(lease: Lease) -> dict[str, Any]:
    """The lease within a request."""
    return {"trace": lease.trace, "token": lease.token, "worker": lease.worker}


def refusal(refused: TraceRefused) -> dict[str, Any]:
    """What the desk is told of a trace that does not prove."""
    broken = refused.findings.broken if refused.findings else {}
    return {"code": str(refused.code), "message": refused.message, "at": refused.at, "broken": broken}


def job_from(fields: dict[str, Any]) -> Job:
    """A job as the desk sent it. Raises KeyError, TypeError, ValueError."""
    job = Job(**{name: fields[name] for name in Job._fields})
    return job._replace(state=State(job.state))
