"""The whole house without prover and chain: acknowledgements, duplicates, group commits, limits, halts, restarts."""

import contextlib
import threading
from concurrent.futures import Future

import pytest

from rollup.actions import CancelAll, Collect, Deposit, Place, Sheet, decode, encode
from rollup.layout import GTC, IOC
from rollup.refusals import Code, Refused
from sequencer import settling, underway
from sequencer.archive import Archive
from sequencer.errors import Problem, SequencerError
from sequencer.journal import Journal
from sequencer.receipts import digest_of
from tests.sequencer.house import CALM, START, Clock, KeyedHash, flow, fund, key, price, sequencer, sign, trade
from tests.sequencer.load import Load

MARK = 60_000_000


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(tmp_path, clock):
    """Two priced markets and eight funded accounts."""
    house = sequencer(tmp_path / "house", clock)
    price(house, START)
    fund(house, flow(house))
    yield house
    with contextlib.suppress(AttributeError, SequencerError):
        house.stop(seal=False)


def order(account: int = 1, counter: int = 1, **changes) -> Place:
    terms = {"market": 0, "side": 0, "tif": GTC, "post_only": 0, "reduce_only": 0, "price": MARK - 10_000, "size": 1}
    place = Place(account=account, lane=0, counter=counter, expiry=START + 600, **{**terms, **changes})
    return sign(place, key(account))


def answer(future: Future):
    """What a submitter hears."""
    try:
        return future.result(10)
    except (Refused, SequencerError) as refusal:
        return refusal.code


def again(house, clock, tmp_path, policy=CALM):
    """Stop, leave the batch open, and start on the same directory."""
    house.stop(seal=False)
    return sequencer(tmp_path / "house", clock, policy)


# ---------------------------------------------------------------------------------------------- acknowledgements
def test_an_acknowledgement_names_sequence_batch_and_outcome(house):
    first, second = answer(house.submit(order(1))), answer(house.submit(order(2)))
    assert first.receipt.code is Code.RESTED and first.receipt.action == order(1)
    assert (second.sequence, second.batch, second.duplicate) == (first.sequence + 1, 1, False)
    assert first.digest == digest_of(encode(order(1)))
    assert house.status().sequence == second.sequence


def test_a_refused_action_is_sequenced_and_says_what_failed(house):
    answer(house.submit(order(1, side=1)))
    refused = answer(house.submit(order(2, post_only=1)))
    assert refused.receipt.code is Code.POST_ONLY_CROSSES and refused.receipt.numbers == {"price": MARK - 10_000}
    assert answer(house.submit(order(2, size=2))) is Code.NONCE_USED


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (order(1)._replace(signature=(1, 2)), Code.BAD_SIGNATURE),
        (order(1)._replace(size=2), Code.BAD_SIGNATURE),
        (order(1)._replace(account=2), Code.BAD_SIGNATURE),
        (order(99), Code.UNKNOWN_ACCOUNT),
        (order(1, price=MARK + 1), Code.BAD_TICK),
        (order(1, market=3), Code.UNKNOWN_MARKET),
        (order(1)._replace(expiry=START - 1), Code.BAD_SIGNATURE),
        (sign(order(1)._replace(expiry=START - 1), key(1)), Code.EXPIRED),
        (order(1, size=2**48), Code.BAD_FIELD),
        (order(1, price=-1000), Code.BAD_FIELD),
    ],
)
def test_the_door_turns_away_without_using_the_nonce(house, action, code):
    assert answer(house.submit(action)) is code
    assert answer(house.submit(order(1))).receipt.code is Code.RESTED


@pytest.mark.parametrize(
    "action",
    [
        order(1)._replace(size=1.0),
        order(1)._replace(size=True),
        order(1)._replace(size=None),
        order(1)._replace(signature=None),
        order(1)._replace(signature=(1, 2, 3)),
        order(1)._replace(signature=("a", 2)),
        order(1)._replace(price=2**300),
        Sheet(1, 0, 1, 0, 0, START + 9, items=tuple(order()[4:10] for _ in range(3))),
        Collect(0, 0, 1),
        Deposit(1, 10),
        "place",
        None,
    ],
)
def test_what_is_no_signed_action_is_refused_at_once_and_harms_nobody(house, action):
    beside = house.submit(order(2))
    with pytest.raises(Refused) as caught:
        house.submit(action)
    assert caught.value.code is Code.BAD_FIELD
    assert answer(beside).receipt.code is Code.RESTED and house.halt.reason is None


