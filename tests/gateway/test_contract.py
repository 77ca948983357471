"""What a trading client relies on: every answer typed, hints when to ask again, one outcome for the same bytes.

interfaces.md 1.4, errors: "not sequenced: 4xx or 5xx; sequenced and refused: 200 with a reason"; "details hold the
numbers that failed"; "429 with retry_after_ms". A02, A06, A12.
"""

import asyncio
import socket
import threading

import msgspec
import pytest
import websockets

from rollup.refusals import Code
from sequencer.gateway import wire
from sequencer.gateway.answers import Answers
from sequencer.gateway.catalogue import KINDS, Own
from sequencer.gateway.http import failure
from sequencer.gateway.limits import Rate
from sequencer.gateway.problems import Trouble
from tests.gateway.house import PLENTY, House, carried
from tests.gateway.test_socket import Connected, work
from tests.sequencer.house import key, price, sign


@pytest.mark.parametrize("code", sorted(KINDS, key=str))
def test_every_error_is_whole_and_says_when_to_ask_again(code):
    status, body, after_ms = failure(Trouble(code, size=1 << 60, small=7))
    error = msgspec.json.decode(body, type=wire.Failure).error
    kind = KINDS[code]
    assert (error.code, error.num, error.outcome, error.retry) == (str(code), kind.num, kind.outcome, kind.retry)
    assert status == (kind.http if kind.http >= 400 else 422) and error.doc.endswith(f"-{kind.num}") and error.message
    assert error.details == {"size": str(1 << 60), "small": 7}
    assert error.retry_after_ms == after_ms
    if kind.retry == "after" or status == 429:
        assert after_ms is None and code == Own.TOO_MANY_CHANNELS or after_ms > 0
    if kind.retry == "never":
        assert after_ms is None


