"""The socket: snapshots and deltas without a gap, replay by ``since``, actions, slow readers (A09, A13, A14, A16)."""

import asyncio
import contextlib
import json
import socket
import time
from decimal import Decimal

import pytest
import websockets

from tests.gateway.house import PLENTY, House, carried, wait_until


class Socket:
    """A client's end, with what came so far."""

    def __init__(self, connection):
        self.connection = connection
        self.came = []

    async def say(self, **message):
        await self.connection.send(json.dumps(message))

    async def next(self, timeout=5, **wanted):
        """The next message that has these fields."""
        async with asyncio.timeout(timeout):
            while True:
                message = json.loads(await self.connection.recv())
                self.came.append(message)
                if all(message.get(name) == value for name, value in wanted.items()):
                    return message

    async def subscribe(self, *channels, **more):
        await self.say(op="subscribe", channels=list(channels), id=1, **more)
        return await self.next(type="snapshot")


class Connected:
    """An open socket, as a context."""

    def __init__(self, house, **options):
        self._connect = websockets.connect(house.ws_url, max_size=1 << 24, **options)

    async def __aenter__(self):
        return Socket(await self._connect.__aenter__())

    async def __aexit__(self, *error):
        await self._connect.__aexit__(*error)


async def work(function, *arguments):
    """Something of the house that waits."""
    return await asyncio.to_thread(function, *arguments)


def run(function):
    """A test that awaits."""

    def test(house):
        asyncio.run(function(house))

    test.__name__, test.__doc__ = function.__name__, function.__doc__
    return test


@run
async def test_a_book_put_together_from_deltas_is_the_book(house):
    """A14."""
    async with Connected(house) as socket:
        snapshot = await socket.subscribe("book.BTC-PERP")
        seq = snapshot["seq"]
        book = {
            side: {level["price"]: (level["size"], level["orders"]) for level in snapshot["data"][side]}
            for side in ("bids", "asks")
        }
        for round_ in range(6):
            await work(house.receipt, house.sheet(1, (0, -1 - round_, 2), (0, -20, 1), (1, 5 + round_, 3)))
            await work(house.receipt, house.place(2, side=round_ % 2, ticks=0, size=1, tif=1))
            await asyncio.sleep(0.07)
        last = await work(house.get, "/v1/markets/BTC-PERP/book")
        while seq < last["seq"]:
            delta = await socket.next(type="delta")
            assert delta["prev_seq"] == seq
            seq = delta["seq"]
            for side in ("bids", "asks"):
                for price, size, orders in delta["data"][side]:
                    book[side].pop(price, None)
                    if size != "0":
                        book[side][price] = (size, orders)
        for side in ("bids", "asks"):
            assert book[side] == {level["price"]: (level["size"], level["orders"]) for level in last[side]}
        assert seq > snapshot["seq"]


@run
async def test_trades_are_told_to_everyone_and_name_nobody(house):
    async with Connected(house) as socket:
        await socket.subscribe("trades.BTC-PERP")
        await work(house.receipt, house.place(1, side=0, ticks=0, size=5))
        await work(house.receipt, house.place(2, side=1, ticks=0, size=1))
        await work(house.receipt, house.place(3, side=1, ticks=0, size=2))
        first, second = await socket.next(type="event"), await socket.next(type="event")
        assert second["prev_seq"] == first["seq"] and second["data"]["size"] == "0.002"
        assert not {"account", "owner", "order_id", "hash"} & set(first["data"])
        async with Connected(house) as other:
            snapshot = await other.subscribe("trades.0")
            assert [trade["id"] for trade in snapshot["data"]] == [second["seq"], first["seq"]]


