"""Forgeries of the advance: clock, round, reports, and what becomes of a mark."""

from circuits.native import Native
from rollup.layout import CLASSES, CLOCK_WORD, FIELD, TIME_BITS, PublicWord, pack
from tests.forgeries.doors import force_open, rehash, remark
from tests.forgeries.forge import Forger
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import funded
from tests.worlds.world import MARK, World

CLOCK = f"words[{PublicWord.CLOCK}]"
HALF = pow(2, -1, FIELD)
LATE = 500 + 2**TIME_BITS
XS = CLASSES["XS"]


def early(native: Native) -> World:
    """A deployment in the first minutes of time."""
    world = World(native)
    world.clock = 1000
    world.begin(MARK, MARK)
    world.seal()
    return world


def turn(world: World, clock: int) -> None:
    """Set the clock of a batch that is open."""
    state = world.engine._state
    state.system = state.system._replace(clock=clock)
    state._judge_markets()


def reported(native: Native, *rows: tuple[int, ...], reporters: tuple[int, ...] = (0, 1, 2), **changes) -> World:
    """The funded world, with a batch open on these reporters' prices ten seconds after the last one."""
    world = funded(native, **changes)
    world.clock += 10
    prices = [(*row, *(0,) * (8 - len(row))) for row in rows]
    force_open(world, world.clock, [world.report(*one) for one in zip(reporters, [world.clock] * 3, prices)])
    return world


THREE = ((MARK + 1, MARK), (MARK + 3, MARK), (MARK + 5, MARK))
"""Reports of which the median is ``MARK + 3``."""


# ---------------------------------------------------------------------------------------------- clock
@forgery("clock: within its width", along=["word: not expired"])
def test_the_clock_wraps(native: Native) -> Forged:
    """The public word says second 500, and one round more; the circuit reads it as second 500 after the end of time.

    No word is good so late, not even one that never expires, and a dead slot has a word too.
    """
    world = early(native)
    world.begin()
    turn(world, LATE)
    steps = [f"fills[{place}]" for place in range(XS.slots["fills"])] + ["margin_evicts[0]"]
    dead = {f"{step}.record.expiry": LATE for step in steps}
    return Forged(Forger(world).seal(), dead, {"clock#0": [LATE]})


@forgery("clock: does not run back")
def test_the_clock_runs_back(native: Native) -> Forged:
    """A batch of one second before the last one, in which what has expired since is good again."""
    world = funded(native)
    force_open(world, world.clock - 1)
    return Forged(Forger(world).seal())


@forgery("clock: equals the public T")
def test_the_contract_is_told_another_time(native: Native) -> Forged:
    """One second earlier than what the batch worked with."""
    world = funded(native)
    world.begin()
    trace = Forger(world).seal()
    return Forged(trace, {CLOCK: trace["words"][PublicWord.CLOCK] - 1}, {"clock#0": [world.clock]})


@forgery("clock: equals the public T")
def test_the_round_is_not_of_the_batch_s_second(native: Native) -> Forged:
    """The contract is told that the prices are a second younger than the clock."""
    world = reported(native, *THREE)
    trace = Forger(world).seal()
    word = {"clock": world.clock, "round": world.clock - 1, "priced": 1}
    return Forged(trace, {CLOCK: pack(CLOCK_WORD, word)})


# ---------------------------------------------------------------------------------------------- round and reports
@forgery("round: newer")
def test_a_round_has_prices_twice(native: Native) -> Forged:
    """Two batches of one second, the second with reports again."""
    world = funded(native)
    force_open(world, world.clock, world.reports(MARK, MARK))
    return Forged(Forger(world).seal())


@forgery("reports: quorum")
def test_a_class_with_fewer_reports_lowers_the_quorum(native: Native) -> Forged:
    """The system page asks for five, the class has three."""
    world = World(native)
    state = world.engine._state
    state.system = state.system._replace(quorum=5)
    rehash(world)
    force_open(world, world.clock, world.reports(MARK, MARK))
    return Forged(Forger(world).seal())


@forgery("reports: distinct")
def test_a_reporter_counts_twice(native: Native) -> Forged:
    """Two of the three prices are of one reporter, who so sets the median."""
    return Forged(Forger(reported(native, *THREE, reporters=(0, 1, 1))).seal())


@forgery("reports: price fits")
def test_a_price_takes_from_its_neighbour(native: Native) -> Forged:
    """The lowest report becomes the highest: 2^36 more in one market, one less in the next, the same signed cell."""
    world = reported(native, *THREE)
    remark(world, 0, MARK + 5)
    trace = Forger(world).seal()
    trace["reports"][0]["prices"][:2] = [MARK + 1 + 2**36, MARK - 1]
    return Forged(trace)


