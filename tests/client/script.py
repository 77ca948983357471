"""A client whose transport follows a script: what the core does with answers, lost ones and late ones."""

import json
from collections.abc import Callable, Iterable

from novate.client.money import Money
from novate.client.operation import Exchange, Lost, Pause, Reply, Step, Steps, T, Waiting, Work, settle
from novate.client.public import PublicReads
from novate.client.signing.schnorr import domain_digest

CONTRACT = "0x" + "12" * 20
MARKET = {
    "market": 0,
    "symbol": "BTC-PERP",
    "kind": "perp",
    "base": "BTC",
    "quote": "USDT",
    "settle": "USDT",
    "tick": "0.1",
    "lot": "0.001",
    "min_size": "0.001",
    "tick_units": 100,
    "lot_units": "0.001",
    "initial_margin": "0.05",
    "maintenance_margin": "0.03",
    "max_leverage": "20",
    "taker_fee": "0.00045",
    "maker_fee": "0.00015",
    "price_jump_per_second": "0.002",
    "price_jump_per_batch": "0.05",
    "status": "open",
    "is_open": True,
}
DOMAIN = {
    "name": "novate",
    "version": 1,
    "chain_id": 31337,
    "verifying_contract": CONTRACT,
    "digest": hex(domain_digest(31337, int(CONTRACT, 16), 1)),
    "field": "0x1",
    "subgroup_order": "0x1",
    "base_point": [],
    "curve_d": "0x1",
    "kinds": [],
    "place_item": [],
    "cancel_item": [],
    "vectors": "",
}
RECEIPT = {
    "hash": "0x" + "ab" * 32,
    "kind": "place",
    "account": 5,
    "status": "accepted",
    "code": "RESTED",
    "numbers": {},
    "seq": 9,
    "time": 1,
    "batch": 2,
    "stage": "open",
    "amended": 0,
    "duplicate": False,
    "order": None,
    "fills": [],
    "ended": [],
    "fee": "0",
    "items": [],
    "commit_tx": None,
    "settle_tx": None,
}


def reply(body: object, status: int = 200) -> Reply:
    """An answer."""
    return Reply(status, json.dumps(body).encode())


def accepted(**other: object) -> Reply:
    """The answer to one action that took effect."""
    return reply({"results": [{"receipt": {**RECEIPT, **other}, "error": None}]})


def failure(code: str, status: int, **other: object) -> Reply:
    """An error object."""
    error = {"code": code, "num": 1, "message": "no", "outcome": "rejected", "retry": "never", "details": {}, "doc": ""}
    return reply({"error": {**error, **other}}, status)


Answer = Reply | Lost | Callable[[Exchange], Reply | Lost]


class Scripted(PublicReads, Money, Waiting):
    """Answers domain and markets itself, and everything else by the script; ``asked`` is what it was asked."""

    def __init__(self, script: Iterable[Answer] = (), **options: object) -> None:
        super().__init__("http://nowhere", **options)
        self.script = list(script)
        self.asked: list[Exchange] = []
        self.paused = 0.0

    def _run(self, steps: Steps[T]) -> T:
        return settle(steps, self._do)

    def _do(self, step: Step) -> object:
        if isinstance(step, Pause):
            self.paused += step.seconds
            return None
        if isinstance(step, Work):
            return step.call()
        if step.path == "/v1/domain":
            return reply(DOMAIN)
        if step.path == "/v1/markets":
            return reply({"markets": [MARKET]})
        self.asked.append(step)
        answer = self.script.pop(0)
        return answer(step) if callable(answer) else answer
