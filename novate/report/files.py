"""The outcome of a full replay as files: fills and batches as CSV, the manifest of the run, the page."""

import csv
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from novate import tools
from novate.cli.output import json_text
from novate.replay.outcome import BatchRow, Books, Outcome
from novate.report import money
from novate.report.page import page

FILL_HEAD = (
    "time",
    "recorded_second",
    "batch",
    "market",
    "taker_side",
    "price",
    "size",
    "price_micro_per_lot",
    "lots",
    "taker",
    "maker",
    "maker_fee_micro",
)
SIDES = ("buy", "sell")


def write(outcome: Outcome, folder: Path) -> list[Path]:
    """Write everything into a folder; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    batch_head, *batch_rows = batches(outcome.batches)
    contents = {
        "fills.csv": sheet(FILL_HEAD, fills(outcome)),
        "batches.csv": sheet(batch_head, batch_rows),
        "manifest.json": json_text(manifest(outcome)) + "\n",
        "report.html": page(outcome),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, newline="")
    return [folder / name for name in contents]


def sheet(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def moment(seconds: float) -> str:
    """A time since 1970, in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fills(outcome: Outcome) -> Iterable[tuple]:
    """A row a fill, in order."""
    for trade in outcome.tally.trades:
        fill, market = trade.fill, outcome.markets[trade.fill.market]
        yield (
            moment(trade.time),
            trade.recorded,
            trade.batch,
            market.name,
            SIDES[fill.side],
            money.price(market, fill.price),
            money.size(market, fill.size),
            fill.price,
            fill.size,
            fill.taker,
            fill.maker.owner,
            fill.fee,
        )


def batches(rows: Sequence[BatchRow]) -> Iterable[Sequence[object]]:
    """A head, then a row a batch; every capacity has a column of slots used."""
    plain = [name for name in BatchRow._fields if name not in ("used", "share", "stages", "root_before", "root_after")]
    capacities = list(rows[0].share) if rows else []
    stages = sorted({stage for row in rows for stage in row.stages})
    yield [*plain, "root_before", "root_after", *(f"{s}_at" for s in stages), *(f"used_{c}" for c in capacities)]
    for row in rows:
        roots = [f"{row.root_before:#066x}", f"{row.root_after:#066x}"]
        times = [moment(row.stages[stage]) if stage in row.stages else "" for stage in stages]
        yield [*(getattr(row, name) for name in plain), *roots, *times, *(row.used[name] for name in capacities)]


def manifest(outcome: Outcome) -> dict:
    """What the run was made of and what it came to: enough to judge it, and to do it again."""
    return {
        **outcome.record,
        "versions": tools.versions(),
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "result": summary(outcome),
    }


def summary(outcome: Outcome) -> dict:
    """The outcome in one object, as ``--json`` prints it."""
    tally = outcome.tally
    return {
        "seconds": round(outcome.seconds, 1),
        "trading_seconds": round(outcome.trading_seconds, 1),
        "recorded_seconds": tally.seconds,
        "sent": dict(tally.sent),
        "codes": dict(tally.codes),
        "sealed_while_trading": outcome.sealed_while_trading,
        "markets": [tally.summary(number)._asdict() for number in range(len(tally.markets))],
        "all_markets": tally.summary()._asdict(),
        "batches": [batch(row) for row in outcome.batches],
        "withdrawals": [one._asdict() for one in outcome.leaving],
        "books": {
            **outcome.books._asdict(),
            "root": hex(outcome.books.root),
            "root_on_chain": hex(outcome.books.root_on_chain),
        },
        "checks": [{"name": name, "holds": holds} for name, holds, _ in outcome.books.checks()],
        "marks": [{**mark._asdict(), "basis_points": round(mark.basis_points, 3)} for mark in outcome.marks],
        "forgery": forgery(outcome),
    }


def batch(row: BatchRow) -> dict:
    """A batch with its roots as hexadecimal text."""
    return {**row._asdict(), "root_before": hex(row.root_before), "root_after": hex(row.root_after)}


def books(found: Books) -> dict:
    """The sums, roots as hexadecimal text."""
    return {**found._asdict(), "root": hex(found.root), "root_on_chain": hex(found.root_on_chain)}


def forgery(outcome: Outcome) -> dict | None:
    """The lie, its words as hexadecimal text."""
    lie = outcome.forgery
    if lie is None:
        return None
    return {**lie._asdict(), "before": hex(lie.before), "after": hex(lie.after), "refused": lie.is_refused}
