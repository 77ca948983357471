"""Every width, record, address, word, public word, chip column and size class, declared once.

The Go and Vyper constants are generated from this module by ``python -m rollup.generate``.
Units: prices in micro-units of collateral per lot, sizes in lots, amounts and cash in micro-units,
times in seconds, fractions in parts per million. Bits count from the low end of a cell.
"""

from typing import NamedTuple

FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""Order of BN254's scalar field: the field of every cell, word and column."""

# ---------------------------------------------------------------------------------------------- widths, in bits
PRICE_BITS = 36
SIZE_BITS = 48
CASH_BITS = 60
AMOUNT_BITS = 60
FRACTION_BITS = 24
TIME_BITS = 36
ACCOUNT_BITS = 24
SLOT_BITS = 24
INDEX_BITS = 24
MARKET_BITS = 12
EPOCH_BITS = 36
LANE_BITS = 3
COUNTER_BITS = 48
OWNER_BITS = 168
VERSION_BITS = 24
CLIENT_BITS = 24
STEP_BITS = 24
"""Time of an access inside a batch: 256 times the tick of the operation plus its step."""

PRICE_MAX = 2**PRICE_BITS - 2
"""Highest price; 0 and 2**36 - 1 belong to the sentinels."""
NEVER = 2**TIME_BITS - 1
"""Expiry of what never expires."""
MILLION = 10**6
"""Denominator of every fraction."""
CASH_SOFT_LIMIT = 2**58
"""The engine keeps cash plus the cost of open orders within this (CASH_LIMIT), so no fill can jam."""
DEPOSIT_MAX = 2**50
"""Largest single deposit the contract accepts."""
ESCROW_MAX = 2**57
"""The contract holds less than this."""
ORDER_LIFETIME = 30 * 24 * 3600
"""Longest expiry the engine admits, from the clock."""

MARKETS = 8
"""Markets of this release: one header page holds a position in each."""
LANES = 8
BOOK_ROWS = 15
BOOK_PAGES = 1024
"""Most pages of one book; a deployment may use fewer (genesis parameter ``book_pages``)."""
PAGE_CELLS = 16
REPORTERS = 7
SHEET_ITEMS = 24
SHEET_CELLS = 12
REPORT_CELLS = 4
PRICES_PER_CELL = 7
ARITY = 8
LEVELS = 9
"""Levels of nodes, 0 above the account headers to 8 below the root."""

STEPS = 256
"""Steps of one tick's block."""
LAST_STEP = 255
"""Step of every operation that has one step only, and of an order's own accesses after its sweep."""
SWEEP_END = 248
"""A sweep starts at step SWEEP_END - sweep and ends at the latest where a step would start at SWEEP_END."""
MARGIN_STEP = 8
"""Steps of a taker's budget that an eviction for margin uses up."""
SWEEP_MAX = 240
JUMP_SECONDS = 3600
"""The allowance of a price jump stops growing after an hour."""


class Bits(NamedTuple):
    """A named part of a packed value."""

    name: str
    bits: int


# ---------------------------------------------------------------------------------------------- rows of memory
class Row(NamedTuple):
    """A kind of memory row: its tag on the bus and its columns, paired on the bus in this order."""

    tag: int
    columns: tuple[str, ...]


ROWS = {
    "identity": Row(1, ("key", "owner", "version")),
    "cash": Row(2, ("cash",)),
    "lane": Row(3, ("counter", "version")),
    "position": Row(4, ("epoch", "funding", "buy", "sell", "size", "count")),
    "order": Row(5, ("owner", "epoch", "index", "price", "expiry", "reduce_only", "remaining", "next")),
}


def lane_address(account: int, lane: int) -> int:
    """Address of a LANE row."""
    return LANES * account + lane


def position_address(account: int, market: int) -> int:
    """Address of a POSITION row."""
    return (account << MARKET_BITS) + market


