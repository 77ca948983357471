"""Orders, sheets and cancels: signed here, sent, and sent again with the same bytes where nobody answered."""

import time
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from novate.client import building, errors, models
from novate.client.building import Number, OrderRef, Quote, Signable
from novate.client.core import FIRST_PAUSE
from novate.client.errors import of_answer
from novate.client.nonces import SCHEDULE_LANE, SOCKET_LANE, Lane
from novate.client.operation import Pause, Steps, operation
from novate.client.own import OwnReads
from rollup.layout import ORDER_LIFETIME
from sequencer.gateway import wire

ORDER_SECONDS = 24 * 3600
"""How long an order rests unless told otherwise."""
SHEET_SECONDS = 3600
"""The same for the quotes of a sheet."""
BRIEF_SECONDS = 60
"""How long anything else waits to be sequenced."""
BOOK_SECONDS = 1.0
"""How long a market order looks for somebody to trade with."""
LANE_PAUSE = 0.002
"""Seconds until a lane is asked for again."""
NONCE_ATTEMPTS = 3
"""How often an action is signed anew because others used up its nonce."""

Priced = tuple[Number, Number]
"""A price and a size."""


class Result(msgspec.Struct):
    """What became of one of several actions."""

    receipt: models.Receipt | None
    error: wire.Error | None


class Results(msgspec.Struct):
    """One for each, in order."""

    results: list[Result]


