"""The state of the rollup, and the batch in progress: everything that an action reads and changes."""

from typing import NamedTuple

from rollup.book import Book
from rollup.footprint import Footprint
from rollup.genesis import Genesis
from rollup.layout import (
    LAST_STEP,
    MARKET_CELL,
    MARKETS,
    STATUS_OPEN,
    STEPS,
    SizeClass,
    lane_address,
    position_address,
    rank,
)
from rollup.memory import PagedMemory
from rollup.refusals import Full
from rollup.undo import Undo

BOOKS = 2 * MARKETS
PAGES = ("headers", "books")
"""Capacities of a class that the footprint counts; every other one is a list of rows."""


class System(NamedTuple):
    """The system page: clock and round in seconds, most seconds a mark stays fresh, reports that make a round."""

    clock: int
    round: int
    max_age: int
    quorum: int


Market = NamedTuple("Market", [(field.name, int) for field in MARKET_CELL])
Market.__doc__ = "A market's cell of the market page, field by field."

UNLISTED = Market(*(0 for _ in MARKET_CELL))


class Terms(NamedTuple):
    """What the door asks of a market's orders: a multiple of the tick, and a smallest size."""

    tick: int
    minimum: int


NO_TERMS = Terms(1, 1)


class Void(NamedTuple):
    """A void order that waits for its collection."""

    book: int
    slot: int
    owner: int
    epoch: int
    index: int


