"""Every code a caller can meet: why an action was turned away, and what became of one that was not.

The order of the members is the order of looking: where several hold, the first one is the answer.
Codes are stable and travel in receipts, logs and the API; they are never renamed.
"""

from enum import StrEnum


class Code(StrEnum):
    """One code each for refusals at the door, refusals that use up a nonce, and results."""

    # Door: the action is not sequenced, its nonce stays unused.
    BAD_SIGNATURE = "BAD_SIGNATURE"
    """The signature is not the account's over this word and domain."""
    NONCE_USED = "NONCE_USED"
    """The counter is not above the last one of its lane."""
    EXPIRED = "EXPIRED"
    """The clock of the batch is past the action's expiry."""
    BAD_TICK = "BAD_TICK"
    """The price is not a multiple of the market's tick."""
    BAD_FIELD = "BAD_FIELD"
    """A field is outside its width, or contradicts another one."""
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    """No account of this number exists."""
    UNKNOWN_MARKET = "UNKNOWN_MARKET"
    """No market of this number is listed."""
    NOT_POSSIBLE_FOR_FEE_ACCOUNT = "NOT_POSSIBLE_FOR_FEE_ACCOUNT"
    """Account 0 collects fees and never trades."""
    ACCOUNT_EXISTS = "ACCOUNT_EXISTS"
    """A deposit would create an account that exists."""
    NOTHING_TO_COLLECT = "NOTHING_TO_COLLECT"
    """The slot holds no order that is void, expired or left with nothing to reduce."""
    TOO_LARGE = "TOO_LARGE"
    """The action fits no batch of this size class."""
    CLOCK_RUNS_BACK = "CLOCK_RUNS_BACK"
    """The clock of a batch is before the last batch's."""
    NOT_A_QUORUM = "NOT_A_QUORUM"
    """The reports are not of exactly a quorum of distinct reporters in rising order."""
    ROUND_IS_NOT_THE_CLOCK = "ROUND_IS_NOT_THE_CLOCK"
    """A report's round is not the second of the batch's clock."""
    ROUND_IS_NOT_NEWER = "ROUND_IS_NOT_NEWER"
    """The round is not after the last one used."""

    # Sequenced: the action is burned, its nonce is used.
    SHEET_SUPERSEDED = "SHEET_SUPERSEDED"
    """The item's sheet was replaced; reserved for sequencers that admit actions between a sheet's items."""
    NO_ROOM = "NO_ROOM"
    """The sheet is alone in its batch and the size class has no room for this item."""
    MARKET_REDUCE_ONLY = "MARKET_REDUCE_ONLY"
    """The market has no fresh price or is closed, and the order is not reduce-only."""
    REDUCE_ONLY = "REDUCE_ONLY"
    """A reduce-only order finds no position to reduce."""
    POST_ONLY_CROSSES = "POST_ONLY_CROSSES"
    """A post-only order met another order."""
    FILL_OR_KILL = "FILL_OR_KILL"
    """A fill-or-kill order was not filled whole."""
    NO_SUCH_ACCOUNT = "NO_SUCH_ACCOUNT"
    """A transfer names an account that does not exist."""
    OTHER_OWNER = "OTHER_OWNER"
    """A transfer names an account of another owner."""
    MARKET_STALE = "MARKET_STALE"
    """Money would leave an account that holds size or orders in a market without a fresh price."""
    CASH_LIMIT = "CASH_LIMIT"
    """Cash and the cost of open orders would exceed what a later fill can book."""
    SIZE_LIMIT = "SIZE_LIMIT"
    """Position and open totals would exceed their widths."""
    TOO_MANY_ORDERS = "TOO_MANY_ORDERS"
    """The account holds as many orders as it may, by the cap of a book side or by its equity."""
    BOOK_FULL = "BOOK_FULL"
    """Every slot of the book is taken."""
    MARGIN = "MARGIN"
    """The account would end short of margin, and not with less risk."""
    ESCROW_SHORT = "ESCROW_SHORT"
    """More would leave than the contract holds for all accounts together, as others lost more than they had."""

    # Results of actions that took effect.
    RESTED = "RESTED"
    """The order, or what is left of it, rests in the book."""
    FILLED = "FILLED"
    """The order was filled whole."""
    DROPPED = "DROPPED"
    """The remainder was dropped: immediate-or-cancel, or the sweep limit."""
    CANCELLED = "CANCELLED"
    """The named order left the book."""
    CANCEL_MISSED = "CANCEL_MISSED"
    """The named order is not in the book; the nonce is used."""
    COLLECTED = "COLLECTED"
    """A dead order was swept out of the book."""
    APPLIED = "APPLIED"
    """Any other action took effect."""

    @property
    def is_door(self) -> bool:
        """Turned away before it was sequenced."""
        return _RANK[self] < _RANK[Code.SHEET_SUPERSEDED]

    @property
    def is_refusal(self) -> bool:
        """Sequenced and burned."""
        return _RANK[Code.SHEET_SUPERSEDED] <= _RANK[self] < _RANK[Code.RESTED]

    @property
    def is_result(self) -> bool:
        """Took effect."""
        return _RANK[self] >= _RANK[Code.RESTED]


_RANK = {code: place for place, code in enumerate(Code)}


class Ending(StrEnum):
    """Why an order is no longer live."""

    FILLED = "filled"
    IOC_REMAINDER = "ioc_remainder"
    SWEEP_LIMIT = "sweep_limit"
    SELF_TRADE = "self_trade"
    EXPIRED = "expired"
    REDUCE_ONLY = "reduce_only"
    MARGIN = "margin"
    VOID = "void"
    """Its owner cancelled all or replaced the sheet."""
    CANCELLED = "cancelled"


class Refused(Exception):
    """An action that a rule turns away; the state is unchanged.

    ``code`` says which rule, ``numbers`` holds what failed: the values that were compared, by name.
    """

    def __init__(self, code: Code, **numbers: int) -> None:
        self.code = code
        self.numbers = numbers
        super().__init__(code, numbers)

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.numbers.items())])


class Full(Exception):
    """The action does not fit the rest of the batch; the state is unchanged. Seal, and apply it to the next one.

    ``column`` names the capacity that is used up: a chip, ``headers``, ``books`` or ``nodes 3``.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(column)
