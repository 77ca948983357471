"""The batches that forgeries start from are accepted, by every rule and by the compiled circuit."""

from circuits.native import Native
from circuits.prover import Checker
from tests.forgeries.forge import Forger, honest
from tests.worlds.scenes import open_batch
from tests.worlds.world import MARK


def test_an_honest_trade_is_accepted(native: Native, checker: Checker) -> None:
    """Given two orders that cross, when the forger changes nothing, then nothing is refused."""
    world = open_batch(native)
    world.place(1, 1, MARK + 1, 1)
    world.place(2, 0, MARK + 1, 1)
    trace = Forger(world).seal()
    honest(checker, trace)
    assert checker.check(trace, solve=True).solved
