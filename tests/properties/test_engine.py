"""What stays true whatever arrives."""

import json
from collections import Counter

from hypothesis import given

from rollup.engine import Engine
from rollup.layout import SIZE_BITS, order_address, rank
from tests.properties.universe import DOMAIN, HASHER, LISTED, Intent, Universe, rows_of, universes

HALF = 1 << (SIZE_BITS - 1)
Story = tuple[Universe, list[Intent]]


@given(universes("XS"))
def test_every_small_batch_satisfies_the_rules_of_the_chips(story: Story) -> None:
    universe, intents = story
    universe.run(intents)


@given(universes("S"))
def test_every_batch_satisfies_the_rules_of_the_chips(story: Story) -> None:
    universe, intents = story
    universe.run(intents)


@given(universes("S", checked=False))
def test_value_is_conserved_and_sizes_sum_to_zero(story: Story) -> None:
    universe, intents = story
    engine = universe.run(intents).engine
    assert sum(cash for _, (cash,) in rows_of(engine, "cash")) == universe.flow
    sizes: Counter = Counter()
    for address, (_, _, _, _, size, _) in rows_of(engine, "position"):
        sizes[address & 0xFFF] += size
    assert not any(sizes.values())


@given(universes("S", checked=False))
def test_books_are_sorted_and_complete_and_open_totals_are_true(story: Story) -> None:
    universe, intents = story
    engine = universe.run(intents).engine
    orders = dict(rows_of(engine, "order"))
    positions = dict(rows_of(engine, "position"))
    totals: Counter = Counter()
    listed = set()
    for book in range(2 * LISTED):
        worst, slot = 0, orders[order_address(book, 0)][7]
        while slot:
            owner, epoch, index, price, _, _, remaining, following = orders[order_address(book, slot)]
            assert remaining > 0
            assert rank(price, book & 1) >= worst
            worst = rank(price, book & 1)
            current = positions[(owner << 12) + (book >> 1)]
            assert epoch <= current[0]
            if epoch == current[0]:
                totals[owner, book] += remaining
                assert index < current[5]
            assert (owner, book >> 1, epoch, index) not in listed
            listed.add((owner, book >> 1, epoch, index))
            slot = following
    assert len(listed) == len(orders) - 2 * LISTED
    for address, (_, _, buy, sell, size, count) in positions.items():
        account, market = divmod(address, 1 << 12)
        assert (buy, sell) == (totals[account, 2 * market], totals[account, 2 * market + 1])
        assert size + buy < HALF and sell - size <= HALF and count < 1 << 24


@given(universes("XS", checked=False))
def test_a_replay_of_the_journal_ends_in_the_same_state(story: Story) -> None:
    universe, intents = story
    universe.run(intents)
    replayed = Engine(universe.genesis, DOMAIN, "XS")
    for kind, *entry in universe.journal:
        if kind == "advance":
            replayed.advance(*entry)
        elif kind == "action":
            assert replayed.apply(entry[0]).action == entry[0]
        else:
            assert replayed.seal(HASHER).root_after == entry[0]
    assert replayed.snapshot() == universe.engine.snapshot()


@given(universes("S", checked=False))
def test_a_batch_may_be_cut_after_any_action(story: Story) -> None:
    """Cut with a clock-only advance at the same clock, so that not even the system page differs."""
    universe, intents = story
    universe.run(intents)
    cut = Engine(universe.genesis, DOMAIN, "S")
    for kind, *entry in universe.journal:
        if kind == "advance":
            cut.advance(*entry)
        elif kind == "action":
            cut.apply(entry[0])
            cut.seal(HASHER)
            cut.advance(cut.clock)
        else:
            assert cut.seal(HASHER).root_after == entry[0]


@given(universes("XS", checked=False))
def test_a_restored_snapshot_goes_on_as_if_nothing_had_happened(story: Story) -> None:
    universe, intents = story
    universe.run(intents[: len(intents) // 2])
    taken = universe.engine.snapshot()
    restored = Engine.restore(universe.genesis, DOMAIN, "XS", taken)
    assert restored.snapshot() == taken
    universe.engine.advance(universe.engine.clock)
    start = len(universe.journal)
    universe.run(intents[len(intents) // 2 :])
    restored.advance(restored.clock)
    for kind, *entry in universe.journal[start:]:
        if kind == "advance":
            restored.advance(*entry)
        elif kind == "action":
            restored.apply(entry[0])
        else:
            assert restored.seal(HASHER).root_after == entry[0]
    assert restored.snapshot() == universe.engine.snapshot()


@given(universes("XS", checked=False))
def test_what_is_only_tried_leaves_nothing_behind(story: Story) -> None:
    """Asking whether an action fits, and then applying it, gives the same trace as applying it."""
    universe, intents = story
    universe.run(intents)
    asked = Engine(universe.genesis, DOMAIN, "XS")
    batches = iter(universe.batches)
    for kind, *entry in universe.journal:
        if kind == "advance":
            asked.advance(*entry)
        elif kind == "action":
            assert asked.fits(entry[0]) is None
            asked.apply(entry[0])
        else:
            assert json.dumps(asked.seal(HASHER).trace) == json.dumps(next(batches).trace)
