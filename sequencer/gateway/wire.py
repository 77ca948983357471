"""Every object of the API, declared once: server and client share them, and the documents are made from them.

Prices, sizes and amounts are decimal strings (a ``Num``): prices in collateral per unit of the base asset, sizes in the
base asset, amounts in collateral. Times are whole milliseconds. Hashes and field elements are 0x-hex strings. ``seq``
numbers every durable fact of the journal. Lists that go on have a ``next`` cursor, null at their end.

What is signed is the one exception: an action travels as ``rollup.actions.to_dict`` has it, in whole lots and
micro-units per lot, because those are the numbers under the signature; its two signature cells are 0x-hex strings
(``sequencer.gateway.signed``).
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from rollup.layout import ACCOUNT_BITS, MARKETS, REPORTERS, TIME_BITS
from sequencer.gateway.signed import Cell, Price, Signed, SignedCancelAll

Num = str
"""A decimal number, exact."""
Hex = str
"""0x and hexadecimal digits."""
MOST_ACTIONS = 100
"""Actions of one request."""
MOST_REPORTS = 64
"""Reports of one request."""
Account24 = Annotated[int, Meta(ge=0, lt=1 << ACCOUNT_BITS)]
RequestId = int | Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
Side = Literal["buy", "sell"]
Stage = Literal["open", "sealed", "committed", "proven", "settled"]
Outcome = Literal["rejected", "accepted", "unknown"]
Retry = Literal["never", "after", "same_bytes"]


class Wire(Struct, omit_defaults=False, rename=None, forbid_unknown_fields=False):
    """Base of all: unknown fields of an answer are ignored, so that the API can grow."""


class Request(Struct, forbid_unknown_fields=True):
    """Base of what clients send: unknown fields are refused, since a misspelt one would silently mean nothing."""


# ------------------------------------------------------------------------------------------------------------ errors
class Error(Wire):
    """``outcome``: whether what was asked can still take effect. ``retry``: whether asking again can help.

    ``details`` are the numbers that failed, in units as ``/v1/errors`` says: amounts, prices and sizes are
    decimal strings.
    """

    code: str
    num: int
    message: str
    outcome: Outcome
    retry: Retry
    details: dict[str, Any]
    doc: str
    retry_after_ms: int | None = None
    hash: Hex | None = None


class Failure(Wire):
    """The body of every answer that is not 2xx."""

    error: Error


class ErrorKind(Wire):
    """One row of ``/v1/errors``.

    ``numbers`` says what the numbers are that an error tells in ``details`` and a receipt in ``numbers``: amount, price
    and size are decimal strings, market, account, seconds and number are whole.
    """

    code: str
    num: int
    message: str
    outcome: Outcome
    retry: Retry
    http: int
    numbers: dict[str, str]


class Errors(Wire):
    errors: list[ErrorKind]


# ------------------------------------------------------------------------------------------------------------ public
class Head(Wire):
    """How far a stage got: the last batch, when it got there, and how long ago that is beside the limit for it.

    ``age_ms`` is of the oldest batch that has yet to reach the stage, 0 if none waits.
    """

    stage: Stage
    batch: int
    time: int | None
    age_ms: int
    limit_ms: int


class ProofJob(Wire):
    """``state``: waiting, leased, proven, failed. ``expected_end`` is a guess from the last proofs of the class;
    ``error`` is a code, the words are for the operator.
    """

    batch: int
    state: str
    worker: str | None
    attempt: int
    step: str | None
    running_ms: int
    lease_ends: int | None
    expected_end: int | None
    error: str


class Status(Wire):
    """``mode``: normal, reduced (cancels, reads and withdrawals go on) or halted; ``reason`` is a code."""

    mode: Literal["normal", "reduced", "halted"]
    reason: str
    detail: str
    seq: int
    time: int
    heads: list[Head]
    waiting_actions: int
    waiting_proofs: int
    jobs: list[ProofJob]
    chain_trouble: str
    chain_block: int
    chain_time: int
    sockets: int
    version: str


class Time(Wire):
    time: int
    batch_clock: int


class WordPart(Wire):
    """A field of a packed word, from its lowest bit up."""

    name: str
    bits: int


class SigningKind(Wire):
    """How a kind of message is packed: ``head`` then ``body``; ``width`` is that of the hash."""

    kind: str
    number: int
    width: int
    head: list[WordPart]
    body: list[WordPart]


class Domain(Wire):
    """All that is needed to sign without our software; ``docs/signing.md`` says how. ``digest`` is D."""

    name: str
    version: int
    chain_id: int
    verifying_contract: Hex
    digest: Hex
    field: Hex
    subgroup_order: Hex
    base_point: list[Hex]
    curve_d: Hex
    kinds: list[SigningKind]
    place_item: list[WordPart]
    cancel_item: list[WordPart]
    vectors: str


class RateLimit(Wire):
    """A bucket: ``capacity`` credits, refilled by ``per_second``. ``scope``: account, address or socket."""

    name: str
    scope: str
    capacity: int
    per_second: int


class Cost(Wire):
    """Credits that a request takes out of a bucket: ``base`` and ``per_item``."""

    request: str
    bucket: str
    base: int
    per_item: int


class Limits(Wire):
    buckets: list[RateLimit]
    costs: list[Cost]
    sizes: dict[str, int]


class Market(Wire):
    market: int
    symbol: str
    kind: str
    base: str
    quote: str
    settle: str
    tick: Num
    lot: Num
    min_size: Num
    tick_units: int
    lot_units: Num
    initial_margin: Num
    maintenance_margin: Num
    max_leverage: Num
    taker_fee: Num
    maker_fee: Num
    price_jump_per_second: Num
    price_jump_per_batch: Num
    status: str
    is_open: bool


class Markets(Wire):
    markets: list[Market]


class MarketPrice(Wire):
    """``mark`` is what margin is measured at; ``age_ms`` since the round it comes from."""

    symbol: str
    mark: Num | None
    round: int
    age_ms: int
    is_fresh: bool


class ReporterPrice(Wire):
    reporter: int
    round: int
    prices: dict[str, Num | None]


class Prices(Wire):
    """Marks of the batch in progress, and the reports of its round."""

    batch: int
    round: int
    marks: list[MarketPrice]
    reports: list[ReporterPrice]


class Level(Wire):
    price: Num
    size: Num
    orders: int


class Book(Wire):
    """Levels best first. ``seq`` counts the changes of this market's book."""

    symbol: str
    seq: int
    time: int
    bids: list[Level]
    asks: list[Level]


