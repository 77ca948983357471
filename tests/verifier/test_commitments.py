"""Commitments: in time, in order, never replaced; voided when they wait too long."""

import pytest

from tests.verifier import kept
from tests.verifier.world import START, TOKEN, Batch, World, refused, slot_of
from verifier.chain import Chain
from verifier.compile import contract
from verifier.deploy import DEPLOY_GAS, NOBODY, deploy_settlement
from verifier.devnet import Devnet
from verifier.errors import VerifierError

SOON = START + 10_000
DAY = 86_400


def commit(world: World, number: int, clock: int, size_class: int = 1, digest: bytes = b"\x07" * 32, sender=None):
    """Any digest for any batch."""
    function = world.settlement.contract.functions.commit(number, size_class, clock, digest)
    return world.chain.send(function, sender or world.operator, gas=200_000)


@pytest.mark.parametrize("lag", [0, 1, 299, 300])
def test_t_may_lag_by_the_window(world: World, lag: int) -> None:
    world.net.warp(SOON)
    commit(world, 1, SOON - lag)
    state = world.settlement.state()
    assert (state.committed, state.settled, state.clock) == (1, 0, SOON - lag)


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        (SOON + 1, "commit: T lies ahead"),
        (2**64 + SOON, "commit: T lies ahead"),
        (SOON - 301, "commit: T is too long ago"),
        (0, "commit: T is too long ago"),
    ],
)
def test_t_out_of_the_window_is_refused(world: World, clock: int, reason: str) -> None:
    world.net.warp(SOON)
    assert refused(lambda: commit(world, 1, clock)) == reason


def test_t_does_not_run_back(world: World) -> None:
    world.net.warp(SOON)
    commit(world, 1, SOON - 10)
    world.net.warp(SOON + 1)
    assert refused(lambda: commit(world, 2, SOON - 11)) == "commit: T runs back"
    world.net.warp(SOON + 2)
    commit(world, 2, SOON - 10)


def test_a_commitment_is_never_replaced(world: World) -> None:
    world.net.warp(SOON)
    commit(world, 1, SOON)
    for number in (0, 1, 3, 2**64):
        assert refused(lambda number=number: commit(world, number, SOON)) == "commit: not the next batch"
    assert world.settlement.commitment(1).digest == b"\x07" * 32


def test_only_the_operator_commits(world: World) -> None:
    for sender in (world.admin, world.owners[0]):
        reason = refused(lambda sender=sender: commit(world, 1, world.chain.now, sender=sender))
        assert reason == "roles: sender is not the operator"


@pytest.mark.parametrize("size_class", [0, 6, 2**16, 2**255])
def test_an_unknown_class_is_refused(world: World, size_class: int) -> None:
    assert refused(lambda: commit(world, 1, world.chain.now, size_class)) == "class: not in use"


def test_a_class_without_a_verifier_is_refused(world: World) -> None:
    other = world.deploy(verifiers={"XS": world.verifier})
    function = other.contract.functions.commit(1, 2, world.chain.now, b"\0" * 32)
    assert refused(lambda: world.chain.send(function, world.operator, gas=200_000)) == "class: not in use"


def test_a_verifier_is_a_contract(world: World) -> None:
    reason = refused(lambda: world.deploy(verifiers={"S": world.owners[0].address}))
    assert reason == "class: verifier is no contract"


def test_the_ring_never_overwrites_what_awaits_its_proof(world: World) -> None:
    world.net.warp(SOON)
    commit(world, 1, SOON)
    clock = SOON << 128
    slot = slot_of(world.net, world.settlement.address, 1 | clock)

    def counters(committed: int, settled: int) -> None:
        packed = committed | settled << 64 | clock
        world.net.call("anvil_setStorageAt", world.settlement.address, slot, f"0x{packed:064x}")

    counters(262, 7)
    commit(world, 263, SOON)
    assert refused(lambda: commit(world, 264, SOON)) == "commit: too many await their proofs"
    counters(263, 8)
    commit(world, 264, SOON)


def void(world: World, number: int, sender=None):
    """Void as anyone."""
    return world.settlement.void(sender or world.owners[0], number)


def committed(world: World, count: int) -> list[Batch]:
    """So many batches, committed at SOON one after the other."""
    batches = []
    root = world.settlement.state().root
    for number in range(1, count + 1):
        outcome = world.outcome(clock=SOON + number)._replace(root=1000 + number)
        batch = world.prove(world.statement(number=number, root_before=root, outcome=outcome))
        world.net.warp(SOON + number)
        world.commit(batch)
        batches.append(batch)
        root = 1000 + number
    return batches


