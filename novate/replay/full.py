"""The whole path: recorded markets traded through sequencer, proof and chain."""

import time
from collections.abc import Iterable

from novate.errors import NovateError
from novate.feed.capture import survey
from novate.feed.market import markets_of
from novate.feed.timeline import Second
from novate.home import Home, Run
from novate.keys import made
from novate.market.cast import Cast, cast
from novate.replay import finale, stage
from novate.replay.house import House, opened
from novate.replay.outcome import Outcome, rows
from novate.replay.plan import Plan
from novate.replay.record import record_of
from novate.replay.scale import Scale, scale_of
from novate.replay.session import Session, paced
from novate.screen import Screen
from sequencer.archive import Archive

DEPOSIT_SECONDS = 60
"""Longest wait until all deposits are in the state."""
PROOF_SECONDS = 300
"""Longest wait for one proof and its settlement, on average."""
WORDS_EVERY = 10
"""Recorded seconds from one line about the trading to the next."""


class FullReplay:
    """One run, from nothing to settled batches. What it made stays in the run's folder.

    ``play`` raises the refusals of every part: ``FeedError``, ``ProverError``, ``SequencerError``, ``VerifierError``.
    """

    def __init__(self, plan: Plan, home: Home, screen: Screen) -> None:
        self.plan = plan
        self.screen = screen
        self._home = home
        self._begun = time.monotonic()

    def play(self) -> Outcome:
        """Keys, chain, deposits, trading, proofs, settlement, withdrawals."""
        with self.screen.step("read the recording"):
            markets = markets_of([survey(path) for path in self.plan.captures])
        scale = scale_of(self.plan.size_class, len(markets))
        everyone = cast(len(markets), scale.makers, scale.accounts)
        key = made(self.plan.size_class, self._home.keys, self.screen)
        run = self._home.new_run()
        with opened(self.plan, markets, everyone, key, self._home.keys, run, self.screen) as house:
            record = record_of(self.plan, scale, markets, key, house.settlement, house.genesis)
            run.write(record)
            self._deposit(house, everyone)
            session = Session(markets, everyone, scale, self.plan.seed, house.trading)
            return self._traded(house, everyone, scale, session, run, record)

    def _deposit(self, house: House, everyone: Cast) -> None:
        """Every owner opens an account on chain; the sequencer credits it."""
        with self.screen.step(f"{len(everyone.accounts)} owners deposit on chain"):
            keys = house.people.keys
            each = lambda account: house.watch.look()  # noqa: E731
            stage.open_accounts(house.settlement, house.owners, keys, everyone.money, each)
        deadline = time.monotonic() + DEPOSIT_SECONDS
        while any(house.sequencer.engine.key(account) is None for account in everyone.accounts):
            house.watch.look()
            if time.monotonic() > deadline:
                raise NovateError("DEPOSITS_MISSING", f"deposits did not arrive within {DEPOSIT_SECONDS} s")
            time.sleep(0.05)

    def _traded(self, house: House, everyone: Cast, scale: Scale, session: Session, run: Run, record: dict) -> Outcome:
        begun = time.monotonic()
        self._trade(house, session)
        trading_seconds = time.monotonic() - begun
        engine = house.sequencer.engine
        depth = [engine.book(market) for market in range(len(session.markets))]
        sealed = house.sequencer.status().sealed
        leaving = finale.withdraw(house.trading, finale.leavers(engine, everyone.takers, scale.leaving), house.owners)
        last = house.sequencer.seal().result(DEPOSIT_SECONDS)
        house.chain.lie_about = last
        self.screen.say(
            f"trading is over after {trading_seconds:.1f} s; {len(leaving)} owners withdraw in batch {last}"
        )
        house.watch.until("settled", last, PROOF_SECONDS * max(1, last - house.sequencer.status().settled))
        with self.screen.step("owners claim what the contract owes them"):
            leaving = finale.claim(house.settlement, leaving, house.owners)
        archive = Archive(run.sequencer)
        try:
            return Outcome(
                record=record,
                markets=list(session.markets),
                tally=session.tally,
                batches=rows(archive, house.watch.stages, {}),
                sealed_while_trading=sealed,
                leaving=leaving,
                books=finale.add_up(house.settlement, engine, house.native, house.owners),
                forgery=house.chain.forgery,
                accounts=[engine.account(account) for account in engine.accounts()],
                depth=depth,
                trading_seconds=trading_seconds,
                seconds=time.monotonic() - self._begun,
            )
        finally:
            archive.close()

    def _trade(self, house: House, session: Session, recorded: Iterable[Second]) -> None:
        """Recorded seconds at their pace."""
        for place, (second, late) in enumerate(paced(recorded, self.plan.speed, time.monotonic, time.sleep), start=1):
            session.play(second)
            house.watch.look()
            if place % WORDS_EVERY == 0:
                behind = f", {late:.1f} s behind" if late > 1 else ""
                self.screen.say(f"{place} recorded seconds, {len(session.tally.trades)} fills{behind}")