@run
async def test_private_channels_begin_with_a_snapshot_and_show_one_account(house):
    """A14: another account's orders and fills never appear."""
    await work(house.receipt, house.place(1, side=0, ticks=-5, size=5))
    async with Connected(house) as socket:
        await socket.say(
            op="subscribe", id=1, channels=["orders", "fills", "positions", "receipts"], token=house.token(1)
        )
        snapshots = [await socket.next(type="snapshot") for _ in range(4)]
        assert [len(one["data"]) for one in snapshots] == [1, 0, 1, 2]
        await work(house.receipt, house.place(2, side=1, ticks=-5, size=2))
        await work(house.receipt, house.place(3, side=1, ticks=9))
        fill = await socket.next(channel="fills", type="event")
        assert fill["data"]["role"] == "maker" and fill["data"]["account"] == 1
        position = await socket.next(channel="positions", type="event")
        assert position["data"]["side"] == "long" and position["data"]["size"] == "0.002"
        receipt = await work(house.receipt, house.place(1, side=0, ticks=-6))
        told = await socket.next(channel="receipts", type="event")
        assert told["data"]["hash"] == receipt["hash"] and told["seq"] == receipt["seq"]
        accounts = {
            one["data"]["account"] for one in socket.came if one["type"] == "event" and "account" in one["data"]
        }
        assert accounts == {1}
        order = next(one for one in socket.came if one["channel"] == "orders" and one["type"] == "event")
        assert order["data"]["status"] == "partially_filled" and order["data"]["remaining"] == "0.003"


@run
async def test_what_was_missed_is_asked_for_by_since_and_nothing_comes_twice(house):
    token = house.token(1)
    async with Connected(house) as socket:
        snapshot = await socket.subscribe("fills", token=token)
    since = snapshot["seq"]
    await work(house.receipt, house.place(1, side=0, ticks=0, size=9))
    for _ in range(4):
        await work(house.receipt, house.place(2, side=1, ticks=0, size=1))
    async with Connected(house) as socket:
        await socket.say(op="subscribe", id=1, channels=["fills"], token=token, since=since)
        missed = [await socket.next(type="event") for _ in range(4)]
        await work(house.receipt, house.place(2, side=1, ticks=0, size=1))
        live = await socket.next(type="event")
        ids = [one["data"]["id"] for one in (*missed, live)]
        assert ids == sorted(set(ids)) and len(ids) == 5
        await socket.say(op="subscribe", id=2, channels=["orders"], token=token, since=since)
        replayed = await socket.next(type="event", channel="orders")
        assert replayed["data"]["remaining"] == "0.004"
        await socket.say(op="subscribe", id=3, channels=["fills"], token=token, since=10**9)
        assert (await socket.next(type="error"))["data"]["code"] == "TOO_FAR_BACK"