def order_address(book: int, slot: int) -> int:
    """Address of an ORDER row; slot = 32 page + row, row below 15."""
    return (book << SLOT_BITS) + slot


def book_of(market: int, side: int) -> int:
    """Number of the book of a market and side (0 buy, 1 sell)."""
    return 2 * market + side


def rank(price: int, side: int) -> int:
    """Order of prices on a side: lower is better."""
    return price if side else 2**PRICE_BITS - 1 - price


SENTINEL_PRICE = (2**PRICE_BITS - 1, 0)
"""Price of rank 0 of the buy and the sell side."""

# ---------------------------------------------------------------------------------------------- cells of pages
POSITION_CELL = (
    Bits("size", SIZE_BITS),
    Bits("buy", SIZE_BITS),
    Bits("sell", SIZE_BITS),
    Bits("epoch", EPOCH_BITS),
    Bits("count", INDEX_BITS),
    Bits("funding", SIZE_BITS),
)
ORDER_CELL = (
    Bits("owner", ACCOUNT_BITS),
    Bits("epoch", EPOCH_BITS),
    Bits("index", INDEX_BITS),
    Bits("price", PRICE_BITS),
    Bits("expiry", TIME_BITS),
    Bits("reduce_only", 1),
    Bits("remaining", SIZE_BITS),
    Bits("next", SLOT_BITS),
)
IDENTITY_CELL = (Bits("owner", OWNER_BITS), Bits("version", VERSION_BITS), Bits("mask", 4))
LANE_CELL = tuple(Bits(f"lane_{i}", COUNTER_BITS) for i in range(4))
MARKET_CELL = (
    Bits("mark", PRICE_BITS),
    Bits("price_time", TIME_BITS),
    Bits("initial", FRACTION_BITS),
    Bits("maintenance", FRACTION_BITS),
    Bits("reserve", FRACTION_BITS),
    Bits("taker_fee", FRACTION_BITS),
    Bits("maker_fee", FRACTION_BITS),
    Bits("jump", FRACTION_BITS),
    Bits("sweep", 8),
    Bits("status", 2),
    Bits("ceiling", FRACTION_BITS),
)
"""jump: largest move of a mark, parts per million a second; ceiling: largest move in one batch."""
SYSTEM_CELL = (
    Bits("clock", TIME_BITS),
    Bits("round", TIME_BITS),
    Bits("max_age", FRACTION_BITS),
    Bits("quorum", 8),
)
STATUS_OPEN = 1

# Cells of an account header: 0 key, 1 identity, 2 cash, 3-4 lanes, 5-12 positions, 13-14 reserved, 15 salt.
HEADER_KEY, HEADER_IDENTITY, HEADER_CASH, HEADER_LANES, HEADER_POSITIONS = 0, 1, 2, 3, 5
SALT_CELL = 15
# Cells of the system page: 0 the SYSTEM_CELL, 1-7 reporter keys (x coordinates), 8-15 reserved.

# ---------------------------------------------------------------------------------------------- pages and leaves
# A page enters the tree as a NODE tuple at (level, index); the near subtree's pages at level 2.
NEAR_LEVEL = 2
HEADER_LEVEL = 0
SYSTEM_INDEX = 0
MARKET_INDEX = 8
PADDING_INDEX = 1024
BOOK_INDEX = 2**17
"""Index of page p of book b: BOOK_INDEX + BOOK_PAGES * b + p, at NEAR_LEVEL."""
HEADER_INDEX = 2**24
"""Index of the header of account a: HEADER_INDEX + a, at HEADER_LEVEL."""
NODE_TAG = 32
"""Tag of NODE tuples at level l: NODE_TAG + l; the root's is NODE_TAG + LEVELS."""

