"""Several batches in one transaction: each is held to what one alone is held to, and all are settled or none."""

from collections.abc import Sequence

import pytest

from tests.verifier.world import SILENT, TOKEN, Batch, World, refused
from verifier.audit import verify_batch
from verifier.compile import CONTRACTS
from verifier.groth16 import Proof
from verifier.settlement import MANY, Proven
from verifier.statement import Deposit

FALSE = "settle: a proof does not hold"
COMMITTED = "settle: not what was committed"
GAS = 3_000_000


def chained(world: World, parts: Sequence[dict], size_class: str = "XS") -> list[Batch]:
    """Batches that follow each other, committed. Parts name deposits, withdrawals and outcome of each."""
    state = world.settlement.state()
    number, root, taken, batches = state.settled, state.root, state.taken, []
    for part in parts:
        number += 1
        queued = part.get("deposits", 0)
        if isinstance(queued, int):
            queued, taken = world.settlement.deposits(taken + 1, queued), taken + queued
        links = {"number": number, "root_before": root}
        links |= {"outcome": part["outcome"]} if "outcome" in part else {}
        batch = world.prove(world.statement(size_class, queued, part.get("owed", ()), **links))
        world.commit(batch)
        batches.append(batch)
        root = batch.statement.outcome.root
    return batches


def proven(batches: Sequence[Batch]) -> list[Proven]:
    return [Proven(batch.statement, batch.inputs.sponge, batch.proof) for batch in batches]


def settle(world: World, batches: Sequence[Batch]):
    return world.settlement.settle_many(world.operator, proven(batches))


def call(world: World, batches: Sequence[Batch], number: int | None = None, class_: int | None = None, sender=None):
    """Settle with arguments that the client would not send."""
    first = batches[0].statement
    words = [(batch.sponge, *batch.outcome) for batch in proven(batches)]
    function = world.settlement.contract.functions.settle_many(
        first.capacity.number if class_ is None else class_, first.number if number is None else number, words
    )
    return world.chain.send(function, sender or world.operator, gas=GAS)


def test_four_batches_with_deposits_and_withdrawals(world: World) -> None:
    world.open_accounts(4)
    before = world.settlement.state()
    parts = [{"deposits": 2}, {"deposits": 1, "owed": [world.owed(0)]}, {"owed": [world.owed(1), world.owed(0)]}, {}]
    batches = chained(world, parts)
    settle(world, batches)
    after = world.settlement.state()
    assert (after.settled, after.taken) == (4, 3)
    assert after.root == batches[-1].statement.outcome.root
    assert after.escrow == before.escrow - 3 * TOKEN
    assert world.settlement.owed(world.owners[0].address) == 2 * TOKEN
    told = [world.settlement.batch(number) for number in range(1, 5)]
    assert [one.statement for one in told] == [batch.statement for batch in batches]
    assert [one.first_deposit for one in told] == [1, 3, 4, 4]
    assert [one.proof for one in told] == [batch.proof for batch in batches]
    assert verify_batch(world.settlement, 2).holds
    world.run("S", 1)


@pytest.mark.parametrize("count", [2, 3])
def test_fewer_batches_and_then_one_alone(world: World, count: int) -> None:
    batches = chained(world, [{}] * (count + 1), "Q")
    settle(world, batches[:count])
    world.settle(batches[-1])
    assert world.settlement.state().settled == count + 1


def test_one_alone_may_come_as_several(world: World) -> None:
    batches = chained(world, [{}])
    call(world, batches)
    assert world.settlement.state().settled == 1


@pytest.mark.parametrize("place", range(4))
def test_one_false_proof_stops_all(world: World, place: int) -> None:
    batches = chained(world, [{}] * 4)
    batches[place].proof = world.simulator.prove((1, 2, 3))
    assert refused(lambda: call(world, batches)) == FALSE
    assert world.settlement.state().settled == 0
    batches[place].proof = batches[(place + 1) % 4].proof
    assert refused(lambda: call(world, batches)) == FALSE


def test_other_orders_and_repetitions_are_refused(world: World) -> None:
    batches = chained(world, [{}] * 4)
    first, second = batches[:2]
    assert refused(lambda: call(world, [second, first], number=1)) == COMMITTED
    assert refused(lambda: call(world, [first, first])) == COMMITTED
    assert refused(lambda: call(world, [first, batches[2]])) == COMMITTED
    for number in (0, 2, 2**256 - 1):
        reason = refused(lambda number=number: call(world, batches, number=number))
        assert reason == "settle: not the next batch"
    settle(world, batches)
    assert refused(lambda: settle(world, batches)) == "settle: not the next batch"


def test_batches_past_the_last_commitment_are_refused(world: World) -> None:
    batches = chained(world, [{}] * 2)
    ahead = world.statement(number=3, root_before=batches[-1].statement.outcome.root)
    assert refused(lambda: call(world, [*batches, world.prove(ahead)])) == "settle: not committed"


