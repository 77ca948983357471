"""Verifying a batch from chain data: what holds, and who notices what does not."""

import pytest

from tests.verifier.simulator import Simulator
from tests.verifier.world import TOKEN, World
from verifier.audit import Auditor, tampered, verify_batch
from verifier.errors import VerifierError
from verifier.groth16 import Proof
from verifier.settlement import SettledBatch
from verifier.statement import Deposit, Withdrawal

NAMES = ["commitment", "time", "roots", "deposits", "withdrawals", "words", "digest", "sponge", "key", "proof"]


@pytest.fixture
def settled(world: World) -> World:
    """Three batches: deposits, a withdrawal, nothing."""
    world.open_accounts(2)
    world.run("XS", 2)
    world.settlement.deposit(world.owners[0], 1, world.owners[0].address, TOKEN)
    world.run("S", 1, [world.owed(1)])
    world.run("XS")
    return world


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_check_of_an_honest_batch_holds(settled: World, number: int) -> None:
    heard = []
    report = verify_batch(settled.settlement, number, key=settled.simulator.key, hear=heard.append)
    assert [check.name for check in report.checks] == NAMES
    assert report.holds and report.refusals == ()
    assert tuple(heard) == report.checks
    assert all(check.detail for check in report.checks)


@pytest.mark.parametrize("number", [2, 3])
def test_a_changed_word_is_noticed(settled: World, number: int) -> None:
    report = verify_batch(settled.settlement, number, tamper=True)
    assert not report.holds
    noticed = {check.name for check in report.refusals}
    assert {"digest", "sponge", "proof"} <= noticed
    (proof,) = [check for check in report.checks if check.name == "proof"]
    assert proof.detail.startswith("CIRCUIT_FALSE")


def test_tampering_changes_one_word(settled: World) -> None:
    for number in (2, 3):
        honest = settled.settlement.batch(number).statement
        words, lies = honest.padded(), tampered(honest).padded()
        assert sum(a != b for a, b in zip(words, lies, strict=True)) == 1


def changed(batch: SettledBatch, what: str) -> SettledBatch:
    """A batch that a lying node tells."""
    statement, sealed = batch.statement, batch.commitment
    deposit = statement.deposits[0]
    lies = {
        "late": {"commitment": sealed._replace(time=sealed.clock + 301)},
        "early": {"commitment": sealed._replace(time=sealed.clock - 1)},
        "another T": {"commitment": sealed._replace(clock=sealed.clock + 1)},
        "another class": {"commitment": sealed._replace(size_class="M")},
        "committed afterwards": {"commitment": sealed._replace(block=batch.block + 1)},
        "another digest": {"commitment": sealed._replace(digest=b"\0" * 32)},
        "another proof": {"proof": Proof.from_words(reversed(batch.proof.words()))},
        "another p": {"sponge": batch.sponge + 1},
        "another root before": {"statement": statement._replace(root_before=5)},
        "a larger deposit": {"statement": statement._replace(deposits=(Deposit(deposit.word + (1 << 24)),))},
        "a deposit less": {"statement": statement._replace(deposits=())},
        "a stranger": {"statement": statement._replace(withdrawals=(Withdrawal(0xBAD, TOKEN),))},
        "another batch": {"statement": statement._replace(number=1)},
        "another contract": {"statement": statement._replace(contract=1)},
        "another chain": {"statement": statement._replace(chain_id=1)},
    }
    return batch._replace(**lies[what])


LIES = {
    "late": {"time"},
    "early": {"time"},
    "another T": {"time"},
    "another class": {"commitment"},
    "committed afterwards": {"commitment"},
    "another digest": {"digest"},
    "another proof": set(),
    "another p": {"digest", "sponge"},
    "another root before": {"roots", "digest", "sponge"},
    "a larger deposit": {"deposits", "digest", "sponge"},
    "a deposit less": {"digest", "sponge"},
    "a stranger": {"withdrawals", "digest", "sponge"},
    "another batch": {"roots", "digest", "sponge"},
    "another contract": {"digest", "sponge"},
    "another chain": {"digest", "sponge"},
}
"""What a node may lie about, and the checks before the proof that notice."""


def test_what_a_lying_node_tells_is_noticed(settled: World) -> None:
    honest = settled.settlement.batch(2)
    for what, by in LIES.items():
        auditor = Auditor(settled.settlement, changed(honest, what))
        noticed = {name for name in NAMES[:-1] if not getattr(auditor, name)()[0]}
        assert noticed == by, what


@pytest.mark.parametrize("what", ["another proof", "another p", "a deposit less"])
def test_the_proof_does_not_hold_for_what_a_lying_node_tells(settled: World, what: str) -> None:
    assert not Auditor(settled.settlement, changed(settled.settlement.batch(2), what)).proof()[0]


def test_another_key_than_expected_is_noticed(settled: World) -> None:
    report = verify_batch(settled.settlement, 1, key=Simulator("another set-up").key)
    assert [check.name for check in report.refusals] == ["key"]


def test_an_unsettled_batch_is_not_verified(settled: World) -> None:
    with pytest.raises(VerifierError, match="BATCH_UNSETTLED"):
        verify_batch(settled.settlement, 4)


def test_a_batch_committed_anew_is_told_by_its_last_commitment(world: World) -> None:
    first = world.prove(world.statement())
    world.commit(first)
    world.net.warp(world.chain.now + 90_000)
    world.settlement.void(world.owners[0], 1)
    second = world.run()
    assert world.settlement.commitment(1).digest == second.statement.digest(second.inputs.sponge)
    assert verify_batch(world.settlement, 1).holds
