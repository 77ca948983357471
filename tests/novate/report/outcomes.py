"""An outcome to tell of: a real replay of the engine alone, and what a chain would have added to it."""

from functools import cache

from novate.data import demo_captures
from novate.replay.alone import replay_alone
from novate.replay.outcome import BatchRow, Books, Forgery, Leaving, Mark, Outcome, shares

BEGUN = 1_800_000_000
CONTRACT = "0x" + "5e" * 20
REASON, PROOF = "settle: not what was committed", "settle: the proof does not hold"
LIE = Forgery(3, 83, "first withdrawal", 2**168 * 5 + 7, 2**168 * 6 + 7, REASON, "0x77", False, "CIRCUIT_FALSE", PROOF)
LEFT = [
    Leaving(7, "0x" + "11" * 20, 5_000_000, 5_000_000, 5_000_000, ""),
    Leaving(8, "0x" + "22" * 20, 9, 0, 0, "MARGIN"),
]
AFTER = {"sealed": 0.0, "committed": 0.5, "proving": 1.0, "proven": 12.0, "settled": 13.0}
"""Seconds after its seal that a batch got so far."""


@cache
def outcome(seconds: int = 12) -> Outcome:
    """Two markets, three batches, two owners who left, one lie."""
    found = replay_alone(demo_captures(), "S", 3, seconds)
    engine = found.engine
    accounts = [engine.account(account) for account in engine.accounts()]
    equities = sum(view.equity for view in accounts)
    root = found.batches[-1].root_after
    key = {"class": "S", "circuit": "c1" * 32, "digest": "d9" * 32, "development": True}
    record = {
        "novate": "0.1.0",
        "seed": 3,
        "speed": 2.0,
        "key": key,
        "constraints": 1_000_000,
        "chain": {"id": 31337, "hardfork": "osaka", "settlement": CONTRACT},
        "captures": [{"file": "</script><b>.gz", "sha256": "ab" * 32}],
        "markets": [],
    }
    return Outcome(
        record=record,
        markets=found.markets,
        tally=found.tally,
        batches=[row(batch, place) for place, batch in enumerate(found.batches)],
        sealed_while_trading=len(found.batches) - 1,
        leaving=LEFT,
        books=Books(equities, 0, equities, equities, sum(min(view.equity, 0) for view in accounts), (0, 0), root, root),
        forgery=LIE,
        marks=[Mark(1, 0, 60_000_000, 60_001_200), Mark(1, 1, 26_000_000, 26_000_000)],
        accounts=accounts,
        depth=[engine.book(market) for market in range(2)],
        trading_seconds=6.0,
        seconds=50.0,
    )


def row(batch, place: int) -> BatchRow:
    """A settled batch."""
    sealed = BEGUN + 5.0 * place
    stages = {stage: sealed + after for stage, after in AFTER.items()}
    return BatchRow(
        number=batch.number,
        size_class="S",
        clock=BEGUN + 5 * place - 4,
        reason="full: quotes",
        actions=batch.used["signatures"] + batch.used["sheets"] + batch.used["deposits"],
        quotes=batch.used["quotes"],
        fills=len(batch.fills),
        deposits=batch.used["deposits"],
        withdrawals=batch.used["withdrawals"],
        accounts=batch.used["headers"],
        pages=batch.used["books"],
        constraints=1_000_000,
        used=batch.used,
        share=shares("S", batch.used.items()),
        execute=0.1,
        seal=0.2,
        witness=0.3,
        prove=11.4,
        verify=0.004,
        audit=1.2,
        commit_gas=54_301,
        settle_gas=330_000,
        commit_transaction="0xc0",
        settle_transaction="0x5e",
        root_before=batch.root_before,
        root_after=batch.root_after,
        stages=stages,
    )
