"""A client that remembers everything: it signs orders, sends them one after the other, and keeps what it was told."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from circuits.native import Native
from novate.service.folder import Service, address_of
from rollup.actions import Place, to_dict
from rollup.layout import GTC, IOC

LIFETIME = 3600
TIMEOUT = 20.0
"""Seconds that an answer may take before the connection is given up."""
AWAY = 40
"""Ticks from the reference price within which orders are placed."""
REST_SHARE = 0.5


class Told(NamedTuple):
    """What the API said of an action: ``sent`` is when it was asked for first (ms since the epoch)."""

    hash: str
    sequence: int
    status: str
    code: str
    batch: int
    sent: int


def wire(action: Place) -> dict:
    """An action as it travels."""
    return {**to_dict(action), "signature": [hex(cell) for cell in action.signature]}


class Connection:
    """One kept connection to the API; opened again when it breaks."""

    def __init__(self, address: str, timeout: float = TIMEOUT) -> None:
        self._host, self._port = address_of(address)
        self._timeout = timeout
        self._open: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict]:
        """Status and answer. Raises ``OSError`` when there is none."""
        try:
            if self._open is None:
                self._open = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
                self._open.connect()
                self._open.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = self._open.getresponse()
            return answer.status, json.loads(answer.read())
        except (http.client.HTTPException, ValueError) as broken:
            self.close()
            raise ConnectionError(str(broken)) from broken
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go."""
        if self._open is not None:
            self._open.close()
            self._open = None


class Orders:
    """Orders of one account, each signed, with rising counters of one lane, around the markets' reference prices."""

    def __init__(self, service: Service, native: Native, domain: int, account: int, seed: bytes, lane: int) -> None:
        self._native = native
        self._domain = domain
        self.account = account
        self._seed = seed
        self._lane = lane
        self._counter = 0
        self._random = Random(account * 8 + lane)
        self._ticks = [market["tick"] for market in service.instruments]
        self._marks: list[int] = []

    def after(self, counter: int) -> "Orders":
        """The same, with counters from here on."""
        self._counter = counter
        return self

    def aim(self, marks: list[int]) -> None:
        """Where the markets stand, in micro-units per lot."""
        self._marks = marks

    def next(self) -> Place:
        """One order, signed."""
        (signed,) = self.several(1)
        return signed

    def several(self, count: int) -> list[Place]:
        """So many, signed in one call."""
        places = [self._place() for _ in range(count)]
        orders = [(self._seed, place.message(self._domain)) for place in places]
        signatures = self._native.sign_many(orders)
        return [place._replace(signature=tuple(signature)) for place, signature in zip(places, signatures)]

    def _place(self) -> Place:
        draw = self._random
        self._counter += 1
        market = draw.randrange(len(self._ticks))
        tick, side = self._ticks[market], draw.randrange(2)
        rests = draw.random() < REST_SHARE
        distance = draw.randrange(1, AWAY)
        away = -distance if (side == 0) == rests else distance
        price = (self._marks[market] // tick + away) * tick
        return Place(
            account=self.account,
            lane=self._lane,
            counter=self._counter,
            market=market,
            side=side,
            tif=GTC if rests else IOC,
            post_only=0,
            reduce_only=0,
            price=price,
            size=draw.randrange(1, 4),
            expiry=int(time.time()) + LIFETIME,
        )


class Trader(threading.Thread):
    """Sends an order every ``pause`` seconds, never two at once; the same bytes until there is an answer to them.

    ``may_send`` is asked before each new one. What was answered lies in ``told``, by hash.
    """

    def __init__(
        self, service: Service, orders: Orders, pause: float, may_send: Callable[[], bool] = lambda: True
    ) -> None:
        super().__init__(name="trader", daemon=True)
        self._connection = Connection(service.api)
        self._orders = orders
        self._pause = pause
        self._may_send = may_send
        self._stopping = threading.Event()
        self.told: dict[str, Told] = {}
        self.differing: list[tuple[Told, Told]] = []
        """Answers to the same bytes that are not the same."""
        self.refused: list[dict] = []
        self.repeated = 0
        self.latencies: list[float] = []

    def stop(self) -> None:
        """Send nothing new, and end once the last one is answered, or given up."""
        self._stopping.set()
        self.join()
        self._connection.close()

    def run(self) -> None:
        """Until stopped."""
        due = time.monotonic()
        while not self._stopping.is_set():
            if self._may_send():
                self._send(json.dumps({"actions": [wire(self._orders.next())]}).encode())
            due = max(due + self._pause, time.monotonic() - self._pause)
            self._stopping.wait(max(0.0, due - time.monotonic()))

    def _send(self, body: bytes) -> None:
        """The same bytes again and again, until they have a terminal outcome, or nobody answers after the end."""
        attempts, sent = 0, time.time_ns() // 1_000_000
        while True:
            began = time.monotonic()
            try:
                status, answer = self._connection.ask("POST", "/v1/actions", body)
            except OSError:
                status, answer = 0, {}
            attempts += 1
            result = answer["results"][0] if "results" in answer else answer
            if status and self._is_final(result, sent):
                self.latencies.append(time.monotonic() - began)
                self.repeated += attempts > 1
                return
            if self._stopping.wait(0.05):
                return

    def _is_final(self, result: dict, sent: int) -> bool:
        """Keep a receipt; an error that says that asking again can help is none."""
        error, result = result.get("error"), result.get("receipt", result)
        if error:
            if error["outcome"] == "unknown" or error["retry"] != "never":
                return False
            self.refused.append(error)
            return True
        told = Told(result["hash"], result["seq"], result["status"], result["code"], result["batch"], sent)
        known = self.told.setdefault(told.hash, told)
        if known[:4] != told[:4]:
            self.differing.append((known, told))
        return True
