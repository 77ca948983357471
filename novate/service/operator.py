"""The operator's listener: steps by hand and mending behind the operator's token, provers' jobs behind one of theirs.

Neither token opens the other's door, and /metrics needs none. Everything answers JSON; a refusal is the error object
that the command line prints.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from novate.cli.failures import told
from novate.observe.logs import logger
from novate.service.house import House, metrics_of
from novate.service.manual import Manual
from novate.service.state import state_of
from novate.service.tokens import of_operator, of_provers
from novate.service.trading import missing
from novate.service.unproven import Unproven
from sequencer.doors.bearer import Bearer, Fork

JOBS = "/jobs"
"""Everything below is the provers'."""
UNGUARDED = frozenset({"/metrics"})
REFUSED, BROKEN = 409, 500
ANSWER_SECONDS = 10
"""Longest wait for the writer."""


def failure(error: Exception, status: int = REFUSED) -> JSONResponse:
    """A refusal, or a break that says no more than its kind."""
    refusal = told(error)
    if refusal is None:
        logger().error("operator.failed", exc_info=error)
        refusal = {"code": "BROKEN", "message": type(error).__name__, "outcome": "unknown", "details": {}}
        status = BROKEN
    return JSONResponse({"error": json.loads(json.dumps(refusal, default=str))}, status)


Handler = Callable[[Request], Awaitable[Response]]


def answered(work: Callable[[Request], object]) -> Handler:
    """A handler of something that may take long: on a thread, its refusals told."""

    async def handle(request: Request) -> Response:
        try:
            return JSONResponse(await asyncio.to_thread(work, request))
        except Exception as error:
            return failure(error)

    return handle


class Desk:
    """What the operator may ask for."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._manual = Manual(house.sequencer)
        self._unproven = Unproven(house.sequencer)

    def routes(self) -> list[BaseRoute]:
        """Addresses below /operator."""
        return [
            Route("/operator/status", answered(self.status)),
            Route("/operator/trading", answered(self.trading)),
            Route("/operator/batches/seal", answered(self.seal), methods=["POST"]),
            Route("/operator/batches/{number:int}/retry", answered(self.retry), methods=["POST"]),
            Route("/operator/batches/{number:int}/undo", answered(self.undo), methods=["POST"]),
            Route("/operator/batches/{number:int}/{step}", answered(self.step), methods=["POST"]),
            metrics_of(self._house.watch),
        ]

    def status(self, request: Request) -> dict:
        """Everything that ``novate status`` shows."""
        return state_of(self._house)

    def trading(self, request: Request) -> dict:
        """What the accounts that are named lack to trade."""
        sequencer, is_priced = self._house.sequencer, self._house.service.reporters
        accounts = [int(number) for number in request.query_params.getlist("account")]
        found = sequencer.ask(lambda ledger: missing(ledger, accounts, is_priced)).result(ANSWER_SECONDS)
        status = sequencer.status()
        return {**found, "mode": status.mode, "chain_trouble": status.trouble}

    def seal(self, request: Request) -> dict:
        """End the batch in progress."""
        return self._manual.seal()

    def retry(self, request: Request) -> dict:
        """Have a batch proven again."""
        return self._unproven.retry(request.path_params["number"])

    def undo(self, request: Request) -> dict:
        """Sequence batches again, without the action that the query names."""
        return self._unproven.undo(request.path_params["number"], request.query_params.get("without"))

    def step(self, request: Request) -> dict:
        """Commit, prove or settle a batch, and wait until it is done."""
        return self._manual.step(request.path_params["step"], request.path_params["number"])


def application(house: House, extra: list[BaseRoute]) -> ASGIApp:
    """The operator's application and the provers', whose routes are ``extra``: apart, each with its own token."""
    operators, provers = of_operator(house.folder), of_provers(house.folder)
    for tokens in (operators, provers):
        tokens.newest()  # a folder of an earlier version lacks one
    desk = Bearer(Starlette(routes=Desk(house).routes()), operators.good, UNGUARDED, "the operator's token")
    jobs = Bearer(Starlette(routes=extra), provers.good, needed=f"the provers' token, {provers.path.name},")
    return Fork(JOBS, jobs, desk)
