"""The desk over HTTP, for workers in other processes and on other machines.

POST /jobs/lease             a job, or null                 GET  /jobs                   all that are not done
POST /jobs/{batch}/renew     hold on to it                  GET  /jobs/{batch}/trace     ?digest=
POST /jobs/{batch}/finish    bring the proof
POST /jobs/{batch}/refuse    the trace does not prove
POST /jobs/{batch}/release   give it back

Who may come in is not decided here: these routes belong behind a door that asks for the provers' token. What comes in
is bounded and checked all the same, since a worker may be broken.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sequencer.desk import Desk
from sequencer.doors import wire
from sequencer.errors import SequencerError
from sequencer.jobs import Job, JobProblem, JobRefused
from sequencer.judge import proof_from

THREADS = 8
LOOK = 0.05
"""Seconds from one look for a job to the next, where something changed."""
LOOK_ANYWAY = 1.0
"""And where nothing was heard of: leases run out silently."""
GONE, REFUSED, UNREADABLE, TOO_LARGE, REST, DESK_FAILED = 410, 409, 400, 413, 429, 503
STATUS = {
    JobProblem.WITHDRAWN: GONE,
    JobProblem.UNREADABLE: UNREADABLE,
    JobProblem.TOO_LARGE: TOO_LARGE,
    JobProblem.RESTING: REST,
}
"""Others are conflicts."""

Handler = Callable[[Request], Awaitable[Response]]


def routes(desk: Desk) -> list[Route]:
    """To be mounted behind the provers' token. Raises ValueError for a desk without a judge: it would believe all."""
    if desk.judge is None:
        raise ValueError("a desk needs a judge before strangers may bring it proofs")
    door = JobsDoor(desk)
    return [
        Route("/jobs", told(door.jobs), methods=["GET"]),
        Route("/jobs/lease", told(door.lease), methods=["POST"]),
        Route("/jobs/{batch:int}/trace", told(door.trace), methods=["GET"]),
        Route("/jobs/{batch:int}/renew", told(door.renew), methods=["POST"]),
        Route("/jobs/{batch:int}/finish", told(door.finish), methods=["POST"]),
        Route("/jobs/{batch:int}/refuse", told(door.refuse), methods=["POST"]),
        Route("/jobs/{batch:int}/release", told(door.release), methods=["POST"]),
    ]


def told(handler: Handler) -> Handler:
    """The handler, its refusals as JSON."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except JobRefused as refused:
            code = JobProblem(refused.code)
            return _failure(STATUS.get(code, REFUSED), code, refused.message, refused.numbers)
        except ClientDisconnect:
            return Response(status_code=UNREADABLE)
        except SequencerError as fault:
            return _failure(DESK_FAILED, fault.code, fault.detail, {})
        except Exception as error:
            return _failure(DESK_FAILED, "DESK_FAILED", type(error).__name__, {})

    return answer


def _failure(status: int, code: str, message: str, details: dict[str, object]) -> JSONResponse:
    error = {"code": str(code), "message": message, "outcome": "rejected", "details": details}
    return JSONResponse({"error": error}, status)


MOST_BRACKETS = 500
"""Opened in the body of a proof: it has some ten. How deep a parser may go depends on what else the process loaded."""


async def body_of(request: Request, limit: int) -> bytes:
    """The body. Raises ``JobRefused`` (TOO_LARGE), before more than the limit was read."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise JobRefused(JobProblem.TOO_LARGE, "the body is larger than this request has", bytes=limit)
        parts.append(part)
    return b"".join(parts)


async def read(request: Request, shape: type) -> Any:
    """The body as one of the shapes of ``wire``. Raises ``JobRefused`` (UNREADABLE)."""
    body = await body_of(request, wire.SMALL_BODY)
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise JobRefused(JobProblem.UNREADABLE, str(error)) from error


