"""A replay through the engine alone: no signatures, no journal, no proof, no chain; as fast as it goes."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from circuits.native import Native
from novate.feed.capture import survey
from novate.feed.market import Market, markets_of
from novate.feed.timeline import seconds
from novate.market.cast import cast
from novate.replay.people import People
from novate.replay.scale import scale_of
from novate.replay.session import Session
from novate.replay.tally import Tally
from novate.replay.venue import EngineAlone
from rollup.batch import Batch, Domain
from rollup.engine import Engine

CHAIN = Domain(31337, 1)
"""No chain: any domain will do."""


class Alone(NamedTuple):
    """What it came to; ``took`` in seconds, reading the recording included."""

    markets: list[Market]
    tally: Tally
    engine: Engine
    batches: list[Batch]
    took: float


def replay_alone(
    captures: Sequence[Path],
    size_class: str,
    seed: int,
    length: int | None = None,
    each: Callable[[int], None] = lambda second: None,
) -> Alone:
    """Trade so many recorded seconds, all of them by default; ``each`` hears of every one.

    Raises ``FeedError`` for captures that cannot be replayed.
    """
    begun = time.monotonic()
    markets = markets_of([survey(path) for path in captures])
    scale = scale_of(size_class, len(markets))
    everyone = cast(len(markets), scale.makers, scale.accounts)
    with Native() as native:
        people = People(native, seed, everyone.accounts)
        engine = Engine(people.genesis(markets, size_class, fee_owner=1), CHAIN, size_class)
        venue = EngineAlone(engine, native, seed)
        session = Session(markets, everyone, scale, seed, venue)
        for place, second in enumerate(islice(seconds(markets, session.depth), length)):
            if place == 0:
                venue.price(second.number, session.mids(second))
                for account in everyone.accounts:
                    venue.deposit(account, people.keys[account], everyone.money(account))
            session.play(second)
            each(place + 1)
        venue.seal()
    return Alone(markets, session.tally, engine, venue.batches, time.monotonic() - begun)