# ---------------------------------------------------------------------------------------------- signed words
WORD_HEAD = (
    Bits("kind", 4),
    Bits("account", ACCOUNT_BITS),
    Bits("lane", LANE_BITS),
    Bits("counter", COUNTER_BITS),
)
WORD_BODY_SHIFT = 79
KINDS = {"place": 1, "cancel": 2, "cancel_all": 3, "transfer": 4, "withdraw": 5, "sheet": 6, "report": 7, "read": 8}
"""Kinds of signed words. ``read`` lets its bearer see an account: no chip knows the kind, so it can never act."""
BODIES = {
    "place": (
        Bits("market", MARKET_BITS),
        Bits("side", 1),
        Bits("tif", 2),
        Bits("post_only", 1),
        Bits("reduce_only", 1),
        Bits("price", PRICE_BITS),
        Bits("size", SIZE_BITS),
        Bits("expiry", TIME_BITS),
        Bits("client", CLIENT_BITS),
    ),
    "cancel": (
        Bits("market", MARKET_BITS),
        Bits("side", 1),
        Bits("slot", SLOT_BITS),
        Bits("epoch", EPOCH_BITS),
        Bits("index", INDEX_BITS),
        Bits("expiry", TIME_BITS),
    ),
    "cancel_all": (Bits("market", MARKET_BITS), Bits("expiry", TIME_BITS)),
    "transfer": (Bits("to", ACCOUNT_BITS), Bits("amount", AMOUNT_BITS), Bits("expiry", TIME_BITS)),
    "withdraw": (Bits("amount", AMOUNT_BITS), Bits("expiry", TIME_BITS)),
    "sheet": (Bits("market", MARKET_BITS), Bits("replace", 1), Bits("expiry", TIME_BITS)),
    "report": (Bits("round", TIME_BITS),),
    "read": (Bits("expiry", TIME_BITS),),
}
GTC, IOC, FOK = 0, 1, 2
PLACE_ITEM = (
    Bits("side", 1),
    Bits("tif", 2),
    Bits("post_only", 1),
    Bits("reduce_only", 1),
    Bits("price", PRICE_BITS),
    Bits("size", SIZE_BITS),
)
CANCEL_ITEM = (Bits("side", 1), Bits("slot", SLOT_BITS), Bits("epoch", EPOCH_BITS), Bits("index", INDEX_BITS))
ITEM_SHIFT = 126
"""A sheet's cell: even item + 2**ITEM_SHIFT * odd item; an item is its bits shifted left by one, plus its kind."""
ITEM_KIND_SHIFT = 26
"""On the bus a cancel item lies 2**26 above a place item of the same tick."""
DOMAIN_TAG = 0x4E6F76617465
"""First cell of the domain hash Poseidon2_4(DOMAIN_TAG, chain id, contract, version)."""
FINGERPRINT_TAG = 0x4E6F7661746521
"""Start of the chain that hashes the public words: h := Poseidon2_16(h, 15 words)."""
VERSION = 1
"""Version of the statement: a public word, part of every signed domain."""


def sheet_column(market: int, open_: int, epoch: int) -> int:
    """Second column of an ITEM tuple: what the head of its sheet saw."""
    return market + (open_ << MARKET_BITS) + (epoch << (MARKET_BITS + 1))


def pack(fields: tuple[Bits, ...], values) -> int:
    """Pack ``values[name]`` of each field, low bits first. Nothing is checked: negative values borrow."""
    total = shift = 0
    for name, bits in fields:
        total += values[name] << shift
        shift += bits
    return total


def unpack(fields: tuple[Bits, ...], value: int) -> dict[str, int]:
    """Undo ``pack`` for unsigned fields."""
    result = {}
    for name, bits in fields:
        result[name] = value & ((1 << bits) - 1)
        value >>= bits
    return result


# ---------------------------------------------------------------------------------------------- public words
class PublicWord:
    """Positions of the public words; deposits and withdrawals follow at offsets fixed per class."""

    CLASS = 0
    CHAIN_ID = 1
    CONTRACT = 2
    VERSION = 3
    NUMBER = 4
    ROOT_BEFORE = 5
    ROOT_AFTER = 6
    CLOCK = 7
    MARKS = 8
    COUNTS = 10
    DEPOSITS = 11


