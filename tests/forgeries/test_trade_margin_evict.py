"""Forgeries of evictions for margin: only an order whose fill its owner could not bear, and for no cheaper reason."""

from circuits.native import Native
from rollup.layout import FIELD, IOC, MARGIN_STEP, SWEEP_END
from rollup.memory import BEFORE
from rollup.refusals import Ending
from tests.forgeries.forge import Forger
from tests.forgeries.liar import Fill, anything, blind, fraction, held, once, only, suppose, walking
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import RISEN, evicted, risen, sinking, strained
from tests.worlds.scenes import funded
from tests.worlds.world import MARK, World

CHEAP = "evict margin: not a cheap reason: "
POSSIBLE = "sign: match: as much as possible#16"
"""The hint of how much the taker wants beyond the record, in the one slot of an eviction for margin."""


@forgery(CHEAP + "maker is not void")
def test_a_void_order_is_evicted_for_margin(native: Native) -> Forged:
    """Eight steps for what takes one, and the lots that are taken off belong to another order."""
    world = strained(native)
    world.cancel_all(1)
    world.place(1, 1, RISEN + 9, 100)
    return Forged(evicted(world).seal())


@forgery(CHEAP + "maker is not expired")
def test_an_expired_order_is_evicted_for_margin(native: Native) -> Forged:
    """Eight steps for what takes one."""
    return Forged(evicted(strained(native, expiry=0)).seal())


@forgery(CHEAP + "not the taker's own")
def test_an_own_order_is_evicted_for_margin(native: Native) -> Forged:
    """The taker meets itself."""
    world = strained(native)
    with anything(), walking(once(Ending.MARGIN)):
        world.place(1, 0, MARK, 100, tif=IOC)
    return Forged(Forger(world).seal())


@forgery(CHEAP + "quantity at least one")
def test_an_idle_order_is_evicted_for_margin(native: Native) -> Forged:
    """It may only reduce, its owner is short as well, and a fill of less than nothing would lose money."""
    world = World(native)
    world.begin(1, 1)
    world.deposit(1)
    world.deposit(3)
    world.seal()
    held(world, 1, size=7)
    world.begin(1, 1)
    world.place(1, 1, 2, 7, reduce_only=1)
    world.seal()
    held(world, 1, size=-7)
    suppose(world, "cash", 1, cash=3)
    world.begin(1, 1)
    with anything(), walking(once(Ending.MARGIN)):
        world.place(3, 0, 2, 4, tif=IOC)
    forger = Forger(world)
    forger.row("margin_evicts")["fee"] = 0
    return Forged(forger.seal())


@forgery("match: as much as possible")
def test_a_larger_fill_is_imagined(native: Native) -> Forged:
    """One lot is wanted and could be borne; a hundred could not."""
    return Forged(evicted_as(strained(native), 1, 100).seal(), lies={POSSIBLE: [1]})


@forgery("match: as much as possible")
def test_a_smaller_fill_is_imagined(native: Native) -> Forged:
    """Ninety-nine lots of the hundred that would be filled."""
    return Forged(evicted_as(strained(native), 120, 99).seal(), lies={POSSIBLE: [fraction(21, 20)]})


