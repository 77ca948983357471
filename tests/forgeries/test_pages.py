"""Forgeries of pages: a cell read in another way than it was written, and pages that are not where they say."""

from collections.abc import Mapping
from unittest.mock import patch

from circuits.native import Native
from rollup.layout import (
    BOOK_INDEX,
    FIELD,
    IDENTITY_CELL,
    LANE_CELL,
    MARKET_CELL,
    NEAR_LEVEL,
    ORDER_CELL,
    POSITION_CELL,
    Bits,
    order_address,
    pack,
    position_address,
    unpack,
)
from rollup.memory import BEFORE, TIME
from rollup.state import Market
from rollup.tree import Tree
from tests.forgeries.doors import doubled, force_open, pretend, rehash, reread, seal
from tests.forgeries.forge import Forger
from tests.forgeries.liar import suppose
from tests.forgeries.registry import Forged, forgeries, forgery
from tests.forgeries.tree import regrow, unopened
from tests.worlds.scenes import CASH, funded, open_batch
from tests.worlds.world import MARK, World

UNLISTED = 7
"""A market whose positions are worth nothing."""


# ---------------------------------------------------------------------------------------------- fields of cells
def borrowed(cell: tuple[Bits, ...], name: str) -> dict[str, int]:
    """What to add to a field and to a neighbour, so that the cell stays what it is and the field leaves its width."""
    names = [field.name for field in cell]
    place = names.index(name)
    if place + 1 < len(names):
        return {name: -(2 ** cell[place].bits), names[place + 1]: 1}
    below = cell[place - 1]
    return {name: -pow(2, -below.bits, FIELD), below.name: 1}


def named(kind: str, cell: tuple[Bits, ...], prefix: str = "") -> dict[str, dict[str, int]]:
    """Lies by rule, one for each field of a cell."""
    return {f"page: {kind} {field.name.replace('_', ' ')}": borrowed(cell, field.name) for field in cell}


def both(path: str, lie: Mapping[str, int], row: Mapping[str, int] | None = None) -> dict[str, int]:
    """The lie about a stored row that nobody touches, as loaded and as stored."""
    return {
        f"{path}.{version}.{column}": ((row or {}).get(column, 0) + change) % FIELD
        for version in ("before", "after")
        for column, change in lie.items()
    }


@forgeries(named("position", POSITION_CELL))
def test_a_field_of_a_position_takes_from_its_neighbour(native: Native, lie: Mapping[str, int]) -> Forged:
    """The same cell read otherwise."""
    return Forged(Forger(open_batch(native)).seal(), both(f"headers[0].positions[{UNLISTED}]", lie))


@forgeries(named("order", ORDER_CELL))
def test_a_field_of_a_record_takes_from_its_neighbour(native: Native, lie: Mapping[str, int]) -> Forged:
    """The same cell read otherwise."""
    world = open_batch(native)
    world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal(), both("books[0].rows[14]", lie))


@forgeries(named("header", LANE_CELL))
def test_a_nonce_takes_from_its_neighbour(native: Native, lie: Mapping[str, int]) -> Forged:
    """All words of the lane could be used again."""
    trace = Forger(open_batch(native)).seal()
    overrides = {}
    for name, change in lie.items():
        overrides |= both(f"headers[0].lanes[{name.removeprefix('lane_')}]", {"counter": change})
    return Forged(trace, overrides)


@forgeries(named("identity", IDENTITY_CELL[:2]))
def test_a_field_of_an_identity_takes_from_its_neighbour(native: Native, lie: Mapping[str, int]) -> Forged:
    """The fee account would belong to someone else, or its key be of another version."""
    trace = Forger(open_batch(native)).seal()
    _, (_, owner, version), _ = trace["headers"][0]["identity"]
    return Forged(trace, both("headers[0].identity", lie, {"owner": owner, "version": version}))


@forgery("page: cash")
def test_cash_beyond_its_width_is_loaded(native: Native) -> Forged:
    """A page that no batch stored: what is taken out of it leaves what would pass for honest."""
    world = funded(native)
    suppose(world, "cash", 1, cash=2**59)
    world.begin(MARK, MARK)
    forger = Forger(world)
    with pretend(forger, "cash", 1, cash=2**57):
        world.withdraw(1, 5)
    return Forged(forger.seal())


