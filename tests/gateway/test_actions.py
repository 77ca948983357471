"""Submitting: outcomes, duplicates, order within a request, strictness (A02, A04, A05), previews (nothing changes)."""

import gc
import json
import time

import pytest

from rollup.actions import encode
from sequencer.receipts import digest_of
from tests.gateway.house import START, carried
from tests.sequencer.house import DIGEST, key, sign


def test_a_receipt_says_what_happened_and_is_found_again(house):
    resting = house.place(1, side=0, ticks=0, size=5)
    receipt = house.receipt(resting)
    assert (receipt["status"], receipt["code"], receipt["stage"], receipt["batch"]) == ("accepted", "RESTED", "open", 1)
    assert receipt["order"]["order_id"] == "1-0-0-0" and receipt["order"]["remaining"] == "0.005"
    assert receipt["hash"] == "0x" + digest_of(encode(resting)).hex()
    taken = house.receipt(house.place(2, side=1, ticks=-5, size=2))
    (fill,) = taken["fills"]
    assert (fill["role"], fill["price"], fill["size"], fill["account"]) == ("taker", "60000", "0.002", 2)
    assert taken["fee"] == fill["fee"] and "1-0" not in json.dumps(taken["ended"])
    assert house.get(f"/v1/receipts/{receipt['hash']}") == receipt
    assert house.sequencer.seal().result(10) == 1
    again = house.get(f"/v1/receipts/{receipt['hash']}", stage="sealed", wait_ms=5000)
    assert again == {**receipt, "stage": "sealed"}


def test_a_refused_action_is_sequenced_and_answers_200(house):
    house.receipt(house.place(1, side=1, ticks=0))
    receipt = house.receipt(house.place(2, side=0, ticks=0, post_only=1))
    assert (receipt["status"], receipt["code"]) == ("rejected", "POST_ONLY_CROSSES")
    assert receipt["order"]["status"] == "rejected" and receipt["order"]["reason"] == "POST_ONLY_CROSSES"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"account": 99}, 404, "UNKNOWN_ACCOUNT"),
        ({"price": 60_000_001}, 422, "BAD_TICK"),
        ({"market": 9}, 404, "UNKNOWN_MARKET"),
        ({"expiry": START - 1}, 422, "EXPIRED"),
        ({"size": 0}, 422, "BAD_FIELD"),
        ({"tif": 1, "post_only": 1}, 422, "BAD_FIELD"),
    ],
)
def test_what_is_not_sequenced_is_a_failure_with_the_status_of_its_code(shared, changes, status, code):
    action = sign(shared.place(3, counter=10**9)._replace(**changes), key(changes.get("account", 3)))
    error = shared.refused(action, status)
    assert (error["code"], error["outcome"]) == (code, "rejected") and error["hash"].startswith("0x")


def test_a_bad_signature_is_told_what_the_server_computed(shared):
    action = shared.place(3)._replace(size=2)
    error = shared.refused(action, 401)
    assert error["code"] == "BAD_SIGNATURE"
    assert error["details"]["payload"].encode() == encode(action)
    assert [int(cell, 16) for cell in error["details"]["message"]] == list(action.message(DIGEST))
    assert int(error["details"]["domain"], 16) == DIGEST


def test_the_same_bytes_get_the_first_receipt_also_after_the_batch_and_a_restart(house, tmp_path):
    """A02."""
    from tests.gateway.house import House

    action = house.place(1)
    first = house.receipt(action)
    assert not first["duplicate"]
    again = {**first, "duplicate": True}
    assert house.receipt(action) == again
    house.sequencer.seal().result(10)
    assert house.receipt(action) == {**again, "stage": "sealed"}
    house.stop()
    other = House(house.directory, is_new=False, clock=house.clock)
    try:
        assert other.receipt(action) == {**again, "stage": "sealed"}
        assert other.get(f"/v1/receipts/{first['hash']}")["seq"] == first["seq"]
        assert other.refused(sign(action._replace(size=3), key(1)), 409)["code"] == "NONCE_USED"
    finally:
        other.stop()