class JobsDoor:
    """Handlers. What may take long runs on threads of this door's own, so that workers hold up nobody else.

    Examinations have one to themselves: however many workers refuse traces, the others come through.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._threads = ThreadPoolExecutor(THREADS, "jobs")
        self._examiner = ThreadPoolExecutor(1, "examiner")

    async def _on(self, threads: Executor, work: Callable, *arguments: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(threads, work, *arguments)

    async def _do(self, work: Callable, *arguments: object) -> Any:
        return await self._on(self._threads, work, *arguments)

    async def jobs(self, request: Request) -> Response:
        """Jobs that are not done, workers that rest, and what is wrong."""
        status, trouble = await self._do(lambda: (self._desk.status(), self._desk.trouble))
        resting = {name: rest._asdict() for name, rest in self._desk.resting.all().items()}
        return JSONResponse({"jobs": [job._asdict() for job in status], "resting": resting, "trouble": trouble})

    async def lease(self, request: Request) -> Response:
        """A job; where there is none, one that comes up within the time that the worker waits."""
        ask = await read(request, wire.Ask)
        if not re.fullmatch(wire.NAME, ask.worker):
            raise JobRefused(JobProblem.UNREADABLE, "the worker's name")
        try:
            keys = ask.names()
        except KeyError as error:
            raise JobRefused(JobProblem.UNREADABLE, f"a key lacks {error}") from error
        self._desk.agree(keys)
        deadline = time.monotonic() + min(ask.wait, wire.LONGEST_WAIT)
        while True:
            seen, looked = self._desk.version, time.monotonic()
            job = await self._do(self._desk.lease, ask.worker, list(keys), ask.seconds)
            if job or time.monotonic() >= deadline:
                return JSONResponse({"job": _fields(job) if job else None})
            while self._desk.version == seen and time.monotonic() < min(deadline, looked + LOOK_ANYWAY):
                await asyncio.sleep(LOOK)
            if await request.is_disconnected():
                return Response(status_code=UNREADABLE)

    async def trace(self, request: Request) -> Response:
        """The file."""
        digest = request.query_params.get("digest", "")
        path = await self._do(self._desk.trace, request.path_params["batch"], digest)
        return FileResponse(path, media_type="application/json")

    async def renew(self, request: Request) -> Response:
        """Until when it is held."""
        renewal = await read(request, wire.Renewal)
        lease = renewal.lease.lease(request.path_params["batch"])
        job = await self._do(self._desk.renew, lease, renewal.step[:32], renewal.seconds)
        return JSONResponse({"lease_ends": job.lease_ends})

    async def finish(self, request: Request) -> Response:
        """Whether this was the first proof of the batch that holds."""
        body = await body_of(request, wire.PROOF_BODY)
        stored = await self._do(self._finish, request.path_params["batch"], body)
        return JSONResponse({"stored": stored})

    def _finish(self, batch: int, body: bytes) -> bool:
        if body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
            raise JobRefused(JobProblem.UNREADABLE, "nested too deep")
        try:
            fields = json.loads(body)
            lease = msgspec.convert(fields["lease"], wire.Held).lease(batch)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise JobRefused(JobProblem.UNREADABLE, repr(error)[: wire.LONGEST_TEXT]) from error
        return self._desk.finish(lease, proof_from(fields.get("proof")))

    async def refuse(self, request: Request) -> Response:
        """Examined before it is believed."""
        refusal = await read(request, wire.Refusal)
        lease = refusal.lease.lease(request.path_params["batch"])
        await self._on(self._examiner, self._desk.refuse, lease, refusal.error())
        return JSONResponse({})

    async def release(self, request: Request) -> Response:
        """The job waits again."""
        release = await read(request, wire.Release)
        lease = release.lease.lease(request.path_params["batch"])
        await self._do(self._desk.give_up, lease, release.error[: wire.LONGEST_TEXT], release.died)
        return JSONResponse({})


def _fields(job: Job) -> dict[str, object]:
    return job._asdict()
