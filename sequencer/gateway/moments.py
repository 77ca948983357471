"""Answers that many ask for alike: worked out at most so often, and shared by whoever comes meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from sequencer.gateway import wire
from sequencer.gateway.views import DayMoment, MarketMoment, interest, status_of

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

T = TypeVar("T")
SHARE = 50
"""An answer is kept for at least so many times what it took."""


class Kept(Generic[T]):
    """One answer, kept for ``seconds``."""

    def __init__(self, make: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._make = make
        self._seconds = seconds
        self._until = 0.0
        self._task: asyncio.Task | None = None

    async def __call__(self) -> T:
        """The answer; a new one if the last one is too old. Raises what making it raises."""
        task = self._task
        if task is None or (task.done() and (time.monotonic() >= self._until or task.exception())):
            task = self._task = asyncio.create_task(self._made())
        return await asyncio.shield(task)

    async def _made(self) -> T:
        began = time.monotonic()
        made = await self._make()
        ended = time.monotonic()
        self._until = ended + max(self._seconds, SHARE * (ended - began) if self._seconds >= 1 else 0)
        return made


class Moments:
    """What the gateway keeps of the state's and the history's figures."""

    def __init__(self, gateway: "Gateway") -> None:
        self.market: Kept[MarketMoment] = Kept(lambda: gateway.ask(MarketMoment), 0.2)
        self.status: Kept[wire.Status] = Kept(lambda: status_of(gateway), 0.25)
        self.interest: Kept[list[int]] = Kept(lambda: gateway.ask(interest), 2.0)
        self.day: Kept[DayMoment] = Kept(
            lambda: gateway.read(lambda _, reader: DayMoment(reader, len(gateway.units))), 1.0
        )
