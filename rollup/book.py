"""Books: the sorted index beside each linked list of orders, and the two ways to change a list, rest and unlink."""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from rollup.layout import BOOK_ROWS, LAST_STEP, STEPS, book_of, order_address, position_address, rank
from rollup.quantities import reducible
from rollup.receipts import Ended, OrderId
from rollup.refusals import Code, Ending, Refused

if TYPE_CHECKING:
    from rollup.state import State

SLOTS_PER_PAGE = 32


class Book:
    """One side of one market, best order first: what the list in memory says, in a form that can be searched.

    ``used`` has a bit for each row of the book's pages, fifteen a page; row 0 is the sentinel's.
    """

    __slots__ = ("number", "ranks", "side", "slots", "used")

    def __init__(self, number: int) -> None:
        self.number = number
        self.side = number & 1
        self.ranks: list[int] = []
        self.slots: list[int] = []
        self.used = 1

    def head(self) -> int:
        """Slot of the best order, 0 if there is none."""
        return self.slots[0] if self.slots else 0

    def before(self, place: int) -> int:
        """Slot of the order ahead of a place in the list; the sentinel's is 0."""
        return self.slots[place - 1] if place else 0

    def place_for(self, price: int) -> int:
        """Where a new order of this price belongs: last among equals."""
        return bisect_right(self.ranks, rank(price, self.side))

    def place_of(self, slot: int, price: int) -> int:
        """Where the order in a slot stands."""
        return self.slots.index(slot, bisect_left(self.ranks, rank(price, self.side)))

    def lowest_free(self) -> int:
        """Lowest slot that holds nothing; it may lie beyond the book's pages."""
        lowest = (~self.used & (self.used + 1)).bit_length() - 1
        page, row = divmod(lowest, BOOK_ROWS)
        return SLOTS_PER_PAGE * page + row

    def insert(self, place: int, slot: int, rank_: int) -> None:
        """Put a slot at a place."""
        self.ranks.insert(place, rank_)
        self.slots.insert(place, slot)
        self.used ^= 1 << row_of(slot)

    def remove(self, place: int) -> None:
        """Take out what stands at a place."""
        del self.ranks[place]
        self.used ^= 1 << row_of(self.slots.pop(place))


