"""Makers: the recorded book, quoted by several accounts between them.

The makers of a market divide the displayed levels: the first, who stands nearest to the touch, quotes the best
``levels`` of both sides, the next one the levels behind those, and so on; each quotes a level's whole displayed size.
Places are exchanged every ``rotation`` quotes, so that fills and positions are spread.

A quote never takes, so one that meets another maker's older quote on the other side would be refused. The nearest
maker speaks first: what stands in its way near the touch are its own quotes, which its sheet replaces. Where the price
has moved past another maker's quotes, that maker retreats before the sheet that would meet them.
"""

from collections.abc import Iterator, Sequence

from novate.feed.book import View
from novate.feed.market import Market
from novate.market.intents import BUY, SELL, Quotes, Retreat, quote
from rollup.layout import SHEET_ITEMS

MOST_LEVELS = SHEET_ITEMS // 2


class Makers:
    """The makers of one market, and what each of them quoted last."""

    def __init__(self, number: int, market: Market, accounts: Sequence[int], levels: int, rotation: int) -> None:
        """``levels`` a side for each account, at most 12: a sheet holds 24 items."""
        if not 1 <= levels <= MOST_LEVELS or rotation < 1:
            raise ValueError(f"levels {levels} of 1 to {MOST_LEVELS}, rotation {rotation} of 1 or more")
        self.number = number
        self.market = market
        self.accounts = tuple(accounts)
        self.levels = levels
        self.rotation = rotation
        self.quoted = 0
        self.standing: dict[int, tuple[int | None, int | None]] = {}
        """Best bid and best ask that each account last quoted, as far as it has quotes."""

    @property
    def depth(self) -> int:
        """Levels of the recorded book that are quoted at most; those below one lot are passed over."""
        return self.levels * len(self.accounts)

    def quote(self, view: View) -> list[Quotes | Retreat]:
        """What the makers send when the recorded book looks like this; nothing while a side of it is empty."""
        if not view.bids or not view.asks:
            return []
        turn = self.quoted // self.rotation % len(self.accounts)
        self.quoted += 1
        near_first = self.accounts[turn:] + self.accounts[:turn]
        bids, asks = self.in_lots(view.bids), self.in_lots(view.asks)
        sent: list[Quotes | Retreat] = []
        for place, account in enumerate(near_first):
            part = slice(place * self.levels, (place + 1) * self.levels)
            sent += self.speak(account, bids[part], asks[part])
        return sent

    def in_lots(self, levels: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Recorded levels in the rollup's units, best first, without those that hold less than a lot."""
        converted = ((self.market.price(price), self.market.lots(size, price)) for price, size in levels)
        return [(price, lots) for price, lots in converted if lots]

    def speak(
        self, account: int, bids: list[tuple[int, int]], asks: list[tuple[int, int]]
    ) -> Iterator[Quotes | Retreat]:
        """One account's sheet, after the retreat of whoever stands in its way."""
        best = (bids[0][0] if bids else None, asks[0][0] if asks else None)
        for other, theirs in self.standing.items():
            if other != account and in_the_way(best, theirs):
                self.standing[other] = (None, None)
                yield Retreat(other, self.number)
        self.standing[account] = best
        items = [quote(BUY, *level) for level in bids] + [quote(SELL, *level) for level in asks]
        yield Quotes(account, self.number, tuple(items))


def in_the_way(best: tuple[int | None, int | None], theirs: tuple[int | None, int | None]) -> bool:
    """Whether a new best bid meets a standing ask, or a new best ask a standing bid."""
    (bid, ask), (their_bid, their_ask) = best, theirs
    meets_ask = bid is not None and their_ask is not None and bid >= their_ask
    meets_bid = ask is not None and their_bid is not None and ask <= their_bid
    return meets_ask or meets_bid