class Trading(OwnReads):
    """What an account signs.

    Every operation here raises ``InvalidInput`` (nothing was sent), ``Rejected`` (not sequenced), ``ActionRefused``
    (sequenced, and refused by a rule), ``Throttled``, ``UnknownOutcome`` and ``Unreachable``.
    """

    @operation
    def order(
        self,
        market: str,
        side: str,
        size: Number,
        price: Number | None = None,
        *,
        slippage: Number | None = None,
        tif: str | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        client_id: int = 0,
        lifetime: int | None = None,
        expiry: int | None = None,
    ) -> Steps[models.Receipt]:
        """Place an order: a limit order at ``price``, or with ``slippage`` a market order.

        A market order is immediate-or-cancel with a worst price that is signed: so much (a fraction) beyond the best
        price of the other side. ``tif``: gtc, ioc or fok. ``lifetime``: seconds that it may wait and rest, a day unless
        said, 30 at most; ``expiry``: the same as a second since 1970. ``client_id``: 0 to 2^24 - 1, your own mark.
        """
        terms = (market, side, size, price, slippage, tif, post_only, reduce_only, client_id, lifetime, expiry)
        return (yield from self._single((yield from self._place(*terms))))

    @operation
    def preview(
        self,
        market: str,
        side: str,
        size: Number,
        price: Number | None = None,
        *,
        slippage: Number | None = None,
        tif: str | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        client_id: int = 0,
        lifetime: int | None = None,
        expiry: int | None = None,
    ) -> Steps[models.Previewed]:
        """What would become of an order now: margin before and after, fills, or the refusal. Nothing changes."""
        terms = (market, side, size, price, slippage, tif, post_only, reduce_only, client_id, lifetime, expiry)
        place = yield from self._place(*terms)
        _, signer = self._authority()
        domain = yield from self._known_domain()
        action = building.signed(place, signer, domain, 0, now_ms())
        body = msgspec.json.encode({"action": building.carried(action)})
        return (yield from self._post("/v1/actions/preview", body, models.Previewed, own=True))

    @operation
    def sheet(
        self,
        market: str,
        bids: Iterable[Priced | Quote] = (),
        asks: Iterable[Priced | Quote] = (),
        *,
        cancels: Iterable[OrderRef | models.Order] = (),
        replace: bool = True,
        lifetime: int = SHEET_SECONDS,
        expiry: int | None = None,
    ) -> Steps[models.Receipt]:
        """Quotes under one signature, in place of everything the account has in the market unless ``replace`` is off.

        Bids and asks are (price, size) pairs, post-only; a ``Quote`` says more. At most 24 items, cancels included.
        The receipt's ``items`` say what became of each: cancels first, then bids, then asks. An item that is refused
        does not stop the others.
        """
        instrument = yield from self._instrument(market)
        account, _ = self._authority()
        quotes = [*quoted("buy", bids), *quoted("sell", asks)]
        until = expiry if expiry is not None else now() + lifetime
        sheet = building.sheet(instrument, account, until, quotes, cancels, replace)
        return (yield from self._single(sheet))

    @operation
    def cancel(self, order: models.Order | models.Receipt | OrderRef | str) -> Steps[models.Receipt]:
        """Take one order out of the book: an order, the receipt of one, or its id.

        The receipt's ``code`` is CANCELLED, or CANCEL_MISSED where it was no longer there. Raises NotFound
        (ORDER_NOT_OPEN) for an id that is none of the account's open orders.
        """
        account, _ = self._authority()
        named = order.order if isinstance(order, models.Receipt) else order
        if named is None:
            raise errors.InvalidInput("NO_ORDER", "the receipt is of no order that rests")
        if isinstance(named, str):
            named = yield from self._open_order(named)
        return (yield from self._single(building.cancel(account, now() + BRIEF_SECONDS, named)))

    @operation
    def cancel_all(self, market: str | None = None) -> Steps[list[models.Receipt]]:
        """Void every order of the account, in one market or in all of them; a receipt for each market."""
        cancels = yield from self._cancel_alls(market, now() + BRIEF_SECONDS)
        return (yield from self._send(cancels))

    @operation
    def send(self, action: Signable) -> Steps[models.Receipt]:
        """An action of ``rollup.actions`` in whole lots and ticks, for programs that count in them.

        Nonce and signature are put in here; its account must be this client's.
        """
        account, _ = self._authority()
        if action.account != account:
            details = {"account": action.account, "client": account}
            raise errors.InvalidInput("OTHER_ACCOUNT", "the action is of another account", details=details)
        return (yield from self._single(action))

    @operation
    def schedule_cancel(self, seconds: int | None, market: str | None = None) -> Steps[models.Scheduled]:
        """Dead-man switch: leave signed cancel-alls that are submitted in so many seconds, 5 to 86,400.

        The next call replaces them: call it every few seconds. None takes them back.
        """
        account, _ = self._authority()
        ahead = 0 if seconds is None else seconds
        cancels = yield from self._cancel_alls(market, now() + ahead + ORDER_LIFETIME)
        signed = yield from self._left_signed(cancels, SCHEDULE_LANE) if seconds is not None else nothing()
        at = None if seconds is None else now_ms() + 1000 * seconds
        plain = {"account": account, "at": at, "cancels": [building.carried(action) for action in signed]}
        path = "/v1/schedule_cancel"
        return (yield from self._post(path, msgspec.json.encode(plain), models.Scheduled, own=True))

    def _disconnect_cancels(self, market: str | None) -> Steps[list[dict]]:
        """Signed cancel-alls for a socket to hold."""
        cancels = yield from self._cancel_alls(market, now() + ORDER_LIFETIME)
        signed = yield from self._left_signed(cancels, SOCKET_LANE)
        return [building.carried(action) for action in signed]

    @operation
    def resend(self, doubt: errors.UnknownOutcome) -> Steps[list[models.Receipt]]:
        """Send the bytes of an unknown outcome once more; what was sequenced answers with its first receipt."""
        return receipts_of((yield from self._deliver(doubt.body, doubt.hashes)), doubt.body)

    # -------------------------------------------------------------------------------------------- how it is done
    def _place(
        self,
        market: str,
        side: str,
        size: Number,
        price: Number | None,
        slippage: Number | None,
        tif: str | None,
        post_only: bool,
        reduce_only: bool,
        client_id: int,
        lifetime: int | None,
        expiry: int | None,
    ) -> Steps[Signable]:
        """The unsigned order."""
        instrument = yield from self._instrument(market)
        account, _ = self._authority()
        if (price is None) == (slippage is None):
            raise errors.InvalidInput("NO_PRICE", "give a price, or for a market order the slippage")
        if price is None:
            building.chosen("side", side, building.SIDES)
            best = yield from self._best(market, side)
            price = building.worst_price(instrument, best, side, "0" if slippage is None else slippage)
        tif = tif or ("gtc" if slippage is None else "ioc")
        if expiry is None:
            expiry = now() + (lifetime or (ORDER_SECONDS if tif == "gtc" else BRIEF_SECONDS))
        return building.place(instrument, account, expiry, side, size, price, tif, post_only, reduce_only, client_id)

    def _best(self, market: str, side: str) -> Steps[Decimal]:
        """The best price that an order of this side meets. Raises NotFound (EMPTY_BOOK).

        What is public of a book is a moment old, so one that looks empty is looked at again.
        """
        deadline = time.monotonic() + min(self.patience, BOOK_SECONDS)
        while True:
            book = yield from self._get(f"/v1/markets/{market}/book", models.Book, {"depth": 1})
            levels = book.asks if side == "buy" else book.bids
            if levels:
                return levels[0].price
            if time.monotonic() > deadline:
                raise errors.NotFound("EMPTY_BOOK", f"nothing to {side} in the book of {market}", retry="after")
            yield Pause(FIRST_PAUSE)

    def _open_order(self, order_id: str) -> Steps[models.Order]:
        building.id_parts(order_id)
        cursor = None
        while True:
            page = yield from self._orders(limit=500, cursor=cursor)
            for order in page.orders:
                if order.order_id == order_id:
                    return order
            cursor = page.next
            if cursor is None:
                raise errors.NotFound("ORDER_NOT_OPEN", f"no open order {order_id}", details={"order": order_id})

    def _cancel_alls(self, market: str | None, expiry: int) -> Steps[list[Signable]]:
        account, _ = self._authority()
        if market is None:
            yield from self._known_markets()
            chosen = list(self._instruments.values())
        else:
            chosen = [(yield from self._instrument(market))]
        return [building.CancelAll(account, 0, 0, instrument.number, expiry) for instrument in chosen]

    def _lane(self, wanted: int | None = None) -> Steps[Lane]:
        """A lane of one's own, as soon as there is one. Raises TimedOut (LANES_BUSY)."""
        lanes = yield from self._account_lanes()
        deadline = time.monotonic() + self.patience
        while (lane := lanes.take(wanted)) is None:
            if time.monotonic() > deadline:
                raise errors.TimedOut("LANES_BUSY", "every lane of the account is in use")
            yield Pause(LANE_PAUSE)
        return lane

    def _left_signed(self, actions: Sequence[Signable], number: int) -> Steps[list[Signable]]:
        """The actions signed in a lane that is used for nothing else."""
        _, signer = self._authority()
        domain = yield from self._known_domain()
        lane = yield from self._lane(number)
        try:
            return [building.signed(action, signer, domain, number, lane.next()) for action in actions]
        finally:
            lane.release()

    def _single(self, action: Signable) -> Steps[models.Receipt]:
        """One action, and the receipt of it."""
        (receipt,) = yield from self._send([action])
        return receipt

    def _send(self, actions: Sequence[Signable]) -> Steps[list[models.Receipt]]:
        """Sign actions in a lane and deliver them; once more with newer nonces where others used theirs up."""
        _, signer = self._authority()
        domain = yield from self._known_domain()
        lane = yield from self._lane()
        try:
            for attempt in range(1, NONCE_ATTEMPTS + 1):
                signed = [building.signed(action, signer, domain, lane.number, lane.next()) for action in actions]
                body, hashes = building.body_of(signed), [building.hash_of(action) for action in signed]
                try:
                    results = yield from self._deliver(body, hashes)
                except errors.NonceUsed as refused:
                    stale: errors.ClientError = refused
                else:
                    refusal = stale_in(results)
                    if refusal is None:
                        return receipts_of(results, body)
                    stale = refusal
                if attempt == NONCE_ATTEMPTS:
                    raise stale
                lane.raise_to((yield from self._used(lane.number, stale)))
        finally:
            lane.release()
        raise AssertionError

    def _used(self, lane: int, refused: errors.ClientError) -> Steps[int]:
        """The last counter that the state has of a lane."""
        told = refused.details.get("used")
        account = yield from self._get(self._own(), models.Account, own=True)
        return max(account.counters[lane], int(told) if isinstance(told, int | str) else 0)

    def _deliver(self, body: bytes, hashes: Sequence[str]) -> Steps[list[Result]]:
        """Send a request of actions, and return what became of each.

        While some are turned away for now all are sent again: what was sequenced answers with its first receipt.
        """
        deadline = time.monotonic() + self.patience
        while True:
            results = (yield from self._post("/v1/actions", body, Results, tuple(hashes))).results
            wait = max((later_of(result) for result in results), default=0.0)
            if not wait or time.monotonic() + wait > deadline:
                return results
            yield Pause(wait)