def evicted_as(world: World, wanted: int, imagined: int) -> Forger:
    """The eviction of a head that is said to be filled by so much, out of what is wanted."""
    forger = evicted(world, wanted)
    forger.row("margin_evicts")["fee"] = -(-imagined * MARK * 500 // 10**6)
    return forger


@forgery("evict: the maker would not be whole")
def test_a_maker_in_good_health_is_evicted(native: Native) -> Forged:
    """It has enough for the fill."""
    return Forged(evicted(strained(native, cash=10**9)).seal())


@forgery("evict: exactly whether a sixteenth was there")
def test_an_account_below_a_sixteenth_is_judged_as_one_above(native: Native) -> Forged:
    """It is below it after the fill, as before."""
    world = sinking(native)
    lies = {"sign: evict: exactly whether a sixteenth was there#0": [1]}
    return Forged(evicted(world, 5).seal(), lies=lies)


@forgery("evict: a choice of reasons")
def test_a_reason_is_mixed_of_two_false_ones(native: Native) -> Forged:
    """Twice that the position grows, less that the account was whole: it was short by more than it shrinks."""
    return Forged(evicted(sinking(native), 5).seal(), lies={"evict: reason#0": [0, FIELD - 1]})


@forgery("evict: the fill is not admissible")
def test_an_order_is_evicted_whose_fill_is_admissible(native: Native) -> Forged:
    """It would leave a short account with less risk."""
    return Forged(evicted(sinking(native), 5).seal())


@forgery("fee: maker, bounded")
def test_a_fee_is_no_whole_number(native: Native) -> Forged:
    """The exact fee has a remainder of nothing, in the field as well."""
    forger = evicted(strained(native, price=MARK + 1))
    return Forged(forger.seal(), {"margin_evicts[0].fee": fraction(100 * (MARK + 1) * 500, 10**6)})


@forgery("fee: maker, rounded up")
def test_an_imagined_fee_is_too_high(native: Native) -> Forged:
    """A micro-unit more than the fill would cost."""
    forger = evicted(strained(native, price=MARK + 1))
    forger.row("margin_evicts")["fee"] += 1
    return Forged(forger.seal())


@forgery("margin: magnitude of a size")
def test_a_short_position_carries_less_than_no_risk(native: Native) -> Forged:
    """The magnitude of minus one is said to be minus one."""
    world = funded(native)
    suppose(world, "cash", 1, cash=1_210_000)
    held(world, 1, 1, size=-1)
    world.begin(MARK, MARK)
    world.place(1, 1, MARK, 100)
    return Forged(evicted(risen(world)).seal(), lies={"sign: margin: magnitude of a size#1": [1]})


@forgery("margin: worse side")
def test_open_orders_require_nothing(native: Native) -> Forged:
    """Of buying none and selling a hundred, none is said to be worse, in the account and in the row replaced."""
    lies = {f"sign: margin: worse side#{i}": [1] for i in (0, 8)}
    return Forged(evicted(strained(native)).seal(), lies=lies)


@forgery("step: within budget")
def test_an_eviction_for_margin_is_a_fifth_step(native: Native) -> Forged:
    """A market allows four."""
    world = strained(native, 1, 1, 1, 1, 100)
    with walking(only(*[Fill(1)] * 4, Ending.MARGIN)):
        world.place(3, 0, MARK, 100, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("match: prices cross")
def test_an_order_beyond_the_takers_limit_is_evicted_for_margin(native: Native) -> Forged:
    """The taker bids less."""
    world = strained(native)
    with walking(once(Ending.MARGIN)):
        world.place(3, 0, MARK - 1, 100, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("bus: order")
def test_the_second_is_evicted_for_margin(native: Native) -> Forged:
    """The head is a lot that could be borne."""
    world = strained(native, 1, 99)
    with blind(2), walking(only(Ending.MARGIN), crosses=True):
        world.place(3, 0, MARK, 99, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("bus: sweep")
def test_an_eviction_for_margin_takes_one_step(native: Native) -> Forged:
    """So that the taker's budget lasts."""
    world = strained(native)
    world.place(2, 1, MARK, 1)

    def hasty(taker, record):
        if taker.step == SWEEP_END - 4 + MARGIN_STEP:
            taker.step -= MARGIN_STEP - 1
        return

    with walking(hasty):
        world.place(3, 0, MARK, 100, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("bus: position")
def test_a_profitable_position_is_left_out(native: Native) -> Forged:
    """What the owner has in another market would carry the fill."""
    world = strained(native)
    world.seal()
    held(world, 1, 1, size=20)
    world.begin(RISEN, MARK)
    return Forged(evicted(world).seal(), {"margin_evicts[0].positions[1].size": 0})


@forgery("bus: cash")
def test_cash_is_left_out(native: Native) -> Forged:
    """An owner with ten times what it needs is said to have a tenth of that."""
    forger = evicted(strained(native, cash=11_000_000))
    return Forged(forger.seal(), {"margin_evicts[0].cash.cash": 1_100_000})


@forgery("bus: position")
def test_positions_are_those_of_an_earlier_time(native: Native) -> Forged:
    """As they were before the first fill of the same sweep."""
    world = strained(native, 1, 99)
    world.place(3, 0, MARK, 100, tif=IOC)
    trace = Forger(world).seal()
    return Forged(trace, {"margin_evicts[0].positions[0]": trace["fills"][0]["position"]})


@forgery("bus: risk")
def test_an_eviction_is_at_another_mark(native: Native) -> Forged:
    """A fill that could be borne at the mark could not be at one above it."""
    forger = evicted(strained(native, cash=1_700_000))
    return Forged(forger.seal(), {"margin_evicts[0].mark": RISEN + MARK // 20})


@forgery("bus: position")
def test_an_order_evicted_for_margin_still_counts(native: Native) -> Forged:
    """Its lots stay in the open total."""
    forger = evicted(strained(native))
    position = forger.row("margin_evicts")["position"]
    forger.leave(position, sell=position[BEFORE][3])
    return Forged(forger.seal())
