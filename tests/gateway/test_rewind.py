"""Batches that are undone and sequenced again: receipts are amended, history and sockets tell what holds now."""

import asyncio
import time
from decimal import Decimal

from sequencer import history_schema
from tests.gateway.test_socket import Connected, work
from tests.sequencer.house import flow, trade


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
