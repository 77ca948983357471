"""Sockets: a live book that equals the one that is asked for, private channels, reconnection, gaps, last cancels."""

import asyncio
import json
import threading
import time
from pathlib import Path

import pytest
from websockets.sync.server import serve

from novate import AsyncClient, Client
from novate.client import ClientError, LiveBook, StreamClosed, Unauthorised
from novate.client.nonces import SOCKET_LANE
from tests.client.house import House, opened, seed, soon
from tests.client.proxy import Proxy


def levels(side) -> list[tuple]:
    """A side of a book, however it came."""
    return [(level.price, level.size, level.orders) for level in side]


def until(stream, holds, seconds: float = 5.0) -> list:
    """Updates until something holds. Raises AssertionError."""
    seen = []
    soon(lambda: seen.extend(stream.next(timeout=0.05)) or holds(seen), seconds)
    return seen


def test_a_live_book_equals_the_one_that_is_asked_for(shared: House, nonces: Path) -> None:
    with shared.client(1, nonces) as maker, shared.client(2, nonces) as taker:
        maker.cancel_all(), taker.cancel_all()
        with taker.stream("book.ETH-PERP", "trades.ETH-PERP", "ticker.ETH-PERP") as stream:
            book = stream.books["ETH-PERP"]
            until(stream, lambda seen: book.is_whole)
            for n in range(12):
                maker.sheet("ETH-PERP", [(f"{2490 + n}", "1"), ("2480", "2")], [(f"{2510 + n}", "1")])
                if n % 4 == 3:
                    taker.order("ETH-PERP", "buy", "0.5", slippage="0.01")
                stream.next(timeout=0.06)
            asked = taker.book("ETH-PERP", 50)

            def agree(seen: list) -> bool:
                nonlocal asked
                asked = taker.book("ETH-PERP", 50)  # looked at anew: what is public is up to 50 ms old
                return levels(book.bids) == levels(asked.bids) and levels(book.asks) == levels(asked.asks)

            until(stream, agree)
            assert stream.gaps == 0 and book.seq > 3
            assert book.mid == (asked.bids[0].price + asked.asks[0].price) / 2
        maker.cancel_all()


def test_private_channels_tell_of_orders_fills_positions_and_receipts(shared: House, nonces: Path) -> None:
    with shared.client(1, nonces) as maker, shared.client(2, nonces) as taker:
        maker.cancel_all(), taker.cancel_all()
        with maker.stream("orders", "fills", "positions", "receipts") as stream:
            until(stream, lambda seen: {"orders", "fills", "positions", "receipts"} <= {one.channel for one in seen})
            rested = maker.order("BTC-PERP", "sell", "0.2", "60040")
            taken = taker.order("BTC-PERP", "buy", "0.2", "60040", tif="ioc")
            kinds = {"orders", "fills", "receipts", "positions"}
            seen = until(stream, lambda seen: kinds <= {one.channel for one in seen if one.kind == "event"})
            assert [one.data.hash for one in seen if one.channel == "receipts"] == [rested.hash]
            (fill,) = [one.data for one in seen if one.channel == "fills"]
            assert (fill.order_id, fill.seq) == (rested.order.order_id, taken.seq)
    thief = Client(shared.api, account=1, key=seed(9), nonces=nonces)
    with thief, thief.stream("fills") as stream, pytest.raises(Unauthorised, match="TOKEN_INVALID"):
        until(stream, lambda seen: False)


def test_a_stream_that_is_cut_goes_on_where_it_stopped(shared: House, nonces: Path) -> None:
    wire = Proxy(shared.port)
    try:
        with Client(wire.url, account=1, key=seed(1), nonces=nonces) as maker, shared.client(2, nonces) as taker:
            maker.cancel_all()
            with maker.stream("fills", "book.BTC-PERP") as stream:
                until(stream, lambda seen: {"fills", "book.BTC-PERP"} <= {one.channel for one in seen})
                maker.order("BTC-PERP", "sell", "0.3", "60050")
                taker.order("BTC-PERP", "buy", "0.1", "60050", tif="ioc")
                until(stream, lambda seen: any(one.channel == "fills" and one.kind == "event" for one in seen))
                wire.cut()
                taker.order("BTC-PERP", "buy", "0.1", "60050", tif="ioc")
                seen = until(stream, lambda seen: any(one.channel == "fills" for one in seen))
                missed = [one for one in seen if one.channel == "fills"]
                assert stream.connections == 2 and [one.kind for one in missed] == ["event"]
                until(stream, lambda seen: stream.books["BTC-PERP"].is_whole)
                assert levels(stream.books["BTC-PERP"].asks)[0][1] == maker.book("BTC-PERP", 1).asks[0].size
            maker.cancel_all()
    finally:
        wire.close()


