"""States of the other two concerns: orders on their way through a book, and resting orders that may be collected."""

from random import Random
from typing import NamedTuple

from rollup import book, matching
from rollup.actions import Place, place
from rollup.layout import GTC, NEVER, PRICE_MAX, STATUS_OPEN, SWEEP_MAX, book_of, order_address, position_address
from rollup.layout import rank as rank_of
from rollup.refusals import Code, Ending, Refused
from rollup.state import State
from tests.cairo.accounts import CASH, HALF_SIZE, market_state, row, valued
from tests.cairo.draw import around, fractions, magnitude, mark, positive

FILL, VOID, EXPIRED, OWN, NOTHING_TO_REDUCE, MARGIN = range(6)
REASONS = {Ending.VOID: VOID, Ending.EXPIRED: EXPIRED, Ending.REDUCE_ONLY: NOTHING_TO_REDUCE, None: FILL}
TRIMS = {Code.REDUCE_ONLY: 1, Code.MARKET_REDUCE_ONLY: 2}
CLOCK = 1_000_000
MAX_AGE = 600


class Order(NamedTuple):
    """A resting order; ``owner`` is a place in the list of makers."""

    owner: int
    epoch: int
    price: int
    expiry: int
    reduce_only: int
    remaining: int


class Maker(NamedTuple):
    """``rows`` (size, buy, sell) of all markets, that of the traded one first."""

    account: int
    epoch: int
    cash: int
    rows: list[tuple[int, int, int]]


class Sweep(NamedTuple):
    """A taker and the book before it. ``risks`` of all markets, that of the traded one first."""

    risks: list[tuple[int, int, int]]
    is_open: int
    maker_fee: int
    account: int
    side: int
    price: int
    size: int
    reduce_only: int
    held: int
    sweep: int
    makers: list[Maker]
    orders: list[Order]

    def cells(self) -> list[int]:
        """As the program reads it."""
        here, *elsewhere = self.risks
        cells = [CLOCK, *here, self.is_open, self.maker_fee, self.account, self.side, self.price]
        cells += [self.size, self.reduce_only, self.held, self.sweep]
        cells += [len(elsewhere), len(self.makers), len(self.orders), *(cell for risk in elsewhere for cell in risk)]
        for maker in self.makers:
            cells += [*maker[:3], *(cell for numbers in maker.rows for cell in numbers)]
        return [*cells, *(cell for order in self.orders for cell in order), *[0] * len(Order._fields)]


def build(sweep: Sweep) -> State:
    """The state in ``rollup``, the traded market being number 0."""
    state = market_state(sweep.risks)
    price_time = CLOCK - MAX_AGE - (1 - sweep.is_open)
    terms = {"maker_fee": sweep.maker_fee, "sweep": sweep.sweep, "status": STATUS_OPEN, "price_time": price_time}
    state.markets[0] = state.markets[0]._replace(**terms)
    state.system = state.system._replace(clock=CLOCK)
    for maker in sweep.makers:
        state.memory.cash.store(maker.account, (maker.cash,))
        for number, (size, buy, sell) in enumerate(maker.rows):
            address = position_address(maker.account, number)
            state.memory.position.store(address, (maker.epoch, 0, buy, sell, size, 9))
    if sweep.account not in [maker.account for maker in sweep.makers]:
        state.memory.position.store(position_address(sweep.account, 0), (1, 0, 0, 0, sweep.held, 0))
    fill_book(state, book_of(0, 1 - sweep.side), sweep)
    state.begin()
    return state


def fill_book(state: State, number: int, sweep: Sweep) -> None:
    """Link the orders from the sentinel on, in slots 1, 2, ... of the first page."""
    rows = state.memory.order
    sentinel = rows.get(order_address(number, 0))
    rows.store(order_address(number, 0), (*sentinel[:7], min(1, len(sweep.orders))))
    for place_, order in enumerate(sweep.orders):
        slot, last = place_ + 1, place_ + 1 == len(sweep.orders)
        owner, terms = sweep.makers[order.owner].account, order[3:]
        record = (owner, order.epoch, place_, order.price, *terms, 0 if last else slot + 1)
        rows.store(order_address(number, slot), record)
        state.put_in(number, place_, slot, record)


def ours(sweep: Sweep) -> list[int]:
    """The answer of ``rollup`` in the order of the program's."""
    state = build(sweep)
    word = Place(sweep.account, 0, 1, 0, sweep.side, GTC, 0, sweep.reduce_only, sweep.price, sweep.size, NEVER)
    try:
        size = place.admitted_size(state, word)
    except Refused as refused:
        return [TRIMS[refused.code], 0]
    taker = matching.sweep(state, word, state.next_tick(), size)
    answer = [0, size]
    steps = [(line["time"], line, chip) for chip in ("fills", "evicts", "margin_evicts") for line in state.rows[chip]]
    for _, line, chip in sorted(steps, key=lambda step: step[0]):
        answer += told(line, chip)
    left = len(state.books[taker.book].slots)
    answer += [-1, taker.remaining, taker.cost, taker.step, left, int(taker.head_crosses)]
    for maker in sweep.makers:
        _, _, buy, sell, held, _ = state.memory.position.get(position_address(maker.account, 0))
        answer += [state.memory.cash.get(maker.account)[0], held, buy, sell]
    return answer


