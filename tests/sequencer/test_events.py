"""Events: what listeners hear, when, and how a history is built from zero and goes on without gap or duplicate."""

import threading
from queue import SimpleQueue

import pytest

from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.events import Began, Moded, Sequenced, Staged
from tests.sequencer.house import CALM, START, Clock, flow, fund, price
from tests.sequencer.load import Load


@pytest.fixture
def clock():
    return Clock()


def begin(tmp_path, clock, heard=None, after=0, **policy):
    """A house that is followed from the start, and what it replayed."""
    from sequencer.sequencer import Sequencer
    from tests.sequencer.house import HASHER, KeyedHash, deployment

    house = Sequencer(tmp_path / "house", deployment(), HASHER, KeyedHash(), CALM._replace(**policy), clock)
    replayed = list(house.follow(heard.extend, after)) if heard is not None else []
    return house.start(), replayed


def live(house, clock, count=40, seed=1):
    """Some actions, and the end of their batch."""
    if not house.engine.account(1):
        price(house, clock.now)
        fund(house, flow(house))
    load = Load(house, 8, seed)
    for future in [house.submit(load.action()) for _ in range(count)]:
        future.exception(10)
    clock.now += 20
    price(house, clock.now)


def test_every_durable_fact_is_told_in_its_order_before_anyone_is_answered(tmp_path, clock):
    heard = []
    house, replayed = begin(tmp_path, clock, heard)
    assert replayed == []
    price(house, clock.now)
    source = flow(house)
    deposit = next(source.deposits())
    acknowledged = house.deposit(0, deposit).result(10)
    began, sequenced = heard
    assert began == Began(2, 1, START, began.time, began.reports, (60_000_000,) * 2) and len(began.reports) == 5
    assert sequenced == Sequenced(3, acknowledged.time, 1, acknowledged.digest, acknowledged.receipt)
    assert house.seal().result(10) == 1
    assert heard[-1] == Staged(1, "sealed", heard[-1].time)
    archive = Archive(tmp_path / "house")
    assert archive.stages(1) == {"sealed": heard[-1].time}
    assert archive.advance(1).reports == began.reports and archive.batch(1).marks == [60_000_000] * 2
    assert archive.find(acknowledged.digest) == acknowledged._replace(duplicate=True)
    archive.close()
    house.stop()


def test_a_history_from_zero_equals_what_was_heard_and_goes_on_from_anywhere(tmp_path, clock):
    heard = []
    house, _ = begin(tmp_path, clock, heard)
    for batch in range(3):
        live(house, clock, seed=batch)
        if batch < 2:
            house.seal().result(10)
    last = heard[-1].sequence
    again = []
    replayed = list(house.follow(again.extend))
    assert replayed == heard and any(isinstance(event, Began) and event.batch == 3 for event in heard)
    live(house, clock, seed=9)
    assert again and heard[len(replayed) :] == again
    for after in (1, 2, 30, heard[50].sequence, last):
        tail = list(house.follow(lambda events: None, after))
        expected = [event for event in heard if isinstance(event, Staged) or event.sequence > after]
        assert [event for event in tail if not isinstance(event, Staged)] == [
            event for event in expected if not isinstance(event, Staged)
        ]
    house.stop(seal=False)
    later = []
    house, replayed = begin(tmp_path, clock, later, after=0)
    assert replayed == heard and later == []
    house.stop()
    assert later == [Staged(3, "sealed", later[0].time)]


def test_following_while_others_trade_misses_nothing_and_repeats_nothing(tmp_path, clock):
    heard = []
    house, _ = begin(tmp_path, clock, heard)
    live(house, clock)
    stop = threading.Event()

    def trade():
        load = Load(house, 8, seed=5)
        while not stop.is_set():
            house.submit(load.action()).exception(10)

    trader = threading.Thread(target=trade)
    trader.start()
    for _ in range(20):
        got = SimpleQueue()
        replayed = list(house.follow(got.put))
        house.ask(lambda ledger: None).result(10)
        house.events.leave(got.put)
        while not got.empty():
            replayed += got.get()
        sequences = [event.sequence for event in replayed if not isinstance(event, Staged)]
        assert sequences == list(range(2, sequences[-1] + 1))
    stop.set()
    trader.join()
    house.stop()


def test_a_history_ahead_of_the_journal_is_told_so(tmp_path, clock):
    house, _ = begin(tmp_path, clock)
    with pytest.raises(SequencerError) as caught:
        house.follow(print, 5)
    assert caught.value.code is Problem.JOURNAL_LOST and caught.value.numbers == {"sequence": 5, "last": 1}
    house.stop()


def test_a_listener_that_fails_is_told_no_more_and_harms_nobody(tmp_path, clock, caplog):
    house, _ = begin(tmp_path, clock)
    calls = []

    def fails(events):
        calls.append(events)
        raise ValueError("mine")

    house.events.listen(fails)
    live(house, clock)
    house.seal().result(10)
    assert len(calls) == 1 and "told no more" in caplog.text and house.halt.cause is None
    house.stop()


def test_questions_are_answered_between_groups_and_their_faults_are_their_own(tmp_path, clock):
    house, _ = begin(tmp_path, clock)
    live(house, clock)
    assert house.ask(lambda ledger: ledger.engine.clock).result(10) == START
    with pytest.raises(ZeroDivisionError):
        house.ask(lambda ledger: 1 // 0).result(10)
    assert house.seal().result(10) == 1
    house.stop()
    with pytest.raises(SequencerError, match="STOPPED"):
        house.ask(lambda ledger: 1).result(10)


def test_more_questions_than_fit_are_turned_away(tmp_path, clock):
    """The bound of this queue is tested by filling it (D23)."""
    house, _ = begin(tmp_path, clock)
    hold, entered = threading.Event(), threading.Event()

    def wait(ledger):
        entered.set()
        hold.wait(10)

    house.ask(wait)
    entered.wait(10)
    asked = [house.ask(lambda ledger: 7) for _ in range(1_000)]
    with pytest.raises(SequencerError) as caught:
        house.ask(lambda ledger: 7)
    assert caught.value.code is Problem.QUEUE_FULL and caught.value.numbers == {"waiting": 1000, "capacity": 1000}
    hold.set()
    assert {future.result(10) for future in asked} == {7}
    house.stop()


def test_a_fault_that_spoils_the_memory_ends_reading_too(tmp_path, clock, monkeypatch):
    heard = []
    house, _ = begin(tmp_path, clock, heard)
    live(house, clock)
    count = len(heard)
    monkeypatch.setattr(house.engine, "apply", None)
    load = Load(house, 8, 3)
    with pytest.raises(SequencerError, match="ENGINE_FAILED"):
        house.submit(load.action()).result(10)
    with pytest.raises(SequencerError, match="HALTED"):
        house.ask(lambda ledger: ledger.sequence).result(10)
    assert heard[count:] == [Moded("halted", Problem.ENGINE_FAILED, heard[-1].time)] and house.mode == "halted"
    house.stop()
