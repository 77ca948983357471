"""A random walk through the contract beside a model of it: money is where it should be after every step."""

import random
from dataclasses import dataclass, field

import pytest

from tests.verifier.world import KEY, TOKEN, Batch, World, refused
from verifier.statement import Withdrawal

STEPS = 70
OWNERS = 3


@dataclass
class Model:
    """What the contract should hold."""

    escrow: int = 0
    owed: dict[str, int] = field(default_factory=dict)
    queued: int = 0
    taken: int = 0
    settled: int = 0
    accounts: list[str] = field(default_factory=list)
    pending: list[Batch] = field(default_factory=list)


def check(world: World, model: Model) -> None:
    state = world.settlement.state()
    assert (state.escrow, state.queued, state.taken) == (model.escrow, model.queued, model.taken)
    assert (state.settled, state.committed) == (model.settled, model.settled + len(model.pending))
    assert state.accounts == len(model.accounts)
    owed = {owner.address: world.settlement.owed(owner.address) for owner in world.owners[:OWNERS]}
    assert owed == {owner.address: model.owed.get(owner.address, 0) for owner in world.owners[:OWNERS]}
    held = world.settlement.token.functions.balanceOf(world.settlement.address).call()
    assert held == model.escrow + sum(model.owed.values())


def deposit(world: World, model: Model, draw: random.Random) -> None:
    owner, amount = draw.choice(world.owners[:OWNERS]), draw.randint(TOKEN, 3 * TOKEN)
    if not model.accounts or draw.random() < 0.3:
        world.settlement.open_account(owner, amount, KEY)
        model.accounts.append(owner.address)
    else:
        account = draw.randrange(len(model.accounts))
        world.settlement.deposit(owner, account + 1, model.accounts[account], amount)
    model.escrow += amount
    model.queued += 1


def commit(world: World, model: Model, draw: random.Random) -> None:
    last = model.pending[-1].statement if model.pending else None
    ahead = sum(len(batch.statement.deposits) for batch in model.pending)
    first = model.taken + ahead + 1
    count = min(draw.randint(0, 3), model.queued - first + 1)
    promised = sum(w.amount for batch in model.pending for w in batch.statement.withdrawals)
    free = model.escrow - promised
    owed = [
        Withdrawal(int(draw.choice(world.owners[:OWNERS]).address, 16), draw.randint(1, max(free // 8, 1)))
        for _ in range(draw.randint(0, 2) if free > 8 else 0)
    ]
    batch = world.prove(
        world.statement(
            draw.choice(["XS", "S", "M"]),
            world.settlement.deposits(first, count),
            owed,
            number=model.settled + len(model.pending) + 1,
            root_before=last.outcome.root if last else world.settlement.state().root,
        )
    )
    world.commit(batch)
    model.pending.append(batch)


def settle(world: World, model: Model, draw: random.Random) -> None:
    if not model.pending:
        return
    batch = model.pending.pop(0)
    world.settle(batch)
    model.settled += 1
    model.taken += len(batch.statement.deposits)
    for withdrawal in batch.statement.withdrawals:
        owner = world.chain.web3.to_checksum_address(f"0x{withdrawal.owner:040x}")
        model.owed[owner] = model.owed.get(owner, 0) + withdrawal.amount
        model.escrow -= withdrawal.amount


def claim(world: World, model: Model, draw: random.Random) -> None:
    owner = draw.choice(world.owners[:OWNERS])
    if model.owed.get(owner.address, 0):
        world.settlement.claim(owner)
        model.owed[owner.address] = 0
    else:
        assert refused(lambda: world.settlement.claim(owner)) == "claim: nothing is owed"


def void(world: World, model: Model, draw: random.Random) -> None:
    if not model.pending:
        return
    place = draw.randrange(len(model.pending))
    clock = model.pending[place].statement.outcome.clock
    world.net.warp(max(clock + 86_401, world.chain.now + 1))
    world.settlement.void(world.owners[0], model.settled + 1 + place)
    del model.pending[place:]


@pytest.mark.parametrize("seed", [1, 2])
def test_money_is_where_it_should_be(world: World, seed: int) -> None:
    draw, model = random.Random(seed), Model()
    steps = [deposit] * 5 + [commit] * 4 + [settle] * 4 + [claim] * 3 + [void]
    for _ in range(STEPS):
        draw.choice(steps)(world, model, draw)
        check(world, model)
    while model.pending:
        settle(world, model, draw)
    check(world, model)
    assert model.settled > 5
