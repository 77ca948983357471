"""What runs inside the sequencer's process: sequencer, chain, reporters, the doors to all of it, and who watches."""

import asyncio
import time
from contextlib import ExitStack
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from circuits.native import Native
from novate import __version__
from novate.cluster.tables import table_of
from novate.observe.heads import limits
from novate.observe.logs import Line
from novate.observe.measured import Measured
from novate.observe.metrics import CONTENT_TYPE
from novate.observe.watch import Watch
from novate.service.folder import Folder, Service
from novate.service.keys import keys_of
from novate.service.late import LateChain
from novate.service.listing import kept_genesis, reporter_seeds
from novate.service.reporters import Reporters
from rollup.batch import Domain
from rollup.genesis import Genesis
from sequencer.doors.jobs import routes
from sequencer.gateway.app import App, gateway
from sequencer.gateway.info import ChainView, Info, KeyInfo
from sequencer.instruments import Instrument
from sequencer.judge import KeyFolder
from sequencer.policy import Policy
from sequencer.recovery import Deployment

NEVER = 10**9
"""Seconds: a batch ends when somebody says so."""
MILLI = 1000
FIRST_PRICES = 20
"""Seconds that deposits wait for the first prices of development reporters."""


def policy_of(service: Service) -> Policy:
    """What the services' record says about batches."""
    policy = Policy(**service.policy)
    return policy._replace(age=NEVER, round_interval=NEVER) if service.manual else policy


def deployment_of(service: Service, genesis: Genesis) -> Deployment:
    """What the journal belongs to."""
    domain = Domain(service.chain.id, int(service.chain.settlement, 16))
    return Deployment(genesis, domain, service.size_class)


def instruments_of(service: Service) -> list[Instrument]:
    """Markets as the API has them."""
    return [Instrument(**{**fields, "lot": Decimal(fields["lot"])}) for fields in service.instruments]


def metrics_of(watch: Watch) -> Route:
    """``/metrics``, for Prometheus."""

    async def tell(request: Request) -> Response:
        return Response(await asyncio.to_thread(watch.metrics.text), media_type=CONTENT_TYPE)

    return Route("/metrics", tell)


class House:
    """Opened by ``start``, and closed by ``stop``: what waits is answered, the batch in progress stays open."""

    def __init__(self, folder: Folder, line: Line | None = None) -> None:
        """Recover; raises ``NovateError`` and ``SequencerError``."""
        self.folder = folder
        self.service = folder.read()
        self._keys = keys_of(folder, self.service)
        self._began = time.time()
        self._stack = ExitStack()
        self.native = self._stack.enter_context(Native())
        self._signing = self._stack.enter_context(Native())
        deployment = deployment_of(self.service, kept_genesis(folder))
        self.domain = deployment.domain.digest(self.native)
        policy = policy_of(self.service)
        slowest = max(Policy(**self.service.policy).age, Policy(**self.service.policy).age_behind)
        self.limits = limits(self.service.window, slowest, self.service.manual)
        self.sequencer = Measured(
            folder.sequencer,
            deployment,
            self.native,
            self.native,
            policy,
            chain=LateChain(folder, self.service, self._signing, self._is_priced),
            judge=KeyFolder(folder.keys, self._keys),
            by_hand=self.service.manual,
            table=table_of(folder.sequencer),
        )
        self.watch = Watch(self.sequencer, self.limits, line)
        self.sequencer.latency = self.watch.metrics.sequence_latency
        self._reporters = Reporters(self.sequencer, self._signing, self.domain, reporter_seeds(folder))
        self.api: App = gateway(
            self.sequencer,
            instruments_of(self.service),
            self._info(),
            folder.sequencer,
            routes=[metrics_of(self.watch)],
        )
        self.watch.sockets = self._sockets

    def _sockets(self) -> tuple[int, int]:
        """Open sockets, and messages that wait for the slowest reader."""
        api = self.api.gateway
        return api.sockets, api.feeds.longest_queue() if hasattr(api, "feeds") else 0

    def _is_priced(self) -> bool:
        """Whether prices are there, or will not come: a batch that deposits begin without any opens no market."""
        now = time.time()
        is_late = now - self._began > FIRST_PRICES
        return not self.service.reporters or is_late or self.sequencer.oracle.newest(int(now) + 1) > 0

    def _info(self) -> Info:
        """What the gateway tells of things that the sequencer does not know."""
        chain = self.service.chain
        label = "development" if self.service.key["development"] else "ceremony"
        named = {key.class_name: KeyInfo(f"0x{key.system}", f"0x{key.digest}", label) for key in self._keys}
        return Info(
            version=__version__,
            limits={stage: round(seconds * MILLI) for stage, seconds in {**self.limits, "open": 0}.items()},
            verify=f"novate batch verify {{batch}} --rpc {chain.url} --settlement {chain.settlement}"
            f" --key {self.service.key['digest']}",
            keys=named,
            jobs=self.sequencer.jobs,
            chain=self._seen,
        )

    def _seen(self) -> ChainView:
        """The chain at the settler's last look."""
        heads = self.sequencer.chain_heads
        return ChainView(heads.block, MILLI * heads.time) if heads else ChainView()

    def provers(self) -> list[BaseRoute]:
        """Where provers come for their jobs."""
        return list(routes(self.sequencer.desk))

    def start(self) -> "House":
        """Take actions from now on."""
        self.sequencer.start()
        self.watch.start()
        if self.service.reporters:
            self._reporters.start()
        return self

    def stop(self) -> None:
        """In order."""
        if self.service.reporters:
            self._reporters.stop()
        self.sequencer.stop(seal=False)
        self.watch.stop()
        self._stack.close()
