"""What the client does with answers: exact numbers, the same bytes again, newer nonces, one exception an outcome."""

import base64
import json
import time
from decimal import Decimal
from pathlib import Path

import pytest

from novate.client import errors
from novate.client.building import OrderRef, Quote
from novate.client.operation import Lost
from tests.client.script import DOMAIN, RECEIPT, Scripted, accepted, failure, reply

SEED = bytes(range(32))
LOST = Lost("read timed out", sent=True)
ACCOUNT = {"account": 5, "key": "0x1", "owner": "0x2", "seq": 1, "cash": "10", "equity": "10.5", "positions": []}
ACCOUNT |= {"initial_margin": "0", "available": "10.5", "counters": [0] * 8}


@pytest.fixture
def make(tmp_path: Path):
    """A client of account 5 that follows a script."""
    return lambda *script, **other: Scripted(script, account=5, key=SEED, nonces=tmp_path, **other)


def sent(client: Scripted, number: int = 0) -> dict:
    """The first action of a request."""
    return json.loads(client.asked[number].body)["actions"][0]


def test_prices_and_sizes_are_whole_ticks_and_lots(make) -> None:
    client = make(accepted())
    receipt = client.order("BTC-PERP", "buy", Decimal("0.25"), "60000.1", client_id=7, lifetime=30)
    assert receipt.code == "RESTED" and receipt.fee == Decimal(0)
    action = sent(client)
    assert (action["side"], action["tif"], action["price"], action["size"]) == (0, 0, 60_000_100, 250)
    assert (action["account"], action["market"], action["client"]) == (5, 0, 7)
    assert all(part.startswith("0x") for part in action["signature"])


@pytest.mark.parametrize(
    ("size", "price", "code"),
    [
        (0.25, "60000.1", "FLOAT_REFUSED"),
        ("0.25", 60000.1, "FLOAT_REFUSED"),
        (True, "1", "FLOAT_REFUSED"),
        (None, "1", "FLOAT_REFUSED"),
        ("0.0005", "60000", "OFF_GRID"),
        ("1", "60000.05", "OFF_GRID"),
        ("a lot", "60000", "NO_NUMBER"),
        ("NaN", "60000", "NO_NUMBER"),
        ("-1", "60000", "NOT_POSITIVE"),
        ("1", "0", "NOT_POSITIVE"),
        ("1", None, "NO_PRICE"),
    ],
)
def test_what_is_not_exact_is_not_sent(make, size: object, price: object, code: str) -> None:
    client = make()
    with pytest.raises(errors.InvalidInput) as refused:
        client.order("BTC-PERP", "buy", size, price)
    assert refused.value.code == code
    assert isinstance(refused.value, TypeError if code == "FLOAT_REFUSED" else ValueError)
    assert not client.asked


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"side": "long"}, "UNKNOWN_VALUE"),
        ({"tif": "day"}, "UNKNOWN_VALUE"),
        ({"market": "BTC"}, "UNKNOWN_MARKET"),
        ({"client_id": 2**24}, "CLIENT_ID"),
        ({"slippage": "0.01"}, "NO_PRICE"),
    ],
)
def test_words_that_mean_nothing_are_not_sent(make, named: dict, code: str) -> None:
    client = make()
    with pytest.raises(errors.InvalidInput) as refused:
        client.order(**{"market": "BTC-PERP", "side": "buy", "size": "1", "price": "60000", **named})
    assert refused.value.code == code and not client.asked


def test_a_market_order_signs_its_worst_price(make) -> None:
    levels = {"symbol": "BTC-PERP", "seq": 1, "time": 1, "bids": [], "asks": []}
    levels["asks"] = [{"price": "60000.1", "size": "1", "orders": 1}]
    client = make(reply(levels), accepted())
    client.order("BTC-PERP", "buy", "1", slippage="0.001")
    action = sent(client, 1)
    assert (action["price"], action["tif"]) == (60_060_100, 1)  # 60060.1001 on the tick inside
    with pytest.raises(errors.NotFound, match="EMPTY_BOOK"):
        make(reply(levels), patience=0).order("BTC-PERP", "sell", "1", slippage="0.001")
    with pytest.raises(errors.FloatRefused):
        make(reply(levels)).order("BTC-PERP", "buy", "1", slippage=0.001)


def test_a_sheet_is_cancels_bids_asks(make) -> None:
    client = make(accepted(kind="sheet", code="APPLIED"))
    gone = OrderRef("5-0-2-9", "sell", 33)
    client.sheet("BTC-PERP", [("60000", "1")], [Quote("sell", "60001", "2", post_only=False)], cancels=[gone])
    items = sent(client)["items"]
    assert [item["kind"] for item in items] == ["cancel", "place", "place"]
    assert items[0] == {"kind": "cancel", "side": 1, "slot": 33, "epoch": 2, "index": 9}
    assert [item.get("post_only") for item in items] == [None, 1, 0]
    assert "collects" not in sent(client) and sent(client)["replace"] == 1
    for bids, code in (
        ([("60000", "1")] * 25, "TOO_MANY_ITEMS"),
        (["60000"], "BAD_QUOTE"),
        ([Quote("sell", "1", "1")], "BAD_QUOTE"),
        ([(60000.5, "1")], "FLOAT_REFUSED"),
    ):
        with pytest.raises(errors.InvalidInput) as refused:
            client.sheet("BTC-PERP", bids)
        assert refused.value.code == code


