"""What the API says of receipts, orders, fills, trades and movements, in decimal strings."""

from collections.abc import Mapping, Sequence

from rollup.actions import Action, CancelAll, Deposit, Place, Sheet, Transfer, Withdraw
from rollup.genesis import MarketTerms
from rollup.receipts import Receipt
from rollup.refusals import Refused
from sequencer.events import Sequenced
from sequencer.gateway import wire
from sequencer.gateway.catalogue import NUMBERS
from sequencer.gateway.numbers import Units, amount
from sequencer.gateway.problems import error_of
from sequencer.receipts import Acknowledged
from sequencer.tape import TAKER, Facts, Fill, Movement, Order, Tape, Trade, name, placed, taken, took_effect

SIDES = ("buy", "sell")
ROLES = ("maker", "taker")
KINDS = {Place: "place", Sheet: "sheet", CancelAll: "cancel_all", Transfer: "transfer", Withdraw: "withdraw"}
KINDS[Deposit] = "deposit"
LARGEST = 1 << 53
"""Whole numbers from here on are not exact everywhere that JSON is read."""


def hexed(digest: bytes | None) -> str | None:
    """0x and digits."""
    return None if digest is None else "0x" + digest.hex()


def safe(value: int) -> int | str:
    """A whole number; as a string where JSON does not carry it everywhere."""
    return value if abs(value) < LARGEST else str(value)


