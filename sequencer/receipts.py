"""Receipts as they are handed out and kept: an action's place in the order of things, and what became of it."""

import hashlib
import json
from typing import NamedTuple

import msgspec

from rollup.actions import Cancel, CancelItem, Deposit, Place, PlaceItem, Sheet, decode, encode, from_dict
from rollup.receipts import Ended, Fill, OrderId, Receipt
from rollup.refusals import Code, Ending
from sequencer.errors import Problem
from sequencer.events import Sequenced


class Acknowledged(NamedTuple):
    """What a submitter gets once the action is durable.

    ``sequence``   its number in the journal
    ``batch``      the batch that it is part of
    ``digest``     hash of its bytes: sending them again returns this
    ``duplicate``  it had been sequenced before
    ``time``       of its record, milliseconds since the epoch
    ``amended``    times that its batch had to be sequenced again; all else is what holds now
    """

    sequence: int
    batch: int
    digest: bytes
    receipt: Receipt
    duplicate: bool = False
    time: int = 0
    amended: int = 0


def acknowledged(entry: Sequenced, duplicate: bool = False) -> Acknowledged:
    """What the submitter of an action gets."""
    sequence, time, batch, digest, receipt, amended = entry
    return Acknowledged(sequence, batch, digest, receipt, duplicate, time, amended)


def digest_of(payload: bytes) -> bytes:
    """Name of a signed action: the hash of its bytes as its owner sent them."""
    return hashlib.sha256(payload).digest()


def digest_of_deposit(index: int, deposit: Deposit) -> bytes:
    """Name of a deposit: equal deposits differ by their place in the contract's queue."""
    return hashlib.sha256(b"deposit %d " % index + encode(deposit)).digest()


def digest_of_journaled(action: object, payload: bytes, deposits: int) -> bytes | None:
    """Name of an action out of the journal, where ``deposits`` came before it; a collect has none."""
    if type(action) is Deposit:
        return digest_of_deposit(deposits, action)
    if not hasattr(action, "signature"):
        return None
    return digest_of(encode(action.undecided()) if type(action) is Sheet else payload)


def dump(receipt: Receipt) -> str:
    """One line of JSON: the fields in order, without the action, which the journal holds."""
    try:
        return _quick(_bare(receipt)).decode()
    except OverflowError:
        return _encode(_bare(receipt))  # a number beyond 64 bits in what a refusal compared


_encode = json.JSONEncoder(separators=(",", ":")).encode
_quick = msgspec.json.encode


def _bare(receipt: Receipt) -> Receipt:
    """The fields without the action."""
    if not receipt.items:
        return receipt._replace(action=None)
    return receipt._replace(action=None, items=tuple(map(_bare, receipt.items)))


def action_of(kind: str, payload: bytes) -> object:
    """The action that a record is about: applied, or refused when its batch was undone."""
    if kind == "refused":
        return from_dict(json.loads(payload)["action"])
    return decode(payload)


def load(line: str, action: object) -> Receipt:
    """Undo ``dump``; the action is put back, and those of a sheet's items with it."""
    receipt = _receipt(json.loads(line))._replace(action=action)
    if type(action) is Sheet:
        items = zip(receipt.items, action.items)
        return receipt._replace(items=tuple(part._replace(action=_single(action, item)) for part, item in items))
    return receipt


def _single(sheet: Sheet, item: PlaceItem | CancelItem) -> Place | Cancel:
    """An item as the engine applies it: an action without a nonce of its own."""
    single = Cancel if type(item) is CancelItem else Place
    return single(sheet.account, 0, 0, sheet.market, *item, sheet.expiry)


def _code(name: str) -> Code | Problem:
    return Code(name) if name in Code.__members__ else Problem(name)


def _receipt(fields: list) -> Receipt:
    bare = Receipt(*fields)
    return bare._replace(
        code=_code(bare.code),
        order=bare.order and OrderId(*bare.order),
        ending=bare.ending and Ending(bare.ending),
        fills=tuple(Fill(OrderId(*maker), *rest) for maker, *rest in bare.fills),
        ended=tuple(Ended(OrderId(*order), *rest, Ending(ending)) for order, *rest, ending in bare.ended),
        items=tuple(map(_receipt, bare.items)),
    )