def test_a_lost_answer_is_asked_for_with_the_same_bytes(make) -> None:
    client = make(LOST, LOST, accepted(duplicate=True))
    assert client.order("BTC-PERP", "buy", "1", "60000").duplicate
    assert len({exchange.body for exchange in client.asked}) == 1 and len(client.asked) == 3


def test_an_outcome_that_stays_unknown_says_so_and_can_be_sent_again(make) -> None:
    client = make(LOST, patience=0)
    with pytest.raises(errors.UnknownOutcome) as doubt:
        client.order("BTC-PERP", "buy", "1", "60000")
    assert (doubt.value.outcome, doubt.value.retry) == ("unknown", "same_bytes")
    assert doubt.value.hash == doubt.value.hashes[0] and len(doubt.value.hash) == 66
    client.script.append(accepted())
    (receipt,) = client.resend(doubt.value)
    assert receipt.status == "accepted" and client.asked[0].body == client.asked[1].body


def test_nothing_was_sent_where_nobody_listens(make) -> None:
    client = make(Lost("connection refused", sent=False), patience=0)
    with pytest.raises(errors.Unreachable) as gone:
        client.order("BTC-PERP", "buy", "1", "60000")
    assert gone.value.outcome == "rejected"


def test_a_refused_connection_after_a_lost_answer_is_still_unknown(make) -> None:
    refused = Lost("connection refused", sent=False)
    client = make(LOST, refused, refused, patience=0.12)
    with pytest.raises(errors.UnknownOutcome):
        client.order("BTC-PERP", "buy", "1", "60000")
    assert not client.script


def test_a_server_that_is_busy_is_asked_later(make) -> None:
    busy = failure("RATE_LIMITED", 429, retry="after", retry_after_ms=250)
    client = make(busy, busy, accepted())
    client.order("BTC-PERP", "buy", "1", "60000")
    assert client.paused >= 0.5
    with pytest.raises(errors.Throttled) as refused:
        make(busy, patience=0).order("BTC-PERP", "buy", "1", "60000")
    assert (refused.value.retry, refused.value.retry_after_ms) == ("after", 250)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failure("BAD_SIGNATURE", 401), errors.Unauthorised),
        (failure("UNKNOWN_ACCOUNT", 404), errors.NotFound),
        (failure("BAD_TICK", 422, details={"price": 1, "tick": 100}), errors.Rejected),
        (failure("JOURNAL_DAMAGED", 503), errors.ServerFailed),
        (reply("hm", 500), errors.ProtocolError),
        (reply({"results": 5}), errors.ProtocolError),
    ],
)
def test_one_exception_a_class_of_outcome(make, answer, kind: type) -> None:
    with pytest.raises(kind) as refused:
        make(answer).order("BTC-PERP", "buy", "1", "60000")
    assert type(refused.value) is kind
    if kind is errors.Rejected:
        assert refused.value.details == {"price": 1, "tick": 100} and refused.value.num == 1


def test_an_action_that_a_rule_refused_carries_its_receipt(make) -> None:
    burned = accepted(status="rejected", code="MARGIN", numbers={"equity": 1, "required": 2})
    with pytest.raises(errors.ActionRefused) as refused:
        make(burned).order("BTC-PERP", "buy", "1", "60000")
    assert refused.value.receipt.seq == 9 and refused.value.details == {"equity": 1, "required": 2}


def test_a_nonce_that_others_used_is_replaced(make) -> None:
    """Another machine with the same key was in the lane: the state's counter is learnt, and the action signed anew."""
    ahead = 10**14
    used = failure("NONCE_USED", 409, num=1002, details={"used": ahead, "counter": 1})
    client = make(used, reply({**ACCOUNT, "counters": [ahead + 5] * 8}), accepted())
    client.order("BTC-PERP", "buy", "1", "60000")
    assert sent(client, 2)["counter"] == ahead + 6
    assert client.asked[1].path == "/v1/accounts/5"


def test_several_are_signed_anew_only_if_none_was_sequenced(make) -> None:
    stale = {"receipt": None, "error": json.loads(failure("NONCE_USED", 409, num=1002).body)["error"]}
    stale["error"]["details"] = {"used": 10**14}
    done = {"receipt": {**RECEIPT, "kind": "cancel_all"}, "error": None}
    counters = reply({**ACCOUNT, "counters": [10**14] * 8})
    client = make(reply({"results": [stale]}), counters, reply({"results": [done]}))
    assert client.cancel_all()[0].kind == "cancel_all" and sent(client, 2)["counter"] == 10**14 + 1
    with pytest.raises(errors.Rejected, match="NONCE_USED"):
        make(reply({"results": [stale, done]})).cancel_all()


