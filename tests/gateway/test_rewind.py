"""Batches that are undone and sequenced again: receipts are amended, history and sockets tell what holds now."""

import asyncio
import time
from decimal import Decimal

from rollup.actions import Deposit
from sequencer import history_schema
from tests.gateway.test_socket import Connected, work
from tests.sequencer.house import flow, key, sign, trade


def test_after_a_rewind_everything_tells_what_holds(house):
    source = flow(house.sequencer)
    list(trade(house.sequencer, source, 60))
    house.sequencer.seal().result(10)
    kept = house.get("/v1/markets/BTC-PERP/trades", limit=500)["trades"]
    list(trade(house.sequencer, source, 80))
    house.sequencer.seal().result(10)
    later = list(trade(house.sequencer, source, 30))

    async def test():
        async with Connected(house) as socket:
            await socket.say(op="subscribe", id=1, channels=["fills", "trades.BTC-PERP"], token=house.token(1))
            await socket.next(type="snapshot", channel="fills")
            await socket.next(type="snapshot", channel="trades.BTC-PERP")
            await work(house.sequencer.rewind, 1, "COMMITMENT_TOO_LATE")
            again = await socket.next(type="snapshot", channel="trades.BTC-PERP", timeout=20)
            assert again["seq"] >= kept[0]["id"]

    asyncio.run(test())
    for acknowledged in (later[0], later[-1]):
        digest = "0x" + acknowledged.digest.hex()
        receipt = house.get(f"/v1/receipts/{digest}", wait_ms=5000)
        assert receipt["amended"] == 1 and receipt["seq"] > later[-1].sequence
    trades = house.get("/v1/markets/BTC-PERP/trades", limit=500)["trades"]
    assert {one["id"] for one in kept} <= {one["id"] for one in trades}
    assert len({one["id"] for one in trades}) == len(trades)
    agrees_with_engine(house)


def lived(house):
    """Two sealed batches and one in progress, of trades between all accounts."""
    source = flow(house.sequencer)
    list(trade(house.sequencer, source, 60))
    house.sequencer.seal().result(10)
    list(trade(house.sequencer, source, 80))
    house.receipt(house.place(1, ticks=-90, lane=5))
    house.sequencer.seal().result(10)
    list(trade(house.sequencer, source, 30))
    return source


def rows(house, account, path, key):
    return house.get(f"/v1/accounts/{account}/{path}", token=house.token(account), limit=500)[key]


async def collected(socket, channel, enough):
    """Pushes of a channel until there is enough."""
    pushes = []
    while not enough(pushes):
        pushes.append(await socket.next(channel=channel, timeout=20))
    return pushes


def test_a_reader_that_comes_back_over_a_rewind_is_told_what_is_void_and_what_holds_instead(house):
    """What it had, less what is void, and what it is told: that is what the account has (D22, A14)."""
    lived(house)
    token, told = house.token(1), {}
    fills = {one["id"]: one for one in rows(house, 1, "fills", "fills")}

    async def away():
        async with Connected(house) as socket:
            for channel in ("fills", "orders", "receipts", "positions"):
                told[channel] = await socket.subscribe(channel, token=token)
                socket.came.clear()

    async def back(since, channel):
        async with Connected(house) as socket:
            await socket.say(op="subscribe", id=1, channels=[channel], token=token, since=since)
            first = await socket.next(channel=channel)
            if first["type"] == "undone":
                assert first["seq"] is None, "it is the word of the channel, and no place in it"
            if channel in ("orders", "positions"):
                return first, await socket.next(channel=channel)
            now = rows(house, 1, "fills", "fills")
            last = max(one["seq"] for one in now)
            return first, await collected(socket, channel, lambda got: got and (got[-1]["seq"] or 0) >= last)

    asyncio.run(away())
    house.sequencer.rewind(1, "COMMITMENT_TOO_LATE")
    agrees_with_engine(house)
    kept = house.get("/v1/batches/1")["line"]["last_seq"]
    for channel in ("fills", "receipts"):
        undone, events = asyncio.run(back(told[channel]["seq"], channel))
        word = undone["data"]
        assert (undone["type"], word["after"], word["batch"]) == ("undone", kept, 1)
        assert word["reason"] == "COMMITMENT_TOO_LATE" and word["seq"] > told[channel]["seq"]
        assert all(one["type"] == "event" and one["data"]["seq"] > word["seq"] for one in events)
        if channel == "fills":
            have = {key: one for key, one in fills.items() if not word["after"] < one["seq"] < word["seq"]}
            assert len(have) < len(fills)
            have |= {one["data"]["id"]: one["data"] for one in events}
            assert have == {one["id"]: one for one in rows(house, 1, "fills", "fills")}
        else:
            assert {one["data"]["amended"] for one in events} == {1}
    undone, snapshot = asyncio.run(back(told["orders"]["seq"], "orders"))
    assert (undone["type"], snapshot["type"]) == ("undone", "snapshot")
    live = house.get("/v1/accounts/1/orders", token=token, status="open", limit=500)["orders"]
    by_name = {one["order_id"]: one for one in live}
    assert {one["order_id"]: one for one in snapshot["data"]} == by_name and by_name
    undone, snapshot = asyncio.run(back(told["positions"]["seq"], "positions"))
    assert (undone["type"], snapshot["type"]) == ("undone", "snapshot")
    # Who had heard nothing that is void, or has heard the word of it, is told what came after and no more.
    first, _ = asyncio.run(back(kept - 1, "fills"))
    assert first["type"] == "event"
    first, _ = asyncio.run(back(word["seq"], "fills"))
    assert first["type"] == "event"