def test_a_stream_outlives_its_token_and_loses_nothing(shared: House, nonces: Path, monkeypatch) -> None:
    """A15: fills while the token changes are told, and once."""
    monkeypatch.setattr("novate.client.core.TOKEN_SECONDS", 2)
    monkeypatch.setattr("novate.client.core.TOKEN_MARGIN", 0)
    with shared.client(1, nonces) as maker, shared.client(2, nonces) as taker, maker.stream("fills") as stream:
        until(stream, lambda seen: seen)
        maker.sheet("ETH-PERP", [], [("2600", "90")])
        first, sent, seen = maker._token, [], []
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            sent.append(taker.order("ETH-PERP", "buy", "0.1", "2600", tif="ioc").seq)
            seen += stream.next(timeout=0.1)
            time.sleep(0.02)
        soon(lambda: seen.extend(stream.next(timeout=0.05)) or len(seen) >= len(sent))
        assert [one.data.seq for one in seen] == sent and {one.kind for one in seen} == {"event"}
        assert stream.connections == 1 and maker._token[1] >= first[1] + 2
        maker.cancel_all()


def test_a_client_whose_clock_is_behind_reads_all_the_same(shared: House, nonces: Path, monkeypatch) -> None:
    """A token that is over by the server's clock is replaced by one of the server's time."""
    behind = time.time() - 7200
    monkeypatch.setattr("novate.client.core.time.time", lambda: behind)
    with shared.client(1, nonces) as client, client.stream("orders") as stream:
        until(stream, lambda seen: [one.kind for one in seen] == ["snapshot"])
        client._token = None
        assert client.account().account == 1


def test_a_stream_and_what_it_told_agree_with_the_account_after_a_rewind(tmp_path: Path, nonces: Path) -> None:
    """D22: one stream is open meanwhile, the other one comes back later."""
    with opened(tmp_path / "sequencer", accounts=2) as house:
        wire = Proxy(house.port)
        maker, taker = house.client(1, nonces), house.client(2, nonces)
        away = Client(wire.url, account=1, key=seed(1), nonces=nonces)
        with maker, taker, away, maker.stream("fills", "orders") as stream, away.stream("fills", "orders") as late:
            kept: dict = {stream: {}, late: {}}
            books: dict = {stream: {}, late: {}}

            def take(one_stream, updates: list) -> None:
                for update in updates:
                    into, key = (kept, "id") if update.channel == "fills" else (books, "order_id")
                    known = into[one_stream]
                    if update.kind == "undone" and update.channel == "fills":
                        void = range(update.data.after + 1, update.data.seq)
                        for fill in [fill for fill in known.values() if fill.seq in void]:
                            del known[fill.id]
                    elif update.kind == "snapshot":
                        known.clear()
                    if update.kind != "undone":
                        for one in update.data if isinstance(update.data, list) else [update.data]:
                            known[getattr(one, key)] = one

            def agree(one_stream) -> bool:
                take(one_stream, one_stream.next(timeout=0.05))
                fills = {fill.id: fill for fill in maker.fills(limit=500).fills}
                orders = {order.order_id: order for order in maker.orders(limit=500).orders}
                live = {
                    key: one for key, one in books[one_stream].items() if one.status in ("open", "partially_filled")
                }
                return kept[one_stream] == fills and live == orders and bool(fills)

            maker.order("BTC-PERP", "sell", "1", "60040")
            house.sequencer.seal().result(10)
            for _ in range(5):
                taker.order("BTC-PERP", "buy", "0.1", "60040", tif="ioc")
                maker.order("BTC-PERP", "buy", "0.1", "59000")
            maker.order("BTC-PERP", "buy", "0.1", "58000", lifetime=4)
            for one in (stream, late):
                soon(lambda one=one: agree(one))
            wire.cut()
            time.sleep(4)
            house.sequencer.rewind(1, "COMMITMENT_TOO_LATE")
            taker.order("BTC-PERP", "buy", "0.1", "60040", tif="ioc")
            for one in (stream, late):
                soon(lambda one=one: agree(one))
            assert stream.connections == 1 and late.connections == 2
            assert len(kept[late]) == 6 and len([fill for fill in kept[late].values() if fill.batch == 2]) >= 5
        wire.close()


