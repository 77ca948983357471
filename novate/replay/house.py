"""A clearing house set up for one run: prover, chain, contracts, sequencer, and everyone's keys."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from circuits.native import Native
from circuits.prover import Key, Prover
from novate import tools
from novate.feed.market import Market
from novate.home import Run
from novate.market.cast import Cast
from novate.replay import stage
from novate.replay.forging import LiedTo
from novate.replay.people import People
from novate.replay.plan import Plan
from novate.replay.venue import Trading
from novate.replay.watch import Watch
from novate.screen import Screen
from rollup.batch import Domain
from rollup.engine import Engine
from rollup.genesis import Genesis
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer
from verifier.chain import Chain
from verifier.devnet import Devnet
from verifier.errors import VerifierError
from verifier.settlement import Settlement

NO_CONTRACT = 1
"""Any contract will do to work out the genesis root: it is no part of the state."""


@dataclass
class House:
    """What is running."""

    native: Native
    people: People
    owners: dict[int, LocalAccount]
    devnet: Devnet
    settlement: Settlement
    genesis: Genesis
    chain: LiedTo
    sequencer: Sequencer
    watch: Watch
    trading: Trading


@contextmanager
def opened(
    plan: Plan, markets: Sequence[Market], cast: Cast, key: Key, keys: Path, run: Run, screen: Screen
) -> Iterator[House]:
    """Set everything up, and take it down in the end. The chain is kept, whatever happens."""
    tools.announce()
    with ExitStack() as stack:
        prover = stack.enter_context(Prover(plan.size_class, keys.absolute()))
        threading.Thread(target=prover.start, name="prover", daemon=True).start()
        native, signing = stack.enter_context(Native()), stack.enter_context(Native())
        people = People(signing, plan.seed, cast.accounts)
        owners = stage.owners(plan.seed, cast.accounts)
        roles = stage.cold()
        genesis = people.genesis(markets, plan.size_class, int(roles.fees.address, 16))
        with screen.step("start anvil, deploy token, verifier and settlement"):
            devnet = stack.enter_context(Devnet(state=run.chain))
            stack.callback(keep, devnet)
            root = Engine(genesis, Domain(devnet.chain_id, NO_CONTRACT), plan.size_class).root(native)
            settlement = stage.deploy(Chain(devnet.url), roles, key, root)
            stage.fund(devnet, owners.values())
        domain = Domain(settlement.chain.id, int(settlement.address, 16))
        chain = LiedTo(settlement, roles.operator, native)
        deployment = Deployment(genesis, domain, plan.size_class)
        sequencer = Sequencer(
            run.sequencer, deployment, native, native, plan.policy, prover=prover, chain=chain
        ).start()
        stack.callback(sequencer.stop, seal=False)
        watch = Watch(sequencer, screen)
        stack.callback(watch.close)
        trading = Trading(sequencer, people, domain.digest(native))
        yield House(native, people, owners, devnet, settlement, genesis, chain, sequencer, watch, trading)


def keep(devnet: Devnet) -> None:
    """Dump the chain; an interrupted node may be gone already, and what interrupted it is what has to be told."""
    with suppress(VerifierError, OSError):
        devnet.save()
