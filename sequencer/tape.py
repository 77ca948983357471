"""The tape: what a durable action means to those who watch, trades, fills, orders and movements of money.

Pure and deterministic: the same actions give the same tape, whether they are heard of as they happen or read from the
journal later. Prices in micro-units per lot, sizes in lots, amounts in micro-units, times in milliseconds.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollup.actions import CancelAll, Deposit, Place, Sheet, Transfer, Withdraw
from rollup.genesis import MarketTerms
from rollup.quantities import fee_up
from rollup.receipts import Ended, OrderId, Receipt
from rollup.receipts import Fill as RollupFill
from rollup.refusals import Ending
from sequencer.events import Sequenced

PLACES = 8192
"""Numbers that one action has for what it causes: more than the steps of all orders of a sheet."""
MAKER, TAKER = 0, 1


class Trade(NamedTuple):
    """``side`` is the taker's, 0 buys; ``id`` is unique and rises."""

    id: int
    market: int
    time: int
    side: int
    price: int
    size: int
    batch: int
    seq: int


class Fill(NamedTuple):
    """One account's part in the trade of the same ``id``."""

    id: int
    account: int
    market: int
    time: int
    order: str
    client: int
    side: int
    role: int
    price: int
    size: int
    fee: int
    batch: int
    seq: int
    hash: bytes | None


class Order(NamedTuple):
    """An order as it stands after an action.

    ``order`` is owner-market-epoch-index, or account-market-hash of one that never rested.
    """

    order: str
    account: int
    market: int
    side: int
    price: int
    size: int
    remaining: int
    filled: int
    expiry: int
    reduce_only: int
    client: int
    slot: int
    status: str
    reason: str | None
    created_seq: int
    updated_seq: int
    created: int
    batch: int
    hash: bytes | None


class Movement(NamedTuple):
    """A change of cash that is no trade: deposit, withdraw, transfer_in, transfer_out."""

    id: int
    account: int
    time: int
    kind: str
    amount: int
    other: int | None
    batch: int
    seq: int
    hash: bytes | None