class Trade(Wire):
    """``side`` is the taker's. ``id`` is unique in its market and rises. Nobody is named."""

    id: int
    symbol: str
    time: int
    side: Side
    price: Num
    size: Num
    batch: int
    seq: int


class Trades(Wire):
    """Newest first; ``next`` goes back in time."""

    trades: list[Trade]
    next: str | None


class Candle(Wire):
    time: int
    open: Num
    high: Num
    low: Num
    close: Num
    volume: Num
    trades: int


class Candles(Wire):
    """Oldest first."""

    symbol: str
    interval: str
    candles: list[Candle]
    next: str | None


class Ticker(Wire):
    """Figures of the last 24 hours; absent ones are null. ``open_interest`` in the base asset, one side."""

    symbol: str
    time: int
    bid: Num | None
    bid_size: Num | None
    ask: Num | None
    ask_size: Num | None
    last: Num | None
    mark: Num | None
    open_interest: Num
    open_24h: Num | None
    high_24h: Num | None
    low_24h: Num | None
    volume_24h: Num
    trades_24h: int


class Tickers(Wire):
    tickers: list[Ticker]


# ------------------------------------------------------------------------------------------------------------ actions
class Submit(Request):
    """One action or several; each is answered by itself, in the order of the request.

    Cancels are sequenced before everything else of the request; sign them in a lane of their own, since a nonce uses up
    the lower ones of its lane.
    """

    actions: Annotated[list[Signed], Meta(min_length=1, max_length=MOST_ACTIONS)]


class Fill(Wire):
    """``role``: maker or taker. ``fee`` is what this account paid."""

    id: int
    symbol: str
    time: int
    account: int
    order_id: str | None
    client: int | None
    side: Side
    role: Literal["maker", "taker"]
    price: Num
    size: Num
    fee: Num
    batch: int
    seq: int
    hash: Hex | None


class Order(Wire):
    """``order_id`` is owner-market-epoch-index for all time; ``hash`` is of the action that placed it."""

    order_id: str
    account: int
    symbol: str
    side: Side
    price: Num
    size: Num
    remaining: Num
    filled: Num
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


