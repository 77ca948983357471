"""Forgeries of fills: every rule under which a taker meets the head of the other side."""

from circuits.native import Native
from tests.forgeries.forge import Forger
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import open_batch
from tests.worlds.world import MARK


@forgery("fee: maker, rounded up")
def test_a_maker_fee_is_rounded_down(native: Native) -> Forged:
    """The maker pays a micro-unit less than its fee, rounded up, and the fee account gets as much less."""
    world = open_batch(native)
    world.place(1, 1, MARK + 1, 1)
    world.place(2, 0, MARK + 1, 1)
    forger = Forger(world)
    fill = forger.row("fills")
    fill["fee"] -= 1
    forger.state.fees -= 1
    forger.leave(fill["cash"], cash=fill["cash"][3][0] + 1)
    return Forged(forger.seal())