SIMPLE = {rule: lie for rule, lie in named("market", MARKET_CELL).items() if rule != "page: market ceiling"}


@forgeries(SIMPLE)
def test_a_field_of_a_market_takes_from_its_neighbour(native: Native, lie: Mapping[str, int]) -> Forged:
    """The same cell read otherwise, and kept."""
    world = funded(native)
    world.begin()
    market = world.engine._state.markets[1]._asdict()
    reread(world, 1, **{name: market[name] + change for name, change in lie.items()})
    return Forged(Forger(world).seal())


@forgery("page: market ceiling")
def test_a_cell_and_the_field_s_order_are_read(native: Native) -> Forged:
    """The highest field has nobody to take from but the field itself: market 1 seems to be like market 0."""
    world = funded(native)
    state = world.engine._state
    least = -(-FIELD >> sum(field.bits for field in MARKET_CELL[:-1]))
    lie = state.markets[0]._replace(ceiling=least)
    state.markets[1] = Market(**unpack(MARKET_CELL, pack(MARKET_CELL, lie._asdict()) - FIELD))
    rehash(world)
    world.begin()
    reread(world, 1, **lie._asdict())
    return Forged(seal(Forger(world)))


# ---------------------------------------------------------------------------------------------- the system page
def reread_system(world: World, **changes: int) -> None:
    """Read the system page otherwise from the beginning of a batch without reports on."""
    engine = world.engine
    state = engine._state
    before = engine._advanced.system
    engine._advanced = engine._advanced._replace(system=_moved(before, changes))
    kept = {name: change for name, change in changes.items() if name != "clock"}
    state.system = _moved(state.system, kept)
    state._judge_markets()


def _moved(system, changes: Mapping[str, int]):
    return system._replace(**{name: getattr(system, name) + change for name, change in changes.items()})


@forgery("page: system clock")
def test_the_clock_starts_anew(native: Native) -> Forged:
    """At the end of time the clock is read as a hundred seconds before its beginning, and one round more."""
    world = World(native)
    world.clock = 2**36 - 110
    world.begin(MARK, MARK)
    world.seal()
    force_open(world, 5000)
    reread_system(world, clock=-(2**36), round=1)
    return Forged(Forger(world).seal())


@forgery("page: system round")
def test_the_round_takes_from_the_limit_of_age(native: Native) -> Forged:
    """A mark is stale a second before its time. As early in time as this, no other rule can tell."""
    world = World(native)
    world.clock = 1000
    world.begin(MARK, MARK)
    world.seal()
    world.begin(seconds=600)
    reread_system(world, round=2**36, max_age=-1)
    return Forged(seal(Forger(world)))


@forgery("page: system max age")
def test_the_limit_of_age_takes_from_the_quorum(native: Native) -> Forged:
    """Half a year until a mark is stale. A batch without reports has no use for a quorum."""
    world = funded(native)
    world.begin(seconds=10**6)
    reread_system(world, max_age=2**24, quorum=-1)
    world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("page: system quorum")
def test_the_quorum_pays_for_the_limit_of_age(native: Native) -> Forged:
    """The same with no whole number for a quorum."""
    world = funded(native)
    world.begin(seconds=1000)
    reread_system(world, max_age=1000, quorum=-1000 * pow(2, -24, FIELD) % FIELD)
    world.place(1, 0, MARK, 1)
    return Forged(seal(Forger(world)))


# ---------------------------------------------------------------------------------------------- where a page lies
@forgery("page: account fits")
def test_an_account_below_a_near_page(native: Native) -> Forged:
    """Account -5: where its page lies there would have to be a node in place of the last near page, and is."""
    with patch.object(Tree, "_empty_at", lambda tree, level, _: tree._empty[level]):
        world = open_batch(native)
        world.engine._state.footprint.touch_header(-5)
        return Forged(Forger(world).seal())


@forgery("page: book fits")
def test_a_page_of_a_book_that_cannot_be(native: Native) -> Forged:
    """Book 16 has no market."""
    world = open_batch(native)
    world.engine._state.footprint.touch_book(16 << 19)
    return Forged(Forger(world).seal())