class Receipt(Wire):
    """The one terminal outcome of an action, and how final it is: finality and success are two things.

    ``status``  accepted: it took effect; rejected: sequenced and refused, its nonce is used
    ``code``    the result, or the rule that refused; ``numbers`` are what the rule compared, in units as
                ``/v1/errors`` says: amounts, prices and sizes are decimal strings; others are strings from 2^53 on
    ``stage``   of its batch
    ``amended`` how often its batch had to be sequenced again; ``seq``, ``batch`` and outcome are those that hold now
    """

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
    fee: Num
    items: list["Receipt"]
    commit_tx: Hex | None
    settle_tx: Hex | None


class Result(Wire):
    """What became of one action: a receipt, or the error for which it was not sequenced."""

    receipt: Receipt | None
    error: Error | None


class Submitted(Wire):
    """A result for each action of the request, in its order.

    A request of one action that is not sequenced is answered by a ``Failure`` with the status of its code instead.
    """

    results: list[Result]


class Preview(Request):
    """An action, signed or not: an absent signature is two zeros."""

    action: Signed


class Previewed(Wire):
    """What would become of an action now. Nothing was changed, and nothing is promised."""

    hash: Hex
    payload: str
    message: list[Hex]
    domain: Hex
    key: Hex | None
    signature: Literal["valid", "invalid", "absent"]
    would_be: Receipt | None
    refusal: Error | None
    equity_before: Num | None
    equity_after: Num | None
    required_before: Num | None
    required_after: Num | None


class ScheduleCancel(Request):
    """Dead-man switch: the signed cancel-all is submitted at ``at`` unless it is renewed; null ``at`` clears it.

    Nobody else can sign a cancel for an account, so the owner leaves one. ``at`` lies 5 s to 24 h ahead, and every
    cancel expires ten minutes after it at the earliest. Nonces of several in one lane rise.
    """

    account: Account24
    at: Annotated[int, Meta(ge=0, lt=1 << 53)] | None
    cancels: Annotated[list[SignedCancelAll], Meta(max_length=MARKETS)]


class Switch(Wire):
    """A dead-man switch that is set. ``kind``: schedule, or socket; ``at`` is null while that is open.

    ``error`` says why it can never fire, or soon will not, as it is: sign other cancels, in a lane that nothing else
    uses, and leave those.
    """

    account: int
    kind: Literal["schedule", "socket"]
    at: int | None
    hashes: list[Hex]
    error: Error | None


class Switches(Wire):
    switches: list[Switch]


class Scheduled(Wire):
    account: int
    at: int | None
    hashes: list[Hex]


class PriceReport(Request):
    """A reporter's signed prices of a round, micro-units per lot for each of the eight markets, 0 where it has none."""

    reporter: Annotated[int, Meta(ge=0, lt=REPORTERS)]
    round: Annotated[int, Meta(ge=0, lt=1 << TIME_BITS)]
    prices: Annotated[list[Price], Meta(min_length=MARKETS, max_length=MARKETS)]
    signature: tuple[Cell, Cell]


class SubmitReports(Request):
    """Reports of one reporter or of several."""

    reports: Annotated[list[PriceReport], Meta(min_length=1, max_length=MOST_REPORTS)]


class ReportResult(Wire):
    """``is_new`` is false where the same report was there already."""

    is_new: bool
    error: Error | None


class ReportResults(Wire):
    """A result for each report, in the order of the request."""

    results: list[ReportResult]


# ------------------------------------------------------------------------------------------------------------ private
class TokenRequest(Request):
    """A read token: account, lane and expiry (seconds) signed by the account's key as a word of the kind ``read``."""

    account: Account24
    expires: Annotated[int, Meta(ge=0, lt=1 << TIME_BITS)]
    signature: tuple[Cell, Cell]


class Token(Wire):
    token: str
    account: int
    expires: int


class Position(Wire):
    symbol: str
    side: Literal["long", "short", "flat"]
    size: Num
    open_buys: Num
    open_sells: Num
    mark: Num | None
    notional: Num
    entry: Num | None
    unrealised: Num | None


class Account(Wire):
    """``equity`` and margins at the marks of the batch in progress; ``counters`` are the last nonces of the lanes."""

    account: int
    key: Hex
    owner: Hex
    seq: int
    cash: Num
    equity: Num
    initial_margin: Num
    available: Num
    counters: list[int]
    positions: list[Position]


class Orders(Wire):
    orders: list[Order]
    next: str | None


class Fills(Wire):
    fills: list[Fill]
    next: str | None


class Positions(Wire):
    account: int
    seq: int
    positions: list[Position]


class MarginLine(Wire):
    symbol: str
    position: Num
    open_orders: Num
    mark: Num | None
    initial: Num
    maintenance: Num