class Holding(NamedTuple):
    """A position as it came about: signed lots, and what those that are held cost on average, in micro-units."""

    size: int
    cost: int

    def after(self, lots: int, price: int) -> "Holding":
        """After ``lots`` were bought, or sold if negative: what closes a position leaves its average as it is."""
        size = self.size + lots
        if self.size * lots >= 0:
            return Holding(size, self.cost + price * abs(lots))
        if self.size * size > 0:
            return Holding(size, self.cost * abs(size) // abs(self.size))
        return Holding(size, price * abs(size))


FLAT = Holding(0, 0)


class Facts(NamedTuple):
    """What one action caused; an order may be there more than once, its last state last."""

    event: Sequenced
    trades: list[Trade]
    fills: list[Fill]
    orders: list[Order]
    movements: list[Movement]


STATUS = {Ending.FILLED: "filled", Ending.EXPIRED: "expired"}
"""Of an order that ended; every other ending is a cancellation, with its reason."""


def name(order: OrderId) -> str:
    """An order's name as the API has it."""
    return f"{order.owner}-{order.market}-{order.epoch}-{order.index}"


class Tape:
    """Knows the orders that rest, and turns actions into facts, in their order."""

    def __init__(
        self,
        markets: Sequence[MarketTerms],
        resting: dict[str, Order] | None = None,
        holdings: dict[tuple[int, int], Holding] | None = None,
    ) -> None:
        self.taker_fees = [market.taker_fee for market in markets]
        """By market, in parts per million."""
        self.resting = resting if resting is not None else {}
        self.holdings = holdings if holdings is not None else {}
        """By account and market."""

    def read(self, event: Sequenced) -> Facts:
        """What an action that was sequenced caused."""
        facts = Facts(event, [], [], [], [])
        receipt = event.receipt
        action = receipt.action
        kind = type(action)
        if kind is Place:
            self._place(facts, action.account, action.market, action, action.expiry, action.client, receipt)
            self._end(facts, receipt.ended)
        elif kind is Sheet:
            self._sheet(facts, action, receipt)
        elif kind in (Deposit, Withdraw, Transfer):
            if took_effect(receipt):
                _move(facts, kind, action)
        else:
            self._end(facts, receipt.ended)
        return facts

    def _sheet(self, facts: Facts, sheet: Sheet, receipt: Receipt) -> None:
        self._end(facts, receipt.ended)
        for number, (item, outcome) in enumerate(zip(sheet.items, receipt.items)):
            if hasattr(item, "price"):
                self._place(facts, sheet.account, sheet.market, item, sheet.expiry, 0, outcome, number)
            self._end(facts, outcome.ended)

    def _end(self, facts: Facts, ended: Sequence[Ended]) -> None:
        event = facts.event
        for end in ended:
            order = self.resting.pop(name(end.order), None)
            if order is not None:
                status, reason = STATUS.get(end.ending, "cancelled"), str(end.ending)
                if end.ending is Ending.VOID:
                    reason = "cancel_all" if type(event.receipt.action) is CancelAll else "replaced"
                facts.orders.append(
                    order._replace(
                        status=status,
                        reason=reason,
                        remaining=end.remaining,
                        updated_seq=event.sequence,
                        batch=event.batch,
                    )
                )

    def _place(
        self,
        facts: Facts,
        account: int,
        market: int,
        terms: NamedTuple,
        expiry: int,
        client: int,
        receipt: Receipt,
        item: int | None = None,
    ) -> None:
        order = placed(facts.event, account, market, terms, expiry, client, receipt, item)
        if receipt.fills:
            self._fill(facts, order, receipt.fills)
        if receipt.order:
            self.resting[order.order] = order
        facts.orders.append(order)

    def _fill(self, facts: Facts, order: Order, fills: Sequence[RollupFill]) -> None:
        account, market, side = order.account, order.market, order.side
        holdings = self.holdings
        taker = taken(facts.event, order, fills, self.taker_fees[market], len(facts.trades))
        for own, fill in zip(taker, fills):
            number, _, _, time, *_, price, size, _, batch, seq, _ = own
            facts.trades.append(Trade(number, market, time, side, price, size, batch, seq))
            facts.fills.append(own)
            lots = -size if side else size
            other = fill.maker.owner
            holdings[account, market] = holdings.get((account, market), FLAT).after(lots, price)
            holdings[other, market] = holdings.get((other, market), FLAT).after(-lots, price)
            named = name(fill.maker)
            maker = self._met(facts, named, size)
            mark, digest = (maker.client, maker.hash) if maker else (0, None)
            facts.fills.append(
                Fill(
                    number,
                    other,
                    market,
                    time,
                    named,
                    mark,
                    1 - side,
                    MAKER,
                    price,
                    size,
                    fill.fee,
                    batch,
                    seq,
                    digest,
                )
            )

    def _met(self, facts: Facts, order: str, size: int) -> Order | None:
        """A resting order was filled in part or whole."""
        maker = self.resting.get(order)
        if maker is None:
            return None
        remaining = maker.remaining - size
        event = facts.event
        maker = maker._replace(
            remaining=remaining,
            filled=maker.filled + size,
            status="partially_filled" if remaining else "filled",
            updated_seq=event.sequence,
            batch=event.batch,
        )
        if remaining:
            self.resting[order] = maker
        else:
            del self.resting[order]
        facts.orders.append(maker)
        return maker


def placed(
    event: Sequenced,
    account: int,
    market: int,
    terms: NamedTuple,
    expiry: int,
    client: int,
    receipt: Receipt,
    item: int | None = None,
) -> Order:
    """The order of a place, or of an item of a sheet, as it stands right after it was sequenced."""
    sequence, time, batch, digest, _, _ = event
    status, reason = _status(receipt)
    size = receipt.size or terms.size
    remaining = size if status == "rejected" else receipt.remaining
    return Order(
        name(receipt.order) if receipt.order else _unrested(account, market, event, item),
        account,
        market,
        terms.side,
        terms.price,
        size,
        remaining,
        size - remaining,
        expiry,
        terms.reduce_only,
        client,
        receipt.slot,
        status,
        reason,
        sequence,
        sequence,
        time,
        batch,
        digest,
    )


def taken(event: Sequenced, order: Order, fills: Sequence[RollupFill], rate: int, trades: int = 0) -> list[Fill]:
    """The taker's part in what its order traded, at a fee of ``rate``, where the action made ``trades`` before.

    The taker's fee is rounded once, over the whole order: each trade bears what it adds.
    """
    sequence, time, batch, digest, _, _ = event
    named, account, market, side = order[:4]
    number, cost, charged = sequence * PLACES + trades, 0, 0
    found = []
    for fill in fills:
        price, size = fill.price, fill.size
        cost += price * size
        owed = fee_up(cost, rate)
        found.append(
            Fill(
                number,
                account,
                market,
                time,
                named,
                order.client,
                side,
                TAKER,
                price,
                size,
                owed - charged,
                batch,
                sequence,
                digest,
            )
        )
        number += 1
        charged = owed
    return found


def took_effect(receipt: Receipt) -> bool:
    """Neither refused nor, when its batch was undone, given up with a code of the sequencer's own."""
    return getattr(receipt.code, "is_result", False)


def _unrested(account: int, market: int, event: Sequenced, item: int | None) -> str:
    mark = event.digest[:8].hex() if event.digest else f"s{event.sequence}"
    return f"{account}-{market}-{mark}" + (f"-{item}" if item is not None else "")


def _status(receipt: Receipt) -> tuple[str, str | None]:
    """Status and reason of an order right after it was placed."""
    if not took_effect(receipt):
        return "rejected", str(receipt.code)
    if receipt.order:
        return ("partially_filled" if receipt.fills else "open"), None
    if receipt.remaining == 0:
        return "filled", None
    return "cancelled", str(receipt.ending) if receipt.ending else None


def _move(facts: Facts, kind: type, action: Deposit | Withdraw | Transfer) -> None:
    event = facts.event
    number = event.sequence * PLACES
    rest = (event.batch, event.sequence, event.digest)
    if kind is Transfer:
        out = Movement(number, action.account, event.time, "transfer_out", -action.amount, action.to, *rest)
        into = Movement(number + 1, action.to, event.time, "transfer_in", action.amount, action.account, *rest)
        facts.movements.extend((out, into))
    elif kind is Deposit:
        facts.movements.append(Movement(number, action.account, event.time, "deposit", action.amount, None, *rest))
    else:
        facts.movements.append(Movement(number, action.account, event.time, "withdraw", -action.amount, None, *rest))
