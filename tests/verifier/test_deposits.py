"""Accounts and the queue: only deposits that the rollup can always apply."""

import pytest
from eth_hash.auto import keccak

from rollup.layout import DEPOSIT_MAX, ESCROW_MAX, FIELD
from tests.verifier.world import KEY, TOKEN, World, refused, slot_of
from verifier.deploy import NOBODY
from verifier.statement import Deposit, to_bytes


def test_accounts_are_numbered_and_bound(world: World) -> None:
    first, second = world.owners[:2]
    assert world.settlement.open_account(first, 2 * TOKEN, KEY)[0] == 1
    assert world.settlement.open_account(second, 3 * TOKEN, KEY)[0] == 2
    assert world.settlement.open_account(first, 4 * TOKEN, KEY)[0] == 3
    owner_of = world.settlement.contract.functions.owner_of
    assert [owner_of(account).call() for account in range(4)] == [
        NOBODY,
        first.address,
        second.address,
        first.address,
    ]
    state = world.settlement.state()
    assert (state.accounts, state.queued, state.escrow) == (3, 3, 9 * TOKEN)


def test_the_queue_is_told_by_events_and_kept_as_hashes(world: World) -> None:
    world.open_accounts(2)
    world.settlement.deposit(world.owners[3], 1, world.owners[0].address, 5 * TOKEN)
    expected = [
        Deposit.of(1, 2 * TOKEN, KEY[0], int(world.owners[0].address, 16)),
        Deposit.of(2, 2 * TOKEN, KEY[0], int(world.owners[1].address, 16)),
        Deposit.of(1, 5 * TOKEN),
    ]
    assert world.settlement.deposits(1, 3) == expected
    assert world.settlement.deposits(2, 1) == expected[1:2]
    link = b"\0" * 32
    for index, deposit in enumerate(expected):
        link = keccak(link + to_bytes(deposit))
        assert world.settlement.contract.functions.link_of(index + 1).call() == link


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ((0, 1), "deposit: key out of range"),
        ((FIELD, KEY[1]), "deposit: key out of range"),
        ((KEY[0], KEY[1] + FIELD), "deposit: key out of range"),
        ((KEY[0], KEY[1] + 1), "deposit: key is not on the curve"),
        ((KEY[1], KEY[0]), "deposit: key is not on the curve"),
    ],
)
def test_a_bad_key_is_refused(world: World, key: tuple[int, int], reason: str) -> None:
    assert refused(lambda: world.settlement.open_account(world.owners[0], 2 * TOKEN, key)) == reason


def test_both_points_of_an_x_are_keys(world: World) -> None:
    world.settlement.open_account(world.owners[0], 2 * TOKEN, (KEY[0], FIELD - KEY[1]))


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (0, "deposit: less than the minimum"),
        (TOKEN - 1, "deposit: less than the minimum"),
        (DEPOSIT_MAX + 1, "deposit: more than the most"),
        (2**255, "deposit: more than the most"),
    ],
)
def test_an_amount_out_of_range_is_refused(world: World, amount: int, reason: str) -> None:
    world.open_accounts(1)
    owner = world.owners[0]
    assert refused(lambda: world.settlement.open_account(owner, amount, KEY)) == reason
    assert refused(lambda: world.settlement.deposit(owner, 1, owner.address, amount)) == reason


def test_the_smallest_and_the_largest_deposit_are_taken(world: World) -> None:
    owner = world.owners[0]
    world.settlement.mint(owner, DEPOSIT_MAX)
    world.settlement.approve(owner, 2 * DEPOSIT_MAX)
    world.settlement.open_account(owner, TOKEN, KEY)
    world.settlement.deposit(owner, 1, owner.address, DEPOSIT_MAX)
    assert world.settlement.state().escrow == TOKEN + DEPOSIT_MAX


@pytest.mark.parametrize("account", [0, 1, 2, 2**24, 2**255])
def test_a_deposit_names_the_accounts_owner(world: World, account: int) -> None:
    world.open_accounts(2)
    owner = {1: world.owners[1].address, 2: world.owners[0].address}.get(account, NOBODY)
    call = lambda: world.settlement.deposit(world.owners[0], account, owner, TOKEN)  # noqa: E731
    assert refused(call) == "deposit: account has another owner"


def test_the_escrow_stays_below_its_cap(world: World) -> None:
    world.open_accounts(1)
    owner = world.owners[0]
    slot = slot_of(world.net, world.settlement.address, 2 * TOKEN)
    world.net.call("anvil_setStorageAt", world.settlement.address, slot, f"0x{ESCROW_MAX - 2 * TOKEN:064x}")
    call = lambda: world.settlement.deposit(owner, 1, owner.address, 2 * TOKEN)  # noqa: E731
    assert refused(call) == "vault: escrow is full"
    world.settlement.deposit(owner, 1, owner.address, 2 * TOKEN - 1)


def test_account_numbers_end(world: World) -> None:
    for owner in world.owners[:3]:
        world.settlement.open_account(owner, 2 * TOKEN, KEY)
    world.settlement.deposit(world.owners[0], 1, world.owners[0].address, TOKEN)  # so that counts differ
    slot = slot_of(world.net, world.settlement.address, 3)
    world.net.call("anvil_setStorageAt", world.settlement.address, slot, f"0x{2**24 - 2:064x}")
    assert world.settlement.open_account(world.owners[0], TOKEN, KEY)[0] == 2**24 - 1
    call = lambda: world.settlement.open_account(world.owners[0], TOKEN, KEY)  # noqa: E731
    assert refused(call) == "deposit: no account numbers left"


def test_money_that_is_only_sent_changes_nothing(world: World) -> None:
    world.open_accounts(1)
    token = world.settlement.token.functions
    world.chain.send(token.transfer(world.settlement.address, 7 * TOKEN), world.owners[0], gas=100_000)
    assert world.settlement.state().escrow == 2 * TOKEN
    world.settlement.deposit(world.owners[1], 1, world.owners[0].address, TOKEN)
    assert world.settlement.state().escrow == 3 * TOKEN


@pytest.mark.parametrize("minimum", [0, DEPOSIT_MAX + 1])
def test_a_minimum_out_of_range_is_refused(world: World, minimum: int) -> None:
    assert refused(lambda: world.deploy(minimum=minimum)) == "deposit: minimum out of range"