class Margin(Wire):
    account: int
    seq: int
    equity: Num
    initial_margin: Num
    available: Num
    lines: list[MarginLine]


class Movement(Wire):
    """One change of an account's cash. ``kind``: deposit, withdraw, transfer_in, transfer_out, fill, fee."""

    id: int
    time: int
    kind: str
    amount: Num
    symbol: str | None
    other: int | None
    batch: int
    seq: int
    hash: Hex | None


class Ledger(Wire):
    account: int
    movements: list[Movement]
    next: str | None


# ------------------------------------------------------------------------------------------------------------ batches
class BatchLine(Wire):
    """One row of the list of batches; times in ms, null where a stage was not reached."""

    batch: int
    stage: Stage
    size_class: str
    clock: int
    actions: int
    fills: int
    first_seq: int
    last_seq: int
    reason: str
    root_before: Hex
    root_after: Hex
    sealed: int | None
    committed: int | None
    proven: int | None
    settled: int | None
    prove_seconds: float | None
    commit_gas: int | None
    settle_gas: int | None
    commit_tx: Hex | None
    settle_tx: Hex | None


class Batches(Wire):
    batches: list[BatchLine]
    next: str | None


class BatchDeposit(Wire):
    index: int
    account: int
    amount: Num


class BatchWithdrawal(Wire):
    owner: Hex
    amount: Num


class Batch(Wire):
    """A batch with all that is public of it; ``words`` and ``proof`` are enough to check it with the verifying key."""

    line: BatchLine
    actions_by_kind: dict[str, int]
    used: dict[str, int]
    capacity: dict[str, int]
    deposits: list[BatchDeposit]
    withdrawals: list[BatchWithdrawal]
    round: int
    marks: dict[str, Num | None]
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


# ------------------------------------------------------------------------------------------------------------ socket
class Subscribe(Request):
    """``op``: subscribe or unsubscribe. Channels: ``book.{symbol}``, ``trades.{symbol}``, ``ticker.{symbol}``,
    ``batches``, ``status``; with a ``token`` also ``orders``, ``fills``, ``positions``, ``receipts``. ``since`` asks a
    private channel for what came after that ``seq``, in place of a snapshot; what was undone since then is told. A
    private channel ends with its token (TOKEN_EXPIRED): subscribe with a newer one and ``since``, then or before.
    """

    op: Literal["subscribe", "unsubscribe"]
    channels: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(min_length=1, max_length=64)]
    id: RequestId | None = None
    token: Annotated[str, Meta(max_length=512)] | None = None
    since: Annotated[int, Meta(ge=0, lt=1 << 53)] | None = None


class SubmitOver(Request):
    """``op`` action: the same actions as over HTTP; the answer carries ``id``."""

    op: Literal["action"]
    id: RequestId
    actions: Annotated[list[Signed], Meta(min_length=1, max_length=MOST_ACTIONS)]


class OnDisconnect(Request):
    """``op`` cancel_on_disconnect: signed cancel-alls, submitted when this socket is gone for the grace time."""

    op: Literal["cancel_on_disconnect"]
    id: RequestId
    cancels: Annotated[list[SignedCancelAll], Meta(max_length=MARKETS)]


class Undone(Wire):
    """Batches after ``batch`` were undone: what was told of a ``seq`` above ``after`` and below ``seq`` is void.

    What holds in its place has a ``seq`` above, and follows.
    """

    seq: int
    after: int
    batch: int
    reason: str
    time: int


class Push(Wire):
    """What the server sends: ``type`` is ack, error, answer, snapshot, delta, event, undone, ended (the channel, with
    the reason), switch (a dead-man switch that cannot fire, a ``Switch``) or closing (the socket, with the reason).

    ``seq`` and ``prev_seq`` are of the channel: a delta of a book, and a trade, follows the message whose ``seq`` is
    its ``prev_seq``; where it does not, something is missing, and a new snapshot mends it. A null ``prev_seq`` is of
    the first trade that this server tells: none is missing before it. Private channels have a ``seq`` on the last
    object of an action: it is what ``since`` takes.

    Book: a snapshot is a ``Book``, a delta's data {"bids": [[price, size, orders]], "asks": [...]}; size "0" removes.
    Other channels: a snapshot is a list, in place of all that was told before, an event one object of it. ``undone``
    (``Undone`` says what is void) comes before the snapshot or the events that hold in place of it.
    """

    type: str
    channel: str | None = None
    id: int | str | None = None
    seq: int | None = None
    prev_seq: int | None = None
    data: Any = None
