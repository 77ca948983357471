"""Limits by cost: what is charged to whom, what cancels are spared, what a restart leaves (A10 to A12, A18, A29)."""

import socket
import time

import pytest

from rollup.refusals import Code, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.gateway.limits import Allowance, Buckets, Gate, Rate
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.submission import is_signed
from tests.gateway.house import PLENTY, House, carried


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_bucket_refills_at_its_rate_and_tells_how_long_that_takes():
    clock = Clock()
    buckets = Buckets("test", Rate(10, 5), 100, clock)
    buckets.spend("a", 8)
    with pytest.raises(Trouble) as caught:
        buckets.spend("a", 4)
    assert caught.value.after_ms == 401
    buckets.spend("b", 10)
    clock.now += 0.4
    buckets.spend("a", 4)
    clock.now += 1000
    assert buckets.level("a") == 10


def test_after_a_restart_nobody_has_a_free_burst():
    """A29."""
    clock = Clock()
    buckets = Buckets("test", Rate(1000, 10), 10, clock)
    assert buckets.level("anyone") == 100
    clock.now += 1
    assert buckets.level("anyone") == 110


def test_a_bad_signature_costs_the_address_and_not_the_account():
    """A10: nobody can use up another's bucket by naming it."""
    gate = Gate(PLENTY, Clock())
    gate.enter(1, "1.2.3.4", False, 0)
    gate.leave(1, "1.2.3.4", False, 0, is_signed=False)
    assert gate.account[False].level(1) == PLENTY.account_orders.capacity
    assert gate.address[False].level("1.2.3.4") == PLENTY.address_orders.capacity - PLENTY.action
    gate.enter(1, "1.2.3.4", False, 24)
    gate.leave(1, "1.2.3.4", False, 24, is_signed=True)
    assert gate.account[False].level(1) == PLENTY.account_orders.capacity - PLENTY.action - 24 * PLENTY.item
    assert gate.under_way == 0


def test_one_address_cannot_take_all_room():
    """A10: orders and cancels of one address, signed or not, leave room for the others'."""
    gate = Gate(PLENTY._replace(under_way=8, reserve=4, under_way_per_address=4), Clock())
    for is_cancel, room in ((False, 4), (True, 2)):
        for _ in range(room):
            gate.enter(1, "1.2.3.4", is_cancel, 0)
        with pytest.raises(Trouble) as refused:
            gate.enter(1, "1.2.3.4", is_cancel, 0)
        assert refused.value.code is Own.BUSY
    gate.enter(2, "5.6.7.8", True, 0)
    gate.leave(1, "1.2.3.4", True, 0, is_signed=False)
    gate.enter(1, "1.2.3.4", True, 0)


@pytest.mark.parametrize("code", [Problem.QUEUE_FULL, Problem.PROOFS_BEHIND, Problem.UNCHECKED, Problem.HALTED])
def test_what_is_turned_away_unchecked_costs_the_account_nothing(code):
    """A10: nobody has seen whether its key signed it."""
    assert not is_signed(SequencerError(code))
    assert not is_signed(Refused(Code.BAD_SIGNATURE, account=1))
    assert is_signed(SequencerError(Problem.REDUCED)) and is_signed(Refused(Code.MARGIN))


def test_orders_never_starve_cancels(tmp_path):
    """A10: with orders at their limit, in rate and in number under way, cancels go through."""
    house = House(tmp_path / "house", PLENTY._replace(account_orders=Rate(6, 1), under_way=4, reserve=4))
    try:
        for _ in range(3):
            house.receipt(house.place(1))
        error = house.refused(house.place(1), 429)
        assert error["code"] == "RATE_LIMITED" and error["retry"] == "after" and error["retry_after_ms"] > 0
        assert house.receipt(house.cancel_all(1))["code"] == "APPLIED"
        assert house.receipt(house.place(2))["code"] == "RESTED"
        house.app.gateway.gate.under_way = 4
        assert house.refused(house.place(2), 503)["code"] == "BUSY"
        assert house.receipt(house.cancel_all(2))["code"] == "APPLIED"
        house.app.gateway.gate.under_way = 8
        assert house.refused(house.cancel_all(3), 503)["code"] == "BUSY"
    finally:
        house.stop()


