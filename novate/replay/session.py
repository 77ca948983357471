"""A session: makers quote the recorded book, recorded trades come as takers, second by second."""

from collections.abc import Callable, Iterable, Sequence

from novate.feed.market import Market
from novate.feed.timeline import Second
from novate.market.cast import Cast
from novate.market.makers import Makers
from novate.market.takers import Crowd
from novate.replay.scale import Scale
from novate.replay.tally import Tally
from novate.replay.venue import Intent, Venue


class Session:
    """Trades at a venue; ``tally`` holds what happened."""

    def __init__(self, markets: Sequence[Market], cast: Cast, scale: Scale, seed: int, venue: Venue) -> None:
        self.markets = tuple(markets)
        self.tally = Tally(markets)
        self._venue = venue
        desks = enumerate(zip(markets, cast.makers))
        self._makers = [
            Makers(number, market, accounts, scale.levels, scale.rotation) for number, (market, accounts) in desks
        ]
        self._crowd = Crowd(markets, cast.takers, seed, scale.slack)

    @property
    def depth(self) -> int:
        """Recorded levels a side that the makers look at: some hold less than a lot and are passed over."""
        return 2 * max(makers.depth for makers in self._makers)

    def mids(self, second: Second) -> list[int]:
        """Halfway between the best recorded prices of each market, in micro-units per lot; 0 where there is no book.

        Counted from the bid, as halfway between two ticks is no price of the recording.
        """
        mids = []
        for market, view in zip(self.markets, second.views):
            known = view.mid is not None
            mids.append((market.price(view.bids[0][0]) + market.price(view.asks[0][0])) // 2 if known else 0)
        return mids

    def quote(self, second: Second) -> None:
        """Prices, then the makers' sheets."""
        self._venue.price(second.number, self.mids(second))
        quotes = (intent for makers, view in zip(self._makers, second.views) for intent in makers.quote(view))
        self._send(second, list(quotes))

    def play(self, second: Second) -> None:
        """A second of trading: quotes, then its takers."""
        self.tally.see(second)
        self.quote(second)
        for taker, done in zip(second.takers, self._send(second, self._crowd.take(second))):
            self.tally.compare(taker, done.outcome)

    def _send(self, second: Second, intents: Sequence[Intent]) -> list:
        now = self._venue.now()
        done = self._venue.send(intents)
        for action, batch, outcome in done:
            self.tally.note(second, now, batch, action, outcome)
        return done


def paced(
    seconds: Iterable[Second], speed: float, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterable[tuple[Second, float]]:
    """Seconds when their turn comes, ``speed`` of them a second, each with how late it is (seconds).

    A recording with gaps goes on right after them.
    """
    begun = clock()
    for place, second in enumerate(seconds):
        due = begun + place / speed
        early = due - clock()
        if early > 0:
            sleep(early)
        yield second, max(0.0, -early)
