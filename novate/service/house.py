"""What runs inside the sequencer's process: the sequencer, its chain, its reporters, and who watches them."""

from contextlib import ExitStack
from decimal import Decimal

from circuits.native import Native
from novate.data import demo_captures
from novate.feed.capture import survey
from novate.feed.market import markets_of
from novate.observe.watch import Watch
from novate.service import listing
from novate.service.folder import Folder, Service
from novate.service.late import LateChain
from novate.service.reporters import Reporters
from rollup.batch import Domain
from rollup.genesis import Genesis
from sequencer.instruments import Instrument
from sequencer.policy import Policy
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer

NEVER = 10**9
"""Seconds: a batch ends when somebody says so."""


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


class House:
    """Opened by ``start``, and closed by ``stop``: what waits is answered, the batch in progress stays open."""

    def __init__(self, folder: Folder) -> None:
        """Recover; raises ``NovateError`` and ``SequencerError``."""
        self.folder = folder
        self.service = folder.read()
        self._stack = ExitStack()
        self.native = self._stack.enter_context(Native())
        self._signing = self._stack.enter_context(Native())
        deployment = deployment_of(self.service, listing.kept_genesis(folder))
        self.domain = deployment.domain.digest(self.native)
        chain = LateChain(folder, self.service, self._signing)
        self.sequencer = Sequencer(
            folder.sequencer, deployment, self.native, self.native, policy_of(self.service), chain=chain
        )
        self.watch = Watch(self.sequencer, folder.sequencer)
        self._reporters = self._new_reporters() if self.service.reporters else None

    def _new_reporters(self) -> Reporters:
        markets = markets_of([survey(path) for path in demo_captures()])
        return Reporters(self.sequencer, self._signing, self.domain, markets, listing.reporter_seeds(self.folder))

    def start(self) -> "House":
        """Take actions from now on."""
        self.sequencer.start()
        if self._reporters:
            self._reporters.start()
        return self

    def stop(self) -> None:
        """In order."""
        if self._reporters:
            self._reporters.stop()
        self.sequencer.stop(seal=False)
        self._stack.close()
