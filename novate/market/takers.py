"""Takers: recorded trades, merged by market, side and second, sent as market orders by a crowd of accounts."""

from collections.abc import Sequence

from novate.feed.market import Market
from novate.feed.timeline import Second, Taker
from novate.market.intents import BUY, SELL, Take
from novate.market.noise import draw
from rollup.layout import CLIENT_BITS, MILLION, PRICE_MAX


class Crowd:
    """Accounts that take, one of them drawn for each order.

    ``slack`` (ppm) is how much worse than the worst recorded trade an order may be filled: the quotes it meets are as
    old as the second, the trades it stands for were not.
    """

    def __init__(self, markets: Sequence[Market], accounts: Sequence[int], seed: int, slack: int) -> None:
        self.markets = tuple(markets)
        self.accounts = tuple(accounts)
        self.seed = seed
        self.slack = slack

    def take(self, second: Second) -> list[Take]:
        """The orders of a second, in order of their first trades."""
        return [self.order(second.number, taker) for taker in second.takers]

    def order(self, second: int, taker: Taker) -> Take:
        """One merged taker as an order; its worst price is on the tick."""
        side = BUY if taker.buys else SELL
        account = self.accounts[draw(len(self.accounts), self.seed, "taker", second, taker.market, side)]
        price = worst_price(taker.worst, self.markets[taker.market].tick_units, self.slack, taker.buys)
        return Take(account, taker.market, side, price, taker.size, second % 2**CLIENT_BITS)


def worst_price(worst: int, tick: int, slack: int, buys: bool) -> int:
    """The worst recorded price, made worse by ``slack`` ppm, on the tick inside that."""
    if buys:
        limit = min(worst * (MILLION + slack) // MILLION, PRICE_MAX)
        return max(limit // tick * tick, worst)
    limit = max(-(-worst * (MILLION - slack) // MILLION), 1)
    return min(-(-limit // tick) * tick, worst)