def row_of(slot: int) -> int:
    """Number of a slot's row among the rows that pages use."""
    return BOOK_ROWS * (slot // SLOTS_PER_PAGE) + slot % SLOTS_PER_PAGE


def in_book(slot: int, pages: int) -> bool:
    """The slot is a row of one of the book's pages."""
    return slot % SLOTS_PER_PAGE < BOOK_ROWS and slot // SLOTS_PER_PAGE < pages


def raised(position: tuple, side: int, size: int) -> tuple:
    """The position row with the open total of a side raised by ``size`` lots, lowered if negative."""
    epoch, funding, buy, sell, held, count = position
    if side:
        return epoch, funding, buy, sell + size, held, count
    return epoch, funding, buy + size, sell, held, count


def traded(position: tuple, side: int, size: int) -> tuple:
    """The position row after ``size`` lots of a resting order of a side were filled."""
    epoch, funding, buy, sell, held, count = position
    if side:
        return epoch, funding, buy, sell - size, held - size, count
    return epoch, funding, buy - size, sell, held + size, count


def rest(state: "State", row: dict, number: int, record: tuple, time: int, equity: int) -> None:
    """Link a record (without its next) into a book, last among equals, in the lowest free slot.

    Adds the accesses and slots to the chip's row. Raises TOO_MANY_ORDERS, BOOK_FULL, Full.
    """
    owner, price = record[0], record[3]
    book, order = state.books[number], state.memory.order
    rules = state.genesis.admission
    live = len(state.owned(owner, number))
    if live >= rules.order_cap:
        raise Refused(Code.TOO_MANY_ORDERS, orders=live, cap=rules.order_cap)
    if rules.order_bond:
        all_live = state.live_orders.get(owner, 0)
        if (all_live + 1) * rules.order_bond > equity:
            raise Refused(Code.TOO_MANY_ORDERS, orders=all_live, equity=equity, bond=rules.order_bond)
    slot = book.lowest_free()
    if not in_book(slot, state.genesis.book_pages):
        raise Refused(Code.BOOK_FULL, book=number)

    place = book.place_for(price)
    predecessor = book.before(place)
    address = order_address(number, predecessor)
    ahead = order.get(address)
    following = ahead[7]
    row["slot"], row["predecessor_slot"] = slot, predecessor
    row["record"] = order.write(order_address(number, slot), (*record, following), time)
    row["predecessor"] = order.write(address, (*ahead[:7], slot), time)
    if following:
        row["successor"] = order.read(order_address(number, following), time)
    state.put_in(number, place, slot, record)


def unlink(state: "State", row: dict, number: int, slot: int, ending: Ending) -> Ended | None:
    """Take a record out of a book, and its lots out of its owner's open total unless it is void.

    Adds the accesses and the predecessor to the chip's row. Raises Full.
    """
    order, position = state.memory.order, state.memory.position
    market, side = number >> 1, number & 1
    time = STEPS * row["tick"] + LAST_STEP
    record = order.get(order_address(number, slot))
    owner, epoch, index, price, _, _, remaining, following = record
    predecessor = state.take_out(number, slot, record)
    row["predecessor_slot"] = predecessor
    row["record"] = order.write(order_address(number, slot), order.zero, time)
    address = order_address(number, predecessor)
    row["predecessor"] = order.write(address, (*order.get(address)[:7], following), time)
    address = position_address(owner, market)
    if ending is Ending.VOID:
        row["position"] = position.read(address, time)
        return None
    row["position"] = position.write(address, raised(position.get(address), side, -remaining), time)
    state.add_cost(owner, market, -remaining * price)
    return Ended(OrderId(owner, market, epoch, index), side, slot, remaining, ending)


def void_orders(state: "State", account: int, market: int, tick: int) -> tuple[list, tuple[Ended, ...]]:
    """Raise the account's epoch in a market: every order it has there is void from now on.

    The access to its position row, and the endings. Raises Full.
    """
    position = state.memory.position
    address = position_address(account, market)
    epoch, funding, _, _, held, _ = position.get(address)
    access = position.write(address, (epoch + 1, funding, 0, 0, held, 0), STEPS * tick + LAST_STEP)
    state.clear_cost(account, market)
    ended = []
    for number in (book_of(market, 0), book_of(market, 1)):
        for index, slot in sorted(_live(state, account, number, epoch)):
            record = state.memory.order.get(order_address(number, slot))
            ended.append(Ended(OrderId(account, market, epoch, index), number & 1, slot, record[6], Ending.VOID))
            state.queue_void(number, slot, record)
    return access, tuple(ended)


def _live(state: "State", account: int, number: int, epoch: int) -> list[tuple[int, int]]:
    """Index and slot of the account's orders of this epoch in a book."""
    orders = state.memory.order
    records = ((slot, orders.get(order_address(number, slot))) for slot in state.owned(account, number))
    return [(record[2], slot) for slot, record in records if record[1] == epoch]


def why_dead(state: "State", number: int, slot: int) -> Ending | None:
    """The reason for which anyone may collect the order in a slot; None if it is live or there is none."""
    if not slot:
        return None
    owner, epoch, _, _, expiry, reduce_only, remaining, _ = state.memory.order.get(order_address(number, slot))
    if not remaining:
        return None
    position = state.memory.position.get(position_address(owner, number >> 1))
    if epoch != position[0]:
        return Ending.VOID
    if expiry < state.clock:
        return Ending.EXPIRED
    if reduce_only and reducible(position[4], number & 1) <= 0:
        return Ending.REDUCE_ONLY
    return None