MARK_WORDS = 2
DEPOSIT_WORDS = 3
CLOCK_WORD = (Bits("clock", TIME_BITS), Bits("round", TIME_BITS), Bits("priced", 1))
COUNTS_WORD = (Bits("deposits", 16), Bits("requests", 16), Bits("withdrawals", 16))
DEPOSIT_WORD = (Bits("account", ACCOUNT_BITS), Bits("amount", AMOUNT_BITS), Bits("new", 1))
WITHDRAWAL_WORD = (Bits("owner", OWNER_BITS), Bits("amount", AMOUNT_BITS))
HEADER_WORD_BITS = (16, 64, 160, 16, 64)
"""Widths of words 0 to 4."""
PUBLIC_INPUTS = ("sponge", "challenge", "fold")
"""The circuit's public inputs p, z and F, in this order."""


# ---------------------------------------------------------------------------------------------- chips
class Value(NamedTuple):
    """A column of a chip; ``dead`` is what an honest prover writes into an unused slot."""

    name: str
    dead: int = 0


class Access(NamedTuple):
    """An access to a memory row: the time of the access before it, then the row as it was."""

    name: str
    row: str


class Stored(NamedTuple):
    """A row of a page: the time of its last access, the row as loaded and as stored."""

    name: str
    row: str


class Vector(NamedTuple):
    """A fixed number of equal columns (each a Value, an Access or a Stored)."""

    name: str
    length: int
    item: object


class Group(NamedTuple):
    """Columns under a name of their own."""

    name: str
    columns: tuple


_AUTHORISED = (Value("account"), Value("lane"), Value("counter", 1), Access("lane_row", "lane"))
_REST = (
    Value("slot"),
    Value("predecessor_slot"),
    Access("record", "order"),
    Access("predecessor", "order"),
    Access("successor", "order"),
)
_STEP = (
    Value("time", 1),
    Value("step"),
    Value("market"),
    Value("side"),
    Value("account"),
    Value("price"),
    Value("maker_fee"),
    Value("open"),
    Value("remaining"),
    Value("cost"),
    Value("head"),
    Access("record", "order"),
    Access("position", "position"),
)
_SIGNATURE = (Value("signer"), Value("key"), Value("r_x"), Value("s"))
"""The signer's slot, its key's x, and the signature: x of R, and S below the order of the subgroup."""

