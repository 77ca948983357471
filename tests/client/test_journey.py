"""A trader's day against a real sequencer and gateway: everything that is signed, and what is read of it afterwards."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from novate import AsyncClient, Client
from novate.client import ActionRefused, InvalidInput, NotFound, Quote, Unauthorised, UnknownOutcome, Unreachable
from novate.client.signing.signer import PureSigner
from rollup.actions import CancelAll
from tests.client.house import House, opened, seed
from tests.client.proxy import Proxy


@pytest.fixture
def pair(shared: House, nonces: Path):
    """Two traders, without orders."""
    with shared.client(1, nonces) as one, shared.client(2, nonces) as other:
        one.cancel_all()
        other.cancel_all()
        yield one, other


def test_an_order_rests_trades_and_is_read_back(pair) -> None:
    maker, taker = pair
    rested = maker.order("BTC-PERP", "sell", Decimal("0.5"), "60010", client_id=3)
    assert (rested.code, rested.order.remaining, rested.order.client) == ("RESTED", Decimal("0.5"), 3)
    before = taker.account()
    filled = taker.order("BTC-PERP", "buy", "0.2", slippage="0.001")
    (fill,) = filled.fills
    assert (filled.code, fill.price, fill.size, fill.role) == ("FILLED", Decimal(60010), Decimal("0.2"), "taker")
    assert taker.account().cash == before.cash - fill.price * fill.size - fill.fee
    (order,) = maker.orders("BTC-PERP").orders
    assert (order.order_id, order.remaining, order.status) == (
        rested.order.order_id,
        Decimal("0.3"),
        "partially_filled",
    )
    assert maker.fills("BTC-PERP", limit=1).fills[0].order_id == order.order_id
    assert taker.trades("BTC-PERP", limit=1).trades[0].price == fill.price
    assert next(one for one in taker.positions() if one.symbol == "BTC-PERP").size >= Decimal("0.2")
    assert maker.ledger(limit=2).movements[0].seq == filled.seq
    assert maker.receipt(filled.hash).code == "FILLED"
    assert maker.cancel(rested).code == "CANCELLED" and maker.cancel(rested).code == "CANCEL_MISSED"
    with pytest.raises(NotFound, match="ORDER_NOT_OPEN"):
        maker.cancel(order.order_id)


def test_a_preview_says_what_becomes_of_an_order_and_changes_nothing(pair) -> None:
    maker, taker = pair
    maker.order("BTC-PERP", "sell", "1", "60020")
    before = taker.account()
    found = taker.preview("BTC-PERP", "buy", "0.4", "60020", tif="ioc")
    assert found.signature == "valid" and found.would_be.code == "FILLED"
    assert found.equity_before == before.equity > found.equity_after
    refused = taker.preview("BTC-PERP", "buy", "5000", "60020", tif="gtc")
    assert (refused.refusal.code if refused.refusal else refused.would_be.code) == "MARGIN"
    assert taker.account().counters == before.counters and taker.account().equity == before.equity


def test_a_sheet_replaces_quotes_and_tells_of_each_item(pair) -> None:
    maker, taker = pair
    taker.order("ETH-PERP", "sell", "1", "2500.5")
    first = maker.sheet("ETH-PERP", [("2499", "1"), ("2498.5", "2")], [("2501", "1"), ("2502", "3")])
    assert [item.code for item in first.items] == ["RESTED"] * 4
    bids = [("2500.5", "1"), Quote("buy", "2498", "1", post_only=False)]
    second = maker.sheet("ETH-PERP", bids, [("2501.5", "1")], replace=True)
    assert [item.code for item in second.items] == ["POST_ONLY_CROSSES", "RESTED", "RESTED"]
    assert {order.price for order in maker.orders("ETH-PERP").orders} == {Decimal(2498), Decimal("2501.5")}
    gone, kept = maker.orders("ETH-PERP").orders
    third = maker.sheet("ETH-PERP", [("2497", "1")], cancels=[gone], replace=False)
    assert [item.code for item in third.items] == ["CANCELLED", "RESTED"]
    assert {order.order_id for order in maker.orders("ETH-PERP").orders} == {
        kept.order_id,
        third.items[1].order.order_id,
    }


def test_refusals_carry_code_numbers_and_receipt(pair) -> None:
    maker, taker = pair
    maker.order("BTC-PERP", "sell", "0.1", "60030")
    with pytest.raises(ActionRefused) as refused:
        taker.order("BTC-PERP", "buy", "0.1", "60030", post_only=True)
    assert refused.value.code == "POST_ONLY_CROSSES" and refused.value.receipt.seq > 0
    with pytest.raises(ActionRefused) as short:
        taker.order("BTC-PERP", "buy", "5000", "60030")
    assert short.value.code == "MARGIN" and short.value.details == short.value.receipt.numbers
    assert abs(Decimal(short.value.details["equity"]) - taker.account().equity) < 1000, "in collateral"
    with pytest.raises(ActionRefused, match="FILL_OR_KILL"):
        taker.order("BTC-PERP", "buy", "1", "60030", tif="fok")
    with pytest.raises(InvalidInput, match="UNKNOWN_MARKET"):
        taker.book("DOGE-PERP")


def test_whoever_has_another_key_neither_trades_nor_reads(shared: House, nonces: Path) -> None:
    with Client(shared.api, account=1, key=seed(9), nonces=nonces) as thief:
        with pytest.raises(Unauthorised) as refused:
            thief.order("BTC-PERP", "buy", "0.1", "50000")
        assert refused.value.code == "BAD_SIGNATURE" and refused.value.details["domain"]
        with pytest.raises(Unauthorised, match="TOKEN_INVALID"):
            thief.account()
    with shared.client(1, nonces, contract="0x" + "11" * 20) as elsewhere, pytest.raises(Exception, match="CONTRACT"):
        elsewhere.order("BTC-PERP", "buy", "0.1", "50000")


def test_money_moves_out_and_between_accounts_of_one_owner(pair, shared: House) -> None:
    one, other = pair
    before = other.account().cash
    assert one.transfer(2, "2.5").code == "APPLIED"
    assert other.account().cash == before + Decimal("2.5")
    withdrawn = one.withdraw("0.000001")
    with pytest.raises(ActionRefused, match="MARGIN"):
        one.withdraw("9000000")
    shared.sequencer.seal().result(30)
    assert one.wait(withdrawn, "sealed", 10).stage == "sealed"
    shared.report()
    batch = one.batch(withdrawn.batch)
    assert Decimal("0.000001") in [paid.amount for paid in batch.withdrawals]
    assert one.batches(limit=1).batches[0].batch >= withdrawn.batch


def test_same_bytes_answer_with_the_first_receipt(shared: House, nonces: Path) -> None:
    """An answer that is lost on the way is asked for again, and the action took effect once."""
    wire = Proxy(shared.port)
    try:
        with Client(wire.url, account=3, key=seed(3), nonces=nonces, timeout=0.2, patience=0.1) as client:
            client.markets(), client.domain()
            wire.swallow = True
            with pytest.raises(UnknownOutcome) as doubt:
                client.order("BTC-PERP", "buy", "0.1", "50000")
            wire.cut()
            wire.swallow = False
            (receipt,) = client.resend(doubt.value)
            assert receipt.duplicate and receipt.hash == doubt.value.hash and receipt.code == "RESTED"
            assert client.receipt(doubt.value.hash).seq == receipt.seq
            assert len(client.orders("BTC-PERP").orders) == 1
            assert client.cancel_all("BTC-PERP")[0].ended == [receipt.order.order_id]
    finally:
        wire.close()


def test_an_answer_that_comes_late_is_found_while_patience_lasts(shared: House, nonces: Path) -> None:
    wire = Proxy(shared.port)
    try:
        with Client(wire.url, account=3, key=seed(3), nonces=nonces, timeout=0.2, patience=8) as client:
            client.markets(), client.domain()
            wire.swallow = True
            seen = len(wire.requests)

            def heal() -> None:
                while len([one for one in wire.requests[seen:] if b"/v1/actions" in one]) < 2:
                    pass
                wire.swallow = False
                wire.cut()

            import threading

            threading.Thread(target=heal, daemon=True).start()
            receipt = client.order("BTC-PERP", "buy", "0.1", "50001")
            assert receipt.duplicate and len(client.orders("BTC-PERP").orders) == 1
            client.cancel_all()
    finally:
        wire.close()


def test_nobody_listens(nonces: Path) -> None:
    with Client("http://127.0.0.1:9", account=1, key=seed(1), nonces=nonces, patience=0) as client:
        with pytest.raises(Unreachable) as gone:
            client.status()
        assert int(gone.value.exit_code) == 3 and gone.value.retry == "after"


def test_a_nonce_used_elsewhere_is_learnt_from_the_state(shared: House, nonces: Path, tmp_path: Path) -> None:
    """Two machines share a key without sharing files: whoever falls behind catches up and goes on."""
    signer = PureSigner(seed(4))
    digest = shared.sequencer.checker.domain
    ahead = 10**14
    for lane in range(6):
        action = CancelAll(4, lane, ahead, 0, 2**36 - 1)
        shared.sequencer.submit(action._replace(signature=signer.sign(action.message(digest)))).result(10)
    with shared.client(4, tmp_path / "elsewhere") as client:
        assert client.order("BTC-PERP", "buy", "0.1", "50000").code == "RESTED"
        assert max(client.account().counters) == ahead + 1
        client.cancel_all()


def test_many_at_once_under_one_key(shared: House, nonces: Path) -> None:
    """Forty orders at once from two clients of one key: each has its outcome, none meets another one's nonce."""

    async def run() -> tuple[set[str], int]:
        clients = [shared.client(2, nonces, AsyncClient) for _ in range(2)]
        try:
            sent = [clients[n % 2].order("BTC-PERP", "buy", "0.01", str(50_000 + n)) for n in range(40)]
            receipts = await asyncio.gather(*sent)
            held = len((await clients[0].orders("BTC-PERP")).orders)
            await clients[1].cancel_all("BTC-PERP")
            return {receipt.hash for receipt in receipts}, held
        finally:
            for client in clients:
                await client.close()

    hashes, held = asyncio.run(run())
    assert len(hashes) == held == 40