def test_cancels_of_a_request_go_first_and_results_come_in_its_order(house):
    resting = house.receipt(house.place(1, side=1, ticks=5))
    crossing = house.place(1, side=0, ticks=5, tif=1)
    wrong = house.place(2)._replace(size=7)
    results = house.submit(crossing, wrong, house.cancel(resting, lane=7))["results"]
    assert [bool(result["receipt"]) for result in results] == [True, False, True]
    placed, cancelled = results[0]["receipt"], results[2]["receipt"]
    assert cancelled["code"] == "CANCELLED" and cancelled["ended"] == [resting["order"]["order_id"]]
    assert cancelled["seq"] < placed["seq"] and placed["fills"] == [] and placed["ended"] == []
    assert results[1]["error"]["code"] == "BAD_SIGNATURE"


def test_a_sheet_answers_for_each_item(house):
    house.receipt(house.place(2, side=1, ticks=3, size=4))
    receipt = house.receipt(house.sheet(1, (0, -1, 2), (0, 5, 1), (1, 9, 3)))
    assert [item["code"] for item in receipt["items"]] == ["RESTED", "POST_ONLY_CROSSES", "RESTED"]
    assert [item["order"]["price"] for item in receipt["items"]] == ["59999", "60005", "60009"]
    ids = [receipt["items"][number]["order"]["order_id"] for number in (0, 2)]
    after = house.receipt(house.sheet(1, (0, -2, 2)))
    assert sorted(after["ended"]) == sorted(ids)


# ---------------------------------------------------------------------------------------------- strictness
def body_of(house, **changes):
    plain = carried(house.place(3, counter=5_000))
    return {"actions": [{**plain, **changes}]}


BODIES = {
    "no json": b"{",
    "two keys": b'{"actions":[],"actions":[]}',
    "an unknown field": b'{"actions":[],"more":1}',
    "no action": b'{"actions":[]}',
    "deep nesting": b'{"actions":' + b"[" * 100_000,
    "deep objects": b'{"a":' * 40_000,
    "no utf-8": b'{"actions":"\xff"}',
    "utf-16": '{"actions":[]}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + b'{"actions":[]}',
    "trailing": b'{"actions":[]} {}',
    "null": b"null",
    "a number": b"1e400",
    "empty": b"",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_refused(shared, name):
    """A04."""
    assert shared.post("/v1/actions", BODIES[name], 400)["error"]["code"] == "BAD_REQUEST"


NUMBERS = ["1.0", "1e2", "1e400", "-0", "-1", "NaN", "Infinity", "true", "null", '"1"', "9" * 400, "9" * 100_000, "[1]"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:12])
def test_a_number_is_a_whole_one_of_its_width(shared, number):
    """A04."""
    text = json.dumps(body_of(shared)).replace('"size": 1', f'"size": {number}')
    assert shared.post("/v1/actions", text.encode(), 400)["error"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"size": 1', '"size": 1, "size": 1'),
        lambda text: text.replace('"size": 1', '"size": 1, "s\\u0069ze": 1'),
        lambda text: text.replace('"client": 7', '"size": 1'),
        lambda text: text.replace('"size": 1', '"size": 1, "colour": 2'),
        lambda text: text.replace('"size": 1', '"sizes": 1'),
        lambda text: text.replace('"kind": "place"', '"kind": "plaice"'),
        lambda text: text.replace('"kind": "place"', '"kind": "\\ud800"'),
        lambda text: text.replace('"kind": "place", ', ""),
        lambda text: text.replace('"0x', '"0x-', 1),
        lambda text: text.replace('"0x', '"', 1),
        lambda text: text.replace('"0x', '"0x' + "f" * 65, 1),
    ],
)
def test_a_key_is_there_once_and_known(shared, change):
    """A04, A05: a second key with the same name never wins silently."""
    text = json.dumps(body_of(shared))
    assert change(text) != text
    assert shared.post("/v1/actions", change(text).encode(), 400)["error"]["code"] == "BAD_REQUEST"
    assert house_unharmed(shared)


