"""What anyone may read."""

import time

import pytest

from rollup.refusals import Code
from sequencer.errors import Problem
from sequencer.gateway.catalogue import KINDS, Own


def test_every_code_that_a_caller_can_meet_is_in_the_table():
    assert set(KINDS) == {*Code, *Problem, *Own}
    numbers = [kind.num for kind in KINDS.values()]
    assert len(set(numbers)) == len(numbers)
    for code, kind in KINDS.items():
        assert (kind.http == 200) == (isinstance(code, Code) and not code.is_door), code
        assert kind.outcome == "accepted" if isinstance(code, Code) and code.is_result else kind.outcome != "accepted"


def test_the_basics(shared):
    status = shared.get("/v1/status")
    assert status["mode"] == "normal" and [head["stage"] for head in status["heads"]][0] == "open"
    assert shared.get("/v1/time")["batch_clock"] == 1000 * shared.clock.now
    domain = shared.get("/v1/domain")
    assert domain["chain_id"] == 31337 and int(domain["digest"], 16) == shared.app.gateway.domain
    assert {kind["kind"]: kind["width"] for kind in domain["kinds"]}["sheet"] == 16
    errors = shared.get("/v1/errors")["errors"]
    assert {row["code"] for row in errors} == set(map(str, KINDS))
    assert {row["name"] for row in shared.get("/v1/limits")["buckets"]} >= {"account_cancels", "address_reads"}
    (market, _) = shared.get("/v1/markets")["markets"]
    assert (market["symbol"], market["tick"], market["lot"], market["max_leverage"]) == ("BTC-PERP", "1", "0.001", "20")
    assert market["is_open"]
    prices = shared.get("/v1/prices")
    assert prices["marks"][0]["mark"] == "60000" and len(prices["reports"]) == 5


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/nothing", 404, "NOT_FOUND"),
        ("/v1/markets/DOGE/book", 404, "UNKNOWN_MARKET"),
        ("/v1/markets/BTC-PERP/book?depth=0", 400, "BAD_PARAMETER"),
        ("/v1/markets/BTC-PERP/book?deep=1", 400, "BAD_PARAMETER"),
        ("/v1/markets/BTC-PERP/book?depth=1&depth=2", 400, "BAD_PARAMETER"),
        ("/v1/markets/BTC-PERP/candles?interval=7m", 400, "BAD_PARAMETER"),
        ("/v1/batches/999", 404, "BATCH_UNKNOWN"),
        ("/v1/batches/1/proof", 404, "BATCH_UNKNOWN"),
        ("/v1/batches/-1", 400, "BAD_PARAMETER"),
        ("/v1/receipts/0x12", 400, "BAD_PARAMETER"),
        ("/v1/receipts/0x" + "ab" * 32, 404, "RECEIPT_UNKNOWN"),
        ("/v1/actions", 405, "METHOD_NOT_ALLOWED"),
        ("/v1/accounts/1", 401, "TOKEN_MISSING"),
        ("/../../etc/passwd", 404, "NOT_FOUND"),
        ("/%2e%2e/%2e%2e/etc/passwd", 404, "NOT_FOUND"),
    ],
)
def test_what_is_wrong_has_a_code(shared, path, status, code):
    error = shared.get(path, status)["error"]
    assert error["code"] == code and error["num"] == KINDS[code].num and error["doc"].endswith(str(error["num"]))


def test_trades_candles_and_tickers_follow_what_happens(house):
    house.receipt(house.place(1, side=0, ticks=0, size=5))
    for _ in range(3):
        house.receipt(house.place(2, side=1, ticks=0, size=1))
    page = house.get("/v1/markets/BTC-PERP/trades", limit=2)
    assert [trade["side"] for trade in page["trades"]] == ["sell", "sell"]
    assert page["trades"][0]["price"] == "60000" and page["trades"][0]["size"] == "0.001"
    rest = house.get("/v1/markets/BTC-PERP/trades", limit=2, cursor=page["next"])
    assert len(rest["trades"]) == 1 and rest["next"] is None
    assert not {"account", "owner"} & set(rest["trades"][0])
    (candle,) = house.get("/v1/markets/BTC-PERP/candles", interval="1w")["candles"]
    assert (candle["open"], candle["close"], candle["volume"], candle["trades"]) == ("60000", "60000", "0.003", 3)
    time.sleep(1.2)  # figures of the day are worked out once a second
    ticker = house.get("/v1/tickers/BTC-PERP")
    assert ticker["bid"] == "60000" and ticker["bid_size"] == "0.002" and ticker["ask"] is None
    assert ticker["last"] == "60000" and ticker["open_interest"] == "0.003"
    book = house.get("/v1/markets/BTC-PERP/book")
    assert book["bids"] == [{"price": "60000", "size": "0.002", "orders": 1}] and book["asks"] == []


def test_levels_share_a_group_at_its_worse_end(house):
    for ticks in (-11, -12, -19, -21):
        house.receipt(house.place(1, ticks=ticks))
    house.receipt(house.place(2, side=1, ticks=11))
    book = house.get("/v1/markets/BTC-PERP/book", group=10)
    assert [(level["price"], level["orders"]) for level in book["bids"]] == [("59980", 3), ("59970", 1)]
    assert [level["price"] for level in book["asks"]] == ["60020"]


def test_a_batch_shows_all_that_is_public_of_it(house):
    house.receipt(house.place(1, side=0, ticks=0, size=5))
    house.receipt(house.place(2, side=1, ticks=0, size=1))
    assert house.sequencer.seal().result(10) == 1
    (line,) = house.get("/v1/batches")["batches"]
    batch = house.get("/v1/batches/1")
    assert batch["line"] == line and line["stage"] == "sealed" and line["fills"] == 1 and line["sealed"]
    assert batch["actions_by_kind"] == {"deposit": 8, "place": 2} and len(batch["deposits"]) == 8
    assert batch["marks"]["BTC-PERP"] == "60000" and len(batch["reports"]) == 5
    words = house.get("/v1/batches/1/words")
    assert words["words"] == batch["words"] and int(words["words"][4], 16) == 1
    assert batch["proof"] is None and batch["verify"].endswith(" 1")
    assert house.get("/v1/batches/2", 404)["error"]["code"] == "BATCH_UNKNOWN"
