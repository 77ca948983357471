"""What is owed is fetched by its owner, once, and by nobody else."""

import pytest
from web3.logs import DISCARD

from tests.verifier.world import TOKEN, World, refused


@pytest.fixture
def owing(world: World) -> World:
    """The first owner is owed a token, the second half of one."""
    world.open_accounts(2)
    world.run("XS", 2, [world.owed(0, TOKEN), world.owed(1, TOKEN // 2)])
    return world


def balance(world: World, address: str) -> int:
    return world.settlement.token.functions.balanceOf(address).call()


def test_an_owner_fetches_what_is_owed(owing: World) -> None:
    owner = owing.owners[0]
    before = balance(owing, owner.address)
    receipt = owing.settlement.claim(owner)
    assert balance(owing, owner.address) == before + TOKEN
    assert owing.settlement.owed(owner.address) == 0
    (event,) = owing.settlement.contract.events.Claimed().process_receipt(receipt, errors=DISCARD)
    assert (event["args"]["owner"], event["args"]["amount"]) == (owner.address, TOKEN)


def test_nothing_is_fetched_twice(owing: World) -> None:
    owing.settlement.claim(owing.owners[0])
    assert refused(lambda: owing.settlement.claim(owing.owners[0])) == "claim: nothing is owed"


def test_strangers_fetch_nothing(owing: World) -> None:
    for sender in (owing.owners[2], owing.operator, owing.admin):
        assert refused(lambda sender=sender: owing.settlement.claim(sender)) == "claim: nothing is owed"
    assert owing.settlement.owed(owing.owners[1].address) == TOKEN // 2


def test_debts_add_up_over_batches_and_claims(owing: World) -> None:
    owner = owing.owners[0]
    owing.run("XS", 0, [owing.owed(0, 100), owing.owed(0, 200)])
    assert owing.settlement.owed(owner.address) == TOKEN + 300
    owing.settlement.claim(owner)
    owing.run("XS", 0, [owing.owed(0, 400)])
    assert owing.settlement.owed(owner.address) == 400
    before = balance(owing, owner.address)
    owing.settlement.claim(owner)
    assert balance(owing, owner.address) == before + 400


def test_everything_adds_up(owing: World) -> None:
    """Held by the contract: what backs accounts and what is owed."""
    held = balance(owing, owing.settlement.address)
    owed = sum(owing.settlement.owed(owner.address) for owner in owing.owners)
    assert held == owing.settlement.state().escrow + owed
    owing.settlement.claim(owing.owners[1])
    assert balance(owing, owing.settlement.address) == held - TOKEN // 2


def test_debts_outlive_the_operator(owing: World) -> None:
    """Nothing is left to do but to claim: no commitment, no operator."""
    owing.settlement.nominate_operator(owing.admin, owing.owners[4].address)
    owing.settlement.accept_operator(owing.owners[4])
    owing.net.warp(owing.chain.now + 10 * 365 * 86_400)
    owing.settlement.claim(owing.owners[0])
