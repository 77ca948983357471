"""Answers of the API as the client hands them over: those of ``sequencer.gateway.wire`` with exact numbers in them.

Objects without prices, sizes or amounts are the wire's own. A test holds the fields of both together.
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from sequencer.gateway.wire import (
    Batches,
    BatchLine,
    Domain,
    Error,
    ErrorKind,
    Errors,
    Head,
    Hex,
    Limits,
    Outcome,
    ProofJob,
    Scheduled,
    Side,
    Stage,
    Status,
    Time,
)

__all__ = [
    "Account",
    "Batch",
    "BatchDeposit",
    "BatchLine",
    "BatchWithdrawal",
    "Batches",
    "Book",
    "Candle",
    "Candles",
    "Domain",
    "Error",
    "ErrorKind",
    "Errors",
    "Fill",
    "Fills",
    "Head",
    "Ledger",
    "Level",
    "Limits",
    "Margin",
    "MarginLine",
    "Market",
    "MarketPrice",
    "Markets",
    "Movement",
    "Order",
    "Orders",
    "Outcome",
    "Position",
    "Positions",
    "Previewed",
    "Prices",
    "ProofJob",
    "Receipt",
    "ReporterPrice",
    "Scheduled",
    "Side",
    "Stage",
    "Status",
    "Ticker",
    "Tickers",
    "Time",
    "Trade",
    "Trades",
]


class Model(Struct, kw_only=True):
    """Base of all; fields that the server adds later are ignored."""


class Market(Model):
    """A listed market; what each field is, ``novate.client`` tells as the API does."""

    market: int
    symbol: str
    kind: str
    base: str
    quote: str
    settle: str
    tick: Decimal
    lot: Decimal
    min_size: Decimal
    tick_units: int
    lot_units: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    max_leverage: Decimal
    taker_fee: Decimal
    maker_fee: Decimal
    price_jump_per_second: Decimal
    price_jump_per_batch: Decimal
    status: str
    is_open: bool


class Markets(Model):
    markets: list[Market]


class MarketPrice(Model):
    """``mark`` is what margin is measured at."""

    symbol: str
    mark: Decimal | None
    round: int
    age_ms: int
    is_fresh: bool


class ReporterPrice(Model):
    reporter: int
    round: int
    prices: dict[str, Decimal | None]


class Prices(Model):
    """Marks of the batch in progress, and the reports of its round."""

    batch: int
    round: int
    marks: list[MarketPrice]
    reports: list[ReporterPrice]


class Level(Model):
    price: Decimal
    size: Decimal
    orders: int


class Book(Model):
    """Levels best first."""

    symbol: str
    seq: int
    time: int
    bids: list[Level]
    asks: list[Level]


class Trade(Model):
    """``side`` is the taker's."""

    id: int
    symbol: str
    time: int
    side: Side
    price: Decimal
    size: Decimal
    batch: int
    seq: int


class Trades(Model):
    """Newest first; ``next`` goes back in time."""

    trades: list[Trade]
    next: str | None


class Candle(Model):
    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int


class Candles(Model):
    """Oldest first."""

    symbol: str
    interval: str
    candles: list[Candle]
    next: str | None


class Ticker(Model):
    """Figures of the last 24 hours."""

    symbol: str
    time: int
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    last: Decimal | None
    mark: Decimal | None
    open_interest: Decimal
    open_24h: Decimal | None
    high_24h: Decimal | None
    low_24h: Decimal | None
    volume_24h: Decimal
    trades_24h: int


class Tickers(Model):
    tickers: list[Ticker]


class Fill(Model):
    """``fee`` is what this account paid."""

    id: int
    symbol: str
    time: int
    account: int
    order_id: str | None
    client: int | None
    side: Side
    role: Literal["maker", "taker"]
    price: Decimal
    size: Decimal
    fee: Decimal
    batch: int
    seq: int
    hash: Hex | None


class Order(Model):
    """``order_id`` is owner-market-epoch-index for all time."""

    order_id: str
    account: int
    symbol: str
    side: Side
    price: Decimal
    size: Decimal
    remaining: Decimal
    filled: Decimal
    expiry: int
    reduce_only: bool
    client: int
    slot: int
    status: Literal["open", "partially_filled", "filled", "cancelled", "expired", "rejected"]
    reason: str | None
    created_seq: int
    updated_seq: int
    created: int
    hash: Hex | None


class Receipt(Model):
    """The one terminal outcome of an action, and how final it is: ``stage`` of its batch."""

    hash: Hex
    kind: str
    account: int
    status: Literal["accepted", "rejected"]
    code: str
    numbers: dict[str, int | str]
    seq: int
    time: int
    batch: int
    stage: Stage
    amended: int
    duplicate: bool
    order: Order | None
    fills: list[Fill]
    ended: list[str]
    fee: Decimal
    items: list["Receipt"]
    commit_tx: Hex | None
    settle_tx: Hex | None


class Position(Model):
    symbol: str
    side: Literal["long", "short", "flat"]
    size: Decimal
    open_buys: Decimal
    open_sells: Decimal
    mark: Decimal | None
    notional: Decimal
    entry: Decimal | None
    unrealised: Decimal | None


class Account(Model):
    """``counters`` are the last nonces of the lanes."""

    account: int
    key: Hex
    owner: Hex
    seq: int
    cash: Decimal
    equity: Decimal
    initial_margin: Decimal
    available: Decimal
    counters: list[int]
    positions: list[Position]


class Orders(Model):
    orders: list[Order]
    next: str | None


class Fills(Model):
    fills: list[Fill]
    next: str | None


class Positions(Model):
    account: int
    seq: int
    positions: list[Position]


class MarginLine(Model):
    symbol: str
    position: Decimal
    open_orders: Decimal
    mark: Decimal | None
    initial: Decimal
    maintenance: Decimal


class Margin(Model):
    account: int
    seq: int
    equity: Decimal
    initial_margin: Decimal
    available: Decimal
    lines: list[MarginLine]


class Movement(Model):
    """One change of an account's cash."""

    id: int
    time: int
    kind: str
    amount: Decimal
    symbol: str | None
    other: int | None
    batch: int
    seq: int
    hash: Hex | None


class Ledger(Model):
    account: int
    movements: list[Movement]
    next: str | None


class Previewed(Model):
    """What would become of an action now. Nothing was changed, and nothing is promised."""

    hash: Hex
    payload: str
    message: list[Hex]
    domain: Hex
    key: Hex | None
    signature: Literal["valid", "invalid", "absent"]
    would_be: Receipt | None
    refusal: Error | None
    equity_before: Decimal | None
    equity_after: Decimal | None
    required_before: Decimal | None
    required_after: Decimal | None


class BatchDeposit(Model):
    index: int
    account: int
    amount: Decimal


class BatchWithdrawal(Model):
    owner: Hex
    amount: Decimal


class Batch(Model):
    """A batch with all that is public of it."""

    line: BatchLine
    actions_by_kind: dict[str, int]
    used: dict[str, int]
    capacity: dict[str, int]
    deposits: list[BatchDeposit]
    withdrawals: list[BatchWithdrawal]
    round: int
    marks: dict[str, Decimal | None]
    reports: list[ReporterPrice]
    circuit: Hex | None
    key: Hex | None
    key_label: str | None
    seconds: dict[str, float]
    words: list[Hex]
    sent_words: list[Hex]
    proof: Hex | None
    chain_id: int
    contract: Hex
    verify: str