def house_unharmed(house):
    return house.get("/v1/status")["mode"] == "normal"


def test_a_signature_beyond_the_field_is_no_signature(shared):
    plain = carried(shared.place(3, counter=6_000))
    plain["signature"][0] = "0x" + "f" * 64
    assert shared.post("/v1/actions", {"actions": [plain]}, 401)["error"]["code"] == "BAD_SIGNATURE"


def test_a_large_body_is_refused_unread_and_a_wrong_kind_of_one(shared):
    """A04: 100 MB are announced, and never taken."""
    headers = {"content-type": "application/json"}
    answer = shared.http.post("/v1/actions", content=b"[" * (1 << 20), headers=headers)
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "BODY_TOO_LARGE"

    def endless():
        for _ in range(100):
            yield b"[" * (1 << 16)

    answer = shared.http.post("/v1/actions", content=endless(), headers=headers)
    assert answer.status_code == 413
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = shared.http.post("/v1/actions", content=b"{}", headers={"content-type": kind})
        assert answer.status_code == 415
    answer = shared.http.post("/v1/actions", content=b"{}", headers={**headers, "content-encoding": "gzip"})
    assert answer.status_code == 415


def test_bad_bodies_cost_little_time(shared):
    """A04: bounded effort."""
    gc.collect()
    began = time.process_time()
    for _ in range(20):
        for body in BODIES.values():
            shared.http.post("/v1/actions", content=body, headers={"content-type": "application/json"})
    assert (time.process_time() - began) / (20 * len(BODIES)) < 0.02


# ---------------------------------------------------------------------------------------------- preview
def test_a_preview_tells_all_and_changes_nothing(house):
    house.receipt(house.place(1, side=0, ticks=0, size=5))
    house.receipt(house.sheet(3, (0, -3, 2), (1, 7, 3)))
    before = state_of(house)
    crossing = house.place(2, side=1, ticks=-9, size=2)
    told = house.post("/v1/actions/preview", {"action": carried(crossing)})
    assert told["signature"] == "valid" and told["would_be"]["fills"][0]["price"] == "60000"
    assert told["payload"].encode() == encode(crossing)
    assert float(told["required_after"]) > float(told["required_before"]) == 0
    unsigned = house.post("/v1/actions/preview", {"action": carried(crossing._replace(signature=(0, 0)))})
    assert unsigned["signature"] == "absent" and unsigned["message"] == told["message"]
    private = ("equity_before", "equity_after", "required_before", "required_after", "would_be")
    stranger = house.token(3)
    for shown in (
        unsigned,
        house.post("/v1/actions/preview", {"action": carried(crossing._replace(signature=(0, 0)))}, token=stranger),
    ):
        assert not any(shown[name] for name in private) and shown["refusal"]["code"] == "BAD_SIGNATURE"
    owner = {"action": carried(crossing._replace(signature=(0, 0)))}
    assert house.post("/v1/actions/preview", owner, token=house.token(2))["equity_before"] == told["equity_before"]
    forged = house.post("/v1/actions/preview", {"action": carried(crossing._replace(size=3))})
    assert forged["signature"] == "invalid" and not any(forged[name] for name in private)
    huge = sign(crossing._replace(size=10**10, price=60_000_000 - 9000), key(2))
    assert house.post("/v1/actions/preview", {"action": carried(huge)})["would_be"]["status"] == "rejected"
    late = sign(crossing._replace(expiry=START - 1), key(2))
    refused = house.post("/v1/actions/preview", {"action": carried(late)})
    assert refused["refusal"]["code"] == "EXPIRED" and refused["would_be"] is None
    for other in (house.sheet(1, (0, -1, 2), (1, 5, 1)), house.cancel_all(1), house.cancel_all(99)):
        house.post("/v1/actions/preview", {"action": carried(other)})
    assert state_of(house) == before
    receipt = house.receipt(crossing)
    assert timeless(receipt) == timeless(told["would_be"])