@forgery("page: number fits")
def test_the_page_of_one_book_loaded_as_another_s(native: Native) -> Forged:
    """Page 1024 of the bids is page 0 of the asks: its records would be bids, in slots of their own."""
    world = open_batch(native)
    state = world.engine._state
    for row in range(15):
        state.memory.order.store(order_address(0, 32 * 1024 + row), state.memory.order.get(order_address(1, row)))
    state.footprint.touch_book(1024)
    return Forged(Forger(world).seal())


@forgery("page: live is a bit")
def test_a_page_is_live_twice_and_less_than_dead(native: Native) -> Forged:
    """Two in one slot and minus one in another: one page in all."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    return Forged(doubled(Forger(world).seal(), "headers", 1))


# ---------------------------------------------------------------------------------------------- rows that are stored
def swapped(forger: Forger, kind: str, places: tuple[tuple[str, int], tuple[str, int]]) -> Forged:
    """Two rows stored in each other's place: each closing time reaches over into the other's address.

    ``places`` are path and address of both.
    """
    table = forger.state.memory.tables[kind]
    (one, first), (other, second) = places
    times = [forger._history(table, address)[-1][TIME] for address in (first, second)]
    rows = table.get(first), table.get(second)
    table.store(first, rows[1])
    table.store(second, rows[0])
    apart = (second - first) * 2**64
    return Forged(forger.seal(), {f"{one}.closing": apart + times[1], f"{other}.closing": times[0] - apart})


@forgery("page: closing time")
def test_two_accounts_swap_their_cash(native: Native) -> Forged:
    """Account 1, which has little, stores what account 2 has."""
    world = open_batch(native)
    world.withdraw(1, CASH - 5)
    world.deposit(2, 10, new=0)
    return swapped(Forger(world), "cash", (("headers[1].cash", 1), ("headers[2].cash", 2)))


@forgery("page: closing time")
def test_two_positions_swap(native: Native) -> Forged:
    """A buyer of two lots stores the position of the buyer of three."""
    world = open_batch(native)
    world.place(3, 1, MARK, 5)
    world.place(1, 0, MARK, 2)
    world.place(2, 0, MARK, 3)
    rows = [(f"headers[{place}].positions[0]", position_address(account, 0)) for place, account in ((2, 1), (3, 2))]
    return swapped(Forger(world), "position", tuple(rows))


@forgery("page: closing time")
def test_two_orders_swap(native: Native) -> Forged:
    """Two records of a book are stored in each other's slot, and so in each other's place in the list."""
    world = open_batch(native)
    world.place(1, 0, MARK - 1, 2)
    world.place(2, 0, MARK - 2, 3)
    rows = [(f"books[1].rows[{slot}]", order_address(0, slot)) for slot in (1, 2)]
    return swapped(Forger(world), "order", tuple(rows))


@forgery("bus: cash")
def test_a_row_is_stored_as_it_was_earlier(native: Native) -> Forged:
    """A withdrawal never reaches the page: the row that closes is the one before it."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    world.withdraw(1, 1000)
    forger = Forger(world)
    earlier, later = forger.row("deposits")["cash"], forger.row("withdrawals")["cash"]
    forger.state.memory.cash.store(1, later[BEFORE])
    return Forged(forger.seal(), {"headers[1].cash.closing": earlier[TIME]})


@forgery("bus: node 0")
def test_a_page_is_loaded_twice(native: Native) -> Forged:
    """The same account in two slots: a second life of every row."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    trace = Forger(world).seal()
    again = trace["headers"][0]
    trace["headers"].append(again | {"cash": [0, again["cash"][1], again["cash"][1]]})
    return Forged(trace)


@forgery("bus: order")
def test_a_dead_page_still_loads(native: Native) -> Forged:
    """The order rests in a page that is not live: nobody has to store it, and the tree stays as it was."""
    world = open_batch(native)
    world.place(1, 0, MARK, 1)
    trace = Forger(world).seal()
    at = next(place for place, page in enumerate(trace["books"]) if page["book"] == 0)
    trace["books"][at]["live"] = 0
    unopened(trace, NEAR_LEVEL, BOOK_INDEX)
    return Forged(regrow(native, trace))