def test_the_decisions_in_a_sheet_are_the_sequencers_not_the_senders(house):
    from rollup.actions import PlaceItem

    items = (PlaceItem(0, GTC, 1, 0, MARK - 9_000, 1),)
    sheet = sign(Sheet(1, 0, 1, 0, 1, START + 600, items), key(1))
    acknowledged = answer(house.submit(sheet._replace(collects=7, no_room=(0,))))
    assert [item.code for item in acknowledged.receipt.items] == [Code.RESTED]
    assert acknowledged.digest == digest_of(encode(sheet))
    assert answer(house.submit(sheet)).duplicate


# ---------------------------------------------------------------------------------------------- duplicates
def test_the_same_bytes_get_the_first_receipt_in_the_batch_after_it_and_after_a_restart(house, clock, tmp_path):
    first = answer(house.submit(order(1)))
    refused = [
        answer(house.submit(order(2, tif=IOC, reduce_only=1))),
        answer(house.submit(order(3, post_only=1, side=1))),
    ]
    assert refused[0].receipt.code is Code.REDUCE_ONLY and refused[1].receipt.code is Code.POST_ONLY_CROSSES
    acknowledged = [first, *refused]
    expected = [one._replace(duplicate=True) for one in acknowledged]
    actions = [one.receipt.action for one in acknowledged]

    sequence = house.status().sequence
    assert [answer(house.submit(action)) for action in actions] == expected
    house = again(house, clock, tmp_path)
    assert [answer(house.submit(action)) for action in actions] == expected
    assert house.seal().result(10) == 1
    assert [answer(house.submit(action)) for action in actions] == expected
    house = again(house, clock, tmp_path)
    assert [answer(house.submit(encode_and_back(action))) for action in actions] == expected
    assert house.status().sequence == sequence + 1
    house.stop(seal=False)


def encode_and_back(action):
    return decode(encode(action))


def test_the_same_bytes_at_the_same_time_share_one_outcome(house):
    hold = hold_commits(house)
    futures = [house.submit(order(1)) for _ in range(20)]
    hold.set()
    answers = [answer(future) for future in futures]
    assert len({one.sequence for one in answers}) == 1
    assert [one.duplicate for one in answers] == [False] + [True] * 19


def test_other_bytes_of_a_used_nonce_are_refused(house):
    answer(house.submit(order(1)))
    assert answer(house.submit(order(1, size=3))) is Code.NONCE_USED


# ---------------------------------------------------------------------------------------------- group commit
def hold_commits(house) -> threading.Event:
    """From now on every group commit waits for this event."""
    go, commit = threading.Event(), house._journal.commit

    def held(*arguments):
        assert go.wait(10)
        commit(*arguments)

    house._journal.commit = held
    return go


def test_nothing_is_acknowledged_before_it_is_durable_and_what_gathers_shares_a_write(house, tmp_path):
    commits = []
    go, commit = threading.Event(), house._journal.commit

    def held(*arguments):
        commits.append(len(house._journal._group))
        assert go.wait(10)
        commit(*arguments)

    house._journal.commit = held
    futures = [house.submit(order(1))]
    while not commits:
        pass
    futures += [house.submit(order(1, counter)) for counter in range(2, 101)]
    assert not futures[0].done()
    archive = Archive(tmp_path / "house")
    seen = "SELECT max(sequence) FROM journal"
    before = archive._connection.execute(seen).fetchone()[0]
    go.set()
    sequences = [answer(future).sequence for future in futures]
    assert sequences == list(range(before + 1, before + 101))
    written = [count for count in commits if count]
    assert written[0] == 1 and len(written) <= 5 and sum(written) == 100
    archive.close()


