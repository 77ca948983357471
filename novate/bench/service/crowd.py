"""Many clients at once: what all of them need, and how long everything takes them."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from circuits.native import Native
from novate.bench.service.stage import Stage
from novate.bench.service.trader import Connection, Orders, wire
from novate.service.house import deployment_of
from novate.service.listing import kept_genesis
from rollup.actions import Place

LANE = 2
CREDIT_SECONDS = 120


class Crowd:
    """Clients of a stage that is up: an account each, as far as there are enough, and signed orders for them."""

    def __init__(self, stage: Stage, native: Native) -> None:
        self._stage = stage
        self._native = native
        deployment = deployment_of(stage.service, kept_genesis(stage.folder))
        self.domain = deployment.domain.digest(native)
        self.marks = [market.reference_price for market in deployment.genesis.markets]

    def orders(self, clients: int) -> list[Orders]:
        """Makers of orders, one a client; where accounts are fewer, clients share them by lanes."""
        accounts = self._stage.accounts()
        made = []
        for number in range(clients):
            lap, place = divmod(number, len(accounts))
            key = accounts[place]
            orders = Orders(self._stage.service, self._native, self.domain, key.account, key.seed, LANE + lap)
            orders.aim(self.marks)
            made.append(orders)
        return made

    def wait_for_credit(self) -> None:
        """Wait until every account can trade and prices are there. Raises ``TimeoutError``."""
        waiting = {key.account for key in self._stage.accounts()}
        connection = Connection(self._stage.service.api)
        deadline = time.monotonic() + CREDIT_SECONDS
        probes = {orders.account: orders for orders in self.orders(len(waiting))}
        while waiting:
            for account in sorted(waiting):
                body = json.dumps({"action": wire(probes[account].next())}).encode()
                status, answer = connection.ask("POST", "/v1/actions/preview", body)
                is_known = (answer.get("key") if status == 200 else None) is not None
                waiting -= {account} if is_known else set()
            if time.monotonic() > deadline:
                raise TimeoutError(f"accounts {sorted(waiting)} were not credited in {CREDIT_SECONDS} s")
            time.sleep(0.1)
        connection.close()


def bodies(orders: Orders, count: int, together: int) -> list[bytes]:
    """Requests of so many orders, some together in each, signed beforehand."""
    places: list[Place] = orders.several(count)
    groups = [places[at : at + together] for at in range(0, count, together)]
    return [json.dumps({"actions": [wire(place) for place in group]}).encode() for group in groups]


class Sender(threading.Thread):
    """Sends requests one after the other over one connection, as fast as they are answered."""

    def __init__(self, api: str, requests: Sequence[bytes]) -> None:
        super().__init__(name="sender", daemon=True)
        self._connection = Connection(api, timeout=120)
        self._requests = requests
        self.answered = 0
        self.refused: list[dict] = []

    def run(self) -> None:
        """All of them."""
        for body in self._requests:
            _, answer = self._connection.ask("POST", "/v1/actions", body)
            results = answer.get("results") or [answer]
            for result in results:
                if result.get("error"):
                    self.refused.append(result["error"])
                else:
                    self.answered += 1
        self._connection.close()


class Subscriber(threading.Thread):
    """Reads everything of one market: its book and its trades."""

    def __init__(self, api: str, symbol: str) -> None:
        super().__init__(name="subscriber", daemon=True)
        self._url = f"ws://{api}/v1/socket"
        self._channels = [f"book.{symbol}", f"trades.{symbol}"]
        self._stopping = threading.Event()
        self.messages = 0

    def run(self) -> None:
        """Until stopped."""
        from websockets.sync.client import connect

        with connect(self._url, max_size=None) as socket:
            socket.send(json.dumps({"op": "subscribe", "channels": self._channels, "id": 1}))
            while not self._stopping.is_set():
                try:
                    socket.recv(timeout=0.2)
                    self.messages += 1
                except TimeoutError:
                    continue

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()
        self.join(5)


@contextmanager
def subscribers(stage: Stage) -> Iterator[list[Subscriber]]:
    """One for each market."""
    made = [Subscriber(stage.service.api, one["symbol"]) for one in stage.service.instruments]
    for one in made:
        one.start()
    try:
        yield made
    finally:
        for one in made:
            one.stop()
