"""One page to look at, with everything in it: style, program and data; it loads nothing."""

import json
from pathlib import Path

from novate.feed.market import MICRO, Market
from novate.market.reporters import LIARS
from novate.replay.outcome import BatchRow, Outcome
from novate.replay.tally import Quote, Trade
from novate.report import money
from rollup.layout import REPORTERS
from rollup.views import AccountView, Level

FOLDER = Path(__file__).resolve().parent


def page(outcome: Outcome) -> str:
    """The page as HTML."""
    parts = {"style": "page.css", "program": "page.js"}
    text = (FOLDER / "page.html").read_text()
    for name, file in parts.items():
        text = text.replace(f"/*{name}*/", (FOLDER / file).read_text())
    # No data may end the element that holds it.
    return text.replace('"data"', json.dumps(data(outcome), separators=(",", ":")).replace("<", "\\u003c"))


def data(outcome: Outcome) -> dict:
    """What the page draws. Money in units of collateral, sizes in the base asset, times in seconds."""
    record, tally = outcome.record, outcome.tally
    begun = min((row.clock for row in outcome.batches), default=0)
    return {
        "novate": record["novate"],
        "seed": record["seed"],
        "speed": record["speed"],
        "key": record["key"],
        "constraints": record["constraints"],
        "chain": record["chain"],
        "captures": record["captures"],
        "begun": begun,
        "seconds": outcome.seconds,
        "trading": outcome.trading_seconds,
        "recorded": tally.seconds,
        "summary": tally.summary()._asdict(),
        "markets": [of_market(outcome, number) for number in range(len(outcome.markets))],
        "batches": [of_batch(row, begun) for row in outcome.batches],
        "accounts": [of_account(outcome, view) for view in outcome.accounts],
        "books": of_books(outcome),
        "oracle": of_oracle(outcome),
        "forgery": of_forgery(outcome),
    }


def of_market(outcome: Outcome, number: int) -> dict:
    """A market: the recorded touch, our fills, the book when trading ended."""
    market, tally = outcome.markets[number], outcome.tally
    bids, asks = outcome.depth[number]
    return {
        "name": market.name,
        "tick": float(market.price_decimal(market.tick_units)),
        "summary": tally.summary(number)._asdict(),
        "touch": [of_quote(market, quote) for quote in tally.quotes if quote.market == number],
        "fills": [of_trade(market, trade) for trade in tally.trades if trade.fill.market == number],
        "bids": [of_level(market, level) for level in bids],
        "asks": [of_level(market, level) for level in asks],
    }


def of_price(market: Market, per_lot: int) -> float:
    """A price in collateral per unit of the base asset."""
    return float(market.price_decimal(per_lot))


def of_size(market: Market, lots: int) -> float:
    """A size in the base asset."""
    return float(market.size_decimal(1)) * lots


def of_quote(market: Market, quote: Quote) -> list:
    """Recorded second, bid, ask; None where there was none."""
    sides = [of_price(market, price) if price else None for price in (quote.bid, quote.ask)]
    return [quote.recorded, *sides]


def of_trade(market: Market, trade: Trade) -> list:
    """Recorded second, batch, the taker's side, price, size, taker, maker."""
    fill = trade.fill
    terms = (of_price(market, fill.price), of_size(market, fill.size), fill.taker, fill.maker.owner)
    return [trade.recorded, trade.batch, fill.side, *terms]


def of_level(market: Market, level: Level) -> list:
    """Price, size, orders."""
    return [of_price(market, level.price), of_size(market, level.size), level.orders]


def of_batch(row: BatchRow, begun: float) -> dict:
    """A batch; stages in seconds since the first batch's clock."""
    return {
        **row._asdict(),
        "root_before": f"0x{row.root_before:064x}",
        "root_after": f"0x{row.root_after:064x}",
        "stages": {"begun": row.clock - begun, **{name: time - begun for name, time in row.stages.items()}},
        "share": {name: round(share, 4) for name, share in row.share.items()},
    }


def of_account(outcome: Outcome, view: AccountView) -> dict:
    """An account at the last marks."""
    left = next((one for one in outcome.leaving if one.account == view.account), None)
    positions = zip(outcome.markets, view.positions)
    return {
        "account": view.account,
        "owner": f"0x{view.owner:040x}",
        "cash": view.cash / MICRO,
        "equity": view.equity / MICRO,
        "required": view.required / MICRO,
        "sizes": [of_size(market, position.size) for market, position in positions],
        "withdrew": left.owed / MICRO if left else 0,
        "wallet": left.wallet / MICRO if left else 0,
    }


def of_books(outcome: Outcome) -> dict:
    """What was added up, and which checks hold."""
    books = outcome.books
    return {
        "escrow": money.units(books.escrow),
        "held": money.units(books.held),
        "negative": money.units(books.negative),
        "checks": [[name, holds] for name, holds, _ in books.checks()],
    }


def of_oracle(outcome: Outcome) -> dict:
    """Who lied by how much, and how far the marks are off nevertheless."""
    return {
        "reporters": REPORTERS,
        "liars": [[number, lie / 10**4] for number, lie in LIARS.items()],
        "rounds": len({mark.batch for mark in outcome.marks}),
        "worst": max((mark.basis_points for mark in outcome.marks), default=0.0),
    }


def of_forgery(outcome: Outcome) -> dict | None:
    """The lie."""
    lie = outcome.forgery
    if lie is None:
        return None
    return {**lie._asdict(), "before": f"{lie.before:#x}", "after": f"{lie.after:#x}", "refused": lie.is_refused}
