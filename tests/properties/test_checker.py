"""The independent reading of the chips is itself held to account: it notices any single number that is changed.

It finds single loose numbers, not conspiracies of several.
"""

import copy
from collections.abc import Iterator
from random import Random

import pytest

from rollup.layout import FIELD
from tests.properties.universe import HASHER, KINDS, LISTED, OWNERS, Intent, Universe
from tests.twins.checker import check

FREE = {
    # Signatures are taken as given, and with them what only a signature binds.
    "r_x",
    "s",
    "prices",
    # The contract knows these words; inside a batch nothing does.
    "words[1]",
    "words[2]",
    "words[3]",
    "words[4]",
}


def unused(row: dict) -> set[str]:
    """Columns that say nothing in this row: a word's in an item and the reverse, slots of a list left alone."""
    names = set()
    if "single" in row:
        names |= {"open", "sheet_epoch"} if row["single"] and "sheet_epoch" in row else set()
        names |= set() if row["single"] else {"lane", "counter", "client"}
    if "predecessor_slot" in row and "predecessor" not in row:
        names |= {"predecessor_slot"} if "sheet_epoch" in row else {"slot", "predecessor_slot"}
    if "items" in row and not any(item["live"] for item in row["items"]):
        names |= {"first", "expiry"}
    return names


def places(value, name: str = "") -> Iterator[tuple[list | dict, object, str]]:
    """Every number in a trace: where it is, and the name it goes by."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict) and key in unused(value):
            continue
        label = str(key) if isinstance(value, dict) else f"words[{key}]" if name == "words" else name
        if isinstance(inner, int):
            yield value, key, label
        elif isinstance(inner, dict | list):
            yield from places(inner, label)


def _intent(random: Random) -> Intent:
    return Intent(
        random.choice(KINDS[:-2]), random.randint(1, OWNERS), random.randrange(LISTED), random.randrange(2**30)
    )


def busy_trace(seed: int) -> dict:
    """A batch in which much happens."""
    random = Random(seed)
    universe = Universe(seed, "S", checked=False)
    best, most = None, 0
    for _ in range(6):
        universe.run([_intent(random) for _ in range(60)])
        kinds = sum(bool(count) for count in universe.batches[-1].used.values())
        if kinds > most:
            best, most = universe.batches[-1].trace, kinds
        universe._advance(universe.engine.clock + 20, random)
    return best


@pytest.mark.parametrize("seed", range(2))
def test_no_number_of_a_trace_is_free(seed: int) -> None:
    trace = busy_trace(seed)
    assert check(trace, HASHER) == []
    random = Random(seed)
    every = [label for _, _, label in places(trace)]
    chosen = random.sample(range(len(every)), 60)
    for number in chosen:
        forged = copy.deepcopy(trace)
        holder, key, label = list(places(forged))[number]
        if label in FREE:
            continue
        honest = holder[key]
        holder[key] = random.choice([honest + 1, honest - 1, honest + 2**24, honest ^ 1, FIELD - 1])
        try:
            broken = check(forged, HASHER)
        except (IndexError, KeyError):
            continue
        assert broken, f"{label} of {honest} became {holder[key]} at {number}, and nobody noticed"
