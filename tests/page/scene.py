"""More than an hour of trading in a minute, for pictures: makers requote a walking market, takers take, batches end.

Sequencer, books, journal and API are the real ones; the clock runs faster, signatures are the tests' and nothing is
proven. Seeded: the same picture every time, but for the hour.
"""

import time
from pathlib import Path
from random import Random

from rollup.actions import Place, PlaceItem, Sheet
from rollup.layout import GTC, IOC
from tests.page.house import PageHouse
from tests.sequencer.house import key, price, sign

STEP_MS = 5_000
LEVELS = 12
WALK = ((0, 61_800_000, 1_000, 14), (1, 26_812_000, 1_000, 11))
"""Markets with the price that a walk begins at, the tick, and how many ticks the walk steps at most."""


class Scene(PageHouse):
    """A house whose clock is moved by hand, from an hour ago."""

    def __init__(self, directory: Path, minutes: int) -> None:
        self.random = Random(11)
        self.moment = 1_000 * (int(time.time()) - 60 * minutes)
        self.marks = [start for _, start, _, _ in WALK]
        super().__init__(directory, 60 * minutes)

    def options(self) -> dict:
        """Records and stages take their time from the scene."""
        return {**super().options(), "milliseconds": lambda: self.moment}

    def act(self, action) -> None:
        """Submit, signed; a refusal is part of trading."""
        self.sequencer.submit(sign(action, key(action.account))).result(10)

    def head(self, account: int, market: int) -> dict:
        """Account, nonce, market and expiry of a word."""
        counter = self.sequencer.engine.account(account).counters[0] + 1
        return {"account": account, "lane": 0, "counter": counter, "market": market, "expiry": self.clock.now + 600}

    def quote(self, account: int, market: int) -> None:
        """A sheet that replaces the maker's last one."""
        tick, mark = WALK[market][2], self.marks[market]
        items = []
        for level in range(LEVELS):
            away = tick * (1 + 2 * level + self.random.randrange(3))
            size = 1 + self.random.randrange(8 + 9 * level)
            items += [
                PlaceItem(side, GTC, 1, 0, (mark // tick) * tick + sign_ * away, size)
                for side, sign_ in ((0, -1), (1, 1))
            ]
        self.act(Sheet(replace=1, items=tuple(items), **self.head(account, market)))

    def take(self, account: int, market: int) -> None:
        """A market order."""
        side = int(self.random.random() < 0.5)
        limit = self.marks[market] * (99 if side else 101) // 100 // 1_000 * 1_000
        terms = {"side": side, "tif": IOC, "post_only": 0, "reduce_only": 0, "price": limit}
        self.act(Place(size=1 + self.random.randrange(30), **terms, **self.head(account, market)))

    def step(self) -> None:
        """Some seconds pass: prices walk, makers requote, takers take."""
        self.moment += STEP_MS
        for market, _, tick, reach in WALK:
            self.marks[market] += tick * self.random.randint(-reach, reach)
            self.quote(1 + 2 * market, market)
            self.quote(2 + 2 * market, market)
            for _ in range(self.random.randrange(4)):
                self.moment += self.random.randrange(400)
                self.take(5 + self.random.randrange(4), market)

    def turn(self) -> None:
        """The batch ends, the next one begins with a round of prices."""
        self.clock.now = self.moment // 1_000
        self.sequencer.seal().result(10)
        price(self.sequencer, self.clock.now, tuple(self.marks))


def scene(directory: Path, minutes: int = 75) -> Scene:
    """So many minutes of it, up to now."""
    house = Scene(directory, minutes)
    house.step()
    house.turn()
    steps = 0
    while house.moment < 1_000 * time.time():
        house.step()
        steps += 1
        if steps % 4 == 0:
            house.turn()
    return house