def timeless(value):
    """Without the times of day."""
    if isinstance(value, list):
        return [timeless(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: timeless(one) for name, one in value.items() if name not in ("time", "created")}


def state_of(house):
    """Everything that the engine holds, and what the batch has used so far."""
    from rollup import snapshot

    engine = house.sequencer.engine
    state = engine._state
    pages = snapshot.dump(state, engine._tree, engine._unhashed, engine.number)
    rows = {chip: len(used) for chip, used in state.rows.items()}
    books = [(list(book.slots), list(book.ranks), book.used) for book in state.books]
    rest = (state.ticks, state.fees, state.escrow, len(state.undo.steps), len(state.memory.log), _costs(state))
    return pages, rows, books, engine.used(), rest, house.sequencer.status().sequence


def _costs(state):
    return {address: cost for address, cost in state._costs.items() if cost}


def test_a_preview_works_between_batches(house):
    house.sequencer.seal().result(10)
    before = house.sequencer.engine.snapshot()
    told = house.post("/v1/actions/preview", {"action": carried(house.place(2, side=1, ticks=9))})
    assert told["would_be"]["code"] == "RESTED" and told["would_be"]["batch"] == 2
    assert house.sequencer.engine.snapshot() == before


# ---------------------------------------------------------------------------------------------- modes
def test_in_reduced_mode_only_what_adds_no_risk_is_taken_and_reads_go_on(house):
    """A31: the kill switch blocks no cancel and no withdrawal."""
    from rollup.actions import Withdraw
    from sequencer.errors import Problem, SequencerError

    resting = house.receipt(house.place(1))
    house.sequencer.halt.throw(SequencerError(Problem.TRACE_NOT_PROVEN, "a path that nobody need know", batch=1))
    time.sleep(0.3)
    status = house.get("/v1/status")
    assert (status["mode"], status["reason"]) == ("reduced", "TRACE_NOT_PROVEN") and "path" not in str(status)
    error = house.refused(house.place(2), 503)
    assert (error["code"], error["outcome"], error["retry"]) == ("REDUCED", "rejected", "after")
    assert house.receipt(house.cancel(resting))["code"] == "CANCELLED"
    withdraw = sign(Withdraw(1, 5, 1, 10**6, START + 600), key(1))
    assert house.receipt(withdraw)["kind"] == "withdraw"
    house.sequencer.halt.throw(SequencerError(Problem.JOURNAL_FAILED, "another path"))
    time.sleep(0.3)
    error = house.refused(house.cancel_all(1), 503)
    assert error["code"] == "HALTED" and "path" not in str(error)
    assert house.get("/v1/status")["mode"] == "halted"
    assert house.get(f"/v1/receipts/{resting['hash']}", 503)["error"]["code"] == "HALTED"
    assert house.get("/v1/markets/BTC-PERP/trades")["trades"] == []


# ---------------------------------------------------------------------------------------------- reports
def test_reports_come_in_signed_and_once(house):
    from rollup.actions import Report

    house.clock.now += 20
    report = sign(Report(0, START + 20, (61_000_000,) * 2 + (0,) * 6), key(1_000_000))
    plain = {**report._asdict(), "signature": [hex(cell) for cell in report.signature]}
    forged = {**plain, "reporter": 1}
    other = sign(report._replace(prices=(1,) * 2 + (0,) * 6), key(1_000_000))
    lie = {**other._asdict(), "signature": [hex(cell) for cell in other.signature]}
    results = house.post("/v1/reports", {"reports": [plain, plain, forged, lie]})["results"]
    assert [result["is_new"] for result in results] == [True, False, False, False]
    codes = [result["error"] and result["error"]["code"] for result in results]
    assert codes == [None, None, "BAD_SIGNATURE", "REPORT_CONFLICTS"]