def test_what_is_turned_away_for_now_is_sent_again_with_the_rest(make) -> None:
    busy = {"receipt": None, "error": json.loads(failure("BUSY", 503, retry="after").body)["error"]}
    done = {"receipt": RECEIPT, "error": None}
    client = make(reply({"results": [done, busy]}), reply({"results": [done, done]}))
    assert len(client.cancel_all()) == 2 and client.asked[0].body == client.asked[1].body
    unknown = {"receipt": None, "error": {**busy["error"], "outcome": "unknown", "hash": "0x12", "retry": "same_bytes"}}
    with pytest.raises(errors.UnknownOutcome) as doubt:
        make(reply({"results": [done, unknown]}), patience=0).cancel_all()
    assert doubt.value.hashes == ("0x12",)


def test_reads_of_the_account_carry_a_token_that_is_kept(make) -> None:
    client = make(reply(ACCOUNT), reply(ACCOUNT))
    assert client.account().equity == Decimal("10.5")
    client.account()
    headers = [exchange.headers["authorization"] for exchange in client.asked]
    assert headers[0] == headers[1]
    token = json.loads(base64.urlsafe_b64decode(headers[0].removeprefix("Bearer ") + "=="))
    assert token["account"] == 5 and set(token) == {"account", "expires", "signature"}


def test_without_an_account_only_public_things_are_asked() -> None:
    client = Scripted([reply({"tickers": []})])
    assert client.tickers() == []
    for ask in (client.account, client.orders, lambda: client.order("BTC-PERP", "buy", "1", "1")):
        with pytest.raises(errors.InvalidInput, match="NO_ACCOUNT"):
            ask()
    with pytest.raises(errors.InvalidInput, match="NO_CHAIN"):
        client.verify(1)


@pytest.mark.parametrize("key", ["0x12", b"short", "zz" * 32])
def test_a_key_has_32_bytes(key: object) -> None:
    with pytest.raises(errors.InvalidInput, match="BAD_KEY"):
        Scripted(account=5, key=key)
    with pytest.raises(errors.InvalidInput, match="NO_ACCOUNT"):
        Scripted(account=5)


def test_a_domain_that_is_not_its_contracts_is_not_signed_for(make, monkeypatch) -> None:
    with pytest.raises(errors.ProtocolError, match="CONTRACT_DIFFERS"):
        make(contract="0x" + "34" * 20).order("BTC-PERP", "buy", "1", "60000")
    monkeypatch.setitem(DOMAIN, "digest", "0x123")
    with pytest.raises(errors.ProtocolError, match="DOMAIN_DIFFERS"):
        make().order("BTC-PERP", "buy", "1", "60000")


def test_waiting_ends_with_the_stage_or_in_time(make) -> None:
    stages = [failure("RECEIPT_UNKNOWN", 404, retry="after")]
    stages += [reply({**RECEIPT, "stage": stage}) for stage in ("open", "committed", "settled")]
    client = make(*stages)
    assert client.wait(RECEIPT["hash"], "proven").stage == "settled"
    with pytest.raises(errors.TimedOut) as late:
        make(reply(RECEIPT)).wait(RECEIPT["hash"], timeout=0)
    assert late.value.details["stage"] == "open"
    with pytest.raises(errors.InvalidInput):
        make().wait(RECEIPT["hash"], "final")


def test_the_switch_is_signed_in_its_own_lane(make) -> None:
    client = make(reply({"account": 5, "at": 1, "hashes": []}), reply({"account": 5, "at": None, "hashes": []}))
    client.schedule_cancel(30)
    plain = json.loads(client.asked[0].body)
    assert {cancel["lane"] for cancel in plain["cancels"]} == {7}
    assert plain["cancels"][0]["expiry"] * 1000 > plain["at"]
    client.schedule_cancel(None)
    assert json.loads(client.asked[1].body) == {"account": 5, "at": None, "cancels": []}


@pytest.mark.parametrize(("ahead", "is_told"), [(90, True), (-5, False)])
def test_an_action_that_expired_because_our_clock_is_behind_says_so(make, ahead: int, is_told: bool) -> None:
    clock = int(time.time()) + ahead
    client = make(failure("EXPIRED", 422, num=1003, details={"clock": clock, "expiry": clock - 1}))
    with pytest.raises(errors.Rejected, match="EXPIRED") as refused:
        client.order("BTC-PERP", "buy", "0.25", "60000", tif="ioc")
    assert ("behind the sequencer's" in refused.value.fix) == is_told


def test_a_read_token_that_is_refused_is_made_anew_by_the_servers_time_once(make) -> None:
    """A clock that is hours behind makes tokens that are over; whose key is another's is refused all the same."""
    theirs = int(time.time()) + 7200
    refused, told = (
        failure("TOKEN_INVALID", 401, num=1102),
        reply({"time": 1000 * theirs, "batch_clock": 1000 * theirs}),
    )
    client = make(refused, told, reply(ACCOUNT))
    assert client.account().account == 5
    first, _, second = [asked.headers.get("authorization") for asked in client.asked]
    text = second.removeprefix("Bearer ")
    token = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert first != second and token["expires"] == theirs + 3600
    with pytest.raises(errors.Unauthorised):
        make(refused, told, refused).account()
