"""From a deposit to a claimed withdrawal: a real proof, settled on a real node."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from circuits.native import Native
from circuits.prover import Prover
from novate.bridge import SettlementChain
from novate.feed.market import Market
from novate.feed.messages import Kind
from novate.replay import finale, stage
from novate.replay.people import People
from rollup.actions import Place, Report, Withdraw
from rollup.batch import Domain
from rollup.engine import Engine
from rollup.layout import GTC, IOC, MARKETS, REPORTERS
from rollup.refusals import Code
from sequencer.policy import Policy
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer
from tests.keys import smallest_key
from verifier.audit import verify_batch
from verifier.chain import Chain
from verifier.devnet import Devnet
from verifier.errors import Reverted
from verifier.settlement import Settlement

ALICE, BOB = 1, 2
SEED = 11
DEPOSIT = 1_000 * 10**6
TAKEN_OUT = 250 * 10**6
PRICE = 60_000_000
"""Micro-units a lot."""
BUY, SELL = 0, 1
NEVER = 10**9
ONE_BATCH = Policy(age=NEVER, round_interval=NEVER)
"""The batch ends when it is asked to."""
MARKET = Market("BTC-PERP", "BTCUSDT", Kind.LINEAR, 10**7, 10**5, 0, 60_000 * 10**8, ())


class Journey:
    """Two owners, a node with the contracts, a sequencer that proves and settles."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        key, folder = smallest_key()
        self.native = stack.enter_context(Native())
        self.people = People(self.native, SEED, (ALICE, BOB))
        self.owners = stage.owners(SEED, (ALICE, BOB))
        self.roles = stage.cold()
        devnet = stack.enter_context(Devnet())
        genesis = self.people.genesis([MARKET], "XS", int(self.roles.fees.address, 16))
        root = Engine(genesis, Domain(devnet.chain_id, 1), "XS").root(self.native)
        self.settlement: Settlement = stage.deploy(Chain(devnet.url), self.roles, key, root)
        stage.fund(devnet, self.owners.values())
        self.domain = Domain(devnet.chain_id, int(self.settlement.address, 16))
        prover = stack.enter_context(Prover("XS", folder))
        chain = SettlementChain(self.settlement, self.roles.operator, self.native)
        self.sequencer = Sequencer(
            directory,
            Deployment(genesis, self.domain, "XS"),
            self.native,
            self.native,
            ONE_BATCH,
            prover=prover,
            chain=chain,
        ).start()
        stack.callback(self.sequencer.stop, seal=False)

    def report(self) -> None:
        """All reporters agree on the price of this second."""
        now = int(time.time())
        reports = [Report(number, now, (PRICE, *[0] * (MARKETS - 1))) for number in range(REPORTERS)]
        for report in self.people.signed(reports, self.domain.digest(self.native)):
            self.sequencer.report(report)

    def deposit(self) -> None:
        """Both owners open an account on chain; the sequencer credits them."""
        keys = self.people.keys
        stage.open_accounts(self.settlement, self.owners, keys, lambda account: DEPOSIT)
        deadline = time.monotonic() + 30
        while any(self.sequencer.engine.key(account) is None for account in (ALICE, BOB)):
            assert time.monotonic() < deadline, self.sequencer.status()
            time.sleep(0.05)

    def send(self, action):
        """Sign an action, submit it, wait for its receipt."""
        (signed,) = self.people.signed([action], self.domain.digest(self.native))
        return self.sequencer.submit(signed).result(30).receipt


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with ExitStack() as stack:
        yield Journey(stack, tmp_path)


def place(account: int, counter: int, side: int, tif: int, size: int) -> Place:
    """An order at the one price of this journey."""
    expiry = int(time.time()) + 600
    return Place(account, 0, counter, 0, side, tif, 0, 0, PRICE, size, expiry)


def test_from_deposit_to_claimed_withdrawal(journey: Journey) -> None:
    settlement, bob = journey.settlement, journey.owners[BOB]
    journey.report()
    journey.deposit()
    assert settlement.state().escrow == 2 * DEPOSIT

    rested = journey.send(place(ALICE, 1, SELL, GTC, 10))
    assert rested.code is Code.RESTED
    bought = journey.send(place(BOB, 1, BUY, IOC, 4))
    assert bought.code is Code.FILLED
    assert [(fill.price, fill.size, fill.maker.owner) for fill in bought.fills] == [(PRICE, 4, ALICE)]
    too_much = journey.send(Withdraw(BOB, 0, 2, DEPOSIT, int(time.time()) + 600))
    assert too_much.code is Code.MARGIN
    withdrawn = journey.send(Withdraw(BOB, 0, 3, TAKEN_OUT, int(time.time()) + 600))
    assert withdrawn.code is Code.APPLIED
    assert settlement.owed(bob.address) == 0, "nothing is owed before the proof"

    number = journey.sequencer.seal().result(30)
    assert number == 1, "deposits, trade and withdrawal are one batch"
    journey.sequencer.wait_for("settled", number, 240)
    assert settlement.owed(bob.address) == TAKEN_OUT
    assert finale.wallet(settlement, bob.address) == 0
    settlement.claim(bob)
    assert finale.wallet(settlement, bob.address) == TAKEN_OUT
    with pytest.raises(Reverted, match="nothing is owed"):
        settlement.claim(bob)

    books = finale.add_up(settlement, journey.sequencer.engine, journey.native, journey.owners)
    assert [name for name, holds, _ in books.checks() if not holds] == []
    assert books.escrow == 2 * DEPOSIT - TAKEN_OUT
    assert verify_batch(settlement, number).holds
    lie = verify_batch(settlement, number, tamper=True)
    assert {check.name for check in lie.refusals} == {"digest", "sponge", "proof"}