def test_a_restart_forgets_no_rewind_and_two_of_them_are_one_word(house):
    """D22: the journal has them."""
    source = lived(house)
    since = house.sequencer.status().sequence - 1
    house.sequencer.rewind(2, "COMMITMENT_TOO_LATE")
    list(trade(house.sequencer, source, 10))
    house.sequencer.rewind(1, "COMMITMENT_TOO_LATE")
    kept = house.get("/v1/batches/1")["line"]["last_seq"]
    house.stop()
    (house.directory / "history.sqlite").unlink()
    other = type(house)(house.directory, is_new=False, clock=house.clock)

    async def test():
        async with Connected(other) as socket:
            await socket.say(op="subscribe", id=1, channels=["fills"], token=other.token(1), since=since)
            return (await socket.next(channel="fills"))["data"]

    try:
        word = asyncio.run(test())
        assert word["after"] == kept and word["batch"] == 1
        last = max(one["seq"] for one in rows(other, 1, "fills", "fills"))
        assert since < word["seq"] < last
    finally:
        other.stop()


def test_an_open_socket_hears_what_is_void_before_it_hears_what_holds(house):
    lived(house)
    before = {one["id"]: one for one in rows(house, 1, "fills", "fills")}

    async def test():
        async with Connected(house) as socket:
            for channel in ("fills", "orders", "trades.BTC-PERP"):
                await socket.subscribe(channel, token=house.token(1))
            await work(house.sequencer.rewind, 1, "COMMITMENT_TOO_LATE")
            await work(agrees_with_engine, house)
            now = {one["id"]: one for one in await work(rows, house, 1, "fills", "fills")}
            last = max(one["seq"] for one in now.values())
            undone, *events = await collected(socket, "fills", lambda got: got and (got[-1]["seq"] or 0) >= last)
            word = undone["data"]
            have = {key: one for key, one in before.items() if not word["after"] < one["seq"] < word["seq"]}
            assert have | {one["data"]["id"]: one["data"] for one in events} == now
            for channel in ("orders", "trades.BTC-PERP"):
                while [one["type"] for one in socket.came if one["channel"] == channel][1:3] != ["undone", "snapshot"]:
                    await socket.next(channel=channel)

    asyncio.run(test())


def test_a_token_of_a_key_that_an_account_had_opens_nothing(house):
    """A15: the deposit that made the account is undone, and another owner makes it again."""
    mine = Deposit(account=20, amount=2**40, new=1, key=key(20).x, owner=0x20, key_y=key(20).y)
    house.sequencer.seal().result(10)
    house.sequencer.deposit(8, mine).result(10)
    house.receipt(house.place(20))
    token = house.token(20)
    assert house.get("/v1/accounts/20", token=token)["account"] == 20

    async def test():
        async with Connected(house) as socket:
            await socket.subscribe("orders", token=token)
            await work(house.sequencer.rewind, 1, "DEPOSIT_REMOVED", frozenset({8}))
            ended = await socket.next(type="ended", timeout=20)
            assert (ended["channel"], ended["data"]["code"]) == ("orders", "TOKEN_INVALID")
            theirs = mine._replace(key=key(21).x, key_y=key(21).y, owner=0x21)
            await work(house.sequencer.deposit(8, theirs).result, 10)
            await socket.say(op="subscribe", id=5, channels=["orders"], token=token)
            assert (await socket.next(type="error", id=5))["data"]["code"] == "TOKEN_INVALID"
            await work(house.receipt, sign(house.place(20), key(21)))
            assert (await socket.subscribe("status"))["type"] == "snapshot"
            assert not [one for one in socket.came if one["type"] == "event" and one["channel"] == "orders"]

    asyncio.run(test())
    assert house.get("/v1/accounts/20", 401, token=token)["error"]["code"] == "TOKEN_INVALID"
    assert house.get("/v1/accounts/20", token=house.token(20, signer=21))["account"] == 20


def agrees_with_engine(house):
    engine = house.sequencer.engine
    deadline = time.monotonic() + 5
    while house.app.gateway.history.sequence < house.sequencer.status().sequence - 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    reader = house.app.gateway.history.reader()
    for account in range(1, 9):
        told = house.get(f"/v1/accounts/{account}/ledger", token=house.token(account), limit=500)
        assert told["next"] is None
        cash = sum(Decimal(move["amount"]) for move in told["movements"])
        assert cash * 10**6 == engine.account(account).cash
        for market in range(2):
            rows = reader.execute(
                f"SELECT count(*), coalesce(sum(remaining), 0) FROM orders WHERE account = ? AND market = ?"
                f" AND {history_schema.IS_LIVE}",
                (account, market),
            ).fetchone()
            live = engine.orders(account, market)
            assert rows == (len(live), sum(order.remaining for order in live))
    reader.close()
