"""Settlement: the whole path, and what liars try with words, proofs, order, class, contract and chain."""

from collections.abc import Callable

import pytest

from rollup.layout import CLASSES, FIELD
from tests.verifier.simulator import Simulator
from tests.verifier.world import KEY, SILENT, START, TOKEN, Batch, World, build, refused
from verifier.deploy import SETTLED, deploy_verifier
from verifier.devnet import Devnet
from verifier.groth16 import Proof
from verifier.settlement import Proven
from verifier.statement import Deposit, Inputs, Statement, Withdrawal, fold, from_bytes, inputs, sponge, to_bytes

COMMITTED = "settle: not what was committed"
FALSE = "settle: the proof does not hold"


def call(
    world: World,
    batch: Batch,
    *,
    sponge: int | None = None,
    queued: bytes | None = None,
    owed: bytes | None = None,
    sender=None,
    size_class: str | None = None,
    number: int | None = None,
):
    """Settle with arguments that the client would not send."""
    statement = batch.statement
    words = [word for deposit in statement.deposits for word in deposit]
    function = world.settlement.contract.functions[f"settle_{(size_class or statement.size_class).lower()}"](
        statement.number if number is None else number,
        batch.inputs.sponge if sponge is None else sponge,
        tuple(batch.proof),
        tuple(statement.outcome),
        to_bytes(words) if queued is None else queued,
        to_bytes([withdrawal.word for withdrawal in statement.withdrawals]) if owed is None else owed,
    )
    return world.chain.send(function, sender or world.operator, gas=900_000)


def commit_digest(world: World, statement: Statement, digest: bytes) -> None:
    """Commit to any digest at the statement's time."""
    function = world.settlement.contract.functions.commit(
        statement.number, statement.capacity.number, statement.outcome.clock, digest
    )
    world.chain.send(function, world.operator, gas=200_000)


