"""What the rooms and the feeds show alike: status, tickers, positions, lines of batches."""

import re
import sqlite3
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from rollup import views as rollup_views
from rollup.layout import PublicWord
from sequencer.archive import Archive, BatchRecord
from sequencer.errors import SequencerError
from sequencer.gateway import wire
from sequencer.gateway.numbers import Units, amount
from sequencer.instruments import plain
from sequencer.ledger import Ledger
from sequencer.progress import JobStatus
from sequencer.tape import Holding

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

PLACES = Decimal("1e-8")
STATUS_SECONDS = 1
CODE = re.compile(r"[A-Z][A-Z_]{0,63}")
DAY = 24 * 3600 * 1000
BEFORE = {"sealed": "open", "committed": "sealed", "proven": "sealed", "settled": "proven"}
"""The stage that a batch waits in for each stage."""


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def cell(value: int) -> str:
    """A field element as 0x-hex."""
    return f"{value:#066x}"


def price_of(units: Units, mark: int) -> str | None:
    """A price, null where there is none."""
    return units.price(mark) if mark else None


# ---------------------------------------------------------------------------------------------- status
async def status_of(gateway: "Gateway") -> wire.Status:
    """Mode, heads with their ages, queues."""
    status = gateway.sequencer.status()
    try:
        began = await gateway.ask(_begun, STATUS_SECONDS)
    except (SequencerError, TimeoutError):  # halted or overwhelmed: that is what a status is there to say
        began = (status.sealed + 1, None)
    heads = await gateway.read(lambda archive, _: _heads(archive, status, gateway.info.limits, began))
    chain = gateway.info.chain()
    jobs = [
        wire.ProofJob(**{**{name: getattr(job, name) for name in wire.ProofJob.__struct_fields__}, "error": _code(job)})
        for job in (gateway.info.jobs or gateway.sequencer.jobs)()
    ]
    why = status.halted or status.reduced
    return wire.Status(
        mode=status.mode,
        reason=str(why.code) if why else "",
        detail="" if why is None else str(why.code),
        seq=status.sequence,
        time=now(),
        heads=heads,
        waiting_actions=status.waiting,
        waiting_proofs=max(0, status.sealed - status.proven),
        jobs=jobs,
        chain_trouble=status.trouble,
        chain_block=chain.block,
        chain_time=chain.time,
        sockets=gateway.sockets,
        version=gateway.info.version,
    )


def _code(job: JobStatus) -> str:
    """The code of what went wrong at a proof: its words name files and machines, and are the operator's."""
    code = job.error.partition(":")[0]
    return code if CODE.fullmatch(code) else "PROVER_FAILED" if job.error else ""


def _begun(ledger: Ledger) -> tuple[int, int | None]:
    """Number of the batch in progress or of the next one, and when it began."""
    return ledger.number, ledger.began.time if ledger.began else None


def _heads(archive: Archive, status, limits: dict[str, int], began: tuple[int, int | None]) -> list[wire.Head]:
    moment = now()
    number, since = began
    age = moment - since if since else 0
    heads = [wire.Head("open", number if since else number - 1, since, age, limits.get("open", 0))]
    for stage in ("sealed", "committed", "proven", "settled"):
        last, reached = archive.head(stage)
        waiting = min(since, moment) if stage == "sealed" and since else None
        if stage != "sealed" and last < status.sealed:
            waiting = archive.stages(last + 1).get("sealed")
        heads.append(wire.Head(stage, last, reached, max(0, moment - waiting) if waiting else 0, limits.get(stage, 0)))
    return heads


# ---------------------------------------------------------------------------------------------- markets
class MarketMoment:
    """What the state says of every market at one moment."""

    __slots__ = ("clock", "marks", "max_age", "open", "times")

    def __init__(self, ledger: Ledger) -> None:
        engine = ledger.engine
        cells = engine.markets
        self.clock = engine.clock
        self.max_age = engine.system.max_age
        self.marks = [cell_.mark for cell_ in cells]
        self.times = [cell_.price_time for cell_ in cells]
        self.open = engine.open_markets


def interest(ledger: Ledger) -> list[int]:
    """Open interest of each market, lots of one side."""
    markets = len(ledger.engine.markets)
    totals = [0] * markets
    for account in ledger.engine.accounts():
        for market in range(markets):
            size = ledger.engine.position(account, market).size
            if size > 0:
                totals[market] += size
    return totals


