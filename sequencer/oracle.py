"""The oracle's door: reporters bring signed prices, round by round, and batches begin with a quorum of one round.

A round is a second. For each one the door keeps at most one report a reporter, and only reports whose signature holds.
Which quorum of a round begins a batch is a function of the reports at hand: the one that prices the most markets,
and among equals the one with the lowest numbers. So nobody is chosen for what they say.
"""

import threading
from collections import deque
from collections.abc import Sequence
from itertools import combinations

from rollup.actions import Report
from rollup.actions.advance import check_report
from rollup.genesis import Genesis
from rollup.refusals import Code, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.signatures import Checker

AHEAD = 5
"""Seconds that a reporter's clock may be ahead."""
KEPT_ROUNDS = 600
"""Rounds kept; of more, the oldest are forgotten."""
KEPT_CONFLICTS = 100


class Oracle:
    """Reports of rounds that no batch has used yet. For several threads."""

    def __init__(self, genesis: Genesis, checker: Checker) -> None:
        self._reporters = genesis.reporters
        self._quorum = genesis.quorum
        self._markets = len(genesis.markets)
        self._checker = checker
        self._rounds: dict[int, dict[int, Report]] = {}
        self._floor = 0
        self._lock = threading.Lock()
        self.conflicts: deque[tuple[Report, Report]] = deque(maxlen=KEPT_CONFLICTS)
        """Pairs that one reporter signed for one round: evidence that anyone can check."""

    def submit(self, report: Report, now: int) -> bool:
        """Take a report at ``now`` seconds; False if it was there already.

        Raises Refused (BAD_FIELD, BAD_SIGNATURE) and SequencerError (ROUND_TOO_OLD, ROUND_TOO_NEW, REPORT_CONFLICTS).
        """
        outcome = self.submit_many([report], now)[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def submit_many(self, reports: Sequence[Report], now: int) -> list[bool | Exception]:
        """``submit`` for several, with one call that checks the signatures; exceptions are returned, not raised."""
        outcomes: list[bool | Exception] = [self._screen(report, now) or True for report in reports]
        waiting = [place for place, outcome in enumerate(outcomes) if outcome is True]
        claims = [self._checker.claim(self._reporters[reports[place].reporter][0], reports[place]) for place in waiting]
        for place, holds in zip(waiting, self._checker.check(claims)):
            report = reports[place]
            refused = Refused(Code.BAD_SIGNATURE, reporter=report.reporter, round=report.round)
            outcomes[place] = self._keep(report) if holds else refused
        return outcomes

    def _screen(self, report: Report, now: int) -> Exception | None:
        """Turn away what needs no look at the signature."""
        try:
            check_report(report)
            if report.round.__class__ is not int or report.reporter.__class__ is not int:
                raise Refused(Code.BAD_FIELD, reporter=report.reporter, round=report.round)
            beyond = next((place for place, price in enumerate(report.prices[self._markets :]) if price), None)
            if beyond is not None:
                raise Refused(Code.UNKNOWN_MARKET, reporter=report.reporter, market=self._markets + beyond)
        except Refused as refusal:
            return refusal
        if report.round < self._floor:
            return SequencerError(Problem.ROUND_TOO_OLD, round=report.round, earliest=self._floor)
        if report.round > now + AHEAD:
            return SequencerError(Problem.ROUND_TOO_NEW, round=report.round, latest=now + AHEAD)
        return None

    def _keep(self, report: Report) -> bool | Exception:
        with self._lock:
            if report.round < self._floor:
                return SequencerError(Problem.ROUND_TOO_OLD, round=report.round, earliest=self._floor)
            kept = self._rounds.setdefault(report.round, {})
            first = kept.get(report.reporter)
            if first is None:
                kept[report.reporter] = report
                if len(self._rounds) > KEPT_ROUNDS:
                    del self._rounds[min(self._rounds)]
                return True
        if first.prices == report.prices:
            return False
        self.conflicts.append((first, report))
        return SequencerError(Problem.REPORT_CONFLICTS, reporter=report.reporter, round=report.round)

    def used(self, round_: int, clock: int) -> None:
        """A batch begins: rounds up to ``round_``, and those before its clock, begin no other one."""
        with self._lock:
            self._floor = max(round_ + 1, clock)
            for old in [number for number in self._rounds if number < self._floor]:
                del self._rounds[old]

    def newest(self, now: int) -> int:
        """The newest round up to ``now`` that has a quorum; 0 if none has."""
        with self._lock:
            rounds = [number for number, kept in self._rounds.items() if number <= now and len(kept) >= self._quorum]
        return max(rounds, default=0)

    def choose(self, round_: int) -> tuple[Report, ...]:
        """The quorum of a round that has one, by rising number of the reporter."""
        with self._lock:
            reports = dict(self._rounds[round_])
        groups = combinations([reports[number] for number in sorted(reports)], self._quorum)
        return max(groups, key=self._priced)

    def _priced(self, reports: Sequence[Report]) -> int:
        return sum(all(report.prices[market] for report in reports) for market in range(self._markets))

    def waiting(self) -> dict[int, int]:
        """Reports at hand by round."""
        with self._lock:
            return {number: len(kept) for number, kept in sorted(self._rounds.items())}
