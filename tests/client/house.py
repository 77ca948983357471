"""A real sequencer and its gateway in this process, with markets, prices and funded accounts; no prover, no chain."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from circuits.native import Native
from novate.client import Client
from novate.client.signing import schnorr
from novate.client.signing.signer import PureSigner
from rollup.actions import Deposit, Report
from rollup.batch import Domain
from rollup.genesis import Admission, FeeAccount, Genesis, MarketTerms
from rollup.layout import CLASSES, MARKETS, REPORTERS
from sequencer.gateway.app import gateway
from sequencer.gateway.info import Info
from sequencer.gateway.server import Server, serve
from sequencer.instruments import Instrument
from sequencer.policy import Policy
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer

CONTRACT = 0x5FBDB2315678AFECB367F032D93F642F64180AA3
DOMAIN = Domain(31337, CONTRACT)
CALM = Policy(age=10**9, round_interval=10**9)
"""Nothing but capacity and whoever asks ends a batch."""
INSTRUMENTS = (
    Instrument(0, "BTC-PERP", "BTC", "USD", Decimal("0.001"), 100),
    Instrument(1, "ETH-PERP", "ETH", "USD", Decimal("0.01"), 100),
)
PRICES = (60_000_000, 25_000_000)
"""60,000 a BTC and 2,500 an ETH, in micro-units per lot."""
MONEY = 1_000_000 * 10**6


def seed(number: int) -> bytes:
    """Of an account's trading key."""
    return bytes([number]) * 32


def genesis(size_class: str) -> Genesis:
    """Two markets; account 0 collects fees."""
    size = CLASSES[size_class]
    terms = MarketTerms("", 50_000, 30_000, 500, 450, 150, 2_000, 50_000, size.sweep, 100, 1, 0)
    fees = PureSigner(seed(200))
    return Genesis(
        markets=tuple(
            terms._replace(name=one.symbol, tick=one.tick, reference_price=price)
            for one, price in zip(INSTRUMENTS, PRICES)
        ),
        reporters=tuple((signer.x, signer.y) for signer in reporters()),
        quorum=size.slots["reports"],
        max_age=3600,
        fee_account=FeeAccount(fees.x, fees.y, 0xFEE),
        book_pages=64,
        admission=Admission(order_cap=512),
    ).checked()


def reporters() -> list[PureSigner]:
    """All seven."""
    return [PureSigner(seed(100 + number)) for number in range(REPORTERS)]


class House:
    """What runs. ``api`` is the address of the gateway, which may be stopped and started again."""

    def __init__(
        self, directory: Path, size_class: str = "S", accounts: int = 4, domain: Domain = DOMAIN, **options: object
    ) -> None:
        """``accounts`` are funded out of nothing; none where a chain is there to do it."""
        self.directory = directory
        self.native = Native()
        self.digest = schnorr.domain_digest(*domain)
        deployment = Deployment(genesis(size_class), domain, size_class)
        self.sequencer = Sequencer(directory, deployment, self.native, self.native, CALM, **options).start()
        self.accounts = tuple(range(1, accounts + 1))
        self.server: Server | None = None
        self.port = 0
        self.report()
        self.fund()

    def report(self, prices: tuple[int, ...] = PRICES) -> None:
        """Everybody reports the same."""
        now = int(time.time())
        for number, signer in enumerate(reporters()):
            report = Report(number, now, (*prices, *(0,) * (MARKETS - len(prices))))
            self.sequencer.report(report._replace(signature=signer.sign(report.message(self.digest))))

    def fund(self) -> None:
        """First deposits; all accounts belong to one owner."""
        keys = {account: PureSigner(seed(account)) for account in self.accounts}
        waiting = [
            self.sequencer.deposit(index, Deposit(account, MONEY, 1, keys[account].x, keys[account].y, 0xABC))
            for index, account in enumerate(self.accounts)
        ]
        for done in waiting:
            done.result(10)

    def open(self) -> "House":
        """Serve, at the same port as before."""
        app = gateway(self.sequencer, INSTRUMENTS, Info(), self.directory)
        self.server = serve(app, port=self.port).start()
        self.port = self.server.address[1]
        return self

    def shut(self) -> None:
        """Serve no more."""
        if self.server is not None:
            self.server.stop()
            self.server = None

    @property
    def api(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, account: int, nonces: Path, kind: type = Client, **options: object):
        """A client of an account."""
        return kind(self.api, account=account, key=seed(account), nonces=nonces, **options)

    def stop(self) -> None:
        """Everything."""
        self.shut()
        self.sequencer.stop(seal=False)
        self.native.close()


@contextmanager
def opened(directory: Path, **options: object) -> Iterator[House]:
    """A house that serves."""
    house = House(directory, **options)
    try:
        yield house.open()
    finally:
        house.stop()


def soon(holds, seconds: float = 5.0) -> None:
    """Wait until something holds. Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        threading.Event().wait(0.01)