class Answers:
    """Speaks for the markets of one deployment."""

    def __init__(self, units: Sequence[Units], markets: Sequence[MarketTerms]) -> None:
        self.units = units
        self._markets = markets

    def numbers(self, code: str, numbers: Mapping[str, object], market: int | None) -> dict[str, int | str]:
        """What a rule compared, in the units of the action's market: decimal strings where the catalogue says so.

        Of an action that names no listed market, prices and sizes have no unit and stay whole numbers.
        """
        known = NUMBERS.get(code, {})
        units = self.units[market] if market is not None and 0 <= market < len(self.units) else None
        scales = {"amount": amount, "price": units and units.price, "size": units and units.size}
        told = {}
        for of, value in numbers.items():
            if isinstance(value, int):
                scale = scales.get(known.get(of, ""))
                told[of] = scale(value) if scale else safe(value)
        return told

    def error(self, problem: BaseException, action: Action, hash_: str | None) -> wire.Error:
        """Why an action was not sequenced, or would not be."""
        error = error_of(problem, hash_)
        if isinstance(problem, Refused):
            error.details = self.numbers(problem.code, problem.numbers, getattr(action, "market", None))
        return error

    def trade(self, trade: Trade) -> wire.Trade:
        """A trade of the tape."""
        units = self.units[trade.market]
        return wire.Trade(
            trade.id,
            units.symbol,
            trade.time,
            SIDES[trade.side],
            units.price(trade.price),
            units.size(trade.size),
            trade.batch,
            trade.seq,
        )

    def fill(self, fill: Fill) -> wire.Fill:
        """One account's part in a trade."""
        units = self.units[fill.market]
        return wire.Fill(
            fill.id,
            units.symbol,
            fill.time,
            fill.account,
            fill.order,
            fill.client,
            SIDES[fill.side],
            ROLES[fill.role],
            units.price(fill.price),
            units.size(fill.size),
            amount(fill.fee),
            fill.batch,
            fill.seq,
            hexed(fill.hash),
        )

    def order(self, order: Order, clock: int = 0) -> wire.Order:
        """An order; one whose expiry is before ``clock`` (seconds) is dead though it still lies in the book."""
        units = self.units[order.market]
        is_expired = order.expiry < clock and order.status in ("open", "partially_filled")
        return wire.Order(
            order.order,
            order.account,
            units.symbol,
            SIDES[order.side],
            units.price(order.price),
            units.size(order.size),
            units.size(order.remaining),
            units.size(order.filled),
            order.expiry,
            bool(order.reduce_only),
            order.client,
            order.slot,
            "expired" if is_expired else order.status,
            "expired" if is_expired else order.reason,
            order.created_seq,
            order.updated_seq,
            order.created,
            hexed(order.hash),
        )

    def movement(self, move: Movement, symbol: str | None = None) -> wire.Movement:
        """A change of cash."""
        return wire.Movement(
            move.id,
            move.time,
            move.kind,
            amount(move.amount),
            symbol,
            move.other,
            move.batch,
            move.seq,
            hexed(move.hash),
        )

    def receipt(
        self, acknowledged: Acknowledged, stage: str, commit: str | None = None, settle: str | None = None
    ) -> wire.Receipt:
        """A receipt; nobody is named in it but whose action it is."""
        sequence, batch, digest, receipt, duplicate, time, amended = acknowledged
        event = Sequenced(sequence, time, batch, digest, receipt, amended)
        common = (hexed(digest) or "", sequence, time, batch, stage, amended, duplicate, commit, settle)
        action = receipt.action
        kind = type(action)
        # What it says of others is left out, so that no more than the action itself has to be read of the tape.
        if kind is Sheet:
            return self._receipt(receipt, action, Tape(self._markets).read(event), common)
        if kind is not Place:
            return self._one(receipt, KINDS.get(kind, "cancel"), action, None, [], receipt.fee, [], common)
        market = action.market
        order = placed(event, action.account, market, action, action.expiry, action.client, receipt)
        fills = taken(event, order, receipt.fills, self._markets[market].taker_fee) if receipt.fills else []
        return self._one(receipt, "place", action, order, fills, receipt.fee, [], common)

    def event_receipt(self, facts: Facts, stage: str) -> wire.Receipt:
        """The receipt of an action that was just read from the tape."""
        event = facts.event
        common = (
            hexed(event.digest) or "",
            event.sequence,
            event.time,
            event.batch,
            stage,
            event.amended,
            False,
            None,
            None,
        )
        return self._receipt(event.receipt, event.receipt.action, facts, common)

    def _receipt(self, receipt: Receipt, action: object, facts: Facts, common: tuple) -> wire.Receipt:
        account = action.account
        placed = [order for order in facts.orders if order.created_seq == facts.event.sequence]
        # An order of a sheet may be there again, met by a later item: its first state is the item's.
        own = list({order.order: order for order in reversed(placed) if order.account == account}.values())[::-1]
        fills = [fill for fill in facts.fills if fill.role == TAKER]
        if type(action) is Sheet:
            items, fees = self._items(receipt, action, own, fills, common)
            return self._one(receipt, "sheet", action, None, fills, fees, items, common)
        order = own[0] if own and type(action) is Place else None
        kind = KINDS.get(type(action), "cancel")
        return self._one(receipt, kind, action, order, fills, receipt.fee, [], common)

    def _items(
        self, receipt: Receipt, sheet: Sheet, own: list[Order], fills: list[Fill], common: tuple
    ) -> tuple[list[wire.Receipt], int]:
        placed, items, fees = iter(own), [], 0
        fills = iter(fills)
        for item, outcome in zip(sheet.items, receipt.items):
            is_place = hasattr(item, "price")
            order = next(placed, None) if is_place else None
            mine = [next(fills) for _ in outcome.fills]
            kind = "place" if is_place else "cancel"
            items.append(self._one(outcome, kind, sheet, order, mine, outcome.fee, [], common))
            fees += outcome.fee
        return items, fees

    def _one(
        self,
        receipt: Receipt,
        kind: str,
        action: Action,
        order: Order | None,
        fills: list[Fill],
        fee: int,
        items: list[wire.Receipt],
        common: tuple,
    ) -> wire.Receipt:
        hash_, sequence, time, batch, stage, amended, duplicate, commit, settle = common
        account, market = action.account, getattr(action, "market", None)
        return wire.Receipt(
            hash_,
            kind,
            account,
            "accepted" if took_effect(receipt) else "rejected",
            str(receipt.code),
            self.numbers(receipt.code, receipt.numbers, market) if receipt.numbers else {},
            sequence,
            time,
            batch,
            stage,
            amended,
            duplicate,
            self.order(order) if order else None,
            [self.fill(fill) for fill in fills],
            [name(end.order) for end in receipt.ended if end.order.owner == account],
            amount(fee),
            items,
            commit,
            settle,
        )
