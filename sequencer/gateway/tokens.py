"""Read tokens: a word that the account's key signed, by which its bearer sees the account and can do nothing else."""

import base64
import binascii
import json
import time
from collections import OrderedDict
from typing import NamedTuple

from circuits.native import Signed
from rollup.layout import BODIES, KINDS, WORD_HEAD, pack
from sequencer.gateway import parse, wire
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.signed import pair
from sequencer.sequencer import Sequencer

MOST_KNOWN = 10_000
LONGEST = 512
"""Characters of a token."""
LIFETIME = 366 * 24 * 3600
"""Seconds ahead that a token may expire."""


def read_word(account: int, expires: int) -> int:
    """What is signed; lane and counter are zero, as it uses no nonce."""
    values = {"kind": KINDS["read"], "account": account, "lane": 0, "counter": 0, "expiry": expires}
    return pack((*WORD_HEAD, *BODIES["read"]), values)


def packed(request: wire.TokenRequest) -> str:
    """The token of a signed request: base64url of its JSON, without padding."""
    plain = {"account": request.account, "expires": request.expires, "signature": list(request.signature)}
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def unpacked(token: str) -> wire.TokenRequest:
    """The signed request of a token. Raises TOKEN_INVALID."""
    try:
        if len(token) > LONGEST:
            raise ValueError
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return parse.request(wire.TokenRequest, raw)
    except (ValueError, binascii.Error, Trouble):
        raise Trouble(Own.TOKEN_INVALID) from None


class Grant(NamedTuple):
    """What a checked token allows: to read ``account``, as long as ``key`` is its key, until ``expires`` (seconds)."""

    account: int
    expires: int
    key: tuple[int, int]


class Tokens:
    """Checks tokens, and remembers those that it has checked. ``check`` and ``holds`` may be called on any thread."""

    def __init__(self, sequencer: Sequencer, domain: int) -> None:
        self._sequencer = sequencer
        self._domain = domain
        self._known: OrderedDict[str, Grant] = OrderedDict()

    def known(self, token: str) -> Grant | None:
        """What a token that was checked before allows. Raises TOKEN_INVALID if it does so no more."""
        grant = self._known.get(token)
        if grant is not None and (self.is_over(grant) or not self.holds(grant)):
            # A token of an account that is gone may hold again, as one of whoever signs it with the key by then.
            self._known.pop(token, None)
            raise Trouble(Own.TOKEN_INVALID)
        return grant

    @staticmethod
    def is_over(grant: Grant) -> bool:
        """Whether its time has passed."""
        return grant.expires < time.time()

    def holds(self, grant: Grant) -> bool:
        """Whether the account has the key that signed. An account whose deposit is undone may return with another."""
        return self._sequencer.engine.key(grant.account) == grant.key

    def check(self, token: str) -> Grant:
        """What a token allows. Raises TOKEN_INVALID, whatever is wrong with it."""
        request = unpacked(token)
        now = time.time()
        key = self._sequencer.engine.key(request.account)
        word = read_word(request.account, request.expires)
        claim = Signed(key[0] if key else 1, pair(request.signature), (word, self._domain))
        holds = self._sequencer.checker.check([claim])[0]
        if key is None or not holds or not now <= request.expires <= now + LIFETIME:
            raise Trouble(Own.TOKEN_INVALID)
        grant = self._known[token] = Grant(request.account, request.expires, key)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return grant
