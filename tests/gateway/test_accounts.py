"""Private reads: a token for one account, exact live figures, history that adds up."""

import time
from decimal import Decimal

import pytest

from sequencer.gateway.rooms import accounts
from tests.sequencer.house import flow


def test_an_account_is_seen_by_its_token_and_by_no_other(shared):
    """A14, A19: whatever is wrong with a token, the answer is the same."""
    assert shared.get("/v1/accounts/1", token=shared.token(1))["account"] == 1
    wrong = [
        shared.token(2),
        shared.token(1, signer=2),
        shared.token(1, expires=int(time.time()) - 1),
        shared.token(1, expires=int(time.time()) + 10**9),
        shared.token(1)[:-2],
        shared.token(99),
        "x" * 600,
        "e30",
        "..",
    ]
    answers = {str(shared.get("/v1/accounts/1", 401, token=token)["error"]) for token in wrong}
    assert len(answers) == 1 and "TOKEN_INVALID" in answers.pop()
    assert shared.get("/v1/accounts/1", 401)["error"]["code"] == "TOKEN_MISSING"
    answer = shared.http.get("/v1/accounts/1", headers={"authorization": "Basic abc"})
    assert answer.json()["error"]["code"] == "TOKEN_INVALID"
    for part in ("orders", "fills", "positions", "margin", "ledger"):
        assert shared.get(f"/v1/accounts/1/{part}", 401, token=shared.token(2))["error"]["code"] == "TOKEN_INVALID"


def test_a_token_is_exchanged_for_itself(shared):
    import base64
    import json

    token = shared.token(4)
    request = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert shared.post("/v1/tokens", request)["token"] == token
    assert shared.post("/v1/tokens", {**request, "account": 5}, 401)["error"]["code"] == "TOKEN_INVALID"


@pytest.fixture(scope="module")
def traded(tmp_path_factory):
    """A house in which the mixed flow has been at work."""
    from tests.gateway.house import House

    house = House(tmp_path_factory.mktemp("traded") / "house")
    source = flow(house.sequencer)
    for action in source.actions(300):
        source.note(house.sequencer.submit(action).result(10).receipt)
    yield house
    house.stop()


def everything(house, account, part, name, **query):
    """All pages of a list."""
    found, cursor = [], None
    while True:
        page = house.get(
            f"/v1/accounts/{account}/{part}",
            token=house.token(account),
            limit=7,
            **query,
            **({"cursor": cursor} if cursor else {}),
        )
        found += page[name]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("account", [1, 2, 3])
def test_figures_are_those_of_the_engine_and_history_adds_up(traded, account):
    token = traded.token(account)
    engine = traded.sequencer.engine
    view = engine.account(account)
    told = traded.get(f"/v1/accounts/{account}", token=token)
    assert Decimal(told["cash"]) * 10**6 == view.cash and Decimal(told["equity"]) * 10**6 == view.equity
    assert Decimal(told["available"]) * 10**6 == view.equity - view.required
    movements = everything(traded, account, "ledger", "movements")
    assert sum(Decimal(move["amount"]) for move in movements) == Decimal(told["cash"])
    fills = everything(traded, account, "fills", "fills")
    assert len({fill["id"] for fill in fills}) == len(fills) > 0
    for market, symbol, lot in ((0, "BTC-PERP", Decimal("0.001")), (1, "ETH-PERP", Decimal("0.01"))):
        own = [fill for fill in fills if fill["symbol"] == symbol]
        held = sum((1 if fill["side"] == "buy" else -1) * Decimal(fill["size"]) for fill in own)
        assert held == view.positions[market].size * lot
        assert traded.app.gateway.history.holding(account, market).size == view.positions[market].size
        live = everything(traded, account, "orders", "orders", status="open", market=symbol)
        assert len(live) == len(engine.orders(account, market))
        assert {Decimal(order["remaining"]) / lot for order in live} == {
            order.remaining for order in engine.orders(account, market)
        }
    positions = traded.get(f"/v1/accounts/{account}/positions", token=token)["positions"]
    assert [position["symbol"] for position in positions] == ["BTC-PERP", "ETH-PERP"]
    orders = everything(traded, account, "orders", "orders")
    assert len({order["order_id"] for order in orders}) == len(orders)
    assert {order["status"] for order in orders} <= {"open", "partially_filled", "filled", "cancelled", "rejected"}
    for order in orders:
        if order["status"] in ("open", "partially_filled", "filled"):
            assert Decimal(order["size"]) == Decimal(order["remaining"]) + Decimal(order["filled"])


def test_margin_lines_add_up_to_what_the_account_needs(traded):
    for account in range(1, 9):
        margin = traded.get(f"/v1/accounts/{account}/margin", token=traded.token(account))
        view = traded.sequencer.engine.account(account)
        total = sum(Decimal(line["initial"]) for line in margin["lines"]) * 10**6
        assert view.required <= total <= view.required + len(margin["lines"])


def test_a_position_knows_its_average_price(house):
    def trade(buyer, seller, ticks, size):
        house.receipt(house.place(buyer, side=0, ticks=ticks, size=size))
        house.receipt(house.place(seller, side=1, ticks=ticks, size=size, tif=1))

    def told(account):
        house.get(f"/v1/accounts/{account}/fills", token=house.token(account))
        (found,) = house.get(f"/v1/accounts/{account}", token=house.token(account))["positions"]
        return found["side"], found["size"], found["entry"], found["unrealised"]

    trade(1, 2, -10, 2)
    trade(1, 2, -40, 1)
    assert told(1) == ("long", "0.003", "59980", "0.06")
    assert told(2) == ("short", "0.003", "59980", "-0.06")
    trade(2, 1, -30, 1)
    assert told(1) == ("long", "0.002", "59980", "0.04")
    trade(2, 1, 20, 5)
    assert told(1) == ("short", "0.003", "60020", "0.06")


def test_an_expired_order_is_told_to_be(house):
    house.receipt(house.place(1, expiry=house.clock.now + 5))
    token = house.token(1)
    assert len(house.get("/v1/accounts/1/orders", token=token, status="open")["orders"]) == 1
    house.clock.now += 60
    house.sequencer.seal().result(10)
    house.receipt(house.place(2))
    assert house.get("/v1/accounts/1/orders", token=token, status="open")["orders"] == []
    (order,) = house.get("/v1/accounts/1/orders", token=token, status="expired")["orders"]
    assert order["status"] == "expired"


@pytest.mark.parametrize("limit", [1, 20, 100])
def test_pages_lose_nothing_of_an_action_that_ends_hundreds_of_orders(limit):
    changed = [*[9] * 3, *[8] * 1_024, *[7] * 5]
    pages, rows = [], changed
    while rows:
        page, cursor = accounts._page(rows[: limit + accounts.MOST_AT_ONCE], limit, lambda sequence: sequence)
        pages += page
        rows = [] if cursor is None else [sequence for sequence in changed if sequence < int(cursor)]
    assert pages == changed
