"""Markets, prices, books, trades, candles, tickers: public, and nobody is named."""

import time
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from rollup.layout import STATUS_OPEN
from sequencer import history_schema as schema
from sequencer.gateway import wire
from sequencer.gateway.numbers import amount, fraction, leverage
from sequencer.gateway.routes import Call, Cursor, Endpoint, Limit, Page
from sequencer.gateway.views import price_of, ticker
from sequencer.ledger import Ledger
from sequencer.tape import Trade

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

TRADE_COLUMNS = ", ".join(Trade._fields)
Interval = Literal["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "1w"]


class BookQuery(Struct, forbid_unknown_fields=True):
    """``depth`` levels of a side; ``group`` ticks share a level."""

    depth: Limit = 100
    group: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class CandleQuery(Struct, forbid_unknown_fields=True):
    """``interval`` of a candle; a page ends where the one before it began."""

    interval: Interval = "1m"
    limit: Limit = 100
    cursor: Cursor | None = None


async def get_markets(gateway: "Gateway", call: Call) -> wire.Markets:
    """Every listed market with its terms."""
    moment = await gateway.moments.market()
    return wire.Markets([_market(gateway, number, bool(moment.open[number])) for number in range(len(gateway.units))])


def _market(gateway: "Gateway", number: int, is_open: bool) -> wire.Market:
    terms, units = gateway.markets[number], gateway.units[number]
    instrument = units.instrument
    return wire.Market(
        market=number,
        symbol=units.symbol,
        kind="perpetual",
        base=instrument.base,
        quote=instrument.quote,
        settle=instrument.quote,
        tick=units.price(terms.tick),
        lot=units.size(1),
        min_size=units.size(terms.minimum),
        tick_units=terms.tick,
        lot_units=amount(1),
        initial_margin=fraction(terms.initial),
        maintenance_margin=fraction(terms.maintenance),
        max_leverage=leverage(terms.initial),
        taker_fee=fraction(terms.taker_fee),
        maker_fee=fraction(terms.maker_fee),
        price_jump_per_second=fraction(terms.jump),
        price_jump_per_batch=fraction(terms.ceiling),
        status="open" if terms.status == STATUS_OPEN else "closed",
        is_open=is_open,
    )


async def get_prices(gateway: "Gateway", call: Call) -> wire.Prices:
    """Marks of the batch in progress, and the reports that they come from."""

    def look(ledger: Ledger):
        engine = ledger.engine
        reports = ledger.began.reports if ledger.began else ()
        return ledger.number, engine.system, engine.clock, engine.markets, reports

    number, system, clock, markets, reports = await gateway.ask(look)
    moment = int(time.time())
    marks = [
        wire.MarketPrice(
            units.symbol,
            price_of(units, market.mark),
            market.price_time,
            max(0, moment - market.price_time) * 1000 if market.price_time else 0,
            bool(market.mark) and clock - market.price_time <= system.max_age,
        )
        for units, market in zip(gateway.units, markets)
    ]
    return wire.Prices(number, system.round, marks, [reporter_price(gateway, report) for report in reports])


def reporter_price(gateway: "Gateway", report) -> wire.ReporterPrice:
    """A report as the API has it."""
    prices = {units.symbol: price_of(units, price) for units, price in zip(gateway.units, report.prices)}
    return wire.ReporterPrice(report.reporter, report.round, prices)


async def get_book(gateway: "Gateway", call: Call) -> wire.Book:
    """Levels of both sides, best first, as of the last look: the same ``seq`` as over the socket."""
    market = gateway.market(call.path["market"])
    await gateway.board.refresh()
    group = call.query.group
    return gateway.board.book(market, call.query.depth, group if group == 1 else group * gateway.markets[market].tick)


async def get_trades(gateway: "Gateway", call: Call) -> wire.Trades:
    """Trades of a market, newest first."""
    market = gateway.market(call.path["market"])
    limit = call.query.limit

    def read(_, reader) -> list[Trade]:
        rows = reader.execute(
            f"SELECT {TRADE_COLUMNS} FROM trades WHERE market = ? AND id < ? ORDER BY id DESC LIMIT ?",
            (market, (1 << 62) if call.query.at is None else call.query.at, limit + 1),
        )
        return [Trade(*row) for row in rows]

    await gateway.caught_up()
    rows = await gateway.read(read)
    next_ = str(rows[limit - 1].id) if len(rows) > limit else None
    return wire.Trades([gateway.answers.trade(row) for row in rows[:limit]], next_)


async def get_candles(gateway: "Gateway", call: Call) -> wire.Candles:
    """Candles of a market, oldest first; ``next`` leads to older ones. Minutes without trades have none."""
    market = gateway.market(call.path["market"])
    units, query = gateway.units[market], call.query
    before = (1 << 62) if query.cursor is None else int(query.cursor)

    def read(_, reader) -> list[tuple]:
        columns = "time, open, high, low, close, volume, trades"
        return reader.execute(
            f"SELECT {columns} FROM candles WHERE market = ? AND interval = ? AND time < ? ORDER BY time DESC LIMIT ?",
            (market, query.interval, before, query.limit + 1),
        ).fetchall()

    await gateway.caught_up()
    rows = await gateway.read(read)
    next_ = str(rows[query.limit - 1][0]) if len(rows) > query.limit else None
    candles = [
        wire.Candle(start, *map(units.price, prices), units.size(volume), trades)
        for start, *prices, volume, trades in reversed(rows[: query.limit])
    ]
    return wire.Candles(units.symbol, query.interval, candles, next_)


async def get_tickers(gateway: "Gateway", call: Call) -> wire.Tickers:
    """Every market in one line: best prices, mark, open interest, the last 24 hours."""
    await gateway.board.refresh()
    return wire.Tickers([await ticker(gateway, market) for market in range(len(gateway.units))])


async def get_ticker(gateway: "Gateway", call: Call) -> wire.Ticker:
    """One market in one line."""
    market = gateway.market(call.path["market"])
    await gateway.board.refresh()
    return await ticker(gateway, market)


assert set(Interval.__args__) == set(schema.INTERVALS)

ENDPOINTS = [
    Endpoint("GET", "/v1/markets", get_markets, wire.Markets),
    Endpoint("GET", "/v1/prices", get_prices, wire.Prices),
    Endpoint("GET", "/v1/markets/{market}/book", get_book, wire.Book, BookQuery, cost="heavy"),
    Endpoint("GET", "/v1/markets/{market}/trades", get_trades, wire.Trades, Page, cost="heavy"),
    Endpoint("GET", "/v1/markets/{market}/candles", get_candles, wire.Candles, CandleQuery, cost="heavy"),
    Endpoint("GET", "/v1/tickers", get_tickers, wire.Tickers),
    Endpoint("GET", "/v1/tickers/{market}", get_ticker, wire.Ticker),
]
