"""A served sequencer for tests: real sockets on a free port, signatures by keyed hash, time as it is told."""

import contextlib
import json
import time
from decimal import Decimal

import httpx2
import msgspec

from rollup.actions import Cancel, CancelAll, Place, PlaceItem, Sheet, to_dict
from rollup.layout import GTC
from sequencer.gateway.app import gateway
from sequencer.gateway.info import Info
from sequencer.gateway.limits import Allowance
from sequencer.gateway.server import serve
from sequencer.gateway.tokens import packed, read_word
from sequencer.gateway.wire import TokenRequest
from sequencer.instruments import Instrument
from tests.sequencer.house import CALM, DIGEST, START, Clock, flow, fund, key, price, sequencer, sign, tag

MARK = 60_000_000
INSTRUMENTS = [
    Instrument(0, "BTC-PERP", "BTC", "USD", Decimal("0.001"), 1_000),
    Instrument(1, "ETH-PERP", "ETH", "USD", Decimal("0.01"), 1_000),
]
PLENTY = Allowance(start_share=100)


class House:
    """A sequencer with eight funded accounts and two priced markets, and its API."""

    def __init__(self, directory, allowance=PLENTY, policy=CALM, info=None, is_new=True, clock=None):
        self.clock = clock or Clock()
        self.directory = directory
        self.sequencer = sequencer(directory, self.clock, policy)
        if is_new:
            price(self.sequencer, START)
            fund(self.sequencer, flow(self.sequencer))
        self.app = gateway(self.sequencer, INSTRUMENTS, info or Info(), directory, allowance)
        self.server = serve(self.app, port=0).start()
        host, port = self.server.address
        self.port = port
        self.url = f"http://{host}:{port}"
        self.ws_url = f"ws://{host}:{port}/v1/socket"
        self.http = httpx2.Client(base_url=self.url, timeout=30)
        self._counters = {}

    def stop(self):
        self.http.close()
        self.server.stop()
        with contextlib.suppress(AttributeError):
            self.sequencer.stop(seal=False)

    # ------------------------------------------------------------------------------------------ requests
    def get(self, path, want=200, token=None, **query):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self.http.get(path, params=query or None, headers=headers)
        assert answer.status_code == want, (answer.status_code, answer.text[:500])
        return answer.json()

    def post(self, path, body, status=200, token=None):
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.http.post(path, content=content, headers=headers)
        assert answer.status_code == status, (answer.status_code, answer.text[:500])
        return answer.json()

    def submit(self, *actions, status=200):
        return self.post("/v1/actions", {"actions": [carried(action) for action in actions]}, status)

    def receipt(self, action):
        """The receipt of an action that is sequenced."""
        (result,) = self.submit(action)["results"]
        assert result["error"] is None
        return result["receipt"]

    def refused(self, action, status):
        """The error of an action that is not sequenced."""
        return self.submit(action, status=status)["error"]

    # ------------------------------------------------------------------------------------------ actions
    def counter(self, account, lane=0):
        self._counters[account, lane] = self._counters.get((account, lane), 0) + 1
        return self._counters[account, lane]

    def place(self, account, side=0, ticks=-10, size=1, market=0, lane=0, counter=None, **changes):
        """A signed order so many ticks away from the mark."""
        terms = {"tif": GTC, "post_only": 0, "reduce_only": 0, "expiry": self.clock.now + 600, "client": 7, **changes}
        counter = counter or self.counter(account, lane)
        order = Place(account, lane, counter, market, side, price=MARK + 1000 * ticks, size=size, **terms)
        return sign(order, key(account))

    def cancel_all(self, account, market=0, lane=7, counter=None, expiry=600):
        counter = counter or self.counter(account, lane)
        return sign(CancelAll(account, lane, counter, market, self.clock.now + expiry), key(account))

    def cancel(self, receipt, lane=0):
        """The cancel of the order that a receipt placed."""
        order = receipt["order"]
        account, market, epoch, index = map(int, order["order_id"].split("-"))
        side = ("buy", "sell").index(order["side"])
        counter = self.counter(account, lane)
        where = (market, side, order["slot"], epoch, index)
        return sign(Cancel(account, lane, counter, *where, self.clock.now + 600), key(account))

    def sheet(self, account, *items, market=0, replace=1, lane=0):
        """A sheet of (side, ticks, size) quotes."""
        quotes = tuple(PlaceItem(side, GTC, 1, 0, MARK + 1000 * ticks, size) for side, ticks, size in items)
        counter = self.counter(account, lane)
        return sign(Sheet(account, lane, counter, market, replace, self.clock.now + 600, quotes), key(account))

    def token(self, account, expires=None, signer=None):
        """A read token."""
        expires = expires or int(time.time()) + 3600
        signer = key(signer or account)
        r_x = signer.seed + 7
        s = tag(signer.x, r_x, (read_word(account, expires), DIGEST))
        return packed(TokenRequest(account, expires, (hex(r_x), hex(s))))


def carried(action):
    """An action as it travels."""
    plain = to_dict(action)
    plain["signature"] = [hex(cell) for cell in action.signature]
    return plain


def text_of(value):
    """JSON of anything."""
    return msgspec.json.encode(value).decode()


def wait_until(condition, timeout=8):
    """Wait until something holds. Raises AssertionError."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
