"""The desk as a worker on another machine sees it: its address, the provers' token, and nothing else."""

import hashlib
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from circuits.prover import Proof, TraceRefused
from sequencer.doors import wire
from sequencer.jobs import Job, JobProblem, JobRefused, Lease
from sequencer.judge import KeyName
from sequencer.worker import DoorUnreachable

TIMEOUT = 30
EXAMINATION = 600
"""Seconds that the desk may take to look at a trace that is said not to prove."""
LARGEST_TRACE = 2 << 30
WAIT = 2
"""Seconds that a request for a job waits for one; a worker that stops waits for its end."""


UNAUTHORISED = 401


class Shown(httpx2.Auth):
    """Shows the token with every request; once more where it is refused and there is another by now."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Of one request."""
        shown = self._token()
        request.headers["Authorization"] = f"Bearer {shown}"
        answer = yield request
        if answer.status_code == UNAUTHORISED and (newer := self._token()) != shown:
            request.headers["Authorization"] = f"Bearer {newer}"
            yield request


class RemoteDoor:
    """A ``Door`` over HTTP. For several threads."""

    def __init__(
        self,
        address: str,
        token: str | Callable[[], str],
        wait: float = WAIT,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """``address`` is of the operator's listener, with ``http://`` or ``https://``; a token may change."""
        self._wait = wait
        self._client = httpx2.Client(
            base_url=address,
            auth=Shown(token if callable(token) else lambda: token),
            timeout=httpx2.Timeout(TIMEOUT, connect=5),
            transport=transport,
        )

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, timeout: float = TIMEOUT, **content: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, timeout=httpx2.Timeout(timeout, connect=5), **content)
            return self._read(answer)
        except httpx2.HTTPError as error:
            raise DoorUnreachable(f"{type(error).__name__}: {error}") from error

    @staticmethod
    def _read(answer: httpx2.Response) -> dict[str, Any]:
        """Its fields. Raises ``JobRefused``, ``DoorUnreachable``."""
        try:
            fields = answer.json()
            error = {} if answer.is_success else fields["error"]
            code, message, numbers = error.get("code"), error.get("message", ""), error.get("details", {})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as unreadable:
            raise DoorUnreachable(f"HTTP {answer.status_code}, which is no answer of the desk") from unreadable
        if answer.is_success:
            return fields
        if answer.status_code in (UNAUTHORISED, 403):
            raise JobRefused(JobProblem.UNAUTHORISED, message)
        if code in set(JobProblem):
            raise JobRefused(JobProblem(code), message, **numbers)
        raise DoorUnreachable(f"HTTP {answer.status_code} {code}: {message}")

    def jobs(self) -> dict[str, Any]:
        """Jobs that are not done, for people."""
        return self._ask("GET", "/jobs")

    def lease(self, worker: str, keys: Mapping[str, KeyName], seconds: float) -> Job | None:
        """See ``Door``, as for every method."""
        named = {size_class: dict(name._asdict()) for size_class, name in keys.items()}
        question = {"worker": worker, "keys": named, "seconds": seconds, "wait": self._wait}
        answer = self._ask("POST", "/jobs/lease", json=question)
        try:
            return wire.job_from(answer["job"]) if answer["job"] is not None else None
        except (KeyError, TypeError, ValueError) as error:
            raise DoorUnreachable(f"this is no job: {error!r}") from error

    def renew(self, lease: Lease, step: str, seconds: float) -> None:
        """Hold on to a job."""
        self._ask(
            "POST", f"/jobs/{lease.batch}/renew", json={"lease": wire.held(lease), "step": step, "seconds": seconds}
        )

    @contextmanager
    def trace(self, job: Job) -> Iterator[Path]:
        """A copy of the trace, which is what the job names, or is no use."""
        with tempfile.TemporaryDirectory(prefix="novate-job-") as folder:
            path = Path(folder) / f"{job.batch:08}.json"
            try:
                digest = self._download(job, path)
            except httpx2.HTTPError as error:
                raise DoorUnreachable(f"{type(error).__name__}: {error}") from error
            if digest != job.trace:
                raise DoorUnreachable(f"the trace of batch {job.batch} did not arrive whole")
            yield path

    def _download(self, job: Job, path: Path) -> str:
        """SHA-256 of what came."""
        digest, size = hashlib.sha256(), 0
        where = f"/jobs/{job.batch}/trace"
        with self._client.stream("GET", where, params={"digest": job.trace}) as answer, path.open("wb") as file:
            if not answer.is_success:
                answer.read()
                self._read(answer)
            for part in answer.iter_bytes():
                size += len(part)
                if size > LARGEST_TRACE:
                    raise DoorUnreachable(f"the trace of batch {job.batch} has no end")
                digest.update(part)
                file.write(part)
        return digest.hexdigest()

    def finish(self, lease: Lease, proof: Proof) -> None:
        """Bring a proof."""
        content = {"lease": wire.held(lease), "proof": proof.to_json()}
        self._ask("POST", f"/jobs/{lease.batch}/finish", timeout=EXAMINATION, json=content)

    def refuse(self, lease: Lease, refused: TraceRefused) -> None:
        """The trace does not prove."""
        content = {"lease": wire.held(lease), **wire.refusal(refused)}
        self._ask("POST", f"/jobs/{lease.batch}/refuse", timeout=EXAMINATION, json=content)

    def release(self, lease: Lease, error: str, died: bool) -> None:
        """Give the job back."""
        content = {"lease": wire.held(lease), "error": error, "died": died}
        self._ask("POST", f"/jobs/{lease.batch}/release", json=content)