def test_a_commitment_is_voided_after_its_day_and_not_before(world: World) -> None:
    committed(world, 1)
    world.net.warp(SOON + 1 + DAY)
    assert refused(lambda: void(world, 1)) == "void: not yet"
    world.net.warp(SOON + 1 + DAY + 1)
    receipt = void(world, 1)
    (event,) = world.settlement.contract.events.Voided().process_receipt(receipt)
    assert (event["args"]["first"], event["args"]["last"]) == (1, 1)
    assert world.settlement.state().committed == 0


def test_voiding_takes_all_later_ones_along_and_leaves_the_earlier(world: World) -> None:
    batches = committed(world, 4)
    world.settle(batches[0])
    world.net.warp(SOON + 3 + DAY + 1)
    void(world, 3)
    state = world.settlement.state()
    assert (state.settled, state.committed) == (1, 2)
    for number in (3, 4):
        assert refused(lambda number=number: void(world, number)) == "void: no such commitment"
    world.settle(batches[1])
    assert refused(lambda: world.settle(batches[2])) == "settle: not committed"


def test_what_follows_a_void_is_committed_anew(world: World) -> None:
    world.open_accounts(1)
    old = committed(world, 2)
    later = SOON + DAY + 100
    world.net.warp(later)
    void(world, 1)
    outcome = world.outcome(clock=later)._replace(root=5555)
    new = world.prove(world.statement(deposits=1, withdrawals=[world.owed(0)], outcome=outcome))
    world.net.warp(later + 1)
    world.commit(new)
    for batch in old:
        reason = refused(lambda batch=batch: world.settle(batch))
        assert reason in ("settle: not what was committed", "settle: not the next batch")
    world.settle(new)
    assert world.settlement.state().root == 5555
    assert world.settlement.owed(world.owners[0].address) == TOKEN
    assert world.settlement.batch(1).statement == new.statement


@pytest.mark.parametrize("number", [0, 2, 2**255])
def test_only_what_awaits_its_proof_is_voided(world: World, number: int) -> None:
    committed(world, 1)
    world.net.warp(SOON + 2 * DAY)
    function = world.settlement.contract.functions.void(number, 1, SOON + 1, b"\0" * 32)
    reason = refused(lambda: world.chain.send(function, world.owners[0], gas=100_000))
    assert reason == "void: no such commitment"


def test_a_settled_batch_is_not_voided(world: World) -> None:
    (batch,) = committed(world, 1)
    world.settle(batch)
    world.net.warp(SOON + 2 * DAY)
    assert refused(lambda: void(world, 1)) == "void: no such commitment"


def test_nobody_backdates_a_commitment_to_void_it(world: World) -> None:
    (batch,) = committed(world, 1)
    world.net.warp(SOON + 100)
    digest, nothing = batch.statement.digest(batch.inputs.sponge), b"\0" * 32
    for size_class, clock, sealed in ((1, 0, digest), (1, SOON, digest), (2, SOON + 1, digest), (1, SOON + 1, nothing)):
        function = world.settlement.contract.functions.void(1, size_class, clock, sealed)
        reason = refused(lambda function=function: world.chain.send(function, world.owners[0], gas=100_000))
        assert reason == "void: not what was committed"


def test_a_late_settlement_of_what_nobody_voided_counts(world: World) -> None:
    (batch,) = committed(world, 1)
    world.net.warp(SOON + 3 * DAY)
    world.settle(batch)
    assert world.settlement.state().settled == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"window": 0}, "commit: window out of range"),
        ({"window": DAY + 1, "patience": 2 * DAY}, "commit: window out of range"),
        ({"patience": 300}, "commit: patience out of range"),
        ({"patience": 30 * DAY + 1}, "commit: patience out of range"),
    ],
)
def test_time_limits_out_of_range_are_refused(world: World, changes: dict, reason: str) -> None:
    assert refused(lambda: world.deploy(**changes)) == reason


def test_the_window_is_an_hour_at_most_but_a_day_on_development_chains(world: World) -> None:
    manual = world.deploy(window=DAY, patience=2 * DAY)
    assert manual.contract.functions.window().call() == DAY
    with Devnet(chain_id=1, timestamp=START) as net:
        chain = Chain(net.url)
        token = chain.deploy(contract("SilentToken", kept.CONTRACTS), world.admin, 6, gas=DEPLOY_GAS)
        terms = world.terms._replace(token=token.address, verifiers={})
        reason = refused(lambda: deploy_settlement(chain, world.admin, terms._replace(window=3601)))
        assert reason == "commit: window out of range"
        hour = deploy_settlement(chain, world.admin, terms._replace(window=3600))
        assert hour.contract.functions.window().call() == 3600


def test_an_uncommitted_batch_has_no_commitment(world: World) -> None:
    with pytest.raises(VerifierError, match="BATCH_UNCOMMITTED"):
        world.settlement.commitment(1)
    assert world.settlement.contract.functions.operator().call() != NOBODY
