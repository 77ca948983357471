"""The laws of a deployment, and the state it begins with."""

import json

import pytest

from rollup.batch import Domain
from rollup.engine import Engine
from rollup.genesis import BadGenesis, Genesis
from rollup.layout import SENTINEL_PRICE
from tests.rollup.desk import DOMAIN, MARKET, genesis
from tests.twins.hasher import SlowHasher

ROOT = 0x3F51D7EC10151D036FC9B06019E6DEDDEB18CCE0061A528C0BDF822A73271B5
"""Root of the desk's genesis of class XS, pinned: it changes only with the layout or the hash."""


def changed(**changes) -> dict:
    return {**genesis().to_dict(), **changes}


def with_market(**terms) -> dict:
    return changed(markets=[{**MARKET, **terms}])


BROKEN = [
    (changed(markets=[]), "at most eight markets"),
    (changed(markets=[MARKET] * 9), "at most eight markets"),
    (changed(reporters=[{"x": 1, "y": 2}] * 6), "seven reporters"),
    (changed(reporters=[{"x": 1, "y": number} for number in range(7)]), "reporters are distinct"),
    (changed(reporters=[{"x": number, "y": 2} for number in range(7)]), "keys are field elements"),
    (changed(quorum=4), "an odd quorum"),
    (changed(quorum=9), "an odd quorum"),
    (changed(max_age=0), "an age"),
    (changed(fee_account={"x": 5, "y": 6, "owner": 0}), "an owner"),
    (changed(fee_account={"x": 5, "y": 6, "owner": 1 << 160}), "an owner"),
    (changed(book_pages=1025), "pages of a book"),
    (changed(book_pages=1.0), "numbers are whole"),
    (changed(admission={"order_cap": 0, "order_bond": 0}), "an order cap"),
    (with_market(initial=1_000_001), "fractions are at most one"),
    (with_market(initial=True), "numbers are whole"),
    (with_market(taker_fee=2_001), "reserve >= taker fee >= maker fee"),
    (with_market(maker_fee=1_001), "reserve >= taker fee >= maker fee"),
    (with_market(initial=1_999, maintenance=1), "initial >= reserve and at least 1"),
    (with_market(initial=0, maintenance=0, reserve=0, taker_fee=0, maker_fee=0), "initial >= reserve and at least 1"),
    (with_market(reserve=100_000, taker_fee=100_001), "reserve >= taker fee >= maker fee"),
    (with_market(initial=200_000, reserve=200_000, taker_fee=100_001), "fees are at most a tenth"),
    (with_market(maintenance=100_001), "maintenance <= initial"),
    (with_market(jump=0), "marks can move"),
    (with_market(sweep=0), "a sweep"),
    (with_market(sweep=241), "a sweep"),
    (with_market(tick=0), "a tick"),
    (with_market(minimum=0), "a minimum"),
    (with_market(status=2), "a status"),
    (with_market(reference_price=0), "a price"),
    (with_market(reference_price=199_999), "a maker fee on a lot is nothing or 100 micro-units"),
]


@pytest.mark.parametrize("data, law", BROKEN, ids=[f"{place} {law}" for place, (_, law) in enumerate(BROKEN)])
def test_a_file_that_breaks_a_law(data: dict, law: str) -> None:
    with pytest.raises(BadGenesis) as broken:
        Genesis.from_dict(data)
    assert broken.value.law == law


def test_no_maker_fee_is_no_small_fee() -> None:
    Genesis.from_dict(with_market(reference_price=1, maker_fee=0))


def test_a_genesis_survives_its_file() -> None:
    found = genesis()
    assert Genesis.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_every_listed_market_has_two_sentinels_of_rank_zero() -> None:
    sentinels = genesis(markets=2).sentinels()
    assert sorted(sentinels) == [book << 24 for book in range(4)]
    for address, row in sentinels.items():
        assert row == (0, 0, 0, SENTINEL_PRICE[address >> 24 & 1], 2**36 - 1, 0, 1, 0)


def test_the_root_of_genesis() -> None:
    hasher = SlowHasher()
    engine = Engine(genesis("XS"), DOMAIN, "XS")
    assert engine.root(hasher) == ROOT
    # The terms of admission are no part of the state, nor is where the rollup settles.
    other = genesis("XS", order_cap=3, tick=5, minimum=2)
    assert Engine(other, Domain(1, 2), "XS").root(hasher) == ROOT
    assert Engine(genesis("XS", initial=100_001), DOMAIN, "XS").root(hasher) != ROOT


def test_a_deployment_must_suit_its_size_class() -> None:
    with pytest.raises(ValueError, match="takes 3 reports, the quorum is 5"):
        Engine(genesis("S"), DOMAIN, "XS")
    with pytest.raises(ValueError, match="fits sweeps of 16"):
        Engine(genesis("M", sweep=64), DOMAIN, "S")
