"""A maker's market: nine actions in ten are quotes of sheets that replace what their maker had there.

Every sheet holds 24 quotes, half of them a side, around a price that walks. Each maker quotes one market. The other
actions are single ones of a few takers: orders that take, orders that rest, cancels. Deterministic in its seed.
"""

from collections.abc import Callable, Iterator

from novate.bench.flow import LIFETIME, MARK, TICK, Flow, Signer, Weights
from rollup.actions import Sheet
from rollup.actions.sheet import PlaceItem
from rollup.engine import Engine
from rollup.layout import GTC, SHEET_ITEMS

TAKERS = 8
"""Accounts, the last ones, whose actions are single."""
TURNS = (1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0)
"""Sheets and single actions in turn: 72 quotes to 8 others."""
TAKER_WEIGHTS = Weights(rest=20, take=60)
LEVELS = SHEET_ITEMS // 2
WALK = 12
"""Ticks by which the price that makers quote around leaves the mark at most."""
NEAR = 4
"""Ticks from that price to a maker's best quote, at least; a third as many more at most."""


class MakersMarket(Flow):
    """Sheets of makers and single actions of takers, among accounts of which the last ``TAKERS`` take."""

    def __init__(
        self,
        engine: Engine | None,
        accounts: list[int],
        keys: Callable[[int], Signer],
        sign: Callable[[object, Signer], object],
        seed: int = 1,
    ) -> None:
        super().__init__(engine, accounts, keys, sign, seed, TAKER_WEIGHTS)
        self._makers, self._traders = accounts[:-TAKERS], accounts[-TAKERS:]
        self._middles: dict[int, int] = {}
        self._turn = 0

    def actions(self, count: int) -> Iterator[object]:
        """So many signed actions, a sheet being one. Report each receipt with ``note`` before asking for the next."""
        for _ in range(count):
            self._turn = (self._turn + 1) % len(TURNS)
            if TURNS[self._turn]:
                yield self._sheet(self._random.randrange(len(self._makers)))
            else:
                yield from super().actions(1)

    def resting(self, count: int) -> Iterator[object]:
        """A first sheet of every maker, however many orders are asked for."""
        for place in range(len(self._makers)):
            yield self._sheet(place)

    def _sheet(self, place: int) -> object:
        account, market = self._makers[place], place % len(self._engine.genesis.markets)
        sheet = Sheet(
            **self._authority(account),
            market=market,
            replace=1,
            expiry=self._engine.clock + LIFETIME,
            items=tuple(self._items(self._middle(market))),
        )
        return self._sign(sheet, self._keys[account])

    def _middle(self, market: int) -> int:
        """The price of a market, a tick up or down or where it was."""
        moved = self._middles.get(market, 0) + self._random.randrange(-1, 2)
        self._middles[market] = max(-WALK, min(WALK, moved))
        return MARK + self._middles[market] * TICK

    def _items(self, middle: int) -> Iterator[PlaceItem]:
        """Quotes of both sides, best first; post-only, so that what would take is refused."""
        for side, away in ((0, -TICK), (1, TICK)):
            nearest = NEAR + self._random.randrange(NEAR)
            for level in range(LEVELS):
                size = self._random.randrange(1, 9)
                yield PlaceItem(side, GTC, 1, 0, middle + away * (nearest + level), size)
