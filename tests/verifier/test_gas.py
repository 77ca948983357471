"""What everything costs, pinned: a change in either direction is news. Same inputs, same bytes, same gas."""

import json
from pathlib import Path

import pytest

from tests.verifier import kept
from tests.verifier.test_settle_many import chained, proven
from tests.verifier.world import KEY, START, TOKEN, World
from verifier.compile import contract
from verifier.deploy import DEPLOY_GAS
from verifier.devnet import HARDFORK
from verifier.statement import fold, to_bytes

PINS = json.loads((Path(__file__).resolve().parent.parent / "pins" / "gas.json").read_text())
WORD = 2**253 + 12345
"""A word without zero bytes to speak of."""


def spent(receipt) -> int:
    """Gas of a transaction."""
    return receipt["gasUsed"]


def batch_of(world: World, deposits: int, withdrawals: int, size_class: str = "S") -> dict[str, int]:
    """Gas of committing and settling one batch, at a time of its own."""
    clock = START + 100_000 + 1000 * world.made
    outcome = world.outcome(clock=clock)
    owed = [world.owed(i, TOKEN // 10) for i in range(withdrawals)]
    batch = world.prove(world.statement(size_class, deposits, owed, outcome=outcome))
    world.net.warp(clock + 1)
    return {"commit": spent(world.commit(batch)), "settle": spent(world.settle(batch))}


def several(world: World, count: int) -> int:
    """Gas of settling so many batches of class S in one transaction, where nothing moves."""
    clock = START + 150_000 + 1000 * world.made
    world.net.warp(clock + 1)
    batches = chained(
        world, [{"outcome": world.outcome(root=10**70 + clock + i, clock=clock)} for i in range(count)], "S"
    )
    return spent(world.settlement.settle_many(world.operator, proven(batches)))


def sharing(world: World) -> dict[str, int]:
    """Settling one by one against settling together; one alone takes the way of one."""
    figures = {f"settle {count} in one transaction, nothing moves": several(world, count) for count in (2, 3, 4)}
    alone = several(world, 1)
    for count in (2, 4):
        figures[f"saved a batch by settling {count} together"] = (
            alone - figures[f"settle {count} in one transaction, nothing moves"] // count
        )
    return figures


@pytest.fixture
def measured(world: World) -> dict[str, int]:
    """Every figure that is pinned."""
    owner = world.owners[0]
    figures = {}
    opened = [world.settlement.open_account(one, 2 * TOKEN, KEY)[1] for one in world.owners[:2]]
    figures["open_account, the first of all"], figures["open_account"] = map(spent, opened)
    figures["deposit"] = spent(world.settlement.deposit(owner, 1, owner.address, 2 * TOKEN))
    for other in world.owners[2:4]:
        world.settlement.open_account(other, 2 * TOKEN, KEY)
    for _ in range(13):
        world.settlement.deposit(owner, 1, owner.address, 2 * TOKEN)
    first = sum(batch_of(world, 4, 4).values())
    figures["commit and settle, 4 deposits, 4 withdrawals to new recipients, the first batch"] = first
    known = batch_of(world, 4, 4)
    figures["commit"] = known["commit"]
    figures["settle, 4 deposits, 4 withdrawals to known recipients"] = known["settle"]
    figures["commit and settle, 4 deposits, 4 withdrawals to known recipients"] = sum(known.values())
    figures["settle, nothing moves"] = batch_of(world, 0, 0)["settle"]
    figures["settle, class XS, nothing moves"] = batch_of(world, 0, 0, "XS")["settle"]
    figures["settle, class M, nothing moves"] = batch_of(world, 0, 0, "M")["settle"]
    figures |= sharing(world)
    figures["claim"] = spent(world.settlement.claim(owner))
    figures["void"] = voided(world)
    figures |= in_the_ring(world)
    figures["a further public word, without calldata"] = word(world)
    figures["verify"] = verified(world)
    return figures


def voided(world: World) -> int:
    """Void one commitment."""
    clock = START + 500_000
    world.net.warp(clock)
    function = world.settlement.contract.functions.commit(
        world.settlement.state().committed + 1, 1, clock, b"\x07" * 32
    )
    world.chain.send(function, world.operator, gas=200_000)
    world.net.warp(clock + 86_401)
    return spent(world.settlement.void(world.owners[0], world.settlement.state().committed))


def in_the_ring(world: World) -> dict[str, int]:
    """Commit where a seal was before, as every batch after the first round does."""
    clock = START + 700_000
    world.net.warp(clock)
    function = world.settlement.contract.functions.commit(
        world.settlement.state().committed + 1, 1, clock, b"\x07" * 32
    )
    return {"commit over an old seal": spent(world.chain.send(function, world.operator, gas=200_000))}


def word(world: World) -> int:
    """Hash and fold of one more word: the slope from 24 to 144 words."""
    door = world.chain.deploy(contract("FingerprintDoor", kept.CONTRACTS), world.admin, gas=DEPLOY_GAS)
    few, many = (door.functions.polynomial(WORD, to_bytes([WORD] * count)).call()[1] for count in (24, 144))
    return round((many - few) / 120)


def verified(world: World) -> int:
    """Execution of the verifier alone, without the transaction's own cost and calldata."""
    inputs = (WORD, WORD + 1, WORD + 2)
    verifier = world.settlement.verifier("XS")
    data = verifier.functions.verify(tuple(world.simulator.prove(inputs)), inputs)._encode_transaction_data()
    traced = world.net.call("debug_traceCall", {"to": verifier.address, "data": data}, "latest", {})
    return int(traced["gas"]) - 21_000 - sum(16 if byte else 4 for byte in bytes.fromhex(data[2:]))


def test_gas_is_as_pinned(measured: dict[str, int]) -> None:
    assert PINS["hardfork"] == HARDFORK
    assert measured == PINS["gas"]


def test_the_targets_are_met() -> None:
    gas = PINS["gas"]
    assert gas["commit and settle, 4 deposits, 4 withdrawals to known recipients"] <= 430_000
    assert gas["settle 4 in one transaction, nothing moves"] <= 2 * gas["settle, nothing moves"]
    assert gas["a further public word, without calldata"] <= 130


def test_a_word_is_folded_as_python_folds_it(world: World) -> None:
    door = world.chain.deploy(contract("FingerprintDoor", kept.CONTRACTS), world.admin, gas=DEPLOY_GAS)
    for count in (0, 1, 2, 11, 12, 13, 23, 24, 25, 48, 143, 144):
        words = [WORD - i * i for i in range(count)]
        assert door.functions.polynomial(WORD, to_bytes(words)).call()[0] == fold(words, WORD)
