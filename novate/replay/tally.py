"""What a replay came to: who sent what, what traded, how much of the recorded volume and how near to its prices."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from novate.feed.market import Market
from novate.feed.timeline import Second, Taker
from rollup.actions import Action
from rollup.batch import all_fills
from rollup.receipts import Fill, Receipt

BASIS_POINTS = 10**4


class Trade(NamedTuple):
    """A fill, when it happened: seconds since 1970 of the wall clock and of the recording."""

    time: float
    recorded: int
    batch: int
    fill: Fill


class Quote(NamedTuple):
    """Best recorded bid and ask of a market as a second began, in micro-units per lot; 0 where there was none."""

    recorded: int
    market: int
    bid: int
    ask: int


class Deviation(NamedTuple):
    """How far one taker's average price lies from the recorded one (a fraction), and what it traded (micro-units)."""

    market: int
    fraction: float
    worth: int


class Tally:
    """Collects while a replay runs."""

    def __init__(self, markets: Sequence[Market]) -> None:
        self.markets = tuple(markets)
        self.sent: Counter[str] = Counter()
        """Actions by kind."""
        self.codes: Counter[str] = Counter()
        """Results and refusals, those of sheets' items included."""
        self.trades: list[Trade] = []
        self.quotes: list[Quote] = []
        self.deviations: list[Deviation] = []
        self.recorded_worth = [0] * len(self.markets)
        """Traded in the recording, in micro-units, by market."""
        self.replayed_worth = [0] * len(self.markets)
        self.seconds = 0

    def see(self, second: Second) -> None:
        """A second begins: what its books and its trades were."""
        self.seconds += 1
        for number, (market, view) in enumerate(zip(self.markets, second.views)):
            bid = market.price(view.bids[0][0]) if view.bids else 0
            ask = market.price(view.asks[0][0]) if view.asks else 0
            self.quotes.append(Quote(second.number, number, bid, ask))
            self.recorded_worth[number] += second.traded[number]

    def note(self, second: Second, time: float, batch: int, action: Action, outcome: Receipt | Exception) -> None:
        """What became of an action."""
        self.sent[type(action).__name__] += 1
        if isinstance(outcome, Exception):
            self.codes[str(getattr(outcome, "code", type(outcome).__name__))] += 1
            return
        self.codes.update(str(item.code) for item in outcome.items)
        self.codes[str(outcome.code)] += 1
        self.trades += [Trade(time, second.number, batch, fill) for fill in all_fills(outcome)]

    def compare(self, taker: Taker, outcome: Receipt | Exception) -> None:
        """What became of a recorded taker's order."""
        if isinstance(outcome, Exception) or not outcome.fills:
            return
        size = sum(fill.size for fill in outcome.fills)
        fraction = (outcome.cost * taker.size) / (size * taker.cost) - 1
        self.replayed_worth[taker.market] += outcome.cost
        self.deviations.append(Deviation(taker.market, fraction, outcome.cost))

    def summary(self, market: int | None = None) -> "Summary":
        """Of one market, or of all."""
        chosen = range(len(self.markets)) if market is None else (market,)
        recorded = sum(self.recorded_worth[number] for number in chosen)
        replayed = sum(self.replayed_worth[number] for number in chosen)
        deviations = [one for one in self.deviations if one.market in chosen]
        apart = sorted(abs(one.fraction) * BASIS_POINTS for one in deviations)
        weighed = sum(abs(one.fraction) * one.worth for one in deviations) / max(replayed, 1) * BASIS_POINTS
        return Summary(
            name="all" if market is None else self.markets[market].name,
            fills=sum(trade.fill.market in chosen for trade in self.trades),
            recorded=recorded,
            replayed=replayed,
            share=replayed / recorded if recorded else 0.0,
            mean_basis_points=weighed,
            median_basis_points=apart[len(apart) // 2] if apart else 0.0,
            worst_basis_points=apart[-1] if apart else 0.0,
        )


class Summary(NamedTuple):
    """Worth in micro-units; distances of takers' average prices from the recorded ones, the mean weighed by worth."""

    name: str
    fills: int
    recorded: int
    replayed: int
    share: float
    mean_basis_points: float
    median_basis_points: float
    worst_basis_points: float
