"""Collateral that behaves badly harms nobody but its own holders."""

from pathlib import Path

import pytest

from tests.verifier import kept
from tests.verifier.world import KEY, SILENT, TOKEN, World, refused
from verifier.compile import CONTRACTS, Contract, contract
from verifier.deploy import DEPLOY_GAS, constructor
from verifier.settlement import Proven, Settlement
from verifier.statement import Withdrawal

MICRO_18 = 10**12
"""Smallest units in a micro-unit of a token of 18 decimals."""


def deploy(world: World, name: str, decimals: int = 6):
    """A token of this kind with funds for all owners, and a settlement contract that holds it."""
    token = world.chain.deploy(contract(name, kept.CONTRACTS), world.admin, decimals, gas=DEPLOY_GAS)
    settlement = world.deploy(token=token.address)
    settlement.token = token
    for owner in world.owners[:3]:
        settlement.mint(owner, 1000 * TOKEN)
    world.settlement = settlement
    return token


@pytest.fixture
def world(world: World):
    """The world gets its own contract back."""
    kept = world.settlement
    yield world
    world.settlement = kept


def send(world: World, function, sender=None) -> None:
    world.chain.send(function, sender or world.admin, gas=1_000_000)


def test_a_token_that_returns_nothing_works(world: World) -> None:
    token = deploy(world, "SilentToken")
    world.open_accounts(1)
    world.run("XS", 1, [world.owed(0)])
    world.settlement.claim(world.owners[0])
    assert token.functions.balanceOf(world.owners[0].address).call() == 999 * TOKEN


def test_a_token_that_says_false_moves_nothing(world: World) -> None:
    token = deploy(world, "RefusingToken")
    world.open_accounts(1)
    world.run("XS", 1, [world.owed(0)])
    send(world, token.functions.refuse(True))
    assert refused(lambda: world.open_accounts(1)) == "vault: the token refused"
    assert refused(lambda: world.settlement.claim(world.owners[0])) == "vault: the token refused"
    assert world.settlement.owed(world.owners[0].address) == TOKEN
    send(world, token.functions.refuse(False))
    world.settlement.claim(world.owners[0])


def test_what_is_received_counts(world: World) -> None:
    token = deploy(world, "FeeToken")
    send(world, token.functions.charge(3, 0))
    account, _ = world.settlement.open_account(world.owners[0], 2 * TOKEN, KEY)
    (deposit,) = world.settlement.deposits(1, 1)
    assert (deposit.account, deposit.amount) == (account, 2 * TOKEN - 3)
    assert world.settlement.state().escrow == 2 * TOKEN - 3
    assert token.functions.balanceOf(world.settlement.address).call() == 2 * TOKEN - 3


def test_a_fee_that_leaves_less_than_the_minimum_is_refused(world: World) -> None:
    token = deploy(world, "FeeToken")
    send(world, token.functions.charge(1, 0))
    reason = refused(lambda: world.settlement.open_account(world.owners[0], TOKEN, KEY))
    assert reason == "deposit: less than the minimum"


def test_a_fraction_of_a_micro_unit_is_refused(world: World) -> None:
    token = deploy(world, "FeeToken", 18)
    assert world.settlement.scale == MICRO_18
    send(world, token.functions.charge(1, 0))
    reason = refused(lambda: world.settlement.open_account(world.owners[0], 2 * TOKEN, KEY))
    assert reason == "vault: received a fraction of a micro-unit"
    send(world, token.functions.charge(5 * MICRO_18, 0))
    world.settlement.open_account(world.owners[0], 2 * TOKEN, KEY)
    assert world.settlement.deposits(1, 1)[0].amount == 2 * TOKEN - 5


def test_eighteen_decimals_go_in_and_out(world: World) -> None:
    token = deploy(world, "SilentToken", 18)
    world.open_accounts(1)
    world.run("XS", 1, [world.owed(0)])
    world.settlement.claim(world.owners[0])
    assert token.functions.balanceOf(world.owners[0].address).call() == 999 * TOKEN * MICRO_18


def test_a_fee_on_the_way_out_is_the_receivers(world: World) -> None:
    token = deploy(world, "FeeToken")
    world.open_accounts(1)
    world.run("XS", 1, [world.owed(0)])
    send(world, token.functions.charge(7, 0))
    world.settlement.claim(world.owners[0])
    assert token.functions.balanceOf(world.owners[0].address).call() == 999 * TOKEN - 7
    assert token.functions.balanceOf(world.settlement.address).call() == TOKEN


