"""Advance: every batch begins with it. It sets the clock and, with a quorum of reports, the marks."""

from typing import NamedTuple

from rollup.actions.place import UNSIGNED
from rollup.layout import JUMP_SECONDS, MARKETS, MILLION, PRICE_MAX, REPORTERS, TIME_BITS
from rollup.refusals import Code, Refused
from rollup.state import Market, State, System
from rollup.words import price_cells, report_head


class Report(NamedTuple):
    """What one reporter signed: ``prices`` of all eight markets in one second; 0 = none."""

    reporter: int
    round: int
    prices: tuple[int, ...]
    signature: tuple[int, int] = UNSIGNED

    def word(self) -> int:
        """The head."""
        return report_head(self.reporter, self.round)

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (domain, self.word(), *price_cells(self.prices))


class Advance(NamedTuple):
    """``clock`` in seconds; ``reports`` of a round of that very second by rising number, or none: every mark stays."""

    clock: int
    reports: tuple[Report, ...] = ()


class Advanced(NamedTuple):
    """System and markets as they were before the batch, its reports, and the median of each market, 0 if none."""

    system: System
    markets: tuple[Market, ...]
    reports: tuple[Report, ...]
    medians: tuple[int, ...]


def check(state: State, advance: Advance) -> None:
    """Refuse a clock that runs back, and reports that are no round.

    Raises BAD_FIELD, CLOCK_RUNS_BACK, NOT_A_QUORUM, ROUND_IS_NOT_THE_CLOCK, ROUND_IS_NOT_NEWER.
    """
    system, clock = state.system, advance.clock
    if clock.__class__ is not int or clock >> TIME_BITS:
        raise Refused(Code.BAD_FIELD, clock=clock)
    if clock < system.clock:
        raise Refused(Code.CLOCK_RUNS_BACK, clock=clock, last=system.clock)
    if not advance.reports:
        return
    reporters = [report.reporter for report in advance.reports]
    if len(reporters) != system.quorum or reporters != sorted(set(reporters)):
        raise Refused(Code.NOT_A_QUORUM, reports=len(reporters), quorum=system.quorum)
    for report in advance.reports:
        check_report(report)
        if report.round != clock:
            raise Refused(Code.ROUND_IS_NOT_THE_CLOCK, reporter=report.reporter, round=report.round, clock=clock)
    if clock <= system.round:
        raise Refused(Code.ROUND_IS_NOT_NEWER, round=clock, last=system.round)


def check_report(report: Report) -> None:
    """Refuse a report whose fields do not fit. Raises BAD_FIELD."""
    if report.reporter not in range(REPORTERS):
        raise Refused(Code.BAD_FIELD, reporter=report.reporter)
    if len(report.prices) != MARKETS:
        raise Refused(Code.BAD_FIELD, reporter=report.reporter, prices=len(report.prices))
    for market, price in enumerate(report.prices):
        if price.__class__ is not int or not 0 <= price <= PRICE_MAX:
            raise Refused(Code.BAD_FIELD, reporter=report.reporter, market=market, price=price)


def apply(state: State, advance: Advance) -> Advanced:
    """Set clock and marks, and open an empty batch; what they were is for the trace."""
    system = state.system
    medians = tuple(median([report.prices[market] for report in advance.reports]) for market in range(MARKETS))
    before = Advanced(system, tuple(state.markets), advance.reports, medians)
    if advance.reports:
        state.markets = [moved(market, price, advance.clock) for market, price in zip(state.markets, medians)]
        system = system._replace(round=advance.clock)
    state.system = system._replace(clock=advance.clock)
    state.begin()
    return before


def median(prices: list[int]) -> int:
    """The middle one of an odd number of prices; 0 if any is missing."""
    return sorted(prices)[len(prices) // 2] if prices and all(prices) else 0


def moved(market: Market, price: int, round_: int) -> Market:
    """The market after a round whose median is ``price``, 0 for none: a jump beyond the allowance is not taken.

    The allowance is mark times jump times the seconds since the last accepted price, at most an hour's and at most
    the ceiling. The first price of a market is always taken.
    """
    if not price:
        return market
    if market.price_time:
        seconds = min(round_ - market.price_time, JUMP_SECONDS)
        allowed = market.mark * min(market.jump * seconds, market.ceiling)
        if MILLION * abs(price - market.mark) > allowed:
            return market
    return market._replace(mark=price, price_time=round_)
