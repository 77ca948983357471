"""The recorded seconds, once and then again for ever: every second time round with buyers and sellers exchanged.

So nobody's position grows without end, however long the makers run.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count

from novate.data import demo_captures
from novate.errors import NovateError
from novate.feed.capture import survey
from novate.feed.market import Market, markets_of
from novate.feed.timeline import Second, Taker, seconds


@cache
def recorded_markets() -> dict[str, Market]:
    """What ships with the package, by name: read once, which takes a second."""
    return {market.name: market for market in markets_of([survey(path) for path in demo_captures()])}


def chosen(names: Sequence[str] | None, listed: dict[str, tuple]) -> list[Market]:
    """Recorded markets that were asked for and are listed alike: ``listed`` has lot and tick units by symbol.

    Raises ``NovateError`` (NOT_RECORDED, LISTED_OTHERWISE).
    """
    recorded = recorded_markets()
    wanted = list(names) if names else [name for name in recorded if name in listed]
    for name in wanted:
        if name not in recorded or name not in listed:
            known = sorted(recorded.keys() & listed.keys())
            raise NovateError("NOT_RECORDED", f"no recording of a listed market {name}", known=known)
        units = (recorded[name].size_decimal(1), recorded[name].tick_units)
        if units != listed[name]:
            raise NovateError("LISTED_OTHERWISE", f"{name} is listed with another lot or tick", recorded=str(units))
    if not wanted:
        raise NovateError("NOT_RECORDED", "no listed market is recorded", recorded=sorted(recorded))
    return [recorded[name] for name in wanted]


def forever(markets: Sequence[Market], depth: int) -> Iterator[Second]:
    """Every recorded second, again and again."""
    kept = []
    for second in seconds(markets, depth):
        kept.append(second)
        yield second
    for turn in count(1):
        for second in kept:
            yield flipped(second, markets) if turn % 2 else second


def flipped(second: Second, markets: Sequence[Market]) -> Second:
    """The same second with its takers on the other side of the book."""
    takers = tuple(other(taker, second, markets[taker.market]) for taker in second.takers)
    return second._replace(takers=tuple(taker for taker in takers if taker is not None))


def other(taker: Taker, second: Second, market: Market) -> Taker | None:
    """A taker who does the opposite, as far from the touch as the recorded one went; None where there is no book."""
    view = second.views[taker.market]
    if not view.bids or not view.asks:
        return None
    bid, ask = market.price(view.bids[0][0]), market.price(view.asks[0][0])
    beyond = max(0, taker.worst - ask if taker.buys else bid - taker.worst)
    worst = max(bid - beyond, market.tick_units) if taker.buys else ask + beyond
    return taker._replace(buys=not taker.buys, worst=worst)
