"""Actions: the ways in which the state can change, one file each, and their plain form for journals.

A file holds the action's record, what refuses it at the door (``check``), and what it does (``apply``).
"""

import json
from typing import Any

from rollup.actions import cancel, cancel_all, collect, deposit, place, sheet, transfer, withdraw
from rollup.actions.advance import Advance, Report
from rollup.actions.cancel import Cancel
from rollup.actions.cancel_all import CancelAll
from rollup.actions.collect import Collect
from rollup.actions.deposit import Deposit
from rollup.actions.place import UNSIGNED, Place
from rollup.actions.sheet import CancelItem, PlaceItem, Sheet
from rollup.actions.transfer import Transfer
from rollup.actions.withdraw import Withdraw
from rollup.refusals import Code, Refused

__all__ = [
    "RULES",
    "SIGNED",
    "UNSIGNED",
    "Action",
    "Advance",
    "Cancel",
    "CancelAll",
    "CancelItem",
    "Collect",
    "Deposit",
    "Place",
    "PlaceItem",
    "Report",
    "Sheet",
    "Transfer",
    "Withdraw",
    "decode",
    "encode",
    "from_dict",
    "to_dict",
]

Action = Place | Sheet | Cancel | CancelAll | Transfer | Withdraw | Deposit | Collect
"""What ``Engine.apply`` takes."""

SIGNED = (Place, Sheet, Cancel, CancelAll, Transfer, Withdraw)
"""Actions that an owner signs: account, lane, counter, signature, ``word()`` and ``message(domain)``."""

RULES = {
    Place: place,
    Sheet: sheet,
    Cancel: cancel,
    CancelAll: cancel_all,
    Transfer: transfer,
    Withdraw: withdraw,
    Deposit: deposit,
    Collect: collect,
}
"""The file of each action."""

_KINDS: dict[str, type] = {
    "place": Place,
    "sheet": Sheet,
    "cancel": Cancel,
    "cancel_all": CancelAll,
    "transfer": Transfer,
    "withdraw": Withdraw,
    "deposit": Deposit,
    "collect": Collect,
    "advance": Advance,
}
_NAMES = {record: kind for kind, record in _KINDS.items()}
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_ITEMS = {"place": PlaceItem, "cancel": CancelItem}


def to_dict(action: Action | Advance) -> dict[str, Any]:
    """The action as plain dicts, lists and integers, with its kind."""
    plain = {"kind": _NAMES[type(action)], **action._asdict()}
    if type(action) is Sheet:
        plain["items"] = [
            {"kind": "cancel" if type(item) is CancelItem else "place", **item._asdict()} for item in action.items
        ]
    elif type(action) is Advance:
        plain["reports"] = [report._asdict() for report in action.reports]
    return plain


def from_dict(plain: dict[str, Any]) -> Action | Advance:
    """Undo ``to_dict``. Raises BAD_FIELD for anything that is not an action of whole numbers."""
    try:
        fields = dict(plain)
        record = _KINDS[fields.pop("kind")]
        if record is Sheet:
            fields["items"] = tuple(_item(item) for item in fields["items"])
            if fields.get("no_room") is not None:
                fields["no_room"] = _whole(fields["no_room"])
        if record is Advance:
            fields["reports"] = tuple(_report(report) for report in fields["reports"])
        if "signature" in fields:
            fields["signature"] = _signature(fields["signature"])
        action = record(**fields)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Refused(Code.BAD_FIELD) from wrong
    for name, value in zip(action._fields, action):
        if value.__class__ is not int and not isinstance(value, tuple) and not _is_open_decision(name, value):
            raise Refused(Code.BAD_FIELD)
    return action


def encode(action: Action | Advance) -> bytes:
    """The action in one line of JSON; equal actions have equal bytes."""
    return _ENCODER.encode(to_dict(action)).encode()


def decode(line: bytes) -> Action | Advance:
    """Undo ``encode``. Raises BAD_FIELD."""
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise Refused(Code.BAD_FIELD) from wrong
    return from_dict(plain)


def _is_open_decision(name: str, value: object) -> bool:
    return value is None and name in ("collects", "no_room")


def _item(plain: dict[str, Any]) -> PlaceItem | CancelItem:
    fields = dict(plain)
    return _ITEMS[fields.pop("kind")](**fields)


def _report(plain: dict[str, Any]) -> Report:
    fields = dict(plain)
    signature = _signature(fields.pop("signature"))
    return Report(**{**fields, "prices": _whole(fields["prices"])}, signature=signature)


def _signature(value: list[int]) -> tuple[int, int]:
    r_x, s = _whole(value)
    return (r_x, s)


def _whole(values: list[int]) -> tuple[int, ...]:
    if any(type(value) is not int for value in values):
        raise TypeError(values)
    return tuple(values)
