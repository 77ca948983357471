"""Forgeries of the state tree: nodes that do not hold what is opened below them, and what is opened without a node."""

from circuits.native import Native
from rollup.layout import (
    ARITY,
    HEADER_INDEX,
    HEADER_LEVEL,
    LEVELS,
    PAGE_CELLS,
    PublicWord,
)
from rollup.refusals import Code
from tests.forgeries.doors import pretend
from tests.forgeries.forge import Forger
from tests.forgeries.registry import Forged, forgeries, forgery
from tests.forgeries.tree import above, flag, graft, regrow, unopened
from tests.worlds.scenes import CASH, open_batch
from tests.worlds.world import World


def paid(native: Native) -> World:
    """A batch in which account 1 gets ten."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    return world


@forgeries({f"bus: node {level}": level for level in range(LEVELS)})
def test_another_subtree_is_grafted_into_the_root(native: Native, level: int) -> Forged:
    """The new root holds, in place of what was opened below a node, whatever the liar likes."""
    trace = Forger(paid(native)).seal()
    graft(trace, level, HEADER_INDEX + 1 >> 3 * level, after=31337)
    return Forged(regrow(native, trace, level))


@forgery("bus: node 9")
def test_another_root(native: Native) -> Forged:
    """The contract would go on from a state of the liar's."""
    return Forged(Forger(paid(native)).seal(), {f"words[{PublicWord.ROOT_AFTER}]": 31337})


@forgery("bus: node 9")
def test_another_root_before(native: Native) -> Forged:
    """The batch goes on from a state that the contract does not have."""
    trace = Forger(paid(native)).seal()
    return Forged(trace, {f"agreed[{PublicWord.ROOT_BEFORE}]": 31337, f"words[{PublicWord.ROOT_BEFORE}]": 31337})


@forgery("bus: node 2")
def test_a_parameter_changes(native: Native) -> Forged:
    """The market page that is stored has no fees."""
    world = paid(native)
    state = world.engine._state
    state.markets[0] = state.markets[0]._replace(taker_fee=0, maker_fee=0)
    return Forged(Forger(world).seal())


@forgery("bus: node 2")
def test_a_market_is_delisted(native: Native) -> Forged:
    """The market page that is stored has another status."""
    world = paid(native)
    state = world.engine._state
    state.markets[1] = state.markets[1]._replace(status=0)
    return Forged(Forger(world).seal())


@forgery("bus: node 0")
def test_an_account_is_loaded_from_another_page(native: Native) -> Forged:
    """Account 1 with the cash of account 2 and a page that says so, but not where account 1's lies."""
    world = paid(native)
    forger = Forger(world)
    table = forger.state.memory.cash
    forger._ripple(table, 1, (CASH + 10**6,))
    return Forged(forger.seal())


@forgery("node: an unopened child stays")
def test_a_sibling_changes_that_nobody_opened(native: Native) -> Forged:
    """The neighbour's page is replaced on the way, under a flag of 0."""
    trace = Forger(paid(native)).seal()
    graft(trace, HEADER_LEVEL, HEADER_INDEX + 2, after=31337)
    return Forged(regrow(native, trace))


@forgery("node: flag is a bit")
def test_a_page_out_of_nowhere(native: Native) -> Forged:
    """A node that opens one child and gives another back opens none in all, so nobody asks where it hangs.

    With it a page is loaded that no tree holds: account 1 comes with a thousand times its cash, and withdraws.
    """
    world = open_batch(native)
    forger = Forger(world)
    forger.state.escrow = 1000 * CASH
    with pretend(forger, "cash", 1, cash=1000 * CASH):
        assert world.withdraw(1, 900 * CASH).code is Code.APPLIED
    forger._ripple(forger.state.memory.cash, 1, (1000 * CASH,))
    trace = forger.seal()
    page, sibling = HEADER_INDEX + 1, HEADER_INDEX + 2
    node, place = above(trace, HEADER_LEVEL, page)
    stored = node["after"][place]
    loaded = header_hash(native, trace["headers"][1])
    unopened(trace, HEADER_LEVEL, page)
    flag(trace, HEADER_LEVEL, sibling, 1)
    neighbour = node["before"][sibling % ARITY]
    idle = {name: [0] * ARITY for name in ("before", "after", "flags")}
    for name, at, value in (
        ("before", page, loaded),
        ("after", page, stored),
        ("flags", page, 1),
        ("before", sibling, neighbour),
        ("after", sibling, neighbour),
        ("flags", sibling, -1),
    ):
        idle[name][at % ARITY] = value
    trace["nodes"][HEADER_LEVEL].append({"index": page // ARITY, **idle})
    return Forged(regrow(native, trace))


def header_hash(native: Native, header: dict) -> int:
    """Hash of an account's page as a trace says it was loaded; nothing but key, owner, cash and nonces is set in it."""
    (_, (key, owner, version), _), (_, (cash,), _) = header["identity"], header["cash"]
    assert version == 0
    lanes = [row[1][0] for row in header["lanes"]]
    cells = [key, owner, cash]
    cells += [sum(counter << 48 * place for place, counter in enumerate(lanes[at : at + 4])) for at in (0, 4)]
    return native.compress_many(PAGE_CELLS, [(*cells, *(0,) * (PAGE_CELLS - len(cells)))])[0]
