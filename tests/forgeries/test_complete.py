"""Every rule of the circuits has met its forgery, and what is written down about it is up to date."""

from collections import Counter

from circuits.native import Native
from circuits.prover import FORGERIES
from rollup.layout import position_address
from tests.forgeries.__main__ import PAGE, page_text, registry_text, stated
from tests.forgeries.forge import Forger
from tests.forgeries.registry import Forged, all_forgeries, compiled
from tests.worlds.scenes import open_batch


def test_every_rule_is_forged() -> None:
    """Given the rules of the smallest class, tags of the bus among them, then none lacks a forgery."""
    forged = all_forgeries()
    assert [rule.name for rule in stated() if rule.name not in forged] == []


def test_no_forgery_is_of_a_rule_that_nobody_states() -> None:
    """Given all forgeries, then each names a rule."""
    names = {rule.name for rule in stated()}
    assert sorted(set(all_forgeries()) - names) == []


def test_a_forgery_is_of_one_rule() -> None:
    """Given all forgeries, then no two rules share one."""
    tests = Counter(test for forgeries in all_forgeries().values() for test in forgeries)
    assert [test for test, times in tests.items() if times > 1] == []


def test_the_list_is_what_the_tests_say() -> None:
    """Given the file that the prover reads, then it is as ``python -m tests.forgeries`` writes it now."""
    assert FORGERIES.read_text() == registry_text()


def test_the_page_is_what_the_circuits_say() -> None:
    """Given the page of rules, then it is as ``python -m tests.forgeries`` writes it now."""
    assert PAGE.read_text() == page_text()


@compiled("bus: balance", seen_as="bus: position")
def test_a_position_that_nobody_traded(native: Native) -> Forged:
    """The page of account 1 stores a lot that no operation left there."""
    forger = Forger(open_batch(native))
    address = position_address(1, 0)
    forger.access("position", address, 5)
    forger.state.memory.position.store(address, (0, 0, 0, 0, 1, 0))
    return Forged(forger.seal())


@compiled("bus: range", seen_as="burn: body fits")
def test_a_limb_beyond_the_table(native: Native) -> Forged:
    """A body of 169 bits, in a dead slot: a range is a look-up of limbs, and the balance of the bus refuses it."""
    return Forged(Forger(open_batch(native)).seal(), {"burns[1].body": 2**168})
