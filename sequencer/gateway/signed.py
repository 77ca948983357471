"""Signed actions on the wire: the fields of ``rollup.actions``, with a type and a width for each, and nothing else.

Whole numbers are what is signed. A field that is missing, unknown, of another type or too wide is refused where the
request is read, before anything is looked up.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import astuple

from rollup import actions
from rollup.actions import Action
from rollup.layout import (
    ACCOUNT_BITS,
    AMOUNT_BITS,
    CLIENT_BITS,
    COUNTER_BITS,
    EPOCH_BITS,
    FOK,
    INDEX_BITS,
    LANE_BITS,
    MARKET_BITS,
    PRICE_BITS,
    SHEET_ITEMS,
    SIZE_BITS,
    SLOT_BITS,
    TIME_BITS,
)

Account = Annotated[int, Meta(ge=0, lt=1 << ACCOUNT_BITS)]
Lane = Annotated[int, Meta(ge=0, lt=1 << LANE_BITS)]
Counter = Annotated[int, Meta(ge=0, lt=1 << COUNTER_BITS)]
Market = Annotated[int, Meta(ge=0, lt=1 << MARKET_BITS)]
Bit = Annotated[int, Meta(ge=0, le=1)]
TimeInForce = Annotated[int, Meta(ge=0, le=FOK)]
Price = Annotated[int, Meta(ge=0, lt=1 << PRICE_BITS)]
Size = Annotated[int, Meta(ge=0, lt=1 << SIZE_BITS)]
Time = Annotated[int, Meta(ge=0, lt=1 << TIME_BITS)]
Client = Annotated[int, Meta(ge=0, lt=1 << CLIENT_BITS)]
Slot = Annotated[int, Meta(ge=0, lt=1 << SLOT_BITS)]
Epoch = Annotated[int, Meta(ge=0, lt=1 << EPOCH_BITS)]
Index = Annotated[int, Meta(ge=0, lt=1 << INDEX_BITS)]
Amount = Annotated[int, Meta(ge=0, lt=1 << AMOUNT_BITS)]
Cell = Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{1,64}$")]
"""A field element in hexadecimal."""
Pair = tuple[Cell, Cell]
"""A signature: x of R, and S."""
Undecided = None | UnsetType
"""A decision of the sequencer: absent, or null."""


class _Signed(Struct, tag_field="kind", forbid_unknown_fields=True):
    """Fields in the order of the action's record."""


class SignedPlace(_Signed, tag="place", kw_only=True):
    """An order. ``side`` 0 buys, 1 sells; ``tif`` 0 rests, 1 is immediate-or-cancel, 2 fill-or-kill."""

    account: Account
    lane: Lane
    counter: Counter
    market: Market
    side: Bit
    tif: TimeInForce
    post_only: Bit
    reduce_only: Bit
    price: Price
    size: Size
    expiry: Time
    client: Client | UnsetType = UNSET
    signature: Pair


class SignedCancel(_Signed, tag="cancel", kw_only=True):
    """Takes one order out of the book."""

    account: Account
    lane: Lane
    counter: Counter
    market: Market
    side: Bit
    slot: Slot
    epoch: Epoch
    index: Index
    expiry: Time
    signature: Pair


class SignedCancelAll(_Signed, tag="cancel_all", kw_only=True):
    """Voids every order of the account in a market."""

    account: Account
    lane: Lane
    counter: Counter
    market: Market
    expiry: Time
    signature: Pair


class SignedTransfer(_Signed, tag="transfer", kw_only=True):
    """Moves micro-units to another account of the same owner."""

    account: Account
    lane: Lane
    counter: Counter
    to: Account
    amount: Amount
    expiry: Time
    signature: Pair


class SignedWithdraw(_Signed, tag="withdraw", kw_only=True):
    """Moves micro-units to the owner's address on chain."""

    account: Account
    lane: Lane
    counter: Counter
    amount: Amount
    expiry: Time
    signature: Pair


class PlaceItem(Struct, tag="place", tag_field="kind", forbid_unknown_fields=True):
    """An order of a sheet."""

    side: Bit
    tif: TimeInForce
    post_only: Bit
    reduce_only: Bit
    price: Price
    size: Size


class CancelItem(Struct, tag="cancel", tag_field="kind", forbid_unknown_fields=True):
    """A cancel of a sheet."""

    side: Bit
    slot: Slot
    epoch: Epoch
    index: Index


class SignedSheet(_Signed, tag="sheet", kw_only=True):
    """Orders and cancels of one market under one signature."""

    account: Account
    lane: Lane
    counter: Counter
    market: Market
    replace: Bit
    expiry: Time
    items: Annotated[list[PlaceItem | CancelItem], Meta(max_length=SHEET_ITEMS)]
    signature: Pair
    collects: Undecided = UNSET
    no_room: Undecided = UNSET


Signed = SignedPlace | SignedSheet | SignedCancel | SignedCancelAll | SignedTransfer | SignedWithdraw

_RECORDS = {
    SignedPlace: actions.Place,
    SignedCancel: actions.Cancel,
    SignedCancelAll: actions.CancelAll,
    SignedTransfer: actions.Transfer,
    SignedWithdraw: actions.Withdraw,
}


def record(signed: Signed) -> Action:
    """The action of the rollup: the same numbers, the signature as integers."""
    kind = type(signed)
    if kind is SignedSheet:
        items = tuple(_item(item) for item in signed.items)
        *head, _, _, _, _ = astuple(signed)
        return actions.Sheet(*head, items=items, signature=pair(signed.signature))
    *fields, signature = astuple(signed)
    if fields[-1] is UNSET:
        fields[-1] = 0
    return _RECORDS[kind](*fields, signature=pair(signature))


def keys(signed: Signed) -> int:
    """How many keys the action had in its JSON, so that one that was there twice can be told."""
    kind = type(signed)
    count = _KEYS[kind]
    if kind is SignedPlace:
        return count - (signed.client is UNSET)
    if kind is SignedSheet:
        count -= (signed.collects is UNSET) + (signed.no_room is UNSET)
        return count + sum(_KEYS[type(item)] for item in signed.items)
    return count


_KEYS = {kind: 1 + len(kind.__struct_fields__) for kind in (*_RECORDS, SignedSheet, PlaceItem, CancelItem)}


def pair(signature: Pair) -> tuple[int, int]:
    """Two cells as integers."""
    r_x, s = signature
    return (int(r_x, 16), int(s, 16))


def _item(item: PlaceItem | CancelItem) -> actions.PlaceItem | actions.CancelItem:
    return (actions.PlaceItem if type(item) is PlaceItem else actions.CancelItem)(*astuple(item))


def is_cancel(action: Action) -> bool:
    """Only takes orders away: a cancel, a cancel-all, a sheet without orders. Such actions are never starved."""
    kind = type(action)
    if kind is actions.Sheet:
        return not any(type(item) is actions.PlaceItem for item in action.items)
    return kind is actions.Cancel or kind is actions.CancelAll
