"""Refusals come in the order of the enum, with the numbers that failed, and leave the state as it was."""

import ast
import inspect

import pytest

from rollup import refusals
from rollup.actions import RULES, Place
from rollup.layout import CASH_SOFT_LIMIT, FOK, GTC, IOC, ORDER_LIFETIME, PRICE_MAX
from rollup.refusals import Code, Refused
from tests.rollup.desk import BUY, CLOCK, SELL, Desk

DOOR = """
    account  counter   expiry  market  tif  post  price   size | outcome
          7        0  expired       5    1     1      7      0 | NONCE_USED
          7        9  expired       5    1     1      7      0 | EXPIRED
          7        9     late       0    1     1      7      0 | BAD_TICK
          7        9     late       5    1     1      7      0 | BAD_FIELD
          7        9     late       5    0     1      7      0 | BAD_FIELD
          7        9     late       5    0     1  10000      0 | BAD_FIELD
          7        9     late       5    0     1  10000      1 | BAD_FIELD
          7        9     good       5    0     1  10000      1 | UNKNOWN_ACCOUNT
          0        9     good       5    0     1  10000      1 | UNKNOWN_MARKET
          0        9     good       0    0     1  10000      1 | BAD_FIELD
          0        9     good       0    0     1  10000      2 | NOT_POSSIBLE_FOR_FEE_ACCOUNT
          1        9     good       0    0     1  10000      2 | None
"""
"""The first request is wrong in everything; each further row mends what the row above it was refused for.

The market's tick is 5 and its smallest order 2; where no market is listed, its rules cannot be broken.
"""


def test_the_door_looks_in_the_order_of_the_codes() -> None:
    for line in DOOR.strip().split("\n")[1:]:
        request, outcome = line.split("|")
        account, counter, expiry, market, tif, post, price, size = request.split()
        desk = Desk(tick=5, minimum=2)
        place = Place(
            account=int(account),
            lane=0,
            counter=int(counter),
            market=int(market),
            side=BUY,
            tif=int(tif),
            post_only=int(post),
            reduce_only=0,
            price=int(price),
            size=int(size),
            expiry={"expired": CLOCK - 1, "late": CLOCK + ORDER_LIFETIME + 1, "good": CLOCK}[expiry],
        )
        try:
            met = desk.engine.apply(place)
            assert met.code.is_result
            code = "None"
        except Refused as refusal:
            code = str(refusal.code)
            assert refusal.code.is_door
        assert code == outcome.strip(), line


@pytest.mark.parametrize(
    "changed",
    [
        {"lane": 8},
        {"lane": -1},
        {"counter": 1 << 48},
        {"account": 1 << 24},
        {"market": 1 << 12},
        {"side": 2},
        {"tif": 3},
        {"tif": 4},
        {"post_only": 2},
        {"post_only": True},
        {"post_only": 1, "tif": IOC},
        {"post_only": 1, "tif": FOK},
        {"reduce_only": -1},
        {"price": 0},
        {"price": PRICE_MAX + 1},
        {"price": 1 << 36},
        {"size": 0},
        {"size": 1 << 48},
        {"size": 1.0},
        {"expiry": 1 << 36},
        {"client": 1 << 24},
    ],
)
def test_no_field_outside_its_width_or_meaning_comes_in(changed: dict) -> None:
    desk = Desk(accounts=1)
    with pytest.raises(Refused) as refused:
        desk.engine.apply(desk.order(1, BUY, 9_000, 1)._replace(**changed))
    assert refused.value.code is Code.BAD_FIELD
    desk.seal()


def test_an_order_that_only_reduces_may_be_smaller_than_the_minimum() -> None:
    desk = Desk(minimum=5)
    desk.place(1, SELL, 10_000, 7)
    desk.place(2, BUY, 10_000, 7)
    assert desk.place(2, SELL, 10_000, 2, reduce_only=1).code is Code.RESTED
    with pytest.raises(Refused):
        desk.place(2, SELL, 10_000, 2)
    desk.seal()


@pytest.mark.parametrize("tif, admitted", [(GTC, False), (IOC, True), (FOK, True)])
def test_only_what_rests_is_bound_to_thirty_days(tif: int, admitted: bool) -> None:
    desk = Desk()
    late = CLOCK + ORDER_LIFETIME + 1
    if admitted:
        assert desk.place(1, BUY, 9_000, 1, tif=tif, expiry=late).code in (Code.DROPPED, Code.FILL_OR_KILL)
    else:
        with pytest.raises(Refused):
            desk.place(1, BUY, 9_000, 1, tif=tif, expiry=late)
    desk.seal()


HUGE = 1 << 47
DEAR = CASH_SOFT_LIMIT // PRICE_MAX + 1
"""Lots whose cost at the highest price is beyond the limit on cash."""