@forgery("bus: reporter")
def test_a_report_is_signed_by_a_key_of_no_reporter(native: Native) -> Forged:
    """A thief's own price, under the thief's own key."""
    world = funded(native)
    world.clock += 10
    row = (MARK + 3, MARK, *(0,) * 6)
    reports = world.reports(MARK + 1, MARK)
    thief = native.public_key(bytes(32))
    forged = reports[1]._replace(prices=row)
    signature = native.sign(bytes(32), forged.message(world._digest))
    reports[1] = forged._replace(signature=tuple(signature))
    force_open(world, world.clock, reports)
    return Forged(Forger(world).seal(), {"reports[1].x": thief.x})


# ---------------------------------------------------------------------------------------------- market
@forgery("market: sweep fits a block")
def test_a_sweep_begins_before_its_block(native: Native) -> Forged:
    """A sweep of 250 begins two steps before the block of its order, in that of the operation before."""
    world = World(native)
    state = world.engine._state
    state.markets[0] = state.markets[0]._replace(sweep=250)
    rehash(world)
    world.begin(MARK, MARK)
    world.deposit(1)
    world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal())


@forgery("market: fresh")
def test_a_stale_market_takes_orders(native: Native) -> Forged:
    """The mark is older than the limit of age, and an order opens risk."""
    world = funded(native)
    world.begin(seconds=601)
    world.engine._state.open[0] = 1
    world.place(1, 0, MARK, 1)
    return Forged(Forger(world).seal(), lies={"sign: market: fresh#0": [1]})


@forgery("market: fresh")
def test_a_fresh_market_is_closed(native: Native) -> Forged:
    """The mark is as old as it may be, and still nobody may open a position."""
    world = funded(native)
    world.begin(seconds=600)
    world.engine._state.open[0] = 0
    return Forged(Forger(world).seal(), lies={"sign: market: fresh#0": [0]})


# ---------------------------------------------------------------------------------------------- median
@forgery("median: below")
def test_half_a_price_lies_below(native: Native) -> Forged:
    """Two halves make one price below, and no distance: the highest of three passes for the median."""
    world = reported(native, *THREE)
    remark(world, 0, MARK + 5)
    return Forged(Forger(world).seal(), lies={"median: below#0": [HALF, HALF, 1]})


@forgery("median: side")
def test_a_lower_price_passes_for_a_higher_one(native: Native) -> Forged:
    """The highest of three prices, with the middle one said to lie above it."""
    world = reported(native, *THREE)
    remark(world, 0, MARK + 5)
    return Forged(Forger(world).seal(), lies={"median: below#0": [1, 0, 1]})


@forgery("median: one of the prices")
def test_a_median_that_nobody_reported(native: Native) -> Forged:
    """A number between the middle price and the highest."""
    world = reported(native, *THREE)
    remark(world, 0, MARK + 4)
    return Forged(Forger(world).seal())


@forgery("median: as many below as above")
def test_the_highest_price_is_the_median(native: Native) -> Forged:
    """All three lie at or below it."""
    world = reported(native, *THREE)
    remark(world, 0, MARK + 5)
    return Forged(Forger(world).seal(), lies={"median: below#0": [1, 1, 1]})


# ---------------------------------------------------------------------------------------------- jump
def jumped(native: Native, price: int, seconds: int = 10, **changes) -> World:
    """A batch so long after the last one, with a price that is too far from the mark, and is taken."""
    world = funded(native, **changes)
    world.begin(price, MARK, seconds=seconds)
    remark(world, 0, price)
    return world


@forgery("jump: at most an hour")
def test_an_allowance_grows_beyond_an_hour(native: Native) -> Forged:
    """Ten parts per million a second allow 3.6 % at most; two hours would make it 7.2 %."""
    world = jumped(native, MARK + 5000, 7200, jump=10)
    return Forged(Forger(world).seal(), lies={"sign: jump: at most an hour#0": [1]})


@forgery("jump: at most the ceiling")
def test_an_allowance_grows_beyond_the_ceiling(native: Native) -> Forged:
    """A thousand parts per million a second for 580 seconds are more than the ceiling of 50 %."""
    world = jumped(native, MARK + 55_000, 580)
    return Forged(Forger(world).seal(), lies={"sign: jump: at most the ceiling#0": [1]})


@forgery("jump: distance")
def test_a_rise_counts_as_a_fall(native: Native) -> Forged:
    """A distance below zero is within any allowance."""
    world = jumped(native, MARK + 5000)
    return Forged(Forger(world).seal(), lies={"sign: jump: distance#0": [0]})


@forgery("jump: allowed")
def test_a_jump_beyond_the_allowance_is_taken(native: Native) -> Forged:
    """Ten seconds allow one per cent, and the mark moves by five."""
    world = jumped(native, MARK + 5000)
    return Forged(Forger(world).seal(), lies={"sign: jump: allowed#0": [1]})


@forgery("jump: allowed")
def test_a_mark_is_kept_though_a_fresh_one_is_allowed(native: Native) -> Forged:
    """The price moved by less than the limit, and is ignored."""
    world = funded(native)
    world.begin(MARK + 100, MARK)
    remark(world, 0, MARK + 100, taken=False)
    return Forged(Forger(world).seal(), lies={"sign: jump: allowed#0": [0]})