def test_reads_have_a_bucket_and_lists_cost_more(tmp_path):
    house = House(tmp_path / "house", PLENTY._replace(address_reads=Rate(20, 1)))
    try:
        statuses = [house.http.get("/v1/markets/BTC-PERP/trades").status_code for _ in range(6)]
        assert statuses[:4] == [200] * 4 and 429 in statuses
        answer = house.http.get("/v1/markets/BTC-PERP/trades")
        assert int(answer.headers["retry-after"]) >= 1
        time.sleep(1.5)
        assert int(house.http.get("/v1/time").headers["ratelimit-remaining"]) < 20
        assert house.receipt(house.place(1))["code"] == "RESTED"
    finally:
        house.stop()


def test_the_admission_has_room_for_what_adds_no_risk(house):
    """A10, A11: the sequencer's own queue, full of orders."""
    from sequencer.errors import SequencerError

    sequencer = house.sequencer
    room = sequencer._under_way
    capacity, room._capacity = room._capacity, 0
    with pytest.raises(SequencerError):
        sequencer.submit(house.place(1))
    waiting = {bytes([number]): None for number in range(100)}
    room._first.update(waiting)
    room._capacity = 100
    with pytest.raises(SequencerError):
        sequencer.submit(house.place(1))
    assert sequencer.submit(house.cancel_all(1)).result(10)
    for name in waiting:
        room._first.pop(name)
    room._capacity = capacity


# ---------------------------------------------------------------------------------------------- connections
def opened(house):
    connection = socket.create_connection(("127.0.0.1", house.port))
    connection.settimeout(5)
    return connection


def is_closed(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_connections_are_bounded(tmp_path):
    """A12."""
    house = House(tmp_path / "house", PLENTY._replace(connections_per_address=3))
    try:
        held = [opened(house) for _ in range(3)]
        time.sleep(0.2)
        assert is_closed(opened(house))
        for connection in held:
            connection.close()
        time.sleep(0.2)
        assert house.get("/v1/time")
    finally:
        house.stop()


def test_a_request_that_drips_is_ended(tmp_path, monkeypatch):
    """A12: slow headers and slow bodies."""
    monkeypatch.setattr("sequencer.gateway.server.HEADER_SECONDS", 0.4)
    house = House(tmp_path / "house", PLENTY._replace(body_seconds=0.4))
    try:
        silent, dripping, slow = opened(house), opened(house), opened(house)
        head = b"POST /v1/actions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
        slow.sendall(head)
        for letter in b"GET ":
            dripping.sendall(bytes([letter]))
            time.sleep(0.15)
        assert is_closed(silent) and is_closed(dripping)
        assert b"408" in slow.recv(100)
    finally:
        house.stop()


def test_headers_are_bounded(shared):
    """A17."""
    connection = opened(shared)
    connection.sendall(b"GET /v1/time HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 20_000 + b"\r\n\r\n")
    assert is_closed(connection)
    connection = opened(shared)
    connection.sendall(b"GET /v1/time HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n")
    assert b"200" not in connection.recv(50)


def test_no_page_of_another_origin_may_read_or_act(shared):
    """A18: nothing is said of other origins, and no simple form can post."""
    answer = shared.http.get("/v1/time", headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    answer = shared.http.options("/v1/actions", headers={"origin": "https://evil.example"})
    assert answer.status_code == 405
    form = shared.http.post("/v1/actions", content=b"{}", headers={"content-type": "text/plain"})
    assert form.status_code == 415


def test_overload_is_refused_at_once_and_what_is_taken_is_answered(tmp_path):
    """A11: ten times what fits: everything is answered, quickly, one way or the other."""
    from concurrent.futures import ThreadPoolExecutor

    house = House(tmp_path / "house", PLENTY._replace(under_way=8, reserve=4))
    try:

        def send(number):
            account = 1 + number % 8
            actions = [carried(house.place(account, counter=1 + number // 8 * 10 + at)) for at in range(10)]
            began = time.monotonic()
            answer = house.http.post(
                "/v1/actions", json={"actions": actions}, headers={"content-type": "application/json"}
            ).json()
            return time.monotonic() - began, answer["results"]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(40)))
        results = [result for _, results in answers for result in results]
        codes = {result["error"]["code"] for result in results if result["error"]}
        assert codes <= {"BUSY", "NONCE_USED"} and any(result["receipt"] for result in results)
        assert all((result["receipt"] is None) != (result["error"] is None) for result in results)
        assert house.app.gateway.gate.under_way == 0
    finally:
        house.stop()


def test_the_defaults_hold_the_load_that_is_asked_for():
    allowance = Allowance()
    assert allowance.address_orders.per_second >= 1_500 * allowance.action