SEQUENCED = [
    # stale, reduce_only, post_only, tif, price, size, orders before; each row mends what the row above was refused for
    ("a closed market", {"stale": True}, Code.MARKET_REDUCE_ONLY),
    ("nothing to reduce", {"reduce_only": 1}, Code.REDUCE_ONLY),
    ("a post-only that crosses", {"price": PRICE_MAX, "post_only": 1}, Code.POST_ONLY_CROSSES),
    ("an unfilled fill-or-kill", {"tif": FOK}, Code.FILL_OR_KILL),
    ("cost beyond the limit", {"price": PRICE_MAX, "side": SELL}, Code.CASH_LIMIT),
    ("lots beyond the width", {"price": 1}, Code.SIZE_LIMIT),
    ("one order too many", {"price": 1, "size": HUGE - 20}, Code.TOO_MANY_ORDERS),
    ("a full book", {"price": 1, "size": HUGE - 20, "account": 3}, Code.BOOK_FULL),
    ("short of margin", {"price": 1, "size": HUGE - 20, "account": 3, "market": 1}, Code.MARGIN),
]


@pytest.mark.parametrize("case, fixed, code", SEQUENCED, ids=[case for case, _, _ in SEQUENCED])
def test_a_sequenced_order_meets_its_refusals_in_order(case: str, fixed: dict, code: Code) -> None:
    """Account 2 holds as many orders as it may, the book of bids is full, and one offer rests at 10,000."""
    desk = full_desk()
    if fixed.pop("stale", False):
        desk.turn(seconds=601)
    terms = {"account": 2, "side": BUY, "price": 1, "size": HUGE}
    request = {**terms, **fixed}
    receipt = desk.place(**request)
    assert receipt.code is code
    assert receipt.code.is_refusal
    assert receipt.numbers
    assert desk.engine.account(request["account"]).counters[0] == desk.counters[request["account"]]
    batch = desk.seal()
    assert batch.used["burns"] == 1
    assert batch.receipts[-1] == receipt


def full_desk() -> Desk:
    """Books of one page and fourteen orders; the cap is fourteen on a side."""
    desk = Desk(accounts=4, book_pages=1, order_cap=14)
    desk.place(1, SELL, 10_000, 1)
    for number in range(14):
        desk.place(2, BUY, 9_000 + number, 1)
    desk.turn()
    return desk


OUTFLOWS = [
    ({"to": 9, "amount": 1 << 59, "stale": True}, Code.NO_SUCH_ACCOUNT),
    ({"to": 8, "amount": 1 << 59, "stale": True}, Code.OTHER_OWNER),
    ({"to": 2, "amount": 1 << 59, "stale": True}, Code.MARKET_STALE),
    ({"to": 2, "amount": 1 << 59}, Code.CASH_LIMIT),
    ({"to": 2, "amount": 1 << 30}, Code.MARGIN),
    ({"to": 2, "amount": 1}, Code.APPLIED),
]


@pytest.mark.parametrize("request_, code", OUTFLOWS)
def test_an_outflow_meets_its_refusals_in_order(request_: dict, code: Code) -> None:
    desk = Desk(accounts=2)
    desk.deposit(8, 1, owner=99)
    desk.place(1, BUY, 9_000, 1)
    if "stale" in request_:
        desk.turn(seconds=601)
    assert desk.transfer(1, request_["to"], request_["amount"]).code is code
    desk.seal()


def test_an_order_must_be_backed_by_the_bond() -> None:
    desk = Desk(cash=3_500_000, order_bond=1_000_000)
    for market in (0, 1, 1):
        assert desk.place(1, BUY, 9_000, 1, market=market).code is Code.RESTED
    refused = desk.place(1, SELL, 11_000, 1)
    assert (refused.code, refused.numbers["orders"]) == (Code.TOO_MANY_ORDERS, 3)
    desk.cancel_all(1, market=1)
    assert desk.place(1, SELL, 11_000, 1).code is Code.TOO_MANY_ORDERS
    for collect in desk.engine.collectable():
        desk.engine.apply(collect)
    assert desk.place(1, SELL, 11_000, 1).code is Code.RESTED
    desk.seal()


def test_codes_fall_into_three_groups() -> None:
    for code in Code:
        assert [code.is_door, code.is_refusal, code.is_result].count(True) == 1
        assert code == code.name
    assert Code.TOO_LARGE.is_door
    assert Code.SHEET_SUPERSEDED.is_refusal
    assert Code.CANCEL_MISSED.is_result


def test_every_code_says_what_it_means() -> None:
    """The docstrings under the members are the reference of the API."""
    classes = [node for node in ast.parse(inspect.getsource(refusals)).body if isinstance(node, ast.ClassDef)]
    enum = next(node for node in classes if node.name == "Code")
    members = [node for node in enum.body if isinstance(node, ast.Assign)]
    for member in members:
        following = enum.body[enum.body.index(member) + 1]
        assert isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant), member.targets[0].id
    assert len(members) == len(Code)


def test_a_refusal_reads_as_its_code_and_numbers() -> None:
    assert str(Refused(Code.NONCE_USED, counter=3, used=4)) == "NONCE_USED counter=3 used=4"


def test_every_action_has_its_rules() -> None:
    for rules in RULES.values():
        assert callable(rules.check) and callable(rules.apply)
