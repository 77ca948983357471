"""What both kinds of client need for a socket: its address, and how long to wait until it is tried again."""

import random
import time
from typing import TYPE_CHECKING

from novate.client.core import refusal
from novate.client.errors import ClientError, StreamClosed
from novate.client.operation import Reply

if TYPE_CHECKING:
    from websockets.exceptions import InvalidStatus

LARGEST_FRAME = 8 << 20
"""Bytes of the longest frame that is taken."""
CLOSE_SECONDS = 1.0
"""How long a farewell may take."""
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0


def socket_url(url: str) -> str:
    """Address of the socket of an API."""
    scheme, _, rest = url.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/v1/socket"


def refused(error: "InvalidStatus") -> ClientError:
    """What the server answered to a handshake in place of a socket."""
    return refusal(Reply(error.response.status_code, error.response.body or b""))


class Backoff:
    """Waits that grow, spread so that not everyone comes back at once."""

    def __init__(self, patience: float) -> None:
        """``patience``: seconds without a socket after which it is given up."""
        self._patience = patience
        self._wait = FIRST_WAIT
        self._since: float | None = None

    def connected(self) -> None:
        """There is a socket again."""
        self._since = None
        self._wait = FIRST_WAIT

    def lost(self, why: ClientError | str) -> float:
        """Seconds until it is tried again. Raises StreamClosed, or what the server said, if that is final."""
        if not isinstance(why, ClientError):
            return self.failed(why)
        if why.retry == "never":
            raise why
        return max(self.failed(str(why)), (why.retry_after_ms or 0) / 1000)

    def failed(self, why: str) -> float:
        """The same after an attempt that led nowhere. Raises StreamClosed once patience is over."""
        now = time.monotonic()
        self._since = self._since if self._since is not None else now
        if now - self._since >= self._patience:
            text = f"no socket for {self._patience} s: {why}"
            raise StreamClosed("STREAM_CLOSED", text, retry="after", outcome="rejected")
        wait, self._wait = self._wait, min(2 * self._wait, LONGEST_WAIT)
        return wait * random.uniform(0.5, 1.0)
