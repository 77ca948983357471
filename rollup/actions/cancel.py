"""Cancel: one order leaves the book, or is proven not to be there."""

from typing import NamedTuple

from rollup.actions import checks
from rollup.actions.place import UNSIGNED
from rollup.book import in_book, unlink
from rollup.layout import LAST_STEP, STEPS, book_of, order_address, position_address
from rollup.receipts import OrderId, Receipt
from rollup.refusals import Code, Ending, Refused
from rollup.state import State
from rollup.words import signed_plan


class Cancel(NamedTuple):
    """Names an order by its slot and by its id (account, market, epoch, index)."""

    account: int
    lane: int
    counter: int
    market: int
    side: int
    slot: int
    epoch: int
    index: int
    expiry: int
    signature: tuple[int, int] = UNSIGNED

    def word(self) -> int:
        """The word that is signed."""
        return PLAN.pack(self)

    def message(self, domain: int) -> tuple[int, ...]:
        """What is hashed after x of R and x of the key."""
        return (self.word(), domain)


PLAN = signed_plan("cancel", Cancel._fields)


def check_slot(state: State, slot: int) -> None:
    """Refuse a slot that no page of a book has. Raises BAD_FIELD."""
    if not in_book(slot, state.genesis.book_pages):
        raise Refused(Code.BAD_FIELD, slot=slot, pages=state.genesis.book_pages)


def check(state: State, cancel: Cancel) -> None:
    """Refuse at the door."""
    checks.authority(state, cancel, PLAN)
    check_slot(state, cancel.slot)
    checks.trader(state, cancel)


def apply(state: State, cancel: Cancel) -> Receipt:
    """Cancel under the account's own signature."""
    tick = state.next_tick()
    row = {"single": 1, "lane_row": state.authorise(cancel, tick), "open": 0, "sheet_epoch": 0}
    return execute(state, cancel, tick, row)


def execute(state: State, cancel: Cancel, tick: int, row: dict) -> Receipt:
    """Unlink the order if the slot holds it and its epoch is current; otherwise nothing changes. Raises Full."""
    market, number = cancel.market, book_of(cancel.market, cancel.side)
    row["tick"] = tick
    row["predecessor_slot"] = 0
    for column in ("account", "lane", "counter", "market", "side", "slot", "epoch", "index", "expiry"):
        row[column] = getattr(cancel, column)
    address = order_address(number, cancel.slot)
    record = state.memory.order.get(address)
    position = position_address(cancel.account, market)
    epoch = state.memory.position.get(position)[0]
    if record[:3] == (cancel.account, cancel.epoch, cancel.index) and epoch == cancel.epoch:
        ended = (unlink(state, row, number, cancel.slot, Ending.CANCELLED),)
        code = Code.CANCELLED
    else:
        time = STEPS * tick + LAST_STEP
        row["record"] = state.memory.order.read(address, time)
        row["position"] = state.memory.position.read(position, time)
        ended = ()
        code = Code.CANCEL_MISSED
    state.emit("cancels", row)
    order = OrderId(cancel.account, market, cancel.epoch, cancel.index)
    return Receipt(code, cancel, tick, order=order, slot=cancel.slot, ended=ended)
