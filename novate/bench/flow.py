"""The mixed flow: half resting orders, a third taking, the rest cancels, each under its own signature.

Deterministic in its seed. Prices walk around each market's mark; takers are sized to meet between one and two resting
orders, so the books neither empty nor fill up.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from rollup.actions import Cancel, Deposit, Place, Report
from rollup.engine import Engine
from rollup.genesis import Admission, FeeAccount, Genesis, MarketTerms
from rollup.layout import CLASSES, GTC, IOC, REPORTERS
from rollup.receipts import OrderId, Receipt

LIFETIME = 24 * 3600
COLLATERAL = 2**40
MARK = 60_000_000
"""Micro-units per lot: a lot of a thousandth of a coin at 60,000."""
SPREAD = 40
"""Ticks between the mark and the furthest resting order."""
TICK = 1_000


class Signer(NamedTuple):
    """A trading key."""

    seed: int
    x: int
    y: int


class Weights(NamedTuple):
    """Shares of the flow, out of one hundred; the rest are cancels."""

    rest: int = 50
    take: int = 33


def bench_genesis(size_class: str, keys: Callable[[int], Signer], markets: int) -> Genesis:
    """A deployment with so many equal markets, for one size class."""
    size = CLASSES[size_class]
    terms = tuple(
        MarketTerms(
            name=f"BENCH{number}",
            initial=50_000,
            maintenance=30_000,
            reserve=1_000,
            taker_fee=500,
            maker_fee=100,
            jump=1_000,
            ceiling=100_000,
            sweep=size.sweep,
            tick=TICK,
            minimum=1,
            reference_price=MARK,
        )
        for number in range(markets)
    )
    reporters = [keys(1_000_000 + number) for number in range(REPORTERS)]
    fees = keys(2_000_000)
    return Genesis(
        markets=terms,
        reporters=tuple((key.x, key.y) for key in reporters),
        quorum=size.slots["reports"],
        max_age=3600,
        fee_account=FeeAccount(fees.x, fees.y, 0xFEE),
        admission=Admission(order_cap=512),
    ).checked()


DEFAULT_WEIGHTS = Weights()


class Flow:
    """Actions of a number of accounts, and what became of them. ``sign`` completes an action with its signature."""

    def __init__(
        self,
        engine: Engine,
        accounts: list[int],
        keys: Callable[[int], Signer],
        sign: Callable[[object, Signer], object],
        seed: int = 1,
        weights: Weights = DEFAULT_WEIGHTS,
    ) -> None:
        self._engine = engine
        self._accounts = accounts
        self._keys = {account: keys(account) for account in accounts}
        self._sign = sign
        self._random = Random(seed)
        self._weights = weights
        self._counters = dict.fromkeys(accounts, 0)
        self._resting: dict[OrderId, tuple[int, int]] = {}

    def deposits(self) -> Iterator[Deposit]:
        """The first deposit of every account."""
        for account in self._accounts:
            key = self._keys[account]
            yield Deposit(account=account, amount=COLLATERAL, new=1, key=key.x, owner=0x10000 + account, key_y=key.y)

    def reports(self, clock: int, keys: Callable[[int], Signer], sign: Callable[[object, Signer], object]) -> list:
        """A quorum's reports of the marks at ``clock``, all equal."""
        prices = tuple(MARK if market < len(self._engine.genesis.markets) else 0 for market in range(8))
        quorum = self._engine.genesis.quorum
        reports = [Report(reporter=number, round=clock, prices=prices) for number in range(quorum)]
        return [sign(report, keys(1_000_000 + report.reporter)) for report in reports]

    def actions(self, count: int) -> Iterator[object]:
        """So many signed actions. Report each receipt with ``note`` before asking for the next."""
        for _ in range(count):
            draw = self._random.randrange(100)
            if draw < self._weights.rest or not self._resting:
                yield self._place(GTC)
            elif draw < self._weights.rest + self._weights.take:
                yield self._place(IOC)
            else:
                yield self._cancel()

    def resting(self, count: int) -> Iterator[object]:
        """So many resting orders, to fill the books before anything is measured."""
        for _ in range(count):
            yield self._place(GTC)

    def note(self, receipt: Receipt) -> None:
        """Remember what rests and what is gone."""
        for ended in receipt.ended:
            self._resting.pop(ended.order, None)
        if receipt.order is not None:
            self._resting[receipt.order] = (receipt.action.side, receipt.slot)
        if isinstance(receipt.action, Cancel):
            cancel = receipt.action
            self._resting.pop(OrderId(cancel.account, cancel.market, cancel.epoch, cancel.index), None)

    def _authority(self, account: int) -> dict[str, int]:
        self._counters[account] += 1
        return {"account": account, "lane": 0, "counter": self._counters[account]}

    def _place(self, tif: int) -> object:
        draw = self._random
        account = draw.choice(self._accounts)
        side = draw.randrange(2)
        distance = draw.randrange(1, SPREAD) * TICK
        away = -distance if (side == 0) == (tif == GTC) else distance
        size = draw.randrange(1, 9) if tif == GTC else draw.randrange(2, 7)
        place = Place(
            **self._authority(account),
            market=draw.randrange(len(self._engine.genesis.markets)),
            side=side,
            tif=tif,
            post_only=0,
            reduce_only=0,
            price=MARK + away if tif == GTC else MARK + (SPREAD if side == 0 else -SPREAD) * TICK,
            size=size,
            expiry=self._engine.clock + LIFETIME,
        )
        return self._sign(place, self._keys[account])

    def _cancel(self) -> object:
        order = self._random.choice(sorted(self._resting))
        side, slot = self._resting[order]
        cancel = Cancel(
            **self._authority(order.owner),
            market=order.market,
            side=side,
            slot=slot,
            epoch=order.epoch,
            index=order.index,
            expiry=self._engine.clock + LIFETIME,
        )
        return self._sign(cancel, self._keys[order.owner])
