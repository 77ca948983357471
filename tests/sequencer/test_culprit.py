"""A batch that does not prove: the action to blame is found, and meanwhile only risk falls (design: reduced mode)."""

import time

import pytest

from circuits.native import Native
from circuits.prover import Checker, Findings, TraceRefused
from rollup import matching
from rollup.actions import Cancel, CancelAll, CancelItem, PlaceItem, Sheet, Transfer, Withdraw
from rollup.layout import GTC, IOC
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.events import Moded
from tests.sequencer.house import START, Clock, flow, fund, key, price, sequencer, sign
from tests.sequencer.pipeline import Script, proof_of
from tests.sequencer.test_real_prover import begin
from tests.sequencer.test_sequencer import MARK, answer, order

REFUSED = TraceRefused("UNSATISFIED", "rules", findings=Findings({"match: fee": 1}, [], [], False))


def wait(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Suspicion:
    """Refuses every trace in which a given account placed an order; counts what it looked at."""

    def __init__(self, account: int) -> None:
        self.account = account
        self.looks = 0

    def __call__(self, path):
        import json

        self.looks += 1
        trace = json.loads(path.read_text())
        is_in = any(row["account"] == self.account for row in trace["orders"])
        return REFUSED if is_in else None


@pytest.fixture
def clock():
    return Clock()


def reduced(tmp_path, clock, **options):
    """A house whose second batch does not prove, with an order of account 1 in the first one."""
    house = sequencer(tmp_path / "house", clock, prover=Script(proof_of, REFUSED, proof_of), **options)
    price(house, START)
    fund(house, flow(house))
    answer(house.submit(order(1)))
    house.seal().result(10)
    house.told = [answer(house.submit(order(2 + number % 6, counter=1 + number // 6))) for number in range(20)]
    house.seal().result(10)
    wait(lambda: house.mode == "reduced")
    return house


@pytest.mark.parametrize("account", [2, 4, 7])
def test_bisection_names_the_first_action_of_the_smallest_refused_prefix(tmp_path, clock, account):
    suspicion = Suspicion(account)
    heard = []
    house = reduced(tmp_path, clock, examine=suspicion)
    house.events.listen(heard.extend)
    wait(lambda: "culprit" in house.status().reduced.numbers)
    blamed = house.told[account - 2]
    numbers = house.status().reduced.numbers
    assert (numbers["batch"], numbers["culprit"], numbers["digest"], numbers["kind"]) == (
        2,
        blamed.sequence,
        blamed.digest.hex(),
        "place",
    )
    assert numbers["rules"] == {"match: fee": 1} and numbers["place"] == account - 1
    archive = Archive(tmp_path / "house")
    found = archive.culprit(2)
    assert found.sequence == blamed.sequence and found.examined == suspicion.looks <= 7 and archive.culprit(1) is None
    archive.close()
    house.stop()
    # It is kept: the next start does not look again.
    looks = suspicion.looks
    house = sequencer(tmp_path / "house", clock, prover=Script(), examine=suspicion)
    wait(lambda: "culprit" in house.status().reduced.numbers)
    assert suspicion.looks == looks
    house.stop()


def test_a_trace_that_was_spoiled_after_the_engine_made_it_has_no_culprit(tmp_path, clock):
    house = reduced(tmp_path, clock, examine=Suspicion(99))
    wait(lambda: "culprit" in house.status().reduced.numbers)
    assert house.status().reduced.numbers["place"] == -1
    house.stop()


def test_a_fault_of_the_engine_is_found_by_the_real_rules(tmp_path, monkeypatch):
    """The engine takes a unit too much from makers; the circuit does not."""
    fee_up = matching.fee_up
    monkeypatch.setattr(matching, "fee_up", lambda amount, rate: fee_up(amount, rate) + 1)
    with Native() as native, Checker() as checker:

        def examine(path):
            findings = checker.check(path)
            return None if findings.holds else TraceRefused("UNSATISFIED", "broken", findings=findings)

        house = begin(tmp_path, native, examine=examine)
        told = []
        for action in house.source.actions(40):
            told.append(house.submit(action).result(10))
            house.source.note(told[-1].receipt)
            if told[-1].receipt.fills:
                break
        house.seal().result(10)
        batch = told[-1].batch
        house.halt.throw(SequencerError(Problem.TRACE_NOT_PROVEN, "", batch=batch))
        wait(lambda: "culprit" in house.status().reduced.numbers)
        numbers = house.status().reduced.numbers
        assert numbers["culprit"] == told[-1].sequence and numbers["digest"] == told[-1].digest.hex()
        assert any("fee" in rule for rule in numbers["rules"]), numbers
        house.stop(seal=False)


# ---------------------------------------------------------------------------------------------- reduced
def test_only_what_lets_risk_fall_is_taken_and_batches_go_on(tmp_path, clock):
    house = reduced(tmp_path, clock)
    resting = answer(house.submit(order(1)))
    assert resting.duplicate, "what was acknowledged keeps its answer"
    head = {"account": 1, "lane": 0, "counter": 2, "expiry": START + 600}

    def item(kind):
        return PlaceItem(0, GTC, 1, 0, MARK - 9_000, 1) if kind == "place" else CancelItem(0, 1, 0, 0)

    refused = [
        order(1, counter=2),
        order(1, counter=2, tif=IOC, reduce_only=1),
        sign(Sheet(**head, market=0, replace=1, items=(item("cancel"), item("place"))), key(1)),
        sign(Transfer(**head, to=2, amount=5), key(1)),
    ]
    for action in refused:
        with pytest.raises(SequencerError) as caught:
            house.submit(action).result(10)
        assert caught.value.code is Problem.REDUCED and not caught.value.unknown
        assert caught.value.numbers["batch"] == 2 and caught.value.numbers["reason"] is Problem.TRACE_NOT_PROVEN
    with pytest.raises(SequencerError, match="REDUCED"):
        house.deposit(8, next(flow(house).deposits())).result(10)

    order_id = resting.receipt.order
    taken = [
        Cancel(**head, market=0, side=0, slot=resting.receipt.slot, epoch=order_id.epoch, index=order_id.index),
        Sheet(**{**head, "counter": 3}, market=0, replace=1, items=(item("cancel"),)),
        CancelAll(**{**head, "counter": 4}, market=0),
        Withdraw(**{**head, "counter": 5}, amount=1_000),
    ]
    for action in taken:
        assert answer(house.submit(sign(action, key(1)))).batch == 3
    assert house.seal().result(10) == 3
    house.wait_for("sealed", 3, 5)
    assert house.ask(lambda ledger: ledger.sealed).result(10) == 3
    house.halt.restore()
    assert house.mode == "normal" and answer(house.submit(order(1, counter=6))).batch == 4
    house.stop()


def test_the_mode_only_goes_down_and_every_step_is_told(tmp_path, clock):
    house = sequencer(tmp_path / "house", clock)
    heard = []
    house.events.listen(heard.extend)
    for _ in range(2):
        house.halt.throw(SequencerError(Problem.TRACE_NOT_PROVEN, batch=1))
    house.halt.throw(SequencerError(Problem.CHAIN_DIFFERS))
    house.halt.throw(SequencerError(Problem.TRACE_NOT_PROVEN, batch=1))
    assert [(event.mode, event.reason) for event in heard if isinstance(event, Moded)] == [
        ("reduced", Problem.TRACE_NOT_PROVEN),
        ("halted", Problem.CHAIN_DIFFERS),
    ]
    assert house.mode == "halted" and house.halt.cause.code is Problem.CHAIN_DIFFERS
    house.stop()
