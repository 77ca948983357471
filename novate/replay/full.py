"""The whole path: recorded markets traded through sequencer, proof and chain."""

import time
from contextlib import closing

from novate.audits import audited, restarted
from novate.errors import VerificationFailed
from novate.feed.capture import survey
from novate.feed.market import markets_of
from novate.home import Home, Run
from novate.keys import made
from novate.market.cast import cast
from novate.replay import finale, stage
from novate.replay.floor import Floor
from novate.replay.forging import judged
from novate.replay.house import House, opened
from novate.replay.outcome import Forgery, Leaving, Outcome, marks, rows
from novate.replay.plan import Plan
from novate.replay.record import record_of
from novate.replay.scale import scale_of
from novate.replay.session import Session
from novate.screen import Screen
from sequencer.archive import Archive
from verifier.chain import Chain
from verifier.settlement import Settlement


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
            session = Session(markets, everyone, scale, self.plan.seed, house.trading)
            floor = Floor(house, everyone, session, self.plan, self.screen)
            floor.deposit()
            floor.trade()
            leaving = floor.leave(scale.leaving)
            return self._outcome(floor, run, record, leaving)

    def _outcome(self, floor: Floor, run: Run, record: dict, leaving: list[Leaving]) -> Outcome:
        """Everything that is known when the last batch is settled."""
        house, session = floor.house, floor.session
        engine = house.sequencer.engine
        with closing(Archive(run.sequencer)) as archive:
            return Outcome(
                record=record,
                markets=list(session.markets),
                tally=session.tally,
                batches=rows(archive, house.watch.stages, self._audited(house)),
                sealed_while_trading=floor.sealed_while_trading,
                leaving=leaving,
                books=finale.add_up(house.settlement, engine, house.native, house.owners),
                forgery=self._forgery(house, run),
                marks=marks(archive, house.trading.rounds),
                accounts=[engine.account(account) for account in engine.accounts()],
                depth=floor.depth,
                trading_seconds=floor.trading_seconds,
                seconds=time.monotonic() - self._begun,
            )

    def _forgery(self, house: House, run: Run) -> Forgery | None:
        """The lie that was told before the last batch was settled, and what becomes of it on a copy of the chain."""
        lie = house.chain.lie
        if lie is None:
            return None
        house.devnet.save()
        with self.screen.step("lie to a copy of the chain"), restarted(run.chain, house.devnet.chain_id) as copy:
            return judged(lie, Settlement(Chain(copy.url), house.settlement.address), stage.cold().operator)

    def _audited(self, house: House) -> dict[int, float]:
        """Seconds that the check of each batch from chain data took; raises ``VerificationFailed``."""
        settled = house.settlement.state().settled
        with self.screen.step("check every batch from chain data alone"):
            reports = audited(house.devnet.url, house.settlement.address, range(1, settled + 1))
        for report in reports:
            for check in report.refusals:
                raise VerificationFailed("BATCH_REFUSED", f"batch {report.number}: {check.name}: {check.detail}")
        return {report.number: sum(check.seconds for check in report.checks) for report in reports}