DAY_SQL = """
SELECT (SELECT open FROM candles WHERE market = :m AND interval = '1m' AND time >= :since ORDER BY time LIMIT 1),
    max(high), min(low), coalesce(sum(volume), 0), coalesce(sum(trades), 0)
FROM candles WHERE market = :m AND interval = '1m' AND time >= :since
"""
LAST_SQL = "SELECT price FROM trades WHERE market = ? ORDER BY id DESC LIMIT 1"


class DayMoment:
    """Figures of the last 24 hours of every market, out of the history."""

    __slots__ = ("days", "lasts")

    def __init__(self, reader: sqlite3.Connection, markets: int) -> None:
        since = now() - DAY
        self.days = [reader.execute(DAY_SQL, {"m": market, "since": since}).fetchone() for market in range(markets)]
        self.lasts = [(reader.execute(LAST_SQL, (market,)).fetchone() or (None,))[0] for market in range(markets)]


async def ticker(gateway: "Gateway", market: int) -> wire.Ticker:
    """A market in one line."""
    moment = await gateway.moments.market()
    interests = await gateway.moments.interest()
    day = await gateway.moments.day()
    units = gateway.units[market]
    bid, ask = gateway.board.best(market)
    opened, high, low, volume, trades = day.days[market]

    def price(value: int | None) -> str | None:
        return None if value is None else units.price(value)

    return wire.Ticker(
        symbol=units.symbol,
        time=now(),
        bid=price(bid[0] if bid else None),
        bid_size=units.size(bid[1]) if bid else None,
        ask=price(ask[0] if ask else None),
        ask_size=units.size(ask[1]) if ask else None,
        last=price(day.lasts[market]),
        mark=price_of(units, moment.marks[market]),
        open_interest=units.size(interests[market]),
        open_24h=price(opened),
        high_24h=price(high),
        low_24h=price(low),
        volume_24h=units.size(volume),
        trades_24h=trades,
    )


# ---------------------------------------------------------------------------------------------- accounts
def position(units: Units, row: rollup_views.Position, mark: int, held: Holding) -> wire.Position:
    """A position at the mark; what it cost is null until the history has read its last fill."""
    is_known = held.size == row.size != 0
    cost = held.cost if row.size > 0 else -held.cost
    side = "long" if row.size > 0 else "short" if row.size < 0 else "flat"
    return wire.Position(
        symbol=units.symbol,
        side=side,
        size=units.size(abs(row.size)),
        open_buys=units.size(row.buy),
        open_sells=units.size(row.sell),
        mark=price_of(units, mark),
        notional=amount(abs(row.size) * mark),
        entry=_average(units, held) if is_known else None,
        unrealised=amount(row.size * mark - cost) if is_known and mark else None,
    )


def _average(units: Units, held: Holding) -> str:
    """Price of a lot on average, to eight decimals."""
    price = Decimal(held.cost) / abs(held.size) * units.instrument.unit
    return f"{plain(price.quantize(PLACES)):f}"


# ---------------------------------------------------------------------------------------------- batches
async def batch_line(gateway: "Gateway", number: int) -> wire.BatchLine | None:
    """One line of the list of batches."""

    def read(archive: Archive, _) -> wire.BatchLine | None:
        record = archive.batch(number)
        return record and line_of(archive, record, gateway.stage(number))

    return await gateway.read(read)


def line_of(archive: Archive, record: BatchRecord, stage: wire.Stage) -> wire.BatchLine:
    """A sealed batch in one line."""
    times = archive.stages(record.number)
    sent = archive.settlement(record.number)
    proof = archive.proof(record.number)
    return wire.BatchLine(
        batch=record.number,
        stage=stage,
        size_class=record.size_class,
        clock=record.clock,
        actions=record.actions,
        fills=record.fills,
        first_seq=record.first_sequence,
        last_seq=record.last_sequence,
        reason=record.reason,
        root_before=cell(record.words[PublicWord.ROOT_BEFORE]),
        root_after=cell(record.root_after),
        sealed=times.get("sealed"),
        committed=times.get("committed"),
        proven=times.get("proven"),
        settled=times.get("settled"),
        prove_seconds=round(sum(proof.seconds.values()), 3) if proof else None,
        commit_gas=sent.gas.get("commit"),
        settle_gas=sent.gas.get("settle"),
        commit_tx=sent.commit,
        settle_tx=sent.settle,
    )
