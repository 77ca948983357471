"""Limits by cost: token buckets for accounts, addresses and sockets, and how much may be under way at once.

Cancels have buckets and room of their own, so no flood of orders can keep one out. A bad signature costs the address
that sent it and never the account that it names. Buckets are in memory, what is left of them is lost with a restart,
after which they begin nearly empty (``Allowance.start_share``), so that a restart gives nobody a free burst.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from sequencer.gateway import wire
from sequencer.gateway.problems import Own, Trouble

MOST_BUCKETS = 100_000
"""Buckets kept of one kind; the one that was used longest ago goes first, and is full if it comes back."""


class Rate(NamedTuple):
    """Credits that fit a bucket, and credits a second that flow in."""

    capacity: int
    per_second: int


class Allowance(NamedTuple):
    """All limits of a gateway. ``/v1/limits`` tells them."""

    account_orders: Rate = Rate(4_000, 2_000)
    account_cancels: Rate = Rate(4_000, 2_000)
    address_orders: Rate = Rate(60_000, 20_000)
    address_cancels: Rate = Rate(60_000, 20_000)
    address_reads: Rate = Rate(2_000, 400)
    socket_messages: Rate = Rate(1_000, 500)
    action: int = 2
    """Credits of an action."""
    item: int = 1
    """Credits of an item of a sheet."""
    read: int = 1
    """Credits of reading one thing."""
    heavy: int = 5
    """Of a list, a book, or whatever a signature is checked for."""
    preview: int = 25
    """Of what takes the writer's time."""
    under_way: int = 1_024
    """Actions that may be under way at once."""
    reserve: int = 256
    """Actions that may be under way on top of that if they are cancels."""
    under_way_per_address: int = 512
    """Of those, what one address may have under way; with cancels half of the reserve on top."""
    waiters: int = 512
    """Requests that may wait for a receipt at once."""
    sockets: int = 512
    sockets_per_address: int = 64
    connections: int = 1_024
    connections_per_address: int = 256
    channels: int = 64
    """Channels of one socket."""
    socket_under_way: int = 256
    """Unanswered actions of one socket."""
    backlog_bytes: int = 4 << 20
    """Bytes that may wait for one socket's reader."""
    body_bytes: int = 1 << 18
    body_seconds: int = 10
    start_share: int = 10
    """Per cent of a bucket that is in it after a start."""


class Buckets:
    """Buckets of one kind, by account or address."""

    def __init__(self, name: str, rate: Rate, start_share: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.rate = rate
        self._clock = clock
        self._levels: OrderedDict[object, tuple[float, float]] = OrderedDict()
        self._began = clock()
        self._start = rate.capacity * start_share / 100

    def level(self, owner: object) -> float:
        """Credits that are there now."""
        return self._level(owner, self._clock())

    def _level(self, owner: object, now: float) -> float:
        capacity, per_second = self.rate
        level, since = self._levels.get(owner) or (self._start, self._began)
        level += (now - since) * per_second
        return level if level < capacity else capacity

    def require(self, owner: object, credits: int) -> None:
        """Raises RATE_LIMITED, with the time until there are enough."""
        self._require(self._level(owner, self._clock()), credits)

    def _require(self, level: float, credits: int) -> None:
        if level < credits and level < self.rate.capacity:
            after_ms = int(1000 * (credits - level) / self.rate.per_second) + 1
            raise Trouble(Own.RATE_LIMITED, after_ms=after_ms, bucket=self.name, needed=credits, left=int(level))

    def take(self, owner: object, credits: int) -> None:
        """Take credits; a bucket may go below zero by what was under way."""
        now = self._clock()
        self._put(owner, self._level(owner, now) - credits, now)

    def _put(self, owner: object, level: float, now: float) -> None:
        self._levels[owner] = (level, now)
        self._levels.move_to_end(owner)
        if len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)

    def spend(self, owner: object, credits: int) -> None:
        """``require`` and ``take``."""
        now = self._clock()
        level = self._level(owner, now)
        self._require(level, credits)
        self._put(owner, level - credits, now)


class Gate:
    """All buckets of a gateway, and the count of what is under way. Used by the gateway's thread alone."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self.allowance = allowance
        share = allowance.start_share
        self.account = (
            Buckets("account_orders", allowance.account_orders, share, clock),
            Buckets("account_cancels", allowance.account_cancels, share, clock),
        )
        self.address = (
            Buckets("address_orders", allowance.address_orders, share, clock),
            Buckets("address_cancels", allowance.address_cancels, share, clock),
        )
        self.reads = Buckets("address_reads", allowance.address_reads, 100, clock)
        self.under_way = 0
        self._by_address: Counter[str] = Counter()
        self.waiting = 0

    def cost(self, items: int) -> int:
        """Credits of an action with so many items."""
        return self.allowance.action + self.allowance.item * items

    def enter(self, account: int, address: str, is_cancel: bool, items: int) -> None:
        """An action comes in. Raises RATE_LIMITED and BUSY."""
        allowance = self.allowance
        if self.under_way >= allowance.under_way + (allowance.reserve if is_cancel else 0):
            raise Trouble(Own.BUSY, under_way=self.under_way)
        share = allowance.under_way_per_address + (allowance.reserve // 2 if is_cancel else 0)
        if self._by_address[address] >= share:
            raise Trouble(Own.BUSY, under_way=self._by_address[address])
        cost = self.cost(items)
        self.account[is_cancel].require(account, cost)
        self.address[is_cancel].spend(address, cost)
        self.under_way += 1
        self._by_address[address] += 1

    def leave(self, account: int, address: str, is_cancel: bool, items: int, is_signed: bool) -> None:
        """It was answered; the account pays only for what its key signed."""
        self.under_way -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        if is_signed:
            self.account[is_cancel].take(account, self.cost(items))

    def listed(self) -> wire.Limits:
        """What ``/v1/limits`` says."""
        allowance = self.allowance
        scopes = {
            "account_orders": "account",
            "account_cancels": "account",
            "address_orders": "address",
            "address_cancels": "address",
            "address_reads": "address",
            "socket_messages": "socket",
        }
        buckets = [wire.RateLimit(name, scope, *getattr(allowance, name)) for name, scope in scopes.items()]
        costs = [
            wire.Cost("order", "account_orders", allowance.action, allowance.item),
            wire.Cost("order", "address_orders", allowance.action, allowance.item),
            wire.Cost("cancel", "account_cancels", allowance.action, allowance.item),
            wire.Cost("cancel", "address_cancels", allowance.action, allowance.item),
            wire.Cost("read", "address_reads", allowance.read, 0),
            wire.Cost("list", "address_reads", allowance.heavy, 0),
            wire.Cost("preview", "address_reads", allowance.preview, 0),
            wire.Cost("message", "socket_messages", 1, 0),
        ]
        sizes = {
            name: getattr(allowance, name)
            for name in (
                "under_way",
                "reserve",
                "under_way_per_address",
                "waiters",
                "sockets",
                "sockets_per_address",
                "connections",
                "connections_per_address",
                "channels",
                "socket_under_way",
                "backlog_bytes",
                "body_bytes",
                "body_seconds",
            )
        }
        return wire.Limits(buckets, costs, {**sizes, "actions_per_request": wire.MOST_ACTIONS})