CHIPS = {
    "signers": (
        Value("live"),
        Value("account"),
        Value("time", 1),
        Access("identity", "identity"),
    ),
    "signatures": (Value("live"), Value("account"), Value("version"), Value("word"), *_SIGNATURE),
    "reports": (
        Value("reporter"),
        Value("x"),
        Value("r_x"),
        Value("s"),
        Vector("prices", MARKETS, Value("price")),
    ),
    "sheets": (
        Value("live"),
        Value("tick"),
        Value("first", 1),
        Value("market"),
        Value("replace"),
        Value("expiry", NEVER),
        Value("open"),
        *_AUTHORISED,
        *_SIGNATURE,
        Access("position", "position"),
        Vector("items", SHEET_ITEMS, Group("item", (Value("live"), Value("kind"), Value("bits")))),
    ),
    "orders": (
        Value("live"),
        Value("single"),
        Value("tick"),
        *_AUTHORISED,
        Value("market"),
        Value("side"),
        Value("ioc"),
        Value("fok"),
        Value("post_only"),
        Value("reduce_only"),
        Value("price", 1),
        Value("size", 1),
        Value("expiry", NEVER),
        Value("client"),
        Value("open", 1),
        Value("sweep"),
        Value("taker_fee"),
        Value("maker_fee"),
        Value("remaining"),
        Value("cost"),
        Value("head_before"),
        Value("head_after"),
        Value("end_step"),
        Value("fee"),
        Access("sentinel", "order"),
        Access("head", "order"),
        Access("cash", "cash"),
        Access("position", "position"),
        *_REST,
    ),
    "quotes": (
        Value("live"),
        Value("tick"),
        Value("account"),
        Value("market"),
        Value("side"),
        Value("price", 1),
        Value("size", 1),
        Value("expiry", NEVER),
        Access("sentinel", "order"),
        Access("head", "order"),
        Access("position", "position"),
        *_REST,
    ),
    "fills": (Value("live"), *_STEP, Value("fee"), Access("cash", "cash")),
    "evicts": (Value("live"), *_STEP, Value("expired"), Value("own"), Value("reduce")),
    "margin_evicts": (
        Value("live"),
        *_STEP,
        Value("fee"),
        Value("mark"),
        Value("initial"),
        Value("reserve"),
        Access("cash", "cash"),
        Vector("positions", MARKETS, Access("position", "position")),
    ),
    "cancels": (
        Value("live"),
        Value("single"),
        Value("tick"),
        *_AUTHORISED,
        Value("market"),
        Value("side"),
        Value("slot"),
        Value("epoch"),
        Value("index"),
        Value("expiry", NEVER),
        Value("open"),
        Value("sheet_epoch"),
        Value("predecessor_slot"),
        Access("record", "order"),
        Access("predecessor", "order"),
        Access("position", "position"),
    ),
    "cancel_alls": (
        Value("live"),
        Value("tick"),
        *_AUTHORISED,
        Value("market"),
        Value("expiry", NEVER),
        Access("position", "position"),
    ),
    "collects": (
        Value("live"),
        Value("tick"),
        Value("market"),
        Value("side"),
        Value("slot"),
        Value("predecessor_slot"),
        Value("expired"),
        Value("reduce"),
        Access("record", "order"),
        Access("predecessor", "order"),
        Access("position", "position"),
    ),
    "burns": (
        Value("live"),
        Value("tick"),
        *_AUTHORISED,
        Value("transfer"),
        Value("withdraw"),
        Value("body"),
    ),
    "item_burns": (
        Value("live"),
        Value("tick"),
        Value("account"),
        Value("second"),
        Value("bits"),
        Value("expiry"),
    ),
    "deposits": (
        Value("live"),
        Value("tick"),
        Value("account"),
        Value("amount"),
        Value("new"),
        Value("key"),
        Value("owner"),
        Access("cash", "cash"),
        Access("identity", "identity"),
    ),
    "transfers": (
        Value("live"),
        Value("tick"),
        *_AUTHORISED,
        Value("to"),
        Value("amount", 1),
        Value("expiry", NEVER),
        Access("identity", "identity"),
        Access("identity_to", "identity"),
        Access("cash", "cash"),
        Access("cash_to", "cash"),
    ),
    "withdrawals": (
        Value("live"),
        Value("tick"),
        *_AUTHORISED,
        Value("amount", 1),
        Value("expiry", NEVER),
        Access("identity", "identity"),
        Access("cash", "cash"),
    ),
    "headers": (
        Value("live"),
        Value("account"),
        Value("outflows"),
        Value("salt_before"),
        Value("salt_after"),
        Stored("identity", "identity"),
        Stored("cash", "cash"),
        Vector("lanes", LANES, Stored("lane", "lane")),
        Vector("positions", MARKETS, Stored("position", "position")),
    ),
    "books": (
        Value("live"),
        Value("book"),
        Value("page"),
        Value("salt_before"),
        Value("salt_after"),
        Vector("rows", BOOK_ROWS, Stored("order", "order")),
    ),
    "nodes": (
        Value("index"),
        Vector("before", ARITY, Value("child")),
        Vector("after", ARITY, Value("child")),
        Vector("flags", ARITY, Value("flag")),
    ),
}
"""Columns of each chip's slots. A trace lists live rows under these keys; the rest of a class's slots are dead."""