def test_a_root_that_does_not_follow_is_refused(world: World) -> None:
    first = chained(world, [{}])[0]
    astray = world.prove(world.statement(number=2, root_before=first.statement.root_before))
    world.commit(astray)
    assert refused(lambda: call(world, [first, astray])) == COMMITTED


def test_a_root_of_zero_is_refused(world: World) -> None:
    first = chained(world, [{}])[0]
    links = {"number": 2, "root_before": first.statement.outcome.root}
    astray = world.prove(world.statement(outcome=world.outcome(root=0), **links))
    world.commit(astray)
    assert refused(lambda: call(world, [first, astray])) == "settle: the root is zero"


def test_the_wrong_class_is_refused(world: World) -> None:
    batches = chained(world, [{}] * 2, "S")
    for class_ in (1, 3, 4, 5):
        assert refused(lambda class_=class_: call(world, batches, class_=class_)) == COMMITTED
    for class_ in (0, 6, 2**256 - 1):
        assert refused(lambda class_=class_: call(world, batches, class_=class_)) == "class: unknown"


def test_two_classes_do_not_share_a_call(world: World) -> None:
    first = chained(world, [{}])[0]
    other = world.prove(world.statement("S", number=2, root_before=first.statement.outcome.root))
    world.commit(other)
    assert refused(lambda: call(world, [first, other])) == COMMITTED


def test_no_batch_and_too_many_are_refused(world: World) -> None:
    batches = chained(world, [{}] * 5)
    empty = world.settlement.contract.functions.settle_many(1, 1, [])
    assert refused(lambda: world.chain.send(empty, world.operator, gas=GAS)) == "settle: no batch"
    assert refused(lambda: call(world, batches)).endswith(SILENT)


def test_only_the_operator_settles(world: World) -> None:
    batches = chained(world, [{}] * 2)
    for sender in (world.admin, world.owners[0]):
        reason = refused(lambda sender=sender: call(world, batches, sender=sender))
        assert reason == "roles: sender is not the operator"


def test_sections_beyond_the_class_are_refused(world: World) -> None:
    first, second = chained(world, [{}] * 2)
    long = second.statement._replace(deposits=tuple(Deposit.of(1, TOKEN) for _ in range(4)))
    reason = refused(lambda: call(world, [first, Batch(long, second.inputs, second.proof)]))
    assert reason == "settle: more deposits than the class has"
    long = second.statement._replace(withdrawals=tuple(world.owed(i) for i in range(3)))
    reason = refused(lambda: call(world, [first, Batch(long, second.inputs, second.proof)]))
    assert reason == "settle: more withdrawals than the class has"


def test_deposits_are_the_next_ones_for_each_batch(world: World) -> None:
    world.open_accounts(3)
    queue = world.settlement.deposits(1, 3)
    for second in ([queue[0]], [queue[2]], [Deposit.of(1, TOKEN)]):
        snapshot = world.net.call("evm_snapshot")
        batches = chained(world, [{"deposits": queue[:1]}, {"deposits": second}])
        assert refused(lambda batches=batches: call(world, batches)) == "settle: not the queued deposits"
        world.net.call("evm_revert", snapshot)


def test_together_no_more_is_owed_than_is_held(world: World) -> None:
    world.open_accounts(1)
    batches = chained(world, [{"deposits": 1, "owed": [world.owed(0)]}, {"owed": [world.owed(0, TOKEN + 1)]}])
    assert refused(lambda: call(world, batches)) == "settle: more is owed than held"


def test_calldata_of_another_length_and_cut_words_are_refused(world: World) -> None:
    batches = chained(world, [{}] * 2)
    data = world.settlement.settling(proven(batches)).function._encode_transaction_data()
    send = {"from": world.operator.address, "to": world.settlement.address, "gas": hex(GAS)}
    for tail, status in (("00", 0), ("00" * 32, 0), ("", 1)):
        snapshot = world.net.call("evm_snapshot")
        sent = world.net.call("eth_sendTransaction", {**send, "data": data + tail})
        assert world.chain.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["status"] == status
        world.net.call("evm_revert", snapshot)
    words = [(one.sponge, *one.outcome) for one in proven(batches)]
    for cut in ((b"\1" * 32, b""), (b"", b"\1" * 31)):
        words[1] = (*words[1][:3], *cut)
        function = world.settlement.contract.functions.settle_many(1, 1, words)
        reason = refused(lambda function=function: world.chain.send(function, world.operator, gas=GAS))
        assert reason == "settle: words are cut"


def test_the_client_knows_how_many_batches_share_a_call() -> None:
    source = (CONTRACTS / "proofs.vy").read_text()
    assert f"MANY: constant(uint256) = {MANY}\n" in source


def test_no_proofs_at_all_are_refused(world: World) -> None:
    batches = chained(world, [{}] * 2)
    for batch in batches:
        batch.proof = Proof.from_words([0] * 12)
    assert refused(lambda: call(world, batches)) == FALSE
