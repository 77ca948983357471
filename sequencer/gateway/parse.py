"""Reading what clients send: strictly, once, and with a bounded effort.

msgspec decodes by type, so that depth, lengths and widths are bounded by what is asked for; what it lets pass and we do
not, a key that is there twice and a minus before a zero, is looked for afterwards. What comes out is what is checked,
executed and journaled.
"""

import json
import re
from typing import TypeVar

import msgspec

from sequencer.gateway import signed, wire
from sequencer.gateway.problems import Own, Trouble

T = TypeVar("T")
MOST_BYTES = 1 << 18
"""Bytes of the longest body or message."""
_MINUS = re.compile(rb"[\[:,]\s*-")
_SUBMIT = msgspec.json.Decoder(wire.Submit)
_SUBMIT_OVER = msgspec.json.Decoder(wire.SubmitOver)
_DECODERS: dict[type, msgspec.json.Decoder] = {}


def submit(body: bytes) -> wire.Submit:
    """The actions of a request. Raises Trouble (BAD_REQUEST)."""
    request = _decoded(_SUBMIT, body)
    _require_keys(body, 1, request.actions)
    return request


def submit_over(body: bytes) -> wire.SubmitOver:
    """The actions of a message. Raises Trouble (BAD_REQUEST)."""
    message = _decoded(_SUBMIT_OVER, body)
    _require_keys(body, 3, message.actions)
    return message


def request(kind: type[T], body: bytes) -> T:
    """Any other request. Raises Trouble (BAD_REQUEST)."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    decoded = _decoded(decoder, body)
    try:
        json.loads(body, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as wrong:
        raise Trouble(Own.BAD_REQUEST, "a key is there twice") from wrong
    return decoded


def _decoded(decoder: msgspec.json.Decoder, body: bytes):
    try:
        decoded = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Trouble(Own.BAD_REQUEST, str(wrong)[:200]) from wrong
    if b"-" in body and _MINUS.search(body):
        raise Trouble(Own.BAD_REQUEST, "no number of a request has a sign")
    return decoded


def _require_keys(body: bytes, outer: int, actions: list[signed.Signed]) -> None:
    """No string of these requests has a colon in it, so colons count keys."""
    if body.count(b":") != outer + sum(map(signed.keys, actions)):
        raise Trouble(Own.BAD_REQUEST, "a key is there twice")


def _distinct(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
