"""The batcher: why a batch ends, what time it has, and what is collected into it."""

import time

import pytest

from rollup.actions import CancelAll, Collect, Place, PlaceItem, Sheet
from rollup.layout import CLASSES, GTC
from rollup.refusals import Code
from sequencer.archive import Archive
from sequencer.journal import Journal, Kind
from tests.sequencer.house import CALM, START, Clock, flow, fund, key, price, sequencer, sign, trade

MARK = 60_000_000


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def begin(tmp_path, clock):
    """Start a sequencer with a policy: priced, funded, its first batch sealed."""
    running = []

    def start(size_class: str = "S", **policy):
        house = sequencer(tmp_path / "house", clock, CALM._replace(**policy), size_class)
        running.append(house)
        price(house, START)
        fund(house, flow(house))
        assert house.seal().result(10) >= 1
        house.source = flow(house)
        return house

    yield start
    for house in running:
        house.stop(seal=False)


def reasons(tmp_path) -> list[str]:
    archive = Archive(tmp_path / "house")
    try:
        return [batch.reason for batch in archive.batches()][1:]
    finally:
        archive.close()


def wait_sealed(house, number: int) -> None:
    house.wait_for("sealed", number, 5)


def counters(house, account: int) -> int:
    return max(house.engine.account(account).counters)


def order(house, account: int, **changes) -> Place:
    terms = {"market": 0, "side": 0, "tif": GTC, "post_only": 0, "reduce_only": 0, "price": MARK - 10_000, "size": 1}
    head = {
        "account": account,
        "lane": 0,
        "counter": counters(house, account) + 1,
        "expiry": max(house._clock(), house.engine.clock) + 600,
    }
    return sign(Place(**head, **{**terms, **changes}), key(account))


def sheet(house, account: int, items: int, replace: int = 1) -> Sheet:
    quotes = tuple(PlaceItem(0, GTC, 1, 0, MARK - 1000 * number, 1) for number in range(1, items + 1))
    head = (account, 1, counters(house, account) + 1, 0, replace, house._clock() + 600)
    return sign(Sheet(*head, quotes), key(account))


def submit(house, action):
    return house.submit(action).result(10).receipt


def collects_of(directory) -> list[tuple[int, Collect]]:
    """Sequence numbers and slots of the collects in the journal."""
    from rollup.actions import decode

    journal = Journal(directory)
    actions = [(record.sequence, decode(record.payload)) for record in journal.records() if record.kind == Kind.ACTION]
    journal.close()
    return [(sequence, action) for sequence, action in actions if type(action) is Collect]


def test_a_batch_begins_with_its_first_action_at_that_time(begin, clock):
    house = begin()
    clock.now += 500
    time.sleep(0.3)
    assert not house._ledger.is_open and house.engine.clock == START
    submit(house, order(house, 1))
    assert house._ledger.is_open and house.engine.clock == START + 500


def test_a_batch_ends_at_its_age(begin, clock, tmp_path):
    house = begin(age=20)
    submit(house, order(house, 1))
    clock.now += 19
    time.sleep(0.5)
    assert house.status().sealed == 1
    clock.now += 1
    wait_sealed(house, 2)
    assert reasons(tmp_path) == ["age"]


def test_a_batch_ends_for_fresher_prices_and_the_next_one_has_them(begin, clock, tmp_path):
    house = begin(round_interval=10)
    submit(house, order(house, 1))
    clock.now += 9
    price(house, START + 9, (60_500_000, 60_000_000))
    time.sleep(0.5)
    assert house.status().sealed == 1
    clock.now += 1
    price(house, START + 10, (60_500_000, 60_000_000))
    wait_sealed(house, 2)
    submit(house, order(house, 1))
    assert (house.engine.clock, house.engine.system.round, house.engine.markets[0].mark) == (
        START + 10,
        START + 10,
        60_500_000,
    )
    assert reasons(tmp_path) == ["price round"]


def test_prices_do_not_end_an_empty_batch(begin, clock):
    house = begin(round_interval=10)
    clock.now += 50
    price(house, clock.now)
    time.sleep(0.5)
    assert house.status().sealed == 1 and not house._ledger.is_open


def test_a_clock_that_runs_back_does_not_turn_time_back(begin, clock):
    house = begin()
    submit(house, order(house, 1))
    assert house.engine.clock == START
    house.seal().result(10)
    clock.now = START - 1000
    submit(house, order(house, 1))
    assert house.engine.clock == START


def test_a_batch_ends_when_a_capacity_is_used_up_and_the_action_opens_the_next(begin, tmp_path):
    house = begin("XS")
    told = list(trade(house, house.source, 60))
    ends = reasons(tmp_path)
    assert len(ends) > 3 and {end for end in ends if not end.startswith("full: ")} <= {"asked"}
    assert [one.sequence for one in told] == sorted(one.sequence for one in told)
    archive = Archive(tmp_path / "house")
    for batch in archive.batches():
        size = CLASSES["XS"]
        capacities = {**size.slots, **{f"nodes {level}": count for level, count in enumerate(size.nodes)}}
        assert all(used <= capacities[column] for column, used in batch.used.items())
    archive.close()


def test_an_action_too_large_for_any_batch_is_refused_and_the_next_one_taken(begin):
    from rollup.refusals import Refused

    house = begin("XS")
    with pytest.raises(Refused) as caught:
        submit(house, sheet(house, 1, items=8))
    assert caught.value.code is Code.TOO_LARGE
    assert submit(house, order(house, 1)).code is Code.RESTED


def test_what_a_sheet_replaces_is_collected_at_once(begin, tmp_path):
    house = begin()
    for _ in range(20):
        receipt = submit(house, sheet(house, 1, items=20))
        assert [item.code for item in receipt.items] == [Code.RESTED] * 20
    assert house.engine.used()["collects"] == 19 * 20
    assert house.engine.collectable() == []
    house.stop(seal=False)
    assert len(collects_of(tmp_path / "house")) == 19 * 20


def test_collects_stop_when_their_capacity_is_used_up_and_go_on_in_the_next_batch_oldest_first(begin, tmp_path):
    house = begin("XS")
    for account in (1, 2, 3, 4):
        for _ in range(2):
            assert submit(house, order(house, account)).code is Code.RESTED
    house.seal().result(10)
    for account in (1, 2, 3, 4):
        action = CancelAll(account, 0, counters(house, account) + 1, 0, house.engine.clock + 60)
        assert submit(house, sign(action, key(account))).code is Code.APPLIED
    left = house.engine.collectable()
    house.stop(seal=False)
    collects = [action for _, action in collects_of(tmp_path / "house")]
    slots = [action.slot for action in collects] + [collect.slot for collect in left]
    assert slots == list(range(1, 9)) and 0 < len(collects) < 8 or not left


def test_expired_orders_are_collected_when_a_batch_ends(begin, clock, tmp_path):
    house = begin()
    for account in (1, 2, 3):
        submit(house, order(house, account))
    clock.now += 1_000
    house.seal().result(10)
    assert submit(house, order(house, 4, side=1, price=MARK + 10_000)).code is Code.RESTED
    assert len(house.engine.collectable()) == 3
    house.seal().result(10)
    assert house.engine.collectable() == []
    archive = Archive(tmp_path / "house")
    codes = [receipt.code for receipt in archive.receipts(house.status().sealed)]
    assert codes == [Code.RESTED, *[Code.COLLECTED] * 3]
    archive.close()
