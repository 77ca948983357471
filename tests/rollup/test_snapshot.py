"""Snapshots hold the whole state, and only a state of the same deployment comes out of them."""

import json

import pytest

from rollup.engine import Engine
from tests.rollup.desk import BUY, DOMAIN, HASHER, SELL, Desk, genesis, quote


def busy() -> Desk:
    desk = Desk()
    desk.sheet(1, quote(BUY, 9_990, 2), quote(BUY, 9_990, 3), quote(SELL, 10_010, 1))
    desk.place(2, SELL, 9_990, 1)
    desk.sheet(1, quote(BUY, 9_980, 1))
    desk.place(3, BUY, 9_000, 1, expiry=desk.clock)
    return desk


def test_a_restored_engine_answers_and_goes_on_alike() -> None:
    desk = busy()
    desk.seal()
    engine = desk.engine
    restored = Engine.restore(desk.genesis, DOMAIN, "S", engine.snapshot())
    assert restored.snapshot() == engine.snapshot()
    assert restored.root(HASHER) == engine.root(HASHER)
    assert restored.number == engine.number
    assert restored.book(0) == engine.book(0)
    assert restored.account(1) == engine.account(1)
    for each in (engine, restored):
        each.advance(desk.clock + 1)
    assert restored.collectable() == engine.collectable() != []
    order = desk.order(2, SELL, 9_000, 9)
    assert restored.apply(order) == engine.apply(order)
    assert json.dumps(restored.seal(HASHER).trace) == json.dumps(engine.seal(HASHER).trace)


def test_a_snapshot_of_genesis_needs_no_hash() -> None:
    engine = Engine(genesis(), DOMAIN, "S")
    restored = Engine.restore(genesis(), DOMAIN, "S", engine.snapshot())
    assert restored.root(HASHER) == engine.root(HASHER)


def test_a_snapshot_of_another_deployment_is_refused() -> None:
    data = Engine(genesis(), DOMAIN, "S").snapshot()
    with pytest.raises(ValueError, match="another deployment"):
        Engine.restore(genesis(initial=200_000), DOMAIN, "S", data)
    with pytest.raises(ValueError, match="another deployment"):
        Engine.restore(genesis(), DOMAIN, "S", b'{"format":0}')
    with pytest.raises(ValueError):
        Engine.restore(genesis(), DOMAIN, "S", data[:-1])