def test_signatures_are_checked_many_at_a_time(tmp_path, clock):
    house = sequencer(tmp_path, clock)
    price(house, START)
    fund(house, flow(house))
    verifier = house._admission._checker._verifier
    verifier.calls.clear()
    block, gate = threading.Event(), verifier.verify_many
    verifier.verify_many = lambda claims: block.wait(10) and gate(claims)
    futures = [house.submit(order(1, counter)) for counter in range(1, 201)]
    block.set()
    assert {answer(future).receipt.code for future in futures} == {Code.RESTED, Code.TOO_MANY_ORDERS} or all(
        answer(future).receipt.code is Code.RESTED for future in futures
    )
    assert sum(verifier.calls) == 200 and len(verifier.calls) <= 3
    house.stop(seal=False)


# ---------------------------------------------------------------------------------------------- limits and faults
def test_a_full_queue_turns_away_and_takes_on_again(tmp_path, clock):
    house = sequencer(tmp_path, clock, CALM._replace(queue=10))
    price(house, START)
    fund(house, flow(house))
    go = hold_commits(house)
    futures = [house.submit(order(1, counter)) for counter in range(1, 11)]
    with pytest.raises(SequencerError) as caught:
        house.submit(order(1, 11))
    assert caught.value.code is Problem.QUEUE_FULL and caught.value.numbers == {"waiting": 10, "capacity": 10}
    assert not caught.value.unknown
    go.set()
    assert all(answer(future).receipt.code is Code.RESTED for future in futures)
    assert answer(house.submit(order(1, 11))).receipt.code is Code.RESTED
    house.stop(seal=False)


def test_no_more_is_taken_than_the_contract_remembers(house):
    unsettled = [0]
    house._under_way._unsettled = lambda: unsettled[0]
    unsettled[0] = settling.REMEMBERED - underway.RESERVED
    assert answer(house.submit(order(1))).receipt.code is Code.RESTED
    unsettled[0] += 1
    with pytest.raises(SequencerError) as caught:
        house.submit(order(1, 2))
    most = settling.REMEMBERED - underway.RESERVED
    assert caught.value.code is Problem.PROOFS_BEHIND and not caught.value.unknown
    assert caught.value.numbers == {"unsettled": most + 1, "most": most}
    unsettled[0] = settling.REMEMBERED
    cancel = sign(CancelAll(1, 0, 2, 0, START + 600), key(1))
    assert answer(house.submit(cancel)).receipt.code is Code.APPLIED
    unsettled[0] += 1
    with pytest.raises(SequencerError) as caught:
        house.submit(sign(CancelAll(1, 0, 3, 0, START + 600), key(1)))
    assert caught.value.code is Problem.PROOFS_BEHIND


def test_a_disk_that_fails_halts_with_the_outcome_unknown(house, clock, tmp_path):
    told = [answer(house.submit(order(1)))]
    database = house._journal.connection
    database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(SequencerError) as caught:
        for counter in range(2, 1000):
            told.append(answer(house.submit(order(1, counter, tif=IOC))))
    assert caught.value.code is Problem.HALTED and caught.value.numbers == {"reason": Problem.JOURNAL_FAILED}
    assert told.pop() is Problem.JOURNAL_FAILED
    assert house.halt.reason.unknown and not caught.value.unknown
    house = again(house, clock, tmp_path)
    for one in told:
        assert answer(house.submit(one.receipt.action)) == one._replace(duplicate=True)
    house.stop(seal=False)


def test_an_engine_that_breaks_halts_and_the_restart_knows_nothing_of_the_action(house, clock, tmp_path):
    apply = house.engine.apply

    def breaks(action):
        if action.account == 2:
            raise ZeroDivisionError("a bug")
        return apply(action)

    house.engine.apply = breaks
    kept = answer(house.submit(order(1)))
    assert answer(house.submit(order(2))) is Problem.ENGINE_FAILED
    with pytest.raises(SequencerError, match="HALTED reason=ENGINE_FAILED: ENGINE_FAILED: ZeroDivisionError"):
        house.submit(order(1, 2))
    house = again(house, clock, tmp_path)
    assert answer(house.submit(order(2))).receipt.code is Code.RESTED
    assert answer(house.submit(order(1))) == kept._replace(duplicate=True)
    house.stop(seal=False)


