"""A replay through the engine alone, the way the demo goes about it, and what it came to."""

from collections import Counter
from dataclasses import dataclass, field

from novate.feed.capture import survey
from novate.feed.market import Market, markets_of
from novate.feed.timeline import Second, seconds
from novate.market.cast import Cast, cast
from novate.market.intents import Quotes, Retreat, Take
from novate.market.listing import listing
from novate.market.makers import Makers
from novate.market.reporters import readings
from novate.market.takers import Crowd
from rollup.actions import Deposit
from rollup.batch import Domain
from rollup.engine import Engine
from rollup.genesis import FeeAccount, Genesis
from rollup.layout import CLASSES
from rollup.receipts import Receipt
from rollup.refusals import Full
from tests.twins.hasher import QuickHasher


@dataclass
class Outcome:
    """What a replay came to."""

    markets: list[Market]
    engine: Engine
    cast: Cast
    sent: Counter = field(default_factory=Counter)
    items: Counter = field(default_factory=Counter)
    """Codes of sheets' items."""
    batches: list[dict[str, int]] = field(default_factory=list)
    """Slots used by each sealed batch."""
    traded: int = 0
    """Recorded worth, in micro-units."""
    replayed: int = 0
    """Worth of our fills, in micro-units."""
    deviations: list[float] = field(default_factory=list)
    """Distance of each taker's average price from the recorded average, as a fraction."""
    fills: int = 0


class Replay:
    """Makers and takers against an engine that checks no signatures."""

    def __init__(self, markets: list[Market], makers: int, levels: int, slack: int, size_class: str = "S") -> None:
        sweep = CLASSES[size_class].sweep
        terms = tuple(listing(market, sweep) for market in markets)
        reporters = tuple((number + 1, 1) for number in range(7))
        genesis = Genesis(terms, reporters, 5, 60, FeeAccount(99, 1, 1)).checked()
        self.cast = cast(len(markets), makers, 40)
        self.outcome = Outcome(markets, Engine(genesis, Domain(31337, 1), size_class), self.cast)
        desks = enumerate(zip(markets, self.cast.makers))
        self.makers = [Makers(number, market, accounts, levels, 15) for number, (market, accounts) in desks]
        self.crowd = Crowd(markets, self.cast.takers, 7, slack)
        self.counters: Counter = Counter()
        self.second = 0

    def begin(self, second: Second) -> None:
        """A new batch, with five of the seven reports, both liars among them."""
        pairs = zip(self.outcome.markets, second.views)
        mids = [market.price(view.bids[0][0]) if view.mid else 0 for market, view in pairs]
        chosen = [reading for reading in readings(second.number, mids, 7) if reading.reporter < 5]
        if second.number > self.second:
            self.outcome.engine.advance(second.number, [reading.action(second.number) for reading in chosen])
        else:
            self.outcome.engine.advance(second.number)
        self.second = second.number

    def seal(self, second: Second) -> None:
        """Close the batch and begin the next."""
        self.outcome.batches.append(self.outcome.engine.used())
        self.outcome.engine.seal(QuickHasher())
        self.begin(second)

    def apply(self, second: Second, action: object) -> Receipt:
        """Apply an action, in the next batch if this one is full."""
        try:
            return self.outcome.engine.apply(action)
        except Full:
            self.seal(second)
            return self.outcome.engine.apply(action)

    def send(self, second: Second, intent: Quotes | Retreat | Take) -> Receipt:
        """Give an intent its nonce and apply it."""
        self.counters[intent.account] += 1
        self.outcome.sent[type(intent)] += 1
        return self.apply(second, intent.action(0, self.counters[intent.account], second.number + 60))

    def open(self, second: Second) -> None:
        """Everybody deposits."""
        self.begin(second)
        for account in self.cast.accounts:
            self.apply(second, Deposit(account, self.cast.money(account), 1, account + 100, 1, 500 + account))

    def play(self, second: Second) -> None:
        """Quotes from the book as the second began, what they replaced swept up, then the takers."""
        outcome = self.outcome
        for makers, view in zip(self.makers, second.views):
            for intent in makers.quote(view):
                outcome.items.update(item.code.name for item in self.send(second, intent).items)
        for collect in outcome.engine.collectable():
            self.apply(second, collect)
        for taker, order in zip(second.takers, self.crowd.take(second)):
            receipt = self.send(second, order)
            outcome.fills += len(receipt.fills)
            outcome.replayed += receipt.cost
            got = sum(fill.size for fill in receipt.fills)
            if got:
                outcome.deviations.append(abs(receipt.cost / got / (taker.cost / taker.size) - 1))
        outcome.traded += sum(second.traded)


def replayed(paths: list, length: int, makers: int = 2, levels: int = 12, slack: int = 100) -> Outcome:
    """A replay of the first seconds of some captures."""
    markets = markets_of([survey(path) for path in paths])
    replay = Replay(markets, makers, levels, slack)
    for number, second in enumerate(seconds(markets, 2 * makers * levels)):
        if number == 0:
            replay.open(second)
        if number == length:
            replay.seal(second)
            break
        replay.play(second)
    return replay.outcome
