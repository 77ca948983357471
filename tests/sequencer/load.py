"""Random actions of every kind for a running sequencer, valid and refused ones alike."""

from random import Random

from rollup.actions import Cancel, CancelAll, CancelItem, Place, PlaceItem, Sheet, Transfer, Withdraw
from rollup.layout import GTC
from sequencer.sequencer import Sequencer
from tests.sequencer.house import key, sign

MARK = 60_000_000
TICK = 1_000
LIFETIME = 3600


class Load:
    """Goes on with the nonces that the state holds, so it can take up a directory that others used."""

    def __init__(self, house: Sequencer, accounts: int, seed: int) -> None:
        self._house = house
        self._random = Random(seed)
        self._accounts = range(1, accounts + 1)
        self._counters = {account: max(house.engine.account(account).counters) for account in self._accounts}

    def action(self):
        """The next one, signed."""
        draw = self._random
        account = draw.choice(self._accounts)
        self._counters[account] += 1
        head = {"account": account, "lane": draw.randrange(8), "counter": self._counters[account]}
        head["expiry"] = self._house.engine.clock + LIFETIME
        kind = draw.choices((self._place, self._sheet, self._cancel, self._other), (60, 15, 20, 5))[0]
        return sign(kind(head), key(account))

    def _terms(self, side: int) -> dict:
        draw = self._random
        away = draw.randint(-5, 20) * TICK
        price = MARK - away if side == 0 else MARK + away
        return {
            "side": side,
            "tif": draw.choice((0, 0, 0, 1, 2)),
            "reduce_only": int(draw.random() < 0.05),
            "price": price,
        }

    def _place(self, head: dict) -> Place:
        draw = self._random
        terms = self._terms(draw.randrange(2))
        post_only = int(terms["tif"] == GTC and draw.random() < 0.3)
        return Place(**head, **terms, market=draw.randrange(2), post_only=post_only, size=draw.randint(1, 9), client=3)

    def _sheet(self, head: dict) -> Sheet:
        draw = self._random
        items = [
            PlaceItem(**{**self._terms(number % 2), "tif": GTC, "reduce_only": 0}, post_only=1, size=draw.randint(1, 9))
            for number in range(draw.randint(1, 6))
        ]
        items.append(CancelItem(side=0, slot=draw.randint(0, 14), epoch=draw.randrange(3), index=draw.randrange(9)))
        return Sheet(**head, market=draw.randrange(2), replace=draw.randrange(2), items=tuple(items))

    def _cancel(self, head: dict) -> Cancel:
        draw, market = self._random, self._random.randrange(2)
        orders = self._house.engine.orders(head["account"], market)
        if not orders:
            return Cancel(**head, market=market, side=1, slot=draw.randint(1, 14), epoch=0, index=draw.randrange(9))
        order = draw.choice(orders)
        return Cancel(
            **head, market=market, side=order.side, slot=order.slot, epoch=order.id.epoch, index=order.id.index
        )

    def _other(self, head: dict):
        draw = self._random
        kind = draw.randrange(3)
        if kind == 0:
            return CancelAll(**head, market=draw.randrange(2))
        if kind == 1:
            return Withdraw(**head, amount=draw.randint(1, 2**41))
        return Transfer(**head, to=draw.choice([one for one in self._accounts if one != head["account"]]), amount=7)