def test_what_is_turned_away_for_now_carries_a_header_too(tmp_path):
    house = House(tmp_path / "house", PLENTY._replace(address_reads=Rate(3, 1)))
    try:
        answers = [house.http.get("/v1/time") for _ in range(5)]
        assert answers[0].headers["ratelimit-remaining"] == "2"
        error = answers[-1].json()["error"]
        assert answers[-1].status_code == 429 and error["code"] == "RATE_LIMITED" and error["retry"] == "after"
        assert int(answers[-1].headers["retry-after"]) == -(-error["retry_after_ms"] // 1000) >= 1
        assert error["details"]["bucket"] == "address_reads"
    finally:
        house.stop()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_of_another_kind_is_refused(shared, encoding):
    kind = "application/json" if encoding == "gzip" else "text/plain"
    headers = {"content-type": kind, "content-encoding": encoding}
    answer = shared.http.post("/v1/actions", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "WRONG_MEDIA_TYPE")


def test_a_body_that_comes_too_slowly_is_answered(tmp_path):
    house = House(tmp_path / "house", PLENTY._replace(body_seconds=1))
    try:
        with socket.create_connection(("127.0.0.1", house.port)) as slow:
            head = (
                "POST /v1/actions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
            )
            slow.sendall(head.encode())
            slow.settimeout(10)
            answer = b""
            while b"TOO_SLOW" not in answer:
                answer += slow.recv(4096)
            assert answer.startswith(b"HTTP/1.1 408")
    finally:
        house.stop()


def test_a_handshake_that_is_refused_is_answered_like_any_request(tmp_path):
    """A16, A18: with the status, the code, and when to come again."""
    house = House(tmp_path / "house", PLENTY._replace(sockets_per_address=1))

    async def refused(url=house.ws_url, **options):
        with pytest.raises(websockets.InvalidStatus) as told:
            await websockets.connect(url, **options)
        answer = told.value.response
        return answer, msgspec.json.decode(answer.body, type=wire.Failure).error

    async def test():
        answer, error = await refused(origin="https://evil.example")
        assert (answer.status_code, error.code) == (403, "ORIGIN_REFUSED")
        answer, error = await refused(house.ws_url.replace("socket", "other"))
        assert (answer.status_code, error.code) == (404, "NOT_FOUND")
        async with Connected(house):
            answer, error = await refused()
            assert (answer.status_code, error.code, error.retry) == (429, "TOO_MANY_SOCKETS", "after")
            assert answer.headers["retry-after"] == "5" and error.details["of_address"] == 1
        async with Connected(house) as again:
            await again.subscribe("status")

    try:
        asyncio.run(test())
    finally:
        house.stop()


def test_no_answer_in_time_is_no_refusal(house, monkeypatch):
    """The outcome is unknown, the same bytes may be sent again, and the receipt tells."""
    monkeypatch.setattr("sequencer.gateway.submission.PATIENCE", 0.2)
    action, gate = house.place(1), threading.Event()
    busy = house.sequencer.ask(lambda ledger: gate.wait(10))
    error = house.refused(action, 504)
    assert (error["code"], error["outcome"], error["retry"]) == ("UNKNOWN_OUTCOME", "unknown", "same_bytes")
    gate.set()
    busy.result(10)
    receipt = house.get(f"/v1/receipts/{error['hash']}", wait_ms=5000)
    assert receipt["code"] == "RESTED"
    assert house.receipt(action) == {**receipt, "duplicate": True}


def test_the_same_bytes_have_one_outcome_also_when_their_batch_was_undone(house):
    """A02, D22: amended receipts are told as what they are now, those that no longer hold as refused."""
    house.sequencer.seal().result(10)
    lasting = house.place(1, lane=1, expiry=house.clock.now + 9_000)
    short = house.place(1, lane=2, expiry=house.clock.now + 60)
    first = [house.receipt(action) for action in (lasting, short)]
    house.clock.now += 400
    house.sequencer.rewind(1, "COMMITMENT_TOO_LATE")
    again = [house.receipt(action) for action in (lasting, short)]
    assert [(one["duplicate"], one["amended"]) for one in again] == [(True, 1)] * 2
    assert [(one["status"], one["code"]) for one in again] == [("accepted", "RESTED"), ("rejected", "EXPIRED")]
    assert again[1]["numbers"] == {"expiry": short.expiry, "clock": house.clock.now}
    assert again[1]["order"]["status"] == "rejected" and again[1]["order"]["reason"] == "EXPIRED"
    for before, now in zip(first, again):
        assert now["hash"] == before["hash"] and now["seq"] > before["seq"]
        assert house.get(f"/v1/receipts/{now['hash']}") == {**now, "duplicate": False}
    house.stop()
    other = House(house.directory, is_new=False, clock=house.clock)
    try:
        assert [other.receipt(action) for action in (lasting, short)] == again
        named = {one["hash"]: one for one in other.get("/v1/accounts/1/orders", token=other.token(1))["orders"]}
        assert [named[one["hash"]]["status"] for one in again] == ["open", "rejected"]
    finally:
        other.stop()


def test_a_cancel_of_what_is_not_there_takes_effect_and_says_so(house):
    """It is no error: the order is gone, which is what was wanted. Its nonce is used."""
    resting = house.receipt(house.place(1))
    cancel = house.cancel(resting)
    assert house.receipt(cancel)["code"] == "CANCELLED"
    missed = house.receipt(house.cancel(resting))
    assert (missed["status"], missed["code"], missed["ended"]) == ("accepted", "CANCEL_MISSED", [])
    never = house.receipt(sign(cancel._replace(counter=house.counter(1), epoch=9, index=77, slot=3), key(1)))
    assert (never["status"], never["code"]) == ("accepted", "CANCEL_MISSED")
    assert house.receipt(house.cancel_all(3))["code"] == "APPLIED"


def test_open_orders_are_there_once_whatever_happens_between_two_pages(house):
    """Filled in part, placed, cancelled: what was open throughout is listed once."""
    placed = [house.receipt(house.place(1, side=0, ticks=-ticks, size=5)) for ticks in range(1, 9)]
    token, seen, cursor = house.token(1), [], None

    def page():
        query = {"cursor": cursor} if cursor else {}
        return house.get("/v1/accounts/1/orders", token=token, status="open", limit=2, **query)

    def meanwhile(number):
        house.receipt(house.place(2, side=1, ticks=-1, size=1, tif=1))  # the oldest is filled in part
        house.receipt(house.place(1, side=0, ticks=-20 - number, size=1))
        if number == 1:
            house.receipt(house.cancel(placed[3]))

    for number in range(20):
        told = page()
        seen += [one["order_id"] for one in told["orders"]]
        cursor = told["next"]
        if cursor is None:
            break
        meanwhile(number)
    lasting = [one["order"]["order_id"] for place, one in enumerate(placed) if place != 3]
    assert sorted(one for one in seen if one in lasting) == sorted(lasting) and len(set(seen)) == len(seen)


def test_trades_name_the_one_before_also_after_a_rewind_and_a_restart(house):
    """A14: a reader tells from the numbers alone that nothing is missing."""

    def one_trade(at):
        at.receipt(at.place(2, side=1, ticks=0, size=1, tif=1))

    async def chain(at, after):
        """A snapshot's number, and that of the trade before each one that follows."""
        async with Connected(at) as socket:
            snapshot = await socket.subscribe("trades.BTC-PERP")
            return snapshot["seq"], await after(socket)

    async def traded_and_undone(socket):
        await work(one_trade, house)
        first = await socket.next(type="event")
        house.clock.now += 700  # so that what is undone has expired, and no trade takes its place
        await work(price, house.sequencer, house.clock.now)
        await work(house.sequencer.rewind, 1, "COMMITMENT_TOO_LATE")
        again = await socket.next(type="snapshot")
        await work(house.receipt, house.place(1, side=0, ticks=0, size=90))
        await work(one_trade, house)
        return first["prev_seq"], again["seq"], (await socket.next(type="event"))

    async def traded_twice(socket):
        await work(one_trade, other)
        await work(one_trade, other)
        return [await socket.next(type="event") for _ in range(2)]

    house.receipt(house.place(1, side=0, ticks=0, size=90))
    one_trade(house)
    house.sequencer.seal().result(10)
    began, (first, again, last) = asyncio.run(chain(house, traded_and_undone))
    assert began > 0 and first == began == again and last["prev_seq"] in (None, again)
    house.stop()
    other = House(house.directory, is_new=False, clock=house.clock)
    other._counters = dict(house._counters)
    try:
        began, (one, two) = asyncio.run(chain(other, traded_twice))
        assert began == last["seq"] and one["prev_seq"] is None and two["prev_seq"] == one["seq"] > began
    finally:
        other.stop()


def test_numbers_are_told_as_they_are_however_large():
    largest = (1 << 53) - 1
    numbers = {"expiry": -(1 << 60), "latest": 1 << 53, "most": largest, "slot": -largest, "reason": "text"}
    told = {"expiry": str(-(1 << 60)), "latest": str(1 << 53), "most": largest, "slot": -largest}
    assert Answers([], []).numbers(Code.BAD_FIELD, numbers, None) == told


def test_several_actions_of_one_request_have_each_its_own_answer(house):
    """Not sequenced and refused are told apart in one answer."""
    good, crossing = house.place(1, side=1, ticks=0), house.place(2, side=0, ticks=0, post_only=1)
    forged = house.place(3)._replace(size=77)
    results = house.submit(good, crossing, forged)["results"]
    assert [one["receipt"] and one["receipt"]["status"] for one in results] == ["accepted", "rejected", None]
    assert results[2]["error"]["code"] == "BAD_SIGNATURE" and results[2]["error"]["outcome"] == "rejected"
    assert carried(forged)["size"] == 77
