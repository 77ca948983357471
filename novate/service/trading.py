"""Whether the accounts that ``novate up`` funds can trade yet: their deposits are credited, and prices are there."""

import time
from collections.abc import Sequence
from urllib.parse import urlencode

from novate.errors import NovateError
from novate.service.ask import ask
from novate.service.folder import Folder
from sequencer.ledger import Ledger

POLL = 0.2


def missing(ledger: Ledger, accounts: Sequence[int], is_priced: bool) -> dict[str, list[int]]:
    """Accounts that the state does not hold, and markets without a price, unless no prices are to come."""
    engine = ledger.engine
    unpriced = [number for number, market in enumerate(engine.markets) if not market.price_time]
    return {
        "accounts": [number for number in accounts if engine.key(number) is None],
        "markets": unpriced if is_priced else [],
    }


def why_not_yet(folder: Folder, accounts: Sequence[int], seconds: float) -> str:
    """Wait until the accounts can trade; returns why they cannot after so many seconds, and nothing if they can."""
    deadline = time.monotonic() + seconds
    path = f"/operator/trading?{urlencode([('account', number) for number in accounts])}"
    while True:
        try:
            told = ask(folder, path)
            if not told["accounts"] and not told["markets"]:
                return ""
            reason, is_over = reason_of(told), told["mode"] != "normal"
        except NovateError as error:
            reason, is_over = error.message, False
        if is_over or time.monotonic() > deadline:
            return reason
        time.sleep(POLL)


def reason_of(told: dict) -> str:
    """What is missing, and what is in its way."""
    parts = []
    if told["accounts"]:
        parts.append(f"the deposits of accounts {', '.join(map(str, told['accounts']))} are not credited yet")
    if told["markets"]:
        parts.append("there are no prices yet")
    if told["mode"] != "normal":
        parts.append(f"the sequencer is {told['mode']}")
    if told["chain_trouble"]:
        parts.append(f"chain: {told['chain_trouble']}")
    return "; ".join(parts)
