"""The live book out of snapshots and deltas: gaps are found and healed, private channels go on where they stopped."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novate.client import errors
from novate.client.feed import Feed

SNAPSHOT = {"symbol": "BTC-PERP", "seq": 10, "time": 1, "asks": [{"price": "101", "size": "2", "orders": 1}]}
SNAPSHOT["bids"] = [{"price": "100", "size": "1", "orders": 1}, {"price": "99.5", "size": "4", "orders": 2}]
BOOK = "book.BTC-PERP"


def push(kind: str, channel: str | None = BOOK, **other: object) -> str:
    """A frame of the server."""
    return json.dumps({"type": kind, "channel": channel, **other})


def connected(*channels: str) -> Feed:
    """A feed whose first frames are on their way."""
    feed = Feed(channels)
    feed.connected("token")
    return feed


def test_a_book_is_its_snapshot_and_what_changed() -> None:
    feed = connected(BOOK)
    assert [json.loads(frame)["channels"] for frame in feed.drained()] == [[BOOK]]
    (update,) = feed.receive(push("snapshot", seq=10, data=SNAPSHOT))
    book = feed.books["BTC-PERP"]
    assert update.kind == "snapshot" and update.data is book and book.is_whole
    assert (book.bid.price, book.ask.price, book.mid) == (Decimal(100), Decimal(101), Decimal("100.5"))
    delta = {"bids": [["100", "0", 0], ["99.9", "3", 2]], "asks": [["101", "5", 2]]}
    (update,) = feed.receive(push("delta", seq=11, prev_seq=10, data=delta))
    assert [level.price for level in book.bids] == [Decimal("99.9"), Decimal("99.5")]
    assert book.ask.size == 5 and book.seq == 11 and feed.gaps == 0


def test_a_gap_is_found_and_healed() -> None:
    feed = connected(BOOK)
    feed.drained()
    feed.receive(push("snapshot", seq=10, data=SNAPSHOT))
    empty = {"bids": [], "asks": []}
    assert feed.receive(push("delta", seq=13, prev_seq=12, data=empty)) == []
    asked = [json.loads(frame) for frame in feed.drained()]
    assert [(frame["op"], frame["channels"]) for frame in asked] == [("unsubscribe", [BOOK]), ("subscribe", [BOOK])]
    assert feed.gaps == 1 and not feed.books["BTC-PERP"].is_whole
    # What was under way before the new snapshot is not taken in, even where its numbers fit.
    assert feed.receive(push("delta", seq=11, prev_seq=10, data={"bids": [["1", "1", 1]], "asks": []})) == []
    assert feed.drained() == []
    feed.receive(push("snapshot", seq=20, data=SNAPSHOT))
    assert feed.receive(push("delta", seq=21, prev_seq=20, data=empty)) and feed.books["BTC-PERP"].is_whole


def test_events_are_typed_and_exact() -> None:
    feed = connected("trades.BTC-PERP")
    trade = {"id": 1, "symbol": "BTC-PERP", "time": 5, "side": "buy", "price": "1.5", "size": "2", "batch": 1, "seq": 3}
    (update,) = feed.receive(push("snapshot", "trades.BTC-PERP", seq=3, data=[trade]))
    assert update.data[0].price == Decimal("1.5")
    (update,) = feed.receive(push("event", "trades.BTC-PERP", seq=4, data=trade))
    assert update.data.side == "buy"


def test_private_channels_go_on_where_they_stopped() -> None:
    feed = connected("fills", BOOK)
    first = [json.loads(frame) for frame in feed.drained()]
    assert first[0]["token"] == "token" and "since" not in first[0]
    feed.receive(push("snapshot", "fills", seq=70, data=[]))
    feed.connected("another")
    again = [json.loads(frame) for frame in feed.drained()]
    assert again[0]["channels"] == [BOOK] and "token" not in again[0]
    assert again[1] == {"op": "subscribe", "channels": ["fills"], "id": again[1]["id"], "token": "another", "since": 70}
    error = {"code": "TOO_FAR_BACK", "num": 2112, "message": "", "outcome": "rejected", "retry": "never", "details": {}}
    assert feed.receive(push("error", None, id=again[1]["id"], data=error)) == []
    (fresh,) = [json.loads(frame) for frame in feed.drained()]
    assert fresh["channels"] == ["fills"] and "since" not in fresh


VOID = {"seq": 80, "after": 60, "batch": 3, "reason": "COMMITMENT_TOO_LATE", "time": 1}
TRADE = {"id": 1, "symbol": "BTC-PERP", "time": 5, "side": "buy", "price": "1.5", "size": "2", "batch": 1, "seq": 3}


def failed(code: str, retry: str = "never") -> dict:
    """An error object."""
    return {"code": code, "num": 0, "message": "", "outcome": "rejected", "retry": retry, "details": {}}


def test_what_a_rewind_made_void_is_told_and_is_no_place_to_go_on_from() -> None:
    feed = connected("fills")
    feed.receive(push("snapshot", "fills", seq=70, data=[]))
    (update,) = feed.receive(push("undone", "fills", seq=None, data=VOID))
    assert update.kind == "undone" and (update.data.after, update.data.seq, update.data.batch) == (60, 80, 3)
    feed.drained()
    feed.connected("token")  # the socket is lost before what holds has come: the word is asked for again
    assert json.loads(feed.drained()[0])["since"] == 70


def test_a_channel_that_ended_with_its_token_goes_on_with_the_next_one() -> None:
    feed = connected("fills", "orders", BOOK)
    feed.receive(push("snapshot", "fills", seq=70, data=[]))
    feed.drained()
    for channel in ("fills", "orders"):
        assert feed.receive(push("ended", channel, data=failed("TOKEN_EXPIRED"))) == []
    assert feed.needs_token and not feed.drained()
    feed.renewed("newer")
    asked = [json.loads(frame) for frame in feed.drained()]
    assert [(one["channels"], one["token"], one.get("since")) for one in asked] == [
        (["orders"], "newer", None),
        (["fills"], "newer", 70),
    ]
    assert not feed.needs_token


def test_a_token_that_is_refused_is_replaced_once() -> None:
    feed = connected("fills")
    (asked,) = [json.loads(frame) for frame in feed.drained()]
    assert feed.receive(push("error", None, id=asked["id"], data=failed("TOKEN_INVALID"))) == [] and feed.needs_token
    feed.renewed("newer")
    (asked,) = [json.loads(frame) for frame in feed.drained()]
    assert asked["token"] == "newer"
    with pytest.raises(errors.Rejected, match="TOKEN_INVALID"):
        feed.receive(push("error", None, id=asked["id"], data=failed("TOKEN_INVALID")))


def test_a_channel_that_ended_otherwise_is_begun_again_or_the_callers_to_know() -> None:
    feed = connected("fills", "trades.BTC-PERP")
    feed.receive(push("snapshot", "fills", seq=70, data=[]))
    feed.drained()
    feed.receive(push("ended", "fills", data=failed("BUSY", "after")))
    assert json.loads(feed.drained()[0])["since"] == 70
    feed.receive(push("ended", "fills", data=failed("TOO_FAR_BACK")))
    assert "since" not in json.loads(feed.drained()[0])
    feed.receive(push("ended", "trades.BTC-PERP", data=failed("BUSY", "after")))
    assert json.loads(feed.drained()[0])["channels"] == ["trades.BTC-PERP"]
    with pytest.raises(errors.Rejected, match="TOKEN_INVALID"):
        feed.receive(push("ended", "fills", data=failed("TOKEN_INVALID")))


def test_a_trade_that_is_missing_is_found() -> None:
    channel = "trades.BTC-PERP"
    feed = connected(channel)
    feed.drained()
    feed.receive(push("snapshot", channel, seq=5, data=[]))
    for seq, prev in ((6, None), (8, 6)):
        assert feed.receive(push("event", channel, seq=seq, prev_seq=prev, data=TRADE))
    assert feed.receive(push("event", channel, seq=12, prev_seq=11, data=TRADE)) == [] and feed.gaps == 1
    asked = [json.loads(frame) for frame in feed.drained()]
    assert [(one["op"], one["channels"]) for one in asked] == [("unsubscribe", [channel]), ("subscribe", [channel])]
    assert feed.receive(push("event", channel, seq=9, prev_seq=8, data=TRADE)) == [], "of before the snapshot"
    (update,) = feed.receive(push("snapshot", channel, seq=12, data=[TRADE]))
    assert update.kind == "snapshot" and feed.receive(push("event", channel, seq=13, prev_seq=12, data=TRADE))


def test_refusals_and_farewells_are_told() -> None:
    feed = connected(BOOK)
    error = {"code": "TOKEN_INVALID", "num": 1102, "message": "no", "outcome": "rejected", "retry": "never"}
    with pytest.raises(errors.Rejected, match="TOKEN_INVALID"):
        feed.receive(push("error", None, data=error))
    assert feed.receive(push("closing", None, data={**error, "code": "SLOW_READER", "retry": "after"})) == []
    assert feed.closing.code == "SLOW_READER" and feed.closing.retry == "after"
    assert feed.receive(push("event", "book.ETH-PERP", data={})) == []


def test_channels_have_names() -> None:
    with pytest.raises(errors.InvalidInput, match="UNKNOWN_CHANNEL"):
        Feed(["books.BTC-PERP"])
    assert not Feed([BOOK, "status"]).is_private and Feed(["receipts"]).is_private


def test_cancels_that_wait_for_the_end_are_acknowledged() -> None:
    feed = connected("status")
    feed.drained()
    feed.hold_cancels([{"kind": "cancel_all"}])
    (frame,) = [json.loads(text) for text in feed.drained()]
    assert frame["op"] == "cancel_on_disconnect" and not feed.holds_cancels
    feed.receive(push("ack", None, id=frame["id"]))
    assert feed.holds_cancels


def test_cancels_that_can_act_no_more_are_left_anew_and_of_a_scheduled_switch_the_caller_hears() -> None:
    dead = {"account": 1, "kind": "socket", "at": None, "hashes": [], "error": {**failed("NONCE_USED"), "doc": "api"}}
    feed = connected("status")
    feed.hold_cancels([])
    feed.receive(push("ack", None, id=feed._holding))
    assert feed.receive(push("switch", None, data=dead)) == [] and feed.needs_cancels and not feed.holds_cancels
    feed.hold_cancels([{"kind": "cancel_all"}])
    assert not feed.needs_cancels
    (update,) = feed.receive(push("switch", None, data={**dead, "kind": "schedule", "at": 5}))
    assert (update.channel, update.data.error.code) == ("switch", "NONCE_USED")


class Server:
    """A book that changes, and a wire that loses some of what is said of it."""

    def __init__(self) -> None:
        self.seq = 0
        self.bids: dict[int, int] = {}

    def snapshot(self) -> str:
        """The book as it is now."""
        levels = [{"price": str(price), "size": str(size), "orders": 1} for price, size in self.bids.items()]
        return push("snapshot", seq=self.seq, data={"bids": levels, "asks": [], "time": self.seq})

    def change(self, price: int, size: int) -> str:
        """One level becomes another."""
        self.seq += 1
        self.bids[price] = size
        if not size:
            del self.bids[price]
        return push(
            "delta", seq=self.seq, prev_seq=self.seq - 1, data={"bids": [[str(price), str(size), 1]], "asks": []}
        )


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3), st.booleans()), max_size=40), st.randoms())
def test_whatever_is_lost_the_book_is_right_or_known_not_to_be(steps: list, chance) -> None:
    """While it says that it is whole it is the server's, as of its number; in the end it becomes whole again."""
    server, feed = Server(), connected(BOOK)
    book, history, asked = feed.books["BTC-PERP"], {}, 1

    def answer() -> None:
        nonlocal asked
        asked += sum(json.loads(frame)["op"] == "subscribe" for frame in feed.drained())
        while asked and chance.random() < 0.5:
            feed.receive(server.snapshot())
            asked -= 1

    feed.drained()
    for price, size, is_lost in steps:
        history[server.seq] = dict(server.bids)
        frame = server.change(price, size)
        history[server.seq] = dict(server.bids)
        if not is_lost:
            feed.receive(frame)
        answer()
        if book.is_whole:
            assert {int(level.price): int(level.size) for level in book.bids} == history[book.seq]
    frame = server.change(1, 1)
    feed.receive(frame)
    answer()
    while asked:
        feed.receive(server.snapshot())
        asked -= 1
    assert book.is_whole and {int(level.price): int(level.size) for level in book.bids} == server.bids