def told(line: dict, chip: str) -> list[int]:
    """A step's reason, size, fee and maker, out of the row that the circuit sees."""
    _, _, before, after, _, _ = line["record"]
    if chip == "fills":
        return [FILL, before[6] - after[6], line["fee"], before[0]]
    if chip == "margin_evicts":
        return [MARGIN, 0, 0, before[0]]
    flags = (("expired", EXPIRED), ("own", OWN), ("reduce", NOTHING_TO_REDUCE))
    return [next((reason for flag, reason in flags if line[flag]), VOID), 0, 0, before[0]]


def resting(random: Random, makers: int, near: int, side: int, largest: int) -> list[Order]:
    """Orders of a side, best first, about a price."""
    orders = []
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 5))):
        price = near + random.choice((0, 0, 1, -1, near // 50, -near // 50, near // 3, -near // 3))
        expiry = CLOCK + random.choice((0, 0, 1, -1, 3600)) if random.random() < 0.6 else NEVER
        epoch = 3 + random.choice((0, 0, 0, 0, 0, 1, -1))
        reduce_only = int(random.random() < 0.25)
        price = max(1, min(price, PRICE_MAX))
        orders.append(Order(random.randrange(makers), epoch, price, expiry, reduce_only, positive(random, largest)))
    return sorted(orders, key=lambda order: rank_of(order.price, side))


def maker(random: Random, account: int, place_: int, side: int, orders: list[Order], risks: list) -> Maker:
    """An owner: open totals that hold its orders, cash at an edge of what it needs before or after its first fill."""
    own = [order for order in orders if order.owner == place_]
    size, *totals = row(random, 1 << random.randint(1, 16))
    live = sum(order.remaining for order in own if order.epoch == 3)
    totals[side] += live
    rows = [(size, *totals), *(row(random, 1 << random.randint(1, 12)) for _ in risks[1:])]
    filled = rows
    cost = 0
    if own and own[0].epoch == 3 and random.random() < 0.7:
        quantity, direction = own[0].remaining, 1 - 2 * side
        less = [totals[0], totals[1]]
        less[side] -= quantity
        filled = [(size + direction * quantity, *less), *rows[1:]]
        cost = direction * quantity * own[0].price
    value = valued(risks, 0, filled)
    edge = random.choice((value.requirement // 2_000_000, value.held // 32_000_000, 0, value.requirement // 10**6))
    cash = around(random, edge) - value.equity + cost
    return Maker(account, 3, max(-CASH // 2, min(cash, CASH // 2)), rows)


def sweep(random: Random) -> Sweep:
    """A random one. Sizes are such that cash can meet what they need, but for a few at the end of their width."""
    risks = [(mark(random), *fractions(random)) for _ in range(random.choice((1, 1, 1, 2, 3)))]
    near = risks[0][0] or positive(random, PRICE_MAX)
    side, count = random.randrange(2), random.randint(1, 3)
    largest = 1 << (46 if random.random() < 0.03 else random.randint(1, 16))
    if largest == 1 << 46:
        near = random.randint(1, 40)
    orders = resting(random, count, near, 1 - side, largest)
    accounts = random.sample(range(1, 1 << 24), count + 1)
    makers = [maker(random, accounts[place_], place_, 1 - side, orders, risks) for place_ in range(count)]
    own = random.random() < 0.2
    account, held = (makers[0].account, makers[0].rows[0][0]) if own else (accounts[-1], row(random, largest)[0])
    total = sum(order.remaining for order in orders)
    size = random.choice((around(random, total), positive(random, 2 * largest), 1, max(1, abs(held))))
    price = random.choice((near, near, near + near // 50, near - near // 50, 1, PRICE_MAX))
    price = max(1, min(price, PRICE_MAX))
    terms = (int(random.random() < 0.8), random.choice((0, 1, 500, risks[0][2] // 2, 100_000)))
    limits = (int(random.random() < 0.35), held, random.choice((1, 2, 3, 7, 8, 9, 16, SWEEP_MAX)))
    return Sweep(risks, *terms, account, side, price, max(1, min(size, HALF_SIZE)), *limits, makers, orders)


class Resting(NamedTuple):
    """A resting order and what its owner's row says."""

    side: int
    order: Order
    epoch: int
    size: int

    def cells(self) -> list[int]:
        """As the program reads it."""
        return [CLOCK, self.side, *self.order, self.epoch, self.size]


def collectable(random: Random) -> Resting:
    """A random one; half are reduce-only."""
    expiry = CLOCK + random.choice((-1, 0, 1, magnitude(random, 1 << 30)))
    epoch = magnitude(random, (1 << 36) - 2)
    order = Order(0, epoch, positive(random, PRICE_MAX), expiry, random.randrange(2), positive(random, HALF_SIZE))
    size = random.choice((0, 1, -1, row(random, HALF_SIZE - 1)[0]))
    return Resting(random.randrange(2), order, epoch + random.choice((0, 0, 0, 1)), size)


def ours_of_resting(state: Resting) -> list[int]:
    """Why ``rollup`` would let anyone collect it."""
    number = book_of(0, state.side)
    rows = [(state.size, 0, 0)]
    only = Sweep([(1, 1, 1)], 1, 0, 9, 1 - state.side, 1, 1, 0, 0, 1, [Maker(5, state.epoch, 0, rows)], [state.order])
    return [REASONS[book.why_dead(build(only), number, 1)]]