def later_of(result: Result) -> float:
    """Seconds after which an action that was turned away may be sent again; 0 for one that has its outcome."""
    error = result.error
    if error is None or error.retry == "never":
        return 0.0
    return max(FIRST_PAUSE, (error.retry_after_ms or 0) / 1000)


def failures_in(results: Sequence[Result]) -> list[errors.ClientError]:
    """The exceptions of actions that were not sequenced."""
    return [of_answer(0, msgspec.to_builtins(result.error)) for result in results if result.error is not None]


def stale_in(results: Sequence[Result]) -> errors.ClientError | None:
    """The last refusal, if nothing was sequenced because others used the nonces up: then all may be signed anew."""
    failures = failures_in(results)
    is_stale = all(isinstance(failure, errors.NonceUsed) for failure in failures)
    return failures[-1] if failures and is_stale and len(failures) == len(results) else None


def receipts_of(results: Sequence[Result], body: bytes) -> list[models.Receipt]:
    """The receipts, if all took effect. Raises UnknownOutcome, ActionRefused, and what the first error says."""
    failures = failures_in(results)
    doubtful = [failure.hash for failure in failures if failure.outcome == "unknown"]
    if doubtful:
        raise errors.UnknownOutcome("no outcome in time", [hash for hash in doubtful if hash], body)
    for failure in failures:
        raise failure
    receipts = [result.receipt for result in results if result.receipt is not None]
    for receipt in receipts:
        if receipt.status == "rejected":
            raise errors.ActionRefused(receipt)
    return receipts


def nothing() -> Steps[list[Signable]]:
    """No steps, no actions."""
    return []
    yield


def quoted(side: str, levels: Iterable[Priced | Quote]) -> list[Quote]:
    """Quotes of a side. Raises InvalidInput (BAD_QUOTE)."""
    found = []
    for level in levels:
        if isinstance(level, Quote):
            if level.side != side:
                raise errors.InvalidInput("BAD_QUOTE", f"a quote to {level.side} among those to {side}")
            found.append(level)
        elif isinstance(level, tuple | list) and len(level) == 2:
            found.append(Quote(side, *level))
        else:
            raise errors.InvalidInput("BAD_QUOTE", f"{level!r} is no pair of price and size")
    return found


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