@run
async def test_a_private_channel_ends_with_its_token_and_a_newer_one_goes_on_without_a_loss(house):
    """A15: whoever subscribes with a newer token before the end is not interrupted."""
    until, ids = int(time.time()) + 2, []
    await work(house.receipt, house.place(1, side=0, ticks=0, size=90))
    async with Connected(house) as socket, Connected(house) as careful:
        since = (await socket.subscribe("fills", "status", token=house.token(1, expires=until)))["seq"]
        snapshot = await careful.subscribe("fills", token=house.token(1, expires=until))
        await careful.say(op="subscribe", id=2, channels=["fills"], token=house.token(1), since=snapshot["seq"])
        while not any(one["type"] == "ended" for one in socket.came):
            ids.append((await work(house.receipt, house.place(2, side=1, ticks=0, size=1)))["fills"][0]["id"])
            await asyncio.sleep(0.05)
            with contextlib.suppress(TimeoutError):
                await socket.next(timeout=0.05)
        (ended,) = [one for one in socket.came if one["type"] == "ended"]
        assert time.time() < until + 5 and ended["channel"] == "fills"
        assert ended["data"]["code"] == "TOKEN_EXPIRED" and ended["data"]["details"] == {"expires": until}
        since = max((one["seq"] for one in socket.came if one["channel"] == "fills" and one["seq"]), default=since)
        ids.append((await work(house.receipt, house.place(2, side=1, ticks=0, size=1)))["fills"][0]["id"])
        await socket.say(op="subscribe", id=2, channels=["fills"], token=house.token(1, expires=until), since=since)
        assert (await socket.next(type="error", id=2))["data"]["code"] == "TOKEN_INVALID"
        await socket.say(op="subscribe", id=3, channels=["fills"], token=house.token(1), since=since)
        await socket.next(type="event", channel="fills", seq=None if not ids else (ids[-1] // 8192))
        for one in (socket, careful):
            while len(got := [said["data"]["id"] for said in one.came if said["type"] == "event"]) < len(ids):
                await one.next(type="event")
            assert got == ids


@run
async def test_actions_over_the_socket_are_those_over_http(house):
    async with Connected(house) as socket:
        action = house.place(1)
        await socket.say(op="action", id="one", actions=[carried(action)])
        answer = await socket.next(type="answer", id="one")
        (result,) = answer["data"]["results"]
        assert result["receipt"]["code"] == "RESTED"
        again = (await work(house.submit, action))["results"][0]["receipt"]
        assert again == {**result["receipt"], "duplicate": True}
        await socket.say(op="action", id=2, actions=[carried(action._replace(size=9))])
        assert (await socket.next(id=2))["data"]["results"][0]["error"]["code"] == "BAD_SIGNATURE"


@pytest.mark.parametrize(
    ("message", "code", "id_"),
    [
        ("{", "BAD_REQUEST", None),
        ("[" * 50_000, "BAD_REQUEST", None),
        ('{"op":"dance","id":3}', "BAD_REQUEST", 3),
        ('{"op":"subscribe","channels":[],"id":4}', "BAD_REQUEST", 4),
        ('{"op":"subscribe","channels":["book.DOGE"],"id":5}', "UNKNOWN_MARKET", 5),
        ('{"op":"subscribe","channels":["secrets"],"id":6}', "UNKNOWN_CHANNEL", 6),
        ('{"op":"subscribe","channels":["fills"],"id":7}', "TOKEN_MISSING", 7),
        ('{"op":"subscribe","channels":["fills"],"token":"e30","id":8}', "TOKEN_INVALID", 8),
        ('{"op":"subscribe","op":"subscribe","channels":["status"],"id":9}', "BAD_REQUEST", 9),
        ('{"op":"action","id":10,"actions":[{"kind":"place"}]}', "BAD_REQUEST", 10),
        ('{"op":"action","id":"\\ud800","actions":[]}', "BAD_REQUEST", None),
    ],
)
def test_what_is_wrong_is_told_by_its_id_and_the_socket_lives_on(shared, message, code, id_):
    async def test():
        async with Connected(shared) as socket:
            await socket.connection.send(message)
            error = await socket.next(type="error")
            assert (error["data"]["code"], error["id"]) == (code, id_)
            assert (await socket.subscribe("status"))["data"][0]["mode"] == "normal"

    asyncio.run(test())


def test_public_channels_begin_with_a_snapshot(shared):
    async def test():
        async with Connected(shared) as socket:
            for channel in ("ticker.BTC-PERP", "batches", "status", "trades.ETH-PERP", "book.1"):
                assert (await socket.subscribe(channel))["type"] == "snapshot"
            await socket.say(op="unsubscribe", channels=["status"], id=2)
            assert (await socket.next(type="ack", id=2))["data"] == ["status"]

    asyncio.run(test())


@run
async def test_batches_are_told_when_they_are_sealed(house):
    async with Connected(house) as socket:
        await socket.subscribe("batches")
        house.sequencer.seal().result(10)
        line = await socket.next(type="event", channel="batches")
        assert line["data"]["batch"] == 1 and line["data"]["stage"] == "sealed"


# ---------------------------------------------------------------------------------------------- limits
def test_a_reader_that_is_too_slow_is_cut_off_with_a_reason_and_others_are_not(tmp_path):
    """A13."""
    house = House(tmp_path / "house", PLENTY._replace(backlog_bytes=600_000))

    async def test():
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        narrow.connect(("127.0.0.1", house.port))
        async with Connected(house) as quick, Connected(house, max_queue=1, sock=narrow) as slow:
            await quick.subscribe("receipts", "trades.BTC-PERP", token=house.token(1))
            await slow.subscribe("receipts", token=house.token(1))
            slow.connection.transport.pause_reading()
            reading = asyncio.create_task(quick.next(type="event", seq=10**9, timeout=60))
            for _ in range(6):
                await work(house.submit, *[house.sheet(1, *quotes(at)) for at in range(20)])
            slow.connection.transport.resume_reading()
            closing = await slow.next(type="closing", timeout=20)
            assert closing["data"]["code"] == "SLOW_READER"
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await slow.next(type="nothing")
            assert slow.connection.close_code == 4008
            receipt = await work(house.receipt, house.place(1, ticks=-30))
            await work(wait_until, lambda: quick.came and quick.came[-1].get("seq") == receipt["seq"])
            reading.cancel()
        async with Connected(house) as again:  # nothing is lost that cannot be asked for
            last = max(one["seq"] for one in slow.came if one.get("seq"))
            await again.say(op="subscribe", id=1, channels=["receipts"], token=house.token(1), since=last)
            assert (await again.next(type="event"))["data"]["seq"] > last

    def quotes(at):
        return [(side, (1 if side else -1) * (1 + at % 3 + level), 1) for side in (0, 1) for level in range(12)]

    try:
        asyncio.run(test())
    finally:
        house.stop()


def test_a_reader_that_reads_nothing_at_all_is_ended(tmp_path, monkeypatch):
    """A12: a window that stays shut holds no memory for long."""
    monkeypatch.setattr("sequencer.gateway.session.CLOSE_SECONDS", 0.3)
    house = House(tmp_path / "house", PLENTY._replace(backlog_bytes=300_000))
    try:
        shut = socket.create_connection(("127.0.0.1", house.port))
        shut.sendall(
            b"GET /v1/socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        time.sleep(0.3)
        (session,) = house.app.gateway.feeds._sessions
        loop = house.app.gateway.loop
        for _ in range(60):
            loop.call_soon_threadsafe(session.put, b"x" * 100_000)
            time.sleep(0.01)
        wait_until(lambda: not house.app.gateway.sockets)
        wait_until(lambda: not house.server._server.server_state.connections)
    finally:
        house.stop()


def test_sockets_are_bounded_by_address_and_their_messages_by_rate(tmp_path):
    """A12, A10, A16."""
    from sequencer.gateway.limits import Rate

    house = House(tmp_path / "house", PLENTY._replace(sockets_per_address=2, socket_messages=Rate(5, 1), channels=3))

    async def test():
        async with Connected(house) as socket, Connected(house):
            with pytest.raises(websockets.InvalidStatus):
                async with Connected(house):
                    pass
            await socket.subscribe("status")
            await socket.say(op="subscribe", id=2, channels=["book.0", "book.1", "trades.0"])
            assert (await socket.next(type="error"))["data"]["code"] == "TOO_MANY_CHANNELS"
            for _ in range(5):
                await socket.say(op="unsubscribe", id=3, channels=["status"])
            error = await socket.next(type="error")
            assert error["data"]["code"] == "RATE_LIMITED" and error["data"]["retry_after_ms"] > 0
        async with Connected(house):
            assert house.app.gateway.sockets == 1

    try:
        asyncio.run(test())
    finally:
        house.stop()


def test_a_message_that_is_too_long_and_a_page_of_another_origin_are_refused(shared):
    """A16, A18."""

    async def test():
        async with Connected(shared) as socket:
            await socket.connection.send("x" * (1 << 19))
            with pytest.raises(websockets.ConnectionClosed):
                await socket.next()
        with pytest.raises(websockets.InvalidStatus):
            async with Connected(shared, origin="https://evil.example"):
                pass
        async with Connected(shared, origin=shared.url) as socket:
            await socket.subscribe("status")
        with pytest.raises(websockets.InvalidStatus):
            async with websockets.connect(shared.ws_url.replace("socket", "other")):
                pass

    asyncio.run(test())


def test_floods_of_pings_and_of_fragments_end_the_socket(shared):
    """A16."""

    async def test():
        async with Connected(shared) as socket:
            await socket.connection.ping()
            await socket.subscribe("status")
            with pytest.raises(websockets.ConnectionClosed):
                for _ in range(200):
                    await socket.connection.ping()
                await socket.next(type="nothing")
        async with Connected(shared) as socket:
            with pytest.raises(websockets.ConnectionClosed):
                await socket.connection.send("" for _ in range(500))
                await socket.next(type="nothing")
        async with Connected(shared) as socket:
            await socket.connection.send(iter(('{"op":"subscribe",', '"channels":["status"]', "}")))
            assert await socket.next(type="snapshot")

    asyncio.run(test())


@run
async def test_the_end_of_the_server_is_told(house):
    async with Connected(house) as socket:
        await socket.subscribe("status")
        await work(house.server.stop)
        assert (await socket.next(type="closing"))["data"]["code"] == "GOING_AWAY"


@run
async def test_open_interest_and_marks_reach_the_ticker(house):
    async with Connected(house) as socket:
        await socket.subscribe("ticker.BTC-PERP")
        await work(house.receipt, house.place(1, side=0, ticks=0, size=5))
        bid = None
        while bid is None:  # a ticker from before the order may be on its way
            bid = (await socket.next(type="event", channel="ticker.BTC-PERP"))["data"]["bid"]
        assert Decimal(bid) == 60_000


@run
async def test_whoever_comes_and_goes_all_the_time_holds_nothing_and_misses_nothing(house):
    """A13, A14: subscriptions follow one another while fills come; the last ``since`` leads to all of them."""
    await work(house.receipt, house.place(1, side=0, ticks=0, size=400))
    async with Connected(house) as socket:
        (session,) = house.app.gateway.feeds._sessions
        since = (await socket.subscribe("fills", token=house.token(1)))["seq"]
        told = {}
        for number in range(60):
            taken = asyncio.create_task(work(house.receipt, house.place(2, side=1, ticks=0, size=1, tif=1)))
            await socket.say(op="unsubscribe", id=number, channels=["fills", "trades.BTC-PERP"], token=house.token(1))
            await socket.say(
                op="subscribe", id=number, channels=["fills", "trades.BTC-PERP"], token=house.token(1), since=since
            )
            await socket.next(type="snapshot", channel="trades.BTC-PERP")
            await taken
        last = (await work(house.receipt, house.place(2, side=1, ticks=0, size=1, tif=1)))["seq"]
        while not any(one["channel"] == "fills" and one["seq"] == last for one in socket.came):
            await socket.next(channel="fills")
        rounds = [number for number, one in enumerate(socket.came) if one["type"] == "ack" and one["id"] == 59]
        for one in socket.came[rounds[-1] :]:
            if one["channel"] == "fills":
                assert one["data"]["id"] not in told, "twice in one subscription"
                told[one["data"]["id"]] = one["data"]
        all_ = (await work(lambda: house.get("/v1/accounts/1/fills", token=house.token(1), limit=500)))["fills"]
        assert told == {one["id"]: one for one in all_} and len(told) == 61
        assert session.channels.held == 0 and session._queued == 0
    await work(wait_until, lambda: not house.app.gateway.feeds._sessions)
    assert not house.app.gateway.feeds._subscribed and not house.app.gateway.feeds._accounts
