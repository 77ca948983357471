"""A sequencer with books, trades and batches of every stage, its gateway on a port that outlives restarts."""

import contextlib
import socket
import time
from pathlib import Path

from rollup.actions import Withdraw
from rollup.engine import Engine
from sequencer.gateway.app import gateway
from sequencer.gateway.info import Info, KeyInfo
from sequencer.gateway.server import serve
from tests.gateway.house import INSTRUMENTS, MARK, PLENTY, House
from tests.sequencer.house import CALM, HASHER, Clock, deployment, flow, key, price, sequencer, sign
from tests.sequencer.pipeline import Contract, Script

INFO = Info(
    version="0.1.0",
    verify="novate batch verify {batch} --rpc http://127.0.0.1:7402",
    keys={"S": KeyInfo("0x" + "5a" * 32, "0x" + "c3" * 32, "development")},
)
FOREVER = 10**9


class PageHouse(House):
    """Like the API's, with a prover and a contract in form only, so that batches pass through every stage."""

    def __init__(self, directory: Path, seconds_ago: int = 120) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = directory
        self.clock = Clock(int(time.time()) - seconds_ago)
        self.contract = Contract(Engine(*deployment()).root(HASHER), self.clock)
        self.prover = Script()
        self._counters = {}
        self.start()
        self.source = flow(self.sequencer)
        price(self.sequencer, self.clock.now)
        self.contract.enqueue(*self.source.deposits())
        self.wait(lambda: len(self.sequencer.engine.accounts()) > 8)

    def start(self) -> None:
        """Sequencer and gateway, from what the directory holds."""
        import httpx2

        self.sequencer = sequencer(self.directory, self.clock, CALM, **self.options())
        self.app = gateway(self.sequencer, INSTRUMENTS, INFO, self.directory, PLENTY)
        self.server = serve(self.app, port=self.port).start()
        self.http = httpx2.Client(base_url=self.url, timeout=30)

    def options(self) -> dict:
        """What the sequencer is given besides its deployment."""
        return {"prover": self.prover, "chain": self.contract}

    def wait(self, holds, seconds: float = 20) -> None:
        """Until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def trade(self, count: int) -> None:
        """So many actions of the mixed flow."""
        for action in self.source.actions(count):
            self.source.note(self.sequencer.submit(action).result(10).receipt)

    def seal(self, seconds: int = 20) -> int:
        """Seal a batch and let time pass; its number."""
        sealed = self.sequencer.seal().result(10)
        self.clock.now = min(self.clock.now + seconds, int(time.time()))
        price(self.sequencer, self.clock.now, (MARK + 20_000, MARK))
        return getattr(sealed, "number", sealed)

    def withdraw(self, account: int, amount: int) -> None:
        """Money leaves."""
        held = self.sequencer.engine.account(account)
        word = Withdraw(account, 0, held.counters[0] + 1, amount, self.clock.now + 600)
        self.sequencer.submit(sign(word, key(account))).result(10)

    def restart(self) -> None:
        """Gone, and back on the same port."""
        self.stop()
        self.start()


def seeded(directory: Path) -> PageHouse:
    """A house with some batches that are settled, one that waits for its proof, and an open one."""
    house = PageHouse(directory)
    for _ in range(3):
        house.trade(120)
        house.seal()
    house.wait(lambda: house.get("/v1/batches")["batches"][0]["settled"] is not None)
    house.prover.gate.clear()
    house.trade(60)
    house.seal()
    house.trade(40)
    with contextlib.suppress(AssertionError):
        house.wait(lambda: house.get("/v1/batches")["batches"][0]["committed"] is not None, 5)
    return house