def test_a_gap_on_a_real_socket_is_healed(nonces: Path) -> None:
    """A server that skips a number: the client asks anew and ends with the right book."""
    asked: list[dict] = []

    def talk(socket) -> None:
        def tell(kind: str, seq: int, prev: int | None, data: dict) -> None:
            frame = {"type": kind, "channel": "book.BTC-PERP", "seq": seq, "prev_seq": prev, "data": data}
            socket.send(json.dumps(frame))

        snapshots = 0
        for text in socket:
            asked.append(json.loads(text))
            if asked[-1]["op"] == "subscribe":
                snapshots += 1
                level = {"price": str(snapshots), "size": "1", "orders": 1}
                tell("snapshot", 10 * snapshots, None, {"bids": [level], "asks": [], "time": 1})
                if snapshots == 1:
                    tell("delta", 12, 11, {"bids": [["7", "7", 7]], "asks": []})
                    tell("delta", 13, 12, {"bids": [["8", "8", 8]], "asks": []})
                else:
                    tell("delta", 21, 20, {"bids": [["3", "3", 3]], "asks": []})

    with serve(talk, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        with Client(f"http://127.0.0.1:{port}") as client, client.stream("book.BTC-PERP") as stream:
            until(stream, lambda seen: stream.books["BTC-PERP"].seq == 21)
            assert [str(level.price) for level in stream.books["BTC-PERP"].bids] == ["3", "2"]
            assert stream.gaps == 1 and [frame["op"] for frame in asked] == ["subscribe", "unsubscribe", "subscribe"]
        server.shutdown()


@pytest.mark.parametrize(("status", "code", "retry"), [(403, "ORIGIN_REFUSED", "never"), (429, "BUSY", "after")])
def test_a_refused_handshake_says_why(status: int, code: str, retry: str) -> None:
    error = {"code": code, "num": 1, "message": "no", "outcome": "rejected", "retry": retry, "retry_after_ms": 300}

    def refuse(connection, request):
        answer = connection.respond(status, json.dumps({"error": error}))
        answer.headers["content-type"] = "application/json"
        return answer

    with serve(lambda socket: None, "127.0.0.1", 0, process_request=refuse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Client(f"http://127.0.0.1:{server.socket.getsockname()[1]}")
        began = time.monotonic()
        with client, client.stream("status", patience=0.2) as stream, pytest.raises(ClientError) as told:
            stream.next()
        if retry == "never":
            assert isinstance(told.value, Unauthorised) and told.value.code == code
        else:
            assert isinstance(told.value, StreamClosed) and code in str(told.value)
            assert time.monotonic() - began >= 0.3, "not before the server said"
        server.shutdown()


def test_patience_ends() -> None:
    client = Client("http://127.0.0.1:9")
    with client, client.stream("status", patience=0.3) as stream, pytest.raises(StreamClosed) as closed:
        while True:
            stream.next()
    assert closed.value.retry == "after"


def test_the_async_stream_is_the_same(shared: House, nonces: Path) -> None:
    async def run() -> LiveBook:
        async with shared.client(1, nonces, AsyncClient) as client, client.stream("book.ETH-PERP") as stream:
            await client.cancel_all()
            async for _ in stream:
                break
            receipt = await client.sheet("ETH-PERP", [("2400", "1")], [("2600", "1")])
            assert receipt.code == "APPLIED"
            async with asyncio.timeout(5):
                async for _ in stream:
                    if stream.books["ETH-PERP"].bid and stream.books["ETH-PERP"].ask:
                        break
            await client.cancel_all()
            return stream.books["ETH-PERP"]

    book = asyncio.run(run())
    assert (str(book.bid.price), str(book.ask.price)) == ("2400", "2600")


def test_a_switch_whose_nonce_somebody_used_is_left_anew(shared: House, nonces: Path) -> None:
    """A program that takes no care of lanes kills the cancels of a socket: it is told, and signs others."""
    with shared.client(1, nonces) as client, client.cancel_on_disconnect() as stream:
        (before,) = client.switches()
        assert before.kind == "socket" and before.error is None and len(before.hashes) == 2
        client._lane = lambda wanted=None: type(client)._lane(client, SOCKET_LANE if wanted is None else wanted)
        client.order("BTC-PERP", "buy", "1", "50000")
        del client._lane
        until(stream, lambda seen: not stream.holds_cancels)
        until(stream, lambda seen: stream.holds_cancels)
        (after,) = client.switches()
        assert after.error is None and not {*after.hashes} & {*before.hashes}
        client.cancel_all()


def test_a_switch_that_is_not_renewed_and_a_socket_that_is_gone_cancel_everything(tmp_path: Path, nonces: Path) -> None:
    """Both take five seconds, so they are waited for together: one account each."""
    with (
        opened(tmp_path / "sequencer", accounts=2) as house,
        house.client(1, nonces) as scheduled,
        house.client(2, nonces) as connected,
    ):
        for client in (scheduled, connected):
            client.sheet("BTC-PERP", [("50000", "1"), ("50001", "1")])
            client.order("ETH-PERP", "buy", "1", "2000")
        told = scheduled.schedule_cancel(6)
        assert len(told.hashes) == 2
        stream = connected.cancel_on_disconnect()
        assert stream.holds_cancels
        assert len(scheduled.orders().orders) == len(connected.orders().orders) == 3
        stream.close()
        soon(lambda: not scheduled.orders().orders and not connected.orders().orders, 12)
        fired = [scheduled.receipt(hash) for hash in told.hashes]
        assert [receipt.code for receipt in fired] == ["APPLIED", "APPLIED"]
        # Trading goes on under the same key: the switch used a lane of its own.
        assert scheduled.order("BTC-PERP", "buy", "1", "50000").code == "RESTED"
