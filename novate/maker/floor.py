"""The floor: each recorded second the makers replace their quotes, then takers come."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from novate.client.errors import ActionRefused, ClientError, Unreachable
from novate.feed.market import Market
from novate.feed.timeline import Second
from novate.maker.cast import Company
from novate.market.intents import Quotes, Retreat, Take
from novate.market.makers import Makers
from novate.market.takers import Crowd

LIFETIME = 60
"""Seconds that quotes rest if their maker dies."""
SLACK = 300
"""Parts per million beyond the recorded price that a taker accepts: quotes may be a second old."""
ROTATION = 15
OUTAGE_PAUSE = 1.0


class Floor:
    """Sends what makers and takers want. ``counts``: sheets, quotes, orders, fills, and refusals by code."""

    def __init__(
        self, markets: Sequence[Market], numbers: Sequence[int], company: Company, levels: int, seed: int
    ) -> None:
        """``numbers`` are those under which the markets are listed, in the same order."""
        self.counts: Counter[str] = Counter()
        self._numbers = tuple(numbers)
        self._company = company
        desks = enumerate(zip(markets, company.makers))
        self._makers = [Makers(place, market, accounts, levels, ROTATION) for place, (market, accounts) in desks]
        self._crowd = Crowd(markets, company.takers, seed, SLACK)

    @property
    def depth(self) -> int:
        """Recorded levels a side that the makers look at: some hold less than a lot and are passed over."""
        return 2 * max(makers.depth for makers in self._makers)

    async def run(
        self, recorded: Iterable[Second], speed: float, until: float, each: Callable[[int], None] = lambda second: None
    ) -> None:
        """Play seconds at ``speed`` until a moment of the monotonic clock; a floor that is late does not catch up."""
        due = time.monotonic()
        for number, second in enumerate(recorded, 1):
            if time.monotonic() >= until:
                return
            await self.play(second)
            each(number)
            due = max(due + 1 / speed, time.monotonic())
            await asyncio.sleep(min(due, until) - time.monotonic())

    async def play(self, second: Second) -> None:
        """Quotes of all markets at once, the nearest maker of each first; then the takers."""
        quotes = (makers.quote(view) for makers, view in zip(self._makers, second.views))
        await asyncio.gather(*(self.in_turn(intents) for intents in quotes))
        await asyncio.gather(*(self.send(take) for take in self._crowd.take(second)))

    async def in_turn(self, intents: Sequence[Quotes | Retreat]) -> None:
        """One after the other: a maker who is in the way goes first."""
        for intent in intents:
            await self.send(intent)

    async def send(self, intent: Quotes | Retreat | Take) -> None:
        """One action; what is refused is counted."""
        listed = intent._replace(market=self._numbers[intent.market])
        action = listed.action(0, 0, int(time.time()) + LIFETIME)
        try:
            receipt = await self._company.clients[intent.account].send(action)
        except ActionRefused as refused:
            self.counts[f"refused {refused.code}"] += 1
        except Unreachable as error:
            self.counts[f"refused {error.code}"] += 1
            await asyncio.sleep(OUTAGE_PAUSE)
        except ClientError as error:
            self.counts[f"refused {error.code}"] += 1
        else:
            self.count(intent, receipt)

    def count(self, intent: Quotes | Retreat | Take, receipt) -> None:
        """What took effect."""
        if isinstance(intent, Quotes):
            self.counts["sheets"] += 1
            for item in receipt.items:
                self.counts["quotes" if item.status == "accepted" else f"refused {item.code}"] += 1
        elif isinstance(intent, Take):
            self.counts["orders"] += 1
            self.counts["fills"] += len(receipt.fills)
        else:
            self.counts["retreats"] += 1

    async def leave(self) -> None:
        """Take every quote back."""
        accounts = [account for market in self._company.makers for account in market]
        for account in accounts:
            try:
                await self._company.clients[account].cancel_all()
            except ClientError as error:
                self.counts[f"refused {error.code}"] += 1