ADVANCE = (
    Value("priced"),
    Value("clock"),
    Value("round"),
    Value("max_age"),
    Value("quorum"),
    Vector("reporters", REPORTERS, Value("key")),
    Vector(
        "markets",
        MARKETS,
        Group(
            "market",
            (*(Value(field.name) for field in MARKET_CELL), Value("median")),
        ),
    ),
    Access("fees", "cash"),
)
"""The one advance of a batch: system and market page as they were, the medians, and the fee account's access.

Which reports lie below and above a median, and whether a jump is allowed, the circuit works out itself.
"""

TICKING = (
    "sheets",
    "orders",
    "quotes",
    "cancels",
    "cancel_alls",
    "collects",
    "burns",
    "item_burns",
    "deposits",
    "transfers",
    "withdrawals",
)
"""Chips whose operations use up a tick; the ticks of a class are 1 to the sum of their slots."""


# ---------------------------------------------------------------------------------------------- size classes
class SizeClass(NamedTuple):
    """Capacities of one batch circuit; ``slots`` by chip, ``nodes`` by level; at most ``step`` constraints."""

    number: int
    step: int
    slots: dict[str, int]
    nodes: tuple[int, ...]
    sweep: int

    @property
    def ticks(self) -> int:
        """Ticks of a batch."""
        return sum(self.slots[chip] for chip in TICKING)

    @property
    def word_count(self) -> int:
        """Length of the padded vector of public words."""
        return PublicWord.DEPOSITS + DEPOSIT_WORDS * self.slots["deposits"] + self.slots["withdrawals"]

    @property
    def withdrawal_offset(self) -> int:
        """Position of the first withdrawal among the public words."""
        return PublicWord.DEPOSITS + DEPOSIT_WORDS * self.slots["deposits"]


_SLOT_ORDER = (
    "signatures sheets signers reports orders quotes cancels cancel_alls fills evicts margin_evicts collects "
    "burns item_burns transfers withdrawals deposits headers books"
).split()


def _slots(*counts: int) -> dict[str, int]:
    return dict(zip(_SLOT_ORDER, counts, strict=True))


CLASSES = {
    "XS": SizeClass(
        number=1,
        step=2**17,
        slots=_slots(10, 1, 4, 3, 10, 6, 3, 1, 8, 4, 1, 4, 2, 6, 1, 2, 3, 7, 9),
        nodes=(6, 6, 10, 8, 8, 6, 4, 2, 1),
        sweep=4,
    ),
    "S": SizeClass(
        number=2,
        step=2**20,
        slots=_slots(288, 96, 48, 5, 256, 1200, 48, 32, 480, 96, 4, 1200, 24, 120, 4, 16, 24, 56, 72),
        nodes=(56, 40, 60, 48, 32, 12, 6, 2, 1),
        sweep=16,
    ),
    "M": SizeClass(
        number=3,
        step=2**21,
        slots=_slots(1460, 32, 72, 5, 1150, 480, 260, 16, 860, 160, 8, 480, 64, 64, 8, 32, 48, 80, 104),
        nodes=(88, 84, 140, 110, 85, 36, 10, 3, 1),
        sweep=64,
    ),
    "Q": SizeClass(
        number=4,
        step=2**21,
        slots=_slots(548, 208, 64, 5, 450, 4752, 112, 16, 580, 48, 4, 4680, 24, 288, 8, 24, 24, 68, 116),
        nodes=(68, 68, 98, 74, 46, 10, 4, 2, 1),
        sweep=32,
    ),
    "L": SizeClass(
        number=5,
        step=2**22,
        slots=_slots(3340, 64, 144, 5, 2680, 1200, 586, 32, 1990, 240, 12, 1200, 96, 96, 16, 32, 48, 156, 160),
        nodes=(152, 148, 216, 168, 80, 18, 8, 3, 1),
        sweep=64,
    ),
}
"""Size classes: XS for tests, S for the demo, M for throughput, Q for quotes of makers, L for throughput at half the
number of proofs. Numbers are public word 0.
"""