class State:
    """Rows, books, marks and clock, and what the present batch has used of its size class.

    Actions change it only through the methods below and the tables of ``memory``, all of which can be undone.
    """

    def __init__(self, genesis: Genesis, size: SizeClass) -> None:
        self.genesis = genesis
        self.size = size
        self.undo = Undo()
        self.footprint = Footprint(size, self.undo)
        self.memory = PagedMemory(self.footprint)
        self.books = [Book(number) for number in range(BOOKS)]
        self.system = System(0, 0, genesis.max_age, genesis.quorum)
        self.clock = 0
        self.markets = [UNLISTED] * MARKETS
        self.keys: dict[int, tuple[int, int]] = {}
        self.escrow = 0
        """What all accounts put in less what they took out, micro-units: the contract holds it, and owes no more."""
        self.voided: list[Void] = []
        self.live_orders: dict[int, int] = {}
        self._owned: dict[int, set[int]] = {}
        self._costs: dict[int, int] = {}
        self._terms = [Terms(market.tick, market.minimum) for market in genesis.markets]
        self.begin()

    @classmethod
    def at_genesis(cls, genesis: Genesis, size: SizeClass) -> "State":
        """The state a deployment begins with: the fee account, empty books, no marks."""
        state = cls(genesis, size)
        fees = genesis.fee_account
        state.keys[0] = (fees.x, fees.y)
        state.memory.identity.store(0, (fees.x, fees.owner, 0))
        for address, row in genesis.sentinels().items():
            state.memory.order.store(address, row)
        state.markets = [Market(**cell) for cell in genesis.market_cells()]
        state.begin()
        return state

    # ------------------------------------------------------------------------------------------ the batch in progress
    def begin(self) -> None:
        """Forget the last batch and open an empty one at the present clock and marks."""
        self.undo.steps.clear()
        self.memory.log.clear()
        self.footprint.begin()
        self.undo.steps.clear()
        self.rows: dict[str, list[dict]] = {chip: [] for chip in self.size.slots if chip not in PAGES}
        self.signers: dict[int, int] = {}
        self.signed: list = []
        self.born: dict[int, int] = {}
        self.ticks = 0
        self.fees = 0
        self._judge_markets()

    def _judge_markets(self) -> None:
        """Which markets are open, and the numbers margin is measured by."""
        clock, max_age = self.system.clock, self.system.max_age
        self.clock = clock
        self.open = [
            int(market.status == STATUS_OPEN and clock - market.price_time <= max_age) for market in self.markets
        ]
        listed = self.markets[: len(self.genesis.markets)]
        self.risk = [
            (number, market.mark, 2 * market.initial, market.initial + market.reserve)
            for number, market in enumerate(listed)
        ]

    def mark(self) -> tuple[int, int, int, int]:
        """A point to come back to."""
        return len(self.undo.steps), len(self.memory.log), self.ticks, self.fees

    def back_to(self, mark: tuple[int, int, int, int]) -> None:
        """Undo everything since a mark."""
        steps, accesses, self.ticks, self.fees = mark
        self.memory.back_to(accesses)
        self.undo.back_to(steps)

    def stand(self) -> None:
        """What was done stands: forget how to undo it."""
        self.undo.steps.clear()

    def next_tick(self) -> int:
        """The tick of the next operation."""
        self.ticks += 1
        return self.ticks

    def emit(self, chip: str, row: dict) -> None:
        """Use up one slot of a chip. Raises Full."""
        self._use(chip, self.rows[chip], row)

    def _use(self, chip: str, used: list, item) -> None:
        if len(used) >= self.size.slots[chip]:
            raise Full(chip)
        used.append(item)
        self.undo.push(used.pop)

    def authorise(self, action, tick: int) -> list:
        """Use up a signature slot and the action's nonce; the access to its lane. Raises Full."""
        self._use("signatures", self.signed, action)
        return self.use_nonce(action, tick)

    def use_nonce(self, action, tick: int) -> list:
        """Advance the lane of an action whose signature has a place of its own. Raises Full."""
        account = action.account
        if account not in self.signers:
            if len(self.signers) >= self.size.slots["signers"]:
                raise Full("signers")
            self.signers[account] = len(self.signers)
            self.undo.push(self.signers.pop, account)
        lane = self.memory.lane
        address = lane_address(account, action.lane)
        return lane.write(address, (action.counter, lane.get(address)[1]), STEPS * tick + LAST_STEP)

    def create(self, account: int, key: tuple[int, int], time: int) -> None:
        """An account came into being at a time of this batch; its key's coordinates are kept beside the pages."""
        self.keys[account] = key
        self.born[account] = time
        self.undo.push(self._uncreate, account)

    def _uncreate(self, account: int) -> None:
        del self.keys[account]
        del self.born[account]

    def move_escrow(self, amount: int) -> None:
        """Money reaches the accounts from outside, or leaves them if negative."""
        self.escrow += amount
        self.undo.push(self._return_escrow, amount)

    def _return_escrow(self, amount: int) -> None:
        self.escrow -= amount

    # ------------------------------------------------------------------------------------------ reading
    def cash(self, account: int) -> int:
        """Cash in micro-units; the fee account's includes the fees of this batch so far."""
        cash = self.memory.cash.get(account)[0]
        return cash if account else cash + self.fees

    def admission(self, market: int) -> Terms:
        """What orders of a market must obey; anything goes where none is listed."""
        return self._terms[market] if market < len(self._terms) else NO_TERMS

    def open_cost(self, account: int) -> int:
        """Cost of all the account's live orders at their limits."""
        costs, base = self._costs, position_address(account, 0)
        total = 0
        for market in range(len(self._terms)):
            total += costs.get(base + market, 0)
        return total

    def owned(self, account: int, book: int) -> set[int]:
        """Slots of the account's orders in a book, void ones included."""
        return self._owned.get(BOOKS * account + book, _NOTHING)

    # ------------------------------------------------------------------------------------------ books
    def add_cost(self, account: int, market: int, cost: int) -> None:
        """The cost of the account's live orders in a market rises, or falls if negative."""
        self._set_cost(position_address(account, market), cost)

    def clear_cost(self, account: int, market: int) -> None:
        """None of the account's orders in a market is live any more."""
        address = position_address(account, market)
        self._set_cost(address, -self._costs.get(address, 0))

    def _set_cost(self, address: int, difference: int) -> None:
        before = self._costs.get(address, 0)
        self._costs[address] = before + difference
        self.undo.push(self._costs.__setitem__, address, before)

    def put_in(self, number: int, place: int, slot: int, record: tuple) -> None:
        """An order came to rest at a place of a book's index."""
        book = self.books[number]
        book.insert(place, slot, rank(record[3], book.side))
        self._own(number, slot, record[0])
        self.undo.push(self._forget, number, place, slot, record[0])

    def take_out(self, number: int, slot: int, record: tuple) -> int:
        """An order leaves a book's index; the slot ahead of it."""
        book = self.books[number]
        place = book.place_of(slot, record[3])
        book.remove(place)
        self._disown(number, slot, record[0])
        self.undo.push(self._return, number, place, slot, record)
        return book.before(place)

    def _forget(self, number: int, place: int, slot: int, owner: int) -> None:
        self.books[number].remove(place)
        self._disown(number, slot, owner)

    def _return(self, number: int, place: int, slot: int, record: tuple) -> None:
        book = self.books[number]
        book.insert(place, slot, rank(record[3], book.side))
        self._own(number, slot, record[0])

    def _own(self, number: int, slot: int, owner: int) -> None:
        key = BOOKS * owner + number
        slots = self._owned.get(key)
        if slots is None:
            slots = self._owned[key] = set()
        slots.add(slot)
        self.live_orders[owner] = self.live_orders.get(owner, 0) + 1

    def _disown(self, number: int, slot: int, owner: int) -> None:
        self._owned[BOOKS * owner + number].remove(slot)
        self.live_orders[owner] -= 1

    def queue_void(self, number: int, slot: int, record: tuple) -> None:
        """A void order joins those that wait for their collection."""
        self.voided.append(Void(number, slot, *record[:3]))
        self.undo.push(self.voided.pop)


_NOTHING: set[int] = set()
