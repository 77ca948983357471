"""Words whose owner signed what no door admits, read as something that one would."""

from circuits.native import Native
from rollup.layout import IOC, SIZE_BITS
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, misread
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.test_trade_words import signed
from tests.forgeries.trade import two_asks
from tests.worlds.world import MARK


@forgery("order: size fits")
def test_an_order_for_nothing_buys_all_there_is(native: Native) -> Forged:
    """No lots until a moment are 2^48 of them until the second before: one more than a size may be."""
    world = two_asks(native)
    order = signed(world, 3, 0, 2 * MARK, 0, tif=IOC)
    with anything():
        bought = world.apply(misread(order, size=2**SIZE_BITS, expiry=-1))
    assert len(bought.fills) == 2
    return Forged(Forger(world).seal())