def test_threads_share_a_client(shared: House, nonces: Path) -> None:
    with shared.client(2, nonces) as client, ThreadPoolExecutor(8) as pool:
        prices = [str(51_000 + n) for n in range(24)]
        receipts = list(pool.map(lambda price: client.order("BTC-PERP", "buy", "0.01", price), prices))
        assert len({receipt.order.order_id for receipt in receipts}) == 24
        client.cancel_all()


def test_an_awaited_action_that_is_cancelled_gives_its_lane_back(shared: House, nonces: Path) -> None:
    """Whoever gives up waiting does not keep others from trading; the action itself may have taken effect."""

    async def run() -> None:
        async with shared.client(2, nonces, AsyncClient) as client:
            await client.account()
            for _ in range(20):
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.002):
                        await client.order("BTC-PERP", "buy", "0.01", "52000")
            await client.cancel_all()
            lanes = await asyncio.gather(*(client.cancel_all("ETH-PERP") for _ in range(6)))
            assert len(lanes) == 6

    asyncio.run(run())


def test_nothing_is_lost_when_the_gateway_comes_and_goes(tmp_path: Path, nonces: Path) -> None:
    with opened(tmp_path / "sequencer", accounts=2) as house, house.client(1, nonces, patience=20) as client:
        first = client.order("BTC-PERP", "buy", "0.1", "50000")
        house.shut()
        import threading

        threading.Timer(0.5, house.open).start()
        second = client.order("BTC-PERP", "buy", "0.1", "50001")
        assert {order.order_id for order in client.orders().orders} == {
            first.order.order_id,
            second.order.order_id,
        }
