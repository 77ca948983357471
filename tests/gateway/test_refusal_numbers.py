"""What a refusal compared is told in the units of everything else: one table says what each number is."""

import ast
from decimal import Decimal
from pathlib import Path

import pytest

from rollup.layout import IOC
from rollup.refusals import Code
from sequencer.gateway.answers import Answers
from sequencer.gateway.catalogue import NUMBERS
from sequencer.gateway.numbers import Units
from tests.gateway.house import INSTRUMENTS, carried
from tests.sequencer.house import key, sign

ROLLUP = Path(__file__).resolve().parents[2] / "rollup"
NOT_SENT = {"advance.py", "deposit.py", "collect.py"}
"""Actions that the sequencer makes itself."""


def refusals() -> list[tuple[str, str, str]]:
    """File, code and name of every number of every refusal of the rollup, as the source has them."""
    found = []
    for path in sorted(ROLLUP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            is_refusal = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args
            if is_refusal and path.name not in NOT_SENT:
                found += [(path.name, node.args[0].attr, one.arg) for one in node.keywords if one.arg]
    return found


def test_the_table_says_what_every_number_of_a_rule_is() -> None:
    told = refusals()
    assert len(told) > 30
    assert [one for one in told if one[2] not in NUMBERS.get(Code[one[1]], {})] == []


def test_money_prices_and_sizes_are_decimals_in_the_units_of_the_market(shared) -> None:
    house = shared
    account = house.get("/v1/accounts/1", token=house.token(1))
    big = house.receipt(house.place(1, side=0, ticks=-10, size=100_000_000))
    assert big["code"] == "MARGIN" and big["numbers"]["equity"] == account["equity"]
    assert Decimal(big["numbers"]["required"]) > Decimal(account["equity"])
    off = house.refused(sign(house.place(1)._replace(price=60_000_500), key(1)), 422)
    assert (off["code"], off["details"]) == ("BAD_TICK", {"price": "60000.5", "tick": "1"})
    house.receipt(house.place(2, side=1, ticks=3, size=2))
    meets = house.receipt(house.place(1, side=0, ticks=5, size=1, post_only=1))
    assert meets["code"] == "POST_ONLY_CROSSES" and meets["numbers"] == {"price": "60005"}
    half = house.receipt(house.place(1, side=0, ticks=5, size=5, tif=IOC + 1))
    assert half["code"] == "FILL_OR_KILL" and half["numbers"] == {"size": "0.005", "remaining": "0.003"}
    (item,) = house.receipt(house.sheet(1, (0, 5, 1)))["items"]
    assert item["code"] == "POST_ONLY_CROSSES" and item["numbers"] == {"price": "60005", "best": "60003"}
    late = house.refused(house.place(1, counter=1), 409)
    assert late["details"]["counter"] == 1, "what is no amount stays whole"
    seen = house.get(f"/v1/receipts/{big['hash']}")
    assert seen["numbers"] == big["numbers"]


def test_a_preview_tells_the_same_as_the_action(shared) -> None:
    order = shared.place(3, side=0, ticks=-10, size=100_000_000)
    preview = shared.post("/v1/actions/preview", {"action": carried(order)})
    assert preview["would_be"]["numbers"] == shared.receipt(order)["numbers"]
    assert preview["would_be"]["numbers"]["equity"] == preview["equity_before"]
    off = sign(shared.place(3)._replace(price=60_000_500), key(3))
    preview = shared.post("/v1/actions/preview", {"action": carried(off)})
    assert preview["refusal"]["details"] == {"price": "60000.5", "tick": "1"}


def test_the_list_of_errors_says_the_units(shared) -> None:
    kinds = {kind["code"]: kind["numbers"] for kind in shared.get("/v1/errors")["errors"]}
    assert kinds["MARGIN"] == {"equity": "amount", "required": "amount"}
    assert kinds["RESTED"] == {}
    assert set(NUMBERS) <= set(kinds)


@pytest.mark.parametrize("market", [None, 7])
def test_where_no_market_is_known_prices_and_sizes_stay_whole(market: int | None) -> None:
    answers = Answers([Units(instrument) for instrument in INSTRUMENTS], [])
    assert answers.numbers(Code.BAD_FIELD, {"price": 5, "amount": 1_500_000}, market) == {"price": 5, "amount": "1.5"}