def test_signatures_that_cannot_be_checked_are_not_taken_for_bad_ones(house):
    def broken(claims):
        raise OSError("no child")

    house._admission._checker._verifier.verify_many = broken
    assert answer(house.submit(order(1))) is Problem.UNCHECKED
    del house._admission._checker._verifier.verify_many
    assert answer(house.submit(order(1))).receipt.code is Code.RESTED


def test_after_stop_nothing_is_taken(house):
    house.stop()
    with pytest.raises(SequencerError) as caught:
        house.submit(order(1))
    assert caught.value.code is Problem.STOPPED


def test_stop_answers_what_is_under_way_and_seals(house, tmp_path):
    futures = [house.submit(order(1, counter)) for counter in range(1, 100)]
    house.stop()
    assert all(future.done() and future.result().receipt.code is Code.RESTED for future in futures)
    journal = Journal(tmp_path / "house")
    assert [record.kind for record in journal.records()][-1] == "seal"
    journal.close()


def test_a_second_sequencer_on_the_directory_is_refused(house, clock, tmp_path):
    with pytest.raises(SequencerError) as caught:
        sequencer(tmp_path / "house", clock)
    assert caught.value.code is Problem.IN_USE


# ---------------------------------------------------------------------------------------------- deposits
def test_deposits_come_in_the_order_of_the_queue_and_once(house, clock, tmp_path):
    deposit = Deposit(1, 500)
    submit = house.deposit
    assert answer(submit(9, deposit)) is Problem.DEPOSIT_GAP
    first, second = answer(submit(8, deposit)), answer(submit(9, deposit))
    assert first.receipt.code is second.receipt.code is Code.APPLIED and first.digest != second.digest
    cash = house.engine.account(1).cash
    assert answer(submit(8, deposit)) == first._replace(duplicate=True)
    assert answer(submit(8, Deposit(1, 501))) is Problem.CHAIN_DIFFERS
    house.seal().result(10)
    house = again(house, clock, tmp_path)
    assert house._ledger.deposits == 10 and house.engine.account(1).cash == cash
    assert answer(house.deposit(9, deposit)) == second._replace(duplicate=True)
    house.stop(seal=False)


# ---------------------------------------------------------------------------------------------- the archive
def test_the_archive_tells_every_batch_with_its_receipts(house, tmp_path):
    source = flow(house)
    told = list(trade(house, source, 60))
    house.seal().result(10)
    told += trade(house, source, 60)
    house.seal().result(10)
    archive = Archive(tmp_path / "house")
    first, second = archive.batches()
    assert (first.number, second.number) == (1, 2) and second.root_before == first.root_after
    assert second.actions == 60 and second.fills == sum(len(one.receipt.fills) for one in told[60:]) > 0
    assert second.trace.exists() and second.used["signatures"] == 60 and second.reason == "asked"
    assert archive.acknowledged(2) == [one._replace(duplicate=True) for one in told[60:]]
    assert archive.batch(3) is None and archive.find(b"nothing") is None
    archive.close()


def test_receipts_of_every_kind_come_back_from_the_archive_as_they_were_told(house, tmp_path):
    load = Load(house, 8, seed=5)
    told = []
    for _ in range(300):
        with contextlib.suppress(Refused):
            told.append(house.submit(load.action()).result(10))
    house.seal().result(10)
    archive = Archive(tmp_path / "house")
    kept = {one.digest: one for batch in archive.batches() for one in archive.acknowledged(batch.number)}
    assert len({one.receipt.code for one in told}) > 5 and any(one.receipt.items for one in told)
    for one in told:
        assert kept[one.digest].receipt == one.receipt
    archive.close()


def test_checked_signatures_are_those_of_the_deployment(tmp_path, clock):
    house = sequencer(tmp_path, clock)
    assert isinstance(house._admission._checker._verifier, KeyedHash)
    price(house, START)
    fund(house, flow(house))
    foreign = sign(order(1)._replace(signature=(0, 0)), key(1), domain=12345)
    assert answer(house.submit(foreign)) is Code.BAD_SIGNATURE
    house.stop(seal=False)