def test_a_fee_on_top_is_refused(world: World) -> None:
    """It would come out of what backs others."""
    token = deploy(world, "FeeToken")
    world.open_accounts(2)
    world.run("XS", 2, [world.owed(0)])
    send(world, token.functions.charge(0, 1))
    reason = refused(lambda: world.settlement.claim(world.owners[0]))
    assert reason == "vault: the token took more than was paid"
    assert token.functions.balanceOf(world.settlement.address).call() == 4 * TOKEN


def unlocked(folder: Path) -> Contract:
    """The settlement contract without its locks."""
    for path in CONTRACTS.glob("*.vy"):
        (folder / path.name).write_text(path.read_text().replace("@nonreentrant\n", ""))
    return contract("Settlement", folder)


def calling_back(world: World, entry: str):
    """A token that, while it moves, calls a function which would let it: it has an account, coins, and is owed some."""
    token = world.settlement.token.functions
    functions = world.settlement.contract.functions
    holder = int(world.settlement.token.address, 16)
    send(world, token.endow(100 * TOKEN))

    def aim(function) -> None:
        send(world, token.aim(world.settlement.address, function._encode_transaction_data()))

    aim(functions.open_account(2 * TOKEN, *KEY))
    send(world, token.poke())
    world.run("XS", 1, [Withdrawal(holder, TOKEN // 2), Withdrawal(holder, TOKEN // 2)])
    if entry.startswith("settle"):
        batch = world.prove(world.statement())
        world.settlement.nominate_operator(world.admin, world.settlement.token.address)
        aim(functions.accept_operator())
        send(world, token.poke())
        clock = batch.statement.outcome.clock
        aim(functions.commit(2, 1, clock, batch.statement.digest(batch.inputs.sponge)))
        send(world, token.poke())
        proven = Proven(batch.statement, batch.inputs.sponge, batch.proof)
        if entry == "settle_many":
            return aim, functions.settle_many(1, 2, [(proven.sponge, *proven.outcome)])
        return aim, world.settlement.settling([proven]).function
    address = world.settlement.token.address
    arguments = {"deposit": (1, address, TOKEN), "open_account": (TOKEN, *KEY), "claim": ()}[entry]
    return aim, functions[entry](*arguments)


def settlement_without_locks(world: World, folder: Path) -> Settlement:
    """The same terms as ``deploy``'s."""
    terms = world.terms._replace(token=world.settlement.token.address)
    deployed = world.chain.deploy(unlocked(folder), world.admin, *constructor(terms), gas=DEPLOY_GAS)
    settlement = Settlement(world.chain, deployed.address)
    settlement.accept_operator(world.operator)
    return settlement


@pytest.mark.parametrize("entry", ["deposit", "open_account", "claim", "settle_xs", "settle_many"])
@pytest.mark.parametrize("locked", [True, False])
def test_a_token_that_calls_back_finds_the_door_locked(world: World, entry: str, locked: bool, tmp_path: Path) -> None:
    token = deploy(world, "ReenteringToken")
    if not locked:
        world.settlement = settlement_without_locks(world, tmp_path)
        world.settlement.token = token
    aim, inner = calling_back(world, entry)
    aim(inner)
    before = world.settlement.state()
    outer = world.settlement.contract.functions.deposit(1, token.address, 2 * TOKEN)
    if locked:
        assert refused(lambda: send(world, outer, world.owners[0])).endswith(SILENT)
        assert world.settlement.state() == before
    else:
        send(world, outer, world.owners[0])
        assert world.settlement.state() != before


def test_a_token_may_look_while_it_moves(world: World) -> None:
    token = deploy(world, "ReenteringToken")
    data = world.settlement.contract.functions.escrow()._encode_transaction_data()
    send(world, token.functions.aim(world.settlement.address, data))
    world.open_accounts(1)


@pytest.mark.parametrize("decimals", [0, 5, 25, 255])
def test_decimals_out_of_range_are_refused(world: World, decimals: int) -> None:
    token = world.chain.deploy(contract("SilentToken", kept.CONTRACTS), world.admin, decimals, gas=DEPLOY_GAS)
    assert refused(lambda: world.deploy(token=token.address)) == "vault: decimals out of range"


def test_the_token_is_a_contract(world: World) -> None:
    assert refused(lambda: world.deploy(token=world.owners[0].address)) == "vault: the token is no contract"
