"""The application: every way in, put together.

    app = gateway(sequencer, instruments, info, directory)     # an ASGI application
    serve(app, "127.0.0.1", 7400).run()                        # sequencer.gateway.server

``POST /v1/actions`` and the socket are answered over bare ASGI, since they are what is fast or slow; everything else
goes through Starlette, by the table of endpoints.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from rollup.refusals import Refused
from sequencer.errors import SequencerError
from sequencer.gateway import openapi, parse, wire
from sequencer.gateway.gateway import Gateway
from sequencer.gateway.http import Gone, Receive, Send, address_of, answer, body, encode, failure, header, refuse
from sequencer.gateway.info import Info
from sequencer.gateway.limits import Allowance
from sequencer.gateway.problems import Own, Trouble, kind_of
from sequencer.gateway.routes import Call, Endpoint, read_path, read_query, table
from sequencer.gateway.session import Session, refuse_socket
from sequencer.gateway.static import Page
from sequencer.instruments import Instrument
from sequencer.sequencer import Sequencer

LOG = logging.getLogger(__name__)
ACTIONS = "/v1/actions"
SOCKETS = ("/v1/socket", "/v1/stream")
BEARER = b"bearer "


def gateway(
    sequencer: Sequencer,
    instruments: Sequence[Instrument],
    info: Info,
    directory: Path,
    allowance: Allowance = Allowance(),  # noqa: B008 - it never changes
    routes: Sequence[Route] = (),
) -> "App":
    """The API of a sequencer whose directory this is; ``routes`` are further ones, such as metrics.

    The sequencer is started and stopped by whoever made it: started before the application, stopped after it.
    """
    return App(Gateway(sequencer, instruments, info, directory, allowance), routes)


class App:
    """An ASGI application; ``gateway`` is what it serves."""

    def __init__(self, gateway_: Gateway, routes: Sequence[Route] = ()) -> None:
        self.gateway = gateway_
        endpoints = [Route(row.path, self._endpoint(row), methods=[row.method]) for row in table()]
        document = encode(openapi.document(gateway_.info.version))
        endpoints.append(Route("/v1/openapi.json", self._fixed(document), methods=["GET"]))
        self._rest = Starlette(
            routes=[*endpoints, *routes],
            exception_handlers={HTTPException: self._http_error, Exception: self._fault},
        )
        self._rest.router.redirect_slashes = False
        self._rest.router.default = Page()

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        kind = scope["type"]
        if kind == "http":
            if scope["path"] == ACTIONS and scope["method"] == "POST":
                await self._submit(scope, receive, send)
            else:
                await self._rest(scope, receive, send)
        elif kind == "websocket":
            if scope["path"] in SOCKETS:
                await Session(self.gateway, scope, receive, send).run()
            else:
                await receive()
                await refuse_socket(scope, send, Trouble(Own.NOT_FOUND))
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server."""
        await receive()
        try:
            await self.gateway.start()
        except Exception as error:
            LOG.exception("gateway.start_failed")
            await send({"type": "lifespan.startup.failed", "message": repr(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.gateway.stop()
        await send({"type": "lifespan.shutdown.complete"})

    # ------------------------------------------------------------------------------------------ actions
    async def _submit(self, scope: dict, receive: Receive, send: Send) -> None:
        """Actions in, outcomes out: one that is alone and was not sequenced is answered with the status of its code."""
        gateway_ = self.gateway
        try:
            if scope["query_string"]:
                raise Trouble(Own.BAD_PARAMETER, "no parameters are taken")
            if gateway_.is_stopping:
                raise Trouble(Own.GOING_AWAY)
            request = parse.submit(await body(scope, receive, gateway_.allowance))
            results = await gateway_.submissions.run(request.actions, address_of(scope))
        except Gone:
            return
        except Exception as problem:
            self._note(problem)
            await refuse(send, problem)
            return
        left = _left(gateway_.gate.account[False].level(request.actions[0].account))
        error = results[0].error
        if len(results) == 1 and error is not None:
            status = kind_of(error.code).http
            content = encode(wire.Failure(error))
            await answer(send, status if status >= 400 else 422, content, left, error.retry_after_ms)
        else:
            await answer(send, 200, encode(wire.Submitted(results)), left)

    # ------------------------------------------------------------------------------------------ everything else
    def _endpoint(self, row: Endpoint):
        gateway_ = self.gateway

        async def handle(request: Request) -> "_Answer":
            try:
                call = await self._call(row, request)
                content = encode(await row.handler(gateway_, call))
                left = _left(gateway_.gate.reads.level(address_of(request.scope)))
                return _Answer(200, content, headers=left)
            except Gone:
                return _Answer(400, b"")
            except Exception as problem:
                if isinstance(problem, TimeoutError):  # nothing was asked for that could still take effect
                    problem = Trouble(Own.BUSY)
                self._note(problem)
                status, content, after_ms = failure(problem)
                return _Answer(status, content, after_ms)

        return handle

    async def _call(self, row: Endpoint, request: Request) -> Call:
        """What was asked. Raises Trouble."""
        gateway_, allowance = self.gateway, self.gateway.allowance
        scope = request.scope
        gateway_.gate.reads.spend(address_of(scope), getattr(allowance, row.cost))
        if gateway_.is_stopping:
            raise Trouble(Own.GOING_AWAY)
        reader = await self._reader(scope)
        path = read_path(request.path_params)
        if row.is_private:
            if reader is None:
                raise Trouble(Own.TOKEN_MISSING)
            if reader != path["account"]:
                raise Trouble(Own.TOKEN_INVALID)
        query = read_query(row.query, request.query_params.multi_items())
        content = None
        if row.body is not None:
            content = parse.request(row.body, await body(scope, request.receive, allowance))
        return Call(path, query, content, reader)

    async def _reader(self, scope: dict) -> int | None:
        """The account whose token a request carries. Raises TOKEN_INVALID."""
        said = header(scope, b"authorization")
        if said is None:
            return None
        if not said.lower().startswith(BEARER) or not said.isascii():
            raise Trouble(Own.TOKEN_INVALID)
        return await self.gateway.account_of(said[len(BEARER) :].decode().strip())

    @staticmethod
    def _note(problem: Exception) -> None:
        """What is no refusal is a fault of ours and logged; the client learns no more than that there was one."""
        if not isinstance(problem, Trouble | Refused | SequencerError | TimeoutError):
            LOG.error("gateway.request_failed", exc_info=problem)

    @staticmethod
    def _fixed(content: bytes):
        async def handle(request: Request) -> "_Answer":
            return _Answer(200, content)

        return handle

    @staticmethod
    async def _http_error(request: Request, error: HTTPException) -> "_Answer":
        code = Own.METHOD_NOT_ALLOWED if error.status_code == 405 else Own.NOT_FOUND
        status, content, _ = failure(Trouble(code))
        return _Answer(status, content)

    @classmethod
    async def _fault(cls, request: Request, error: Exception) -> "_Answer":
        cls._note(error)
        status, content, _ = failure(error)
        return _Answer(status, content)


def _left(credits: float) -> tuple[tuple[bytes, bytes]]:
    """The header that says what is left of a bucket."""
    return ((b"ratelimit-remaining", b"%d" % max(0, credits)),)


class _Answer:
    """An answer as Starlette wants it: an ASGI application of its own."""

    __slots__ = ("_after_ms", "_content", "_headers", "_status")

    def __init__(
        self, status: int, content: bytes, after_ms: int | None = None, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        self._status, self._content, self._after_ms, self._headers = status, content, after_ms, headers

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        content = b"" if scope["method"] == "HEAD" else self._content
        await answer(send, self._status, content, self._headers, self._after_ms)
