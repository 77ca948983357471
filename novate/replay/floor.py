"""The trading floor of a house: deposits, trading, withdrawals, in order."""

import time
from collections.abc import Iterable
from itertools import chain, islice

from novate.errors import NovateError
from novate.feed.timeline import Second, seconds
from novate.market.cast import Cast
from novate.replay import finale, stage
from novate.replay.house import House
from novate.replay.outcome import Leaving
from novate.replay.plan import Plan
from novate.replay.session import Session, paced
from novate.screen import Screen
from rollup.views import Level

DEPOSIT_SECONDS = 60
"""Longest wait until all deposits are in the state."""
PROOF_SECONDS = 300
"""Longest wait for one proof and its settlement, on average."""
WORDS_EVERY = 10
"""Recorded seconds from one line about the trading to the next."""


class Floor:
    """What happens in a house that is open."""

    def __init__(self, house: House, everyone: Cast, session: Session, plan: Plan, screen: Screen) -> None:
        self.house = house
        self.session = session
        self._everyone = everyone
        self._screen = screen
        self._speed = plan.speed
        recorded = islice(seconds(session.markets, session.depth), plan.length)
        self._first = next(recorded, None)
        if self._first is None:
            raise NovateError("NOTHING_TO_REPLAY", "the recording has no whole second")
        self._recorded: Iterable[Second] = chain([self._first], recorded)
        self.depth: list[tuple[list[Level], list[Level]]] = []
        """Bids and asks of each market after the makers' last sheets."""
        self.sealed_while_trading = 0
        """Batches that ended between the first recorded second and the last."""
        self.trading_seconds = 0.0

    def deposit(self) -> None:
        """Every owner opens an account on chain, and the sequencer credits it. Reporters are at work already."""
        house, accounts = self.house, self._everyone.accounts
        with self._screen.step(f"{len(accounts)} owners deposit on chain"):
            self._meanwhile()
            keys, money = house.people.keys, self._everyone.money
            stage.open_accounts(house.settlement, house.owners, keys, money, lambda account: self._meanwhile())
            deadline = time.monotonic() + DEPOSIT_SECONDS
            while any(house.sequencer.engine.key(account) is None for account in accounts):
                self._meanwhile()
                if time.monotonic() > deadline:
                    raise NovateError("DEPOSITS_MISSING", f"deposits did not arrive within {DEPOSIT_SECONDS} s")
                time.sleep(0.05)

    def _meanwhile(self) -> None:
        """Prices, though nobody trades yet."""
        self.house.trading.price(self._first.number, self.session.mids(self._first))
        self.house.watch.look()

    def trade(self) -> None:
        """Recorded seconds at their pace; in the end the makers quote once more."""
        begun, second = time.monotonic(), self._first
        before = self.house.sequencer.status().sealed
        for place, (second, late) in enumerate(paced(self._recorded, self._speed, time.monotonic, time.sleep), 1):
            self.session.play(second)
            self.house.watch.look()
            if place % WORDS_EVERY == 0:
                behind = f", {late:.1f} s behind" if late > 1 else ""
                self._screen.say(f"{place} recorded seconds, {len(self.session.tally.trades)} fills{behind}")
        self.session.quote(second)
        engine = self.house.sequencer.engine
        self.depth = [engine.book(market) for market in range(len(self.session.markets))]
        self.sealed_while_trading = self.house.sequencer.status().sealed - before
        self.trading_seconds = time.monotonic() - begun

    def leave(self, count: int) -> list[Leaving]:
        """Some accounts withdraw, everything is settled, and their owners claim."""
        house = self.house
        leavers = finale.leavers(house.sequencer.engine, self._everyone.takers, count)
        leaving = finale.withdraw(house.trading, leavers, house.owners)
        last = house.sequencer.seal().result(DEPOSIT_SECONDS)
        house.chain.lie_about = last
        self._screen.say(f"trading is over after {self.trading_seconds:.1f} s; {len(leaving)} withdraw in batch {last}")
        house.watch.until("settled", last, PROOF_SECONDS * max(1, last - house.sequencer.status().settled))
        with self._screen.step("owners claim what the contract owes them"):
            return finale.claim(house.settlement, leaving, house.owners)