# ---------------------------------------------------------------------------------------------------- the honest path
@pytest.mark.parametrize("size_class", SETTLED)
def test_a_full_batch_of_every_class(world: World, size_class: str) -> None:
    slots = CLASSES[size_class].slots
    world.open_accounts(2)
    for _ in range(slots["deposits"] - 2):
        world.settlement.deposit(world.owners[0], 1, world.owners[0].address, TOKEN)
    owed = [world.owed(i % 2, TOKEN // 100 + i) for i in range(slots["withdrawals"])]
    before = world.settlement.state()
    batch = world.run(size_class, slots["deposits"], owed)
    after = world.settlement.state()
    total = sum(withdrawal.amount for withdrawal in owed)
    assert after.root == batch.statement.outcome.root
    assert (after.settled, after.taken) == (1, slots["deposits"])
    assert after.escrow == before.escrow - total
    assert sum(world.settlement.owed(owner.address) for owner in world.owners[:2]) == total


def test_batches_follow_each_other(world: World) -> None:
    world.open_accounts(3)
    first = world.run("XS", 2)
    second = world.run("S", 1, [world.owed(0)])
    third = world.run("M", 0, [world.owed(0), world.owed(1)])
    assert second.statement.root_before == first.statement.outcome.root
    assert [world.settlement.batch(n).statement for n in (1, 2, 3)] == [
        batch.statement for batch in (first, second, third)
    ]
    assert world.settlement.owed(world.owners[0].address) == 2 * TOKEN


def test_many_commitments_wait_for_their_proofs(world: World) -> None:
    root, batches = world.settlement.state().root, []
    for number in range(1, 4):
        batch = world.prove(world.statement(number=number, root_before=root))
        world.commit(batch)
        batches.append(batch)
        root = batch.statement.outcome.root
    for batch in batches:
        world.settle(batch)
    assert world.settlement.state().root == root


# ------------------------------------------------------------------------------------------------------ words that lie
FULL = (3, 2)
"""Deposits and withdrawals of a full batch of class XS."""


@pytest.mark.parametrize("place", range(CLASSES["XS"].word_count))
def test_a_word_that_the_contract_has_otherwise_than_the_proof(world: World, place: int) -> None:
    """The prover's copy differs in one word; p, z and F are what the circuit would show for it."""
    world.open_accounts(3)
    honest = world.statement("XS", FULL[0], [world.owed(0), world.owed(1)])
    lies = honest.padded()
    lies[place] += 1
    p = sponge(lies)
    digest = honest.digest(p)
    z = int.from_bytes(digest, "big") % FIELD
    shown = Inputs(p, z, fold(lies, z))
    commit_digest(world, honest, digest)
    batch = Batch(honest, shown, world.simulator.prove(shown))
    assert refused(lambda: world.settle(batch)) == FALSE


@pytest.mark.parametrize("place", [19, 20, 21])
def test_padding_that_the_prover_fills(world: World, place: int) -> None:
    """Words past the counts are zeros for the contract."""
    honest = world.statement("XS")
    lies = honest.padded()
    lies[place] = 5
    p = sponge(lies)
    digest = honest.digest(p)
    z = int.from_bytes(digest, "big") % FIELD
    shown = Inputs(p, z, fold(lies, z))
    commit_digest(world, honest, digest)
    assert refused(lambda: world.settle(Batch(honest, shown, world.simulator.prove(shown)))) == FALSE


def unreduced(statement: Statement, part: str) -> Statement:
    """The statement with one word raised by r."""
    outcome = statement.outcome
    if part == "withdrawal":
        word = statement.withdrawals[0].word + FIELD
        return statement._replace(withdrawals=(Withdrawal(word & 2**168 - 1, word >> 168),))
    if part == "mark":
        return statement._replace(outcome=outcome._replace(marks=(outcome.marks[0], outcome.marks[1] + FIELD)))
    return statement._replace(outcome=outcome._replace(**{part: getattr(outcome, part) + FIELD}))


@pytest.mark.parametrize("part", ["root", "clock_word", "mark", "withdrawal"])
def test_an_unreduced_word_is_refused(world: World, part: str) -> None:
    """w + r would have the same fold as w: for the circuit another time, for the contract this one."""
    world.open_accounts(1)
    honest = world.statement("XS", 1, [world.owed(0)])
    if part == "clock_word":
        honest = honest._replace(outcome=honest.outcome._replace(clock_word=(world.chain.now - FIELD) % 2**36))
    raised = unreduced(honest, part)
    p = sponge(honest.padded())
    digest = raised.digest(p)
    z = int.from_bytes(digest, "big") % FIELD
    shown = Inputs(p, z, fold(honest.padded(), z))
    commit_digest(world, honest._replace(outcome=raised.outcome), digest)
    batch = Batch(raised, shown, world.simulator.prove(shown))
    assert refused(lambda: world.settle(batch)) == "settle: a word is not reduced"


def test_an_unreduced_digest_of_the_words_is_refused(world: World) -> None:
    honest = world.statement()
    p = sponge(honest.padded()) + FIELD
    digest = honest.digest(p)
    z = int.from_bytes(digest, "big") % FIELD
    shown = Inputs(p - FIELD, z, fold(honest.padded(), z))
    commit_digest(world, honest, digest)
    batch = Batch(honest, shown, world.simulator.prove(shown))
    assert refused(lambda: call(world, batch, sponge=p)) == FALSE


# ------------------------------------------------------------------------------------------------ sections that shift
def shifted(world: World, deposits: int, withdrawals: int) -> Batch:
    """A batch whose sections have other lengths than the class allows, with everything else as it must be."""
    world.open_accounts(3)
    for _ in range(3):
        world.settlement.deposit(world.owners[0], 1, world.owners[0].address, TOKEN)
    statement = world.statement("XS", deposits, [world.owed(0, 100 + i) for i in range(withdrawals)])
    p = 7
    digest = statement.digest(p)
    z = int.from_bytes(digest, "big") % FIELD
    shown = Inputs(p, z, fold(statement.sent(), z))
    commit_digest(world, statement, digest)
    return Batch(statement, shown, world.simulator.prove(shown))


@pytest.mark.parametrize(("deposits", "withdrawals"), [(4, 0), (4, 2), (0, 3), (2, 5), (1, 8)])
def test_a_section_beyond_its_capacity_is_refused_whatever_the_other_one_holds(
    world: World, deposits: int, withdrawals: int
) -> None:
    batch = shifted(world, deposits, withdrawals)
    assert refused(lambda: call(world, batch)).endswith(SILENT)


def test_words_of_one_section_do_not_pass_as_the_others(world: World) -> None:
    """Three withdrawals' worth of words sent as a deposit, and the reverse: the counts differ, so the digest does."""
    batch = shifted(world, 1, 0)
    word = to_bytes(batch.statement.deposits[0])
    assert refused(lambda: call(world, batch, queued=b"", owed=word[:64])) == COMMITTED
    assert refused(lambda: call(world, batch, queued=b"")) == COMMITTED


@pytest.mark.parametrize(("queued", "owed"), [(32, 0), (64, 0), (96 + 32, 0)])
def test_cut_deposits_are_refused(world: World, queued: int, owed: int) -> None:
    batch = shifted(world, 0, 0)
    assert refused(lambda: call(world, batch, queued=b"\1" * queued, owed=b"\1" * owed)) == "settle: words are cut"


@pytest.mark.parametrize(("queued", "owed"), [(0, 31), (95, 0), (0, 1)])
def test_calldata_of_another_length_is_refused(world: World, queued: int, owed: int) -> None:
    batch = shifted(world, 0, 0)
    reason = refused(lambda: call(world, batch, queued=b"\1" * queued, owed=b"\1" * owed))
    assert reason == "settle: calldata has another length"


def test_trailing_calldata_is_refused(world: World) -> None:
    batch = world.prove(world.statement())
    world.commit(batch)
    call = world.settlement.settling([Proven(batch.statement, batch.inputs.sponge, batch.proof)])
    data = call.function._encode_transaction_data()
    send = {"from": world.operator.address, "to": world.settlement.address, "gas": hex(900_000)}
    for tail, status in (("00", 0), ("00" * 32, 0), ("", 1)):
        sent = world.net.call("eth_sendTransaction", {**send, "data": data + tail})
        assert world.chain.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["status"] == status


# ------------------------------------------------------------------------------------------- deposits of one's choice
def settled_with(world: World, deposits: list[Deposit]) -> Callable:
    """A batch that takes these deposits, honest in everything else."""
    batch = world.prove(world.statement("XS", deposits))
    world.commit(batch)
    return lambda: world.settle(batch)


@pytest.mark.parametrize(
    "choice",
    [
        lambda queue: [queue[1], queue[0]],
        lambda queue: [queue[1]],
        lambda queue: [queue[0], queue[0]],
        lambda queue: [queue[0], queue[2]],
        lambda queue: [queue[0]._replace(word=queue[0].word + (1 << 24))],
        lambda queue: [queue[0]._replace(key=queue[0].key + 1)],
        lambda queue: [queue[0]._replace(owner=queue[1].owner)],
        lambda queue: [queue[0]._replace(word=queue[0].word + 1)],
        lambda queue: [*queue[:2], queue[2]._replace(word=queue[2].word ^ 1 << 84)],
    ],
)
def test_deposits_that_are_not_the_next_of_the_queue_are_refused(world: World, choice: Callable) -> None:
    world.open_accounts(3)
    settle = settled_with(world, choice(world.settlement.deposits(1, 3)))
    assert refused(settle) == "settle: not the queued deposits"


def test_a_deposit_is_taken_once(world: World) -> None:
    world.open_accounts(3)
    queue = world.settlement.deposits(1, 3)
    world.run("XS", 2)
    assert refused(settled_with(world, queue[:1])) == "settle: not the queued deposits"


def test_a_deposit_that_nobody_made_is_refused(world: World) -> None:
    world.open_accounts(1)
    queue = world.settlement.deposits(1, 1)
    invented = Deposit.of(1, 10**6 * TOKEN)
    assert refused(settled_with(world, [*queue, invented])) == "settle: not the queued deposits"


# ------------------------------------------------------------------------------------------------ withdrawals too far
def test_more_than_the_escrow_is_not_owed(world: World) -> None:
    world.open_accounts(1)
    batch = world.prove(world.statement("XS", 1, [world.owed(0, TOKEN), world.owed(1, TOKEN + 1)]))
    world.commit(batch)
    assert refused(lambda: world.settle(batch)) == "settle: more is owed than held"


def test_the_whole_escrow_may_be_owed(world: World) -> None:
    world.open_accounts(1)
    world.run("XS", 1, [world.owed(0, TOKEN), world.owed(1, TOKEN)])
    assert world.settlement.state().escrow == 0


@pytest.mark.parametrize("low", [0, 1, 2**160 - 1])
def test_an_owner_is_an_address(world: World, low: int) -> None:
    world.open_accounts(1)
    batch = world.prove(world.statement("XS", 1, [Withdrawal(1 << 160 | low, TOKEN)]))
    world.commit(batch)
    assert refused(lambda: world.settle(batch)) == "settle: an owner is no address"


# --------------------------------------------------------------------------------------------- order, class, whose turn
def test_only_the_operator_settles(world: World) -> None:
    batch = world.prove(world.statement())
    world.commit(batch)
    for sender in (world.admin, world.owners[0]):
        reason = refused(lambda sender=sender: call(world, batch, sender=sender))
        assert reason == "roles: sender is not the operator"


def test_a_batch_is_settled_once_and_in_order(world: World) -> None:
    batch = world.prove(world.statement())
    assert refused(lambda: world.settle(batch)) == "settle: not committed"
    world.commit(batch)
    for number in (0, 2, 2**64 + 1):
        reason = refused(lambda number=number: call(world, batch, number=number))
        assert reason == "settle: not the next batch"
    world.settle(batch)
    assert refused(lambda: world.settle(batch)) == "settle: not the next batch"
    assert refused(lambda: call(world, batch, number=2)) == "settle: not committed"


def test_a_batch_from_a_stale_root_is_refused(world: World) -> None:
    stale = world.statement(number=2)
    world.run()
    batch = world.prove(stale)
    world.commit(batch)
    assert refused(lambda: world.settle(batch)) == COMMITTED


def test_a_root_of_zero_is_refused(world: World) -> None:
    batch = world.prove(world.statement(outcome=world.outcome(root=0)))
    world.commit(batch)
    assert refused(lambda: world.settle(batch)) == "settle: the root is zero"


def test_another_time_than_the_commitments_is_refused(world: World) -> None:
    """The operator commits the digest of one T under another T."""
    statement = world.statement()
    batch = world.prove(statement)
    digest = statement.digest(batch.inputs.sponge)
    commit_digest(world, statement._replace(outcome=world.outcome(clock=statement.outcome.clock - 1)), digest)
    assert refused(lambda: world.settle(batch)) == COMMITTED


def test_the_wrong_class_is_refused(world: World) -> None:
    batch = world.prove(world.statement("S"))
    world.commit(batch)
    for size_class in ("XS", "M"):
        reason = refused(lambda size_class=size_class: call(world, batch, size_class=size_class))
        assert reason == COMMITTED


def test_a_digest_committed_under_another_class_is_refused(world: World) -> None:
    statement = world.statement("S")
    batch = world.prove(statement)
    commit_digest(world, statement._replace(size_class="XS"), statement.digest(batch.inputs.sponge))
    assert refused(lambda: world.settle(batch)) == COMMITTED
    assert refused(lambda: call(world, batch, size_class="XS")) == COMMITTED


def test_a_class_that_is_not_in_use_is_refused(world: World) -> None:
    world.settlement, kept = world.deploy(verifiers={"XS": world.verifier}), world.settlement
    try:
        statement = world.statement("S")
        batch = world.prove(statement)
        commit_digest(world, world.statement("XS"), statement.digest(batch.inputs.sponge))
        reason = refused(lambda: call(world, batch))
    finally:
        world.settlement = kept
    assert reason == COMMITTED


def test_a_proof_under_another_key_is_refused(world: World) -> None:
    other = Simulator("another set-up")
    statement = world.statement()
    public = inputs(statement)
    batch = Batch(statement, public, other.prove(public))
    world.commit(batch)
    assert refused(lambda: world.settle(batch)) == FALSE
    keyed = deploy_verifier(world.chain, world.admin, other.key)
    assert refused(lambda: world.deploy(verifiers={"XS": world.owners[0].address})) == "class: verifier is no contract"
    world.settlement, kept = world.deploy(verifiers={"XS": keyed}), world.settlement
    try:
        statement = world.statement()
        public = inputs(statement)
        batch = Batch(statement, public, other.prove(public))
        world.commit(batch)
        world.settle(batch)
    finally:
        world.settlement = kept


@pytest.mark.parametrize("proof", [Proof.from_words([0] * 12), Proof.from_words([2**256 - 1] * 12)])
def test_no_proof_at_all_is_refused(world: World, proof: Proof) -> None:
    batch = world.prove(world.statement())
    world.commit(batch)
    assert refused(lambda: world.settle(Batch(batch.statement, batch.inputs, proof))) == FALSE


def test_another_batchs_proof_is_refused(world: World) -> None:
    first = world.run()
    batch = world.prove(world.statement())
    world.commit(batch)
    assert refused(lambda: world.settle(Batch(batch.statement, batch.inputs, first.proof))) == FALSE


# ----------------------------------------------------------------------------------------------------------- replays
def test_a_replay_on_another_contract_is_refused(world: World) -> None:
    batch = world.prove(world.statement())
    world.settlement, kept = world.deploy(), world.settlement
    try:
        world.commit(batch)
        assert refused(lambda: world.settle(batch)) == COMMITTED
        here = batch.statement._replace(contract=int(world.settlement.address, 16))
        world.net.warp(START + 90_000)
        function = world.settlement.contract.functions.void(
            1, 1, batch.statement.outcome.clock, batch.statement.digest(batch.inputs.sponge)
        )
        world.chain.send(function, world.owners[0], gas=100_000)
        here = here._replace(outcome=world.outcome())
        shown = Batch(here, batch.inputs, batch.proof)
        commit_digest(world, here, here.digest(batch.inputs.sponge))
        assert refused(lambda: world.settle(shown)) == FALSE
    finally:
        world.settlement = kept


def test_a_replay_on_another_chain_is_refused(world: World, simulator: Simulator) -> None:
    """Same addresses, same genesis, same time: only the chain id differs."""
    batch = world.prove(world.statement())
    with Devnet(chain_id=1337, timestamp=world.chain.now) as net:
        elsewhere = build(net, simulator)
        assert elsewhere.settlement.address == world.settlement.address
        elsewhere.commit(batch)
        assert refused(lambda: elsewhere.settle(batch)) == COMMITTED
    world.commit(batch)
    world.settle(batch)


def test_the_root_of_genesis_is_a_field_element(world: World) -> None:
    for root in (0, FIELD, 2**256 - 1):
        assert refused(lambda root=root: world.deploy(genesis_root=root)) == "settlement: root out of range"
    world.deploy(genesis_root=FIELD - 1)


def test_events_tell_the_words_that_were_sent(world: World) -> None:
    world.settlement.open_account(world.owners[0], 2 * TOKEN, KEY)
    batch = world.run("XS", 1, [world.owed(0)])
    told = world.settlement.batch(1)
    assert told.statement == batch.statement
    assert (told.sponge, told.proof, told.first_deposit) == (batch.inputs.sponge, batch.proof, 1)
    assert from_bytes(to_bytes(told.statement.sent())) == batch.statement.sent()


def test_places_fit_the_contracts_powers() -> None:
    """`fingerprint.power` takes exponents below 256."""
    assert max(size.withdrawal_offset for size in CLASSES.values()) < 256


@pytest.mark.parametrize("section", ["deposits", "withdrawals"])
def test_no_class_has_longer_sections_than_the_contract_has_room_for(section: str) -> None:
    assert max(CLASSES.values(), key=lambda size: size.slots[section]).slots[section] == CLASSES["L"].slots[section]
