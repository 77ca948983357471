"""What every code means to a caller: its number, the outcome, whether asking again can help, and its status.

Numbers are grouped: 0 results, 1 authority, 2 request, 3 order, 4 money and margin, 5 rate, 6 market and prices,
7 proofs and settlement, 9 the server. A code or a number never changes its meaning.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from rollup.refusals import Code
from sequencer.errors import Problem


class Own(StrEnum):
    """Codes of the gateway itself."""

    BAD_REQUEST = "BAD_REQUEST"
    BAD_PARAMETER = "BAD_PARAMETER"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    TOO_SLOW = "TOO_SLOW"
    WRONG_MEDIA_TYPE = "WRONG_MEDIA_TYPE"
    TOKEN_MISSING = "TOKEN_MISSING"
    TOKEN_INVALID = "TOKEN_INVALID"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    ORIGIN_REFUSED = "ORIGIN_REFUSED"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_MANY_SOCKETS = "TOO_MANY_SOCKETS"
    TOO_MANY_CHANNELS = "TOO_MANY_CHANNELS"
    SLOW_READER = "SLOW_READER"
    RECEIPT_UNKNOWN = "RECEIPT_UNKNOWN"
    BATCH_UNKNOWN = "BATCH_UNKNOWN"
    UNKNOWN_CHANNEL = "UNKNOWN_CHANNEL"
    TIME_OUT_OF_RANGE = "TIME_OUT_OF_RANGE"
    TOO_FAR_BACK = "TOO_FAR_BACK"
    SWITCH_EXPIRES = "SWITCH_EXPIRES"
    BUSY = "BUSY"
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"
    INTERNAL = "INTERNAL"
    GOING_AWAY = "GOING_AWAY"


Outcome = Literal["rejected", "accepted", "unknown"]
Retry = Literal["never", "after", "same_bytes"]


class Kind(NamedTuple):
    """One row of the table. ``http`` is 200 where the action was sequenced."""

    num: int
    http: int
    retry: Retry
    message: str
    outcome: Outcome = "rejected"


def _result(num: int, message: str) -> Kind:
    return Kind(num, 200, "never", message, "accepted")


def _burned(num: int, message: str) -> Kind:
    return Kind(num, 200, "never", message)


KINDS: dict[str, Kind] = {
    # Results.
    Code.APPLIED: _result(1, "the action took effect"),
    Code.RESTED: _result(2, "the order, or what is left of it, rests in the book"),
    Code.FILLED: _result(3, "the order was filled whole"),
    Code.DROPPED: _result(4, "what was not filled was dropped: immediate-or-cancel, or the sweep limit"),
    Code.CANCELLED: _result(5, "the named order left the book"),
    Code.CANCEL_MISSED: _result(6, "the named order is not in the book; the nonce is used"),
    Code.COLLECTED: _result(7, "a dead order was swept out of the book"),
    # Authority.
    Code.BAD_SIGNATURE: Kind(1001, 401, "never", "the signature is not the account's over this message and domain"),
    Code.NONCE_USED: Kind(1002, 409, "never", "the counter is not above the last one of its lane"),
    Code.EXPIRED: Kind(1003, 422, "never", "the clock is past the action's expiry"),
    Code.UNKNOWN_ACCOUNT: Kind(1004, 404, "never", "no account of this number exists"),
    Code.NOT_POSSIBLE_FOR_FEE_ACCOUNT: Kind(1005, 422, "never", "account 0 collects fees and never trades"),
    Own.TOKEN_MISSING: Kind(1101, 401, "never", "reading an account needs a read token"),
    Own.TOKEN_INVALID: Kind(1102, 401, "never", "the read token is malformed, expired, or not signed by the account"),
    Own.TOKEN_EXPIRED: Kind(1104, 401, "never", "the time of the read token is over: subscribe again with a new one"),
    Own.ORIGIN_REFUSED: Kind(1103, 403, "never", "pages of other origins may not open sockets here"),
    # Request.
    Code.BAD_FIELD: Kind(2001, 422, "never", "a field is outside its width, or contradicts another one"),
    Code.TOO_LARGE: Kind(2002, 422, "never", "the action fits no batch of this size class"),
    Own.BAD_REQUEST: Kind(2101, 400, "never", "the request is not JSON of the documented shape"),
    Own.BAD_PARAMETER: Kind(2102, 400, "never", "a parameter is missing, unknown or out of range"),
    Own.NOT_FOUND: Kind(2103, 404, "never", "there is no such endpoint or object"),
    Own.METHOD_NOT_ALLOWED: Kind(2104, 405, "never", "the endpoint does not answer this method"),
    Own.BODY_TOO_LARGE: Kind(2105, 413, "never", "the body is longer than /v1/limits says"),
    Own.TOO_SLOW: Kind(2106, 408, "same_bytes", "the request did not arrive in time"),
    Own.WRONG_MEDIA_TYPE: Kind(2107, 415, "never", "bodies are application/json, uncompressed"),
    Own.RECEIPT_UNKNOWN: Kind(2108, 404, "after", "no action of this hash was sequenced so far"),
    Own.BATCH_UNKNOWN: Kind(2109, 404, "after", "no batch of this number was sealed, or it has no proof yet"),
    Own.UNKNOWN_CHANNEL: Kind(2110, 404, "never", "there is no such channel"),
    Own.TIME_OUT_OF_RANGE: Kind(2111, 422, "never", "the time lies outside 5 s to 24 h from now"),
    Own.TOO_FAR_BACK: Kind(2112, 410, "never", "what came after this seq can no longer be told: take a snapshot"),
    Own.SWITCH_EXPIRES: Kind(2113, 422, "never", "a cancel of a dead-man switch may expire before it can act"),
    # Order.
    Code.BAD_TICK: Kind(3001, 422, "never", "the price is not a multiple of the market's tick"),
    Code.POST_ONLY_CROSSES: _burned(3101, "a post-only order met another order"),
    Code.FILL_OR_KILL: _burned(3102, "a fill-or-kill order was not filled whole"),
    Code.REDUCE_ONLY: _burned(3103, "a reduce-only order finds no position to reduce"),
    Code.TOO_MANY_ORDERS: _burned(3104, "the account holds as many orders as it may"),
    Code.BOOK_FULL: _burned(3105, "every slot of the book is taken"),
    Code.SHEET_SUPERSEDED: _burned(3106, "reserved: no rule refuses by it"),
    Code.NO_ROOM: _burned(3107, "the batch has no room for this item of the sheet"),
    Code.SIZE_LIMIT: _burned(3108, "position and open orders would exceed their widths"),
    # Money and margin.
    Code.MARGIN: _burned(4001, "the account would end short of margin, and not with less risk"),
    Code.CASH_LIMIT: _burned(4002, "cash and the cost of open orders would exceed what a later fill can book"),
    Code.ESCROW_SHORT: _burned(4003, "more would leave than the contract holds"),
    Code.NO_SUCH_ACCOUNT: _burned(4004, "a transfer names an account that does not exist"),
    Code.OTHER_OWNER: _burned(4005, "a transfer names an account of another owner"),
    Code.ACCOUNT_EXISTS: Kind(4006, 422, "never", "a deposit would create an account that exists"),
    Code.NOTHING_TO_COLLECT: Kind(4007, 422, "never", "the slot holds no order that is dead"),
    # Rate.
    Own.RATE_LIMITED: Kind(5001, 429, "after", "a bucket of /v1/limits is empty"),
    Own.TOO_MANY_SOCKETS: Kind(5002, 429, "after", "too many sockets are open"),
    Own.TOO_MANY_CHANNELS: Kind(5003, 429, "never", "the socket has as many channels as it may"),
    Own.SLOW_READER: Kind(5004, 429, "after", "the socket was cut off: its reader was too slow"),
    Own.BUSY: Kind(5005, 503, "after", "more is under way than is answered in time; nothing was sequenced"),
    Problem.QUEUE_FULL: Kind(5006, 503, "after", "more actions wait than the sequencer takes on"),
    Problem.PROOFS_BEHIND: Kind(5007, 503, "after", "as many batches await settlement as the contract remembers"),
    # Market and prices.
    Code.UNKNOWN_MARKET: Kind(6001, 404, "never", "no market of this name or number is listed"),
    Code.MARKET_REDUCE_ONLY: _burned(
        6002, "the market has no fresh price or is closed, and the order is not reduce-only"
    ),
    Code.MARKET_STALE: _burned(6003, "money would leave an account that holds something in a market without a price"),
    Code.CLOCK_RUNS_BACK: Kind(6101, 422, "never", "the clock of a batch is before the last batch's"),
    Code.NOT_A_QUORUM: Kind(6102, 422, "never", "the reports are not of a quorum of reporters"),
    Code.ROUND_IS_NOT_THE_CLOCK: Kind(6103, 422, "never", "a report's round is not the second of the clock"),
    Code.ROUND_IS_NOT_NEWER: Kind(6104, 422, "never", "the round is not after the last one used"),
    Problem.ROUND_TOO_OLD: Kind(6108, 409, "never", "the round is not after the last one used"),
    Problem.ROUND_TOO_NEW: Kind(6109, 422, "after", "the round lies further ahead than clocks may differ"),
    Problem.REPORT_CONFLICTS: Kind(6110, 409, "never", "the reporter signed other prices for this round before"),
    # Proofs and settlement.
    Problem.TRACE_NOT_PROVEN: Kind(7001, 503, "after", "the circuit refuses the trace of a batch"),
    Problem.PROVER_KEEPS_DYING: Kind(7002, 503, "after", "the prover died at every attempt at one batch"),
    Problem.PROVER_UNUSABLE: Kind(7003, 503, "after", "the prover cannot work as it is"),
    Problem.PROOF_REFUSED: Kind(7004, 503, "after", "a proof does not verify"),
    Problem.COMMITMENT_TOO_LATE: Kind(7005, 503, "after", "a batch left the window for its commitment"),
    Problem.SETTLEMENT_REFUSED: Kind(7006, 503, "after", "the contract refuses a commitment or a settlement"),
    Problem.SETTLER_FAILED: Kind(7007, 503, "after", "what talks to the chain broke"),
    Problem.CHAIN_DIFFERS: Kind(7008, 503, "after", "the contract holds something that this journal did not produce"),
    Problem.DEPOSIT_REMOVED: Kind(7010, 503, "after", "a deposit that was used is no longer in the contract's queue"),
    Problem.REWIND_TOO_FAR: Kind(7011, 503, "never", "batches that cannot be undone would have to be"),
    Problem.TAKEN_OUT: Kind(7012, 503, "never", "the operator took the action out of a batch that does not prove"),
    Problem.NO_SUCH_ACTION: Kind(7013, 404, "never", "no action of this hash would be undone"),
    Problem.STILL_COMMITTED: Kind(7014, 503, "after", "the commitment to a batch is too young to be voided"),
    Problem.DEPOSIT_GAP: Kind(7009, 409, "after", "a deposit came before the ones ahead of it"),
    # The server.
    Problem.HALTED: Kind(9001, 503, "after", "the sequencer takes no actions; /v1/status says why"),
    Problem.REDUCED: Kind(9009, 503, "after", "only cancels, sheets of cancels and withdrawals are taken for now"),
    Problem.STOPPED: Kind(9002, 503, "same_bytes", "the sequencer is not running", "unknown"),
    Problem.ENGINE_FAILED: Kind(9003, 500, "same_bytes", "the engine broke", "unknown"),
    Problem.JOURNAL_FAILED: Kind(9004, 500, "same_bytes", "the disk refused a write", "unknown"),
    Problem.UNCHECKED: Kind(9005, 503, "same_bytes", "signatures could not be checked; nothing was sequenced"),
    Own.UNKNOWN_OUTCOME: Kind(9006, 504, "same_bytes", "no answer in time: ask for the receipt", "unknown"),
    Own.INTERNAL: Kind(9007, 500, "same_bytes", "something broke on this side", "unknown"),
    Own.GOING_AWAY: Kind(9008, 503, "same_bytes", "the server is shutting down", "unknown"),
    Problem.IN_USE: Kind(9101, 503, "after", "another sequencer runs on this directory"),
    Problem.JOURNAL_VERSION: Kind(9102, 503, "never", "the journal was written under another schema"),
    Problem.JOURNAL_DAMAGED: Kind(9103, 503, "never", "a record is missing, altered or unreadable"),
    Problem.JOURNAL_LOST: Kind(9104, 503, "never", "records that were acknowledged are gone"),
    Problem.TRACE_LOST: Kind(9105, 503, "never", "a trace that has yet to be proven is missing or altered"),
    Problem.GENESIS_DIFFERS: Kind(9106, 503, "never", "the journal belongs to another deployment"),
    Problem.ROOT_DIFFERS: Kind(9107, 503, "never", "replaying the journal led to another root"),
}


Unit = Literal["amount", "price", "size", "market", "account", "seconds", "number"]
"""What a number of a refusal is: amounts, prices and sizes are told as decimal strings, all else is whole."""
NUMBERS: dict[str, dict[str, Unit]] = {
    Code.BAD_SIGNATURE: {"account": "account"},
    Code.NONCE_USED: {"counter": "number", "used": "number", "lane": "number"},
    Code.EXPIRED: {"expiry": "seconds", "clock": "seconds"},
    Code.UNKNOWN_ACCOUNT: {"account": "account"},
    Code.UNKNOWN_MARKET: {"market": "market"},
    Code.BAD_TICK: {"price": "price", "tick": "price"},
    Code.BAD_FIELD: {"price": "price", "size": "size", "minimum": "size", "amount": "amount", "to": "account"}
    | {"account": "account", "market": "market", "expiry": "seconds", "latest": "seconds"}
    | dict.fromkeys(("tif", "post_only", "items", "most", "slot", "pages"), "number"),
    Code.TOO_LARGE: {"cancels": "number", "places": "number"},
    Code.NOTHING_TO_COLLECT: {"collects": "number", "found": "number"},
    Code.MARKET_REDUCE_ONLY: {"market": "market"},
    Code.MARKET_STALE: {"market": "market"},
    Code.REDUCE_ONLY: {"market": "market", "position": "size"},
    Code.POST_ONLY_CROSSES: {"price": "price", "best": "price"},
    Code.FILL_OR_KILL: {"size": "size", "remaining": "size"},
    Code.TOO_MANY_ORDERS: {"orders": "number", "cap": "number", "equity": "amount", "bond": "amount"},
    Code.BOOK_FULL: {"book": "number"},
    Code.SIZE_LIMIT: {"size": "size", "buy": "size", "sell": "size", "count": "number"},
    Code.MARGIN: {"equity": "amount", "required": "amount"},
    Code.CASH_LIMIT: {"cash": "amount", "orders": "amount", "limit": "amount"},
    Code.ESCROW_SHORT: {"amount": "amount", "escrow": "amount"},
    Code.NO_SUCH_ACCOUNT: {"to": "account"},
    Code.OTHER_OWNER: {"to": "account"},
}
"""By code and name, what the numbers of a rule's refusal are; those that are not here are whole numbers."""
