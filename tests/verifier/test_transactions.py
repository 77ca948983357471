"""Transactions that get lost, stuck, replaced, underpriced, forgotten or un-mined; a crash at every step (D21)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from web3.exceptions import BlockNotFound, TransactionNotFound, Web3RPCError

from tests.verifier.world import START, World
from verifier import fees
from verifier.chain import Call, Chain
from verifier.errors import ChainUnreachable, Reverted
from verifier.fees import GIGA, FeePolicy, Fees
from verifier.transactions import NOTHING, Transactions

PATIENCE = 0.4
STUCK = FeePolicy(stuck=0.1)


class Sender:
    """Transactions of the world's operator that lose patience soon, and what they may send."""

    def __init__(self, world: World, file: Path) -> None:
        self.world, self.file = world, file
        self.chain = Chain(world.chain.url, patience=PATIENCE, poll=0.01)
        self.eth = self.chain.web3.eth
        self.address = world.operator.address
        self.token = world.settlement.token
        self.opened: list[Transactions] = []

    def start(self, policy: FeePolicy = fees.DEFAULT, file: str = "transactions.sqlite") -> Transactions:
        """As after a crash: nothing but the file is left of those before."""
        self.opened.append(Transactions(self.chain, self.world.operator, self.file / file, policy))
        return self.opened[-1]

    def mint(self, amount: int = 1) -> Call:
        return Call(self.token.functions.mint(amount), 100_000, "mint")

    def commit(self, number: int = 1, clock: int | None = None) -> Call:
        clock = self.chain.now if clock is None else clock
        function = self.world.settlement.contract.functions.commit(number, 1, clock, number.to_bytes(32, "big"))
        return Call(function, 200_000, "commit")

    @property
    def balance(self) -> int:
        return self.token.functions.balanceOf(self.address).call()

    @property
    def nonce(self) -> int:
        return self.eth.get_transaction_count(self.address)

    def pooled(self) -> dict[int, dict]:
        """Transactions of the operator in the node's pool, by nonce."""
        content = self.world.net.call("txpool_content")
        mine = [
            own for part in content.values() for whose, own in part.items() if whose.lower() == self.address.lower()
        ]
        return {int(nonce): one for own in mine for nonce, one in own.items()}

    def mine(self) -> None:
        self.world.net.call("evm_mine")

    def pass_by(self) -> None:
        """A block without what waits in the pool."""
        waiting = [self.world.net.call("eth_getRawTransactionByHash", one["hash"]) for one in self.pooled().values()]
        self.world.net.call("anvil_dropAllTransactions")
        self.mine()
        for raw in waiting:
            self.eth.send_raw_transaction(raw)

    def forget(self, blocks: int, *raw: bytes) -> None:
        """A reorganisation: the last blocks come anew, the first of them with these transactions."""
        self.world.net.call("anvil_reorg", blocks, [["0x" + one.hex(), 0] for one in raw])

    def committed(self) -> int:
        return self.world.settlement.state().committed

    def elsewhere(self, nonce: int, gwei: int) -> None:
        """The same key at work elsewhere: a transfer to itself."""
        fields = {"to": self.address, "value": 0, "gas": 21_000, "chainId": self.chain.id, "nonce": nonce}
        signed = self.world.operator.sign_transaction({**fields, "gasPrice": gwei * GIGA})
        self.eth.send_raw_transaction(signed.raw_transaction)


@pytest.fixture
def sender(world: World, tmp_path: Path) -> Iterator[Sender]:
    sender = Sender(world, tmp_path)
    yield sender
    for transactions in sender.opened:
        transactions.close()
    world.net.call("anvil_dropAllTransactions")
    world.net.call("evm_setAutomine", True)


@pytest.fixture
def unmined(sender: Sender) -> Sender:
    """The same, on a chain that mines on demand."""
    sender.world.net.call("evm_setAutomine", False)
    return sender


def code(call: Callable[[], object]) -> str:
    """The code with which a call ends."""
    with pytest.raises(ChainUnreachable) as ended:
        call()
    return ended.value.code


def test_what_was_mined_is_told_and_nothing_stays_pending(sender: Sender) -> None:
    transactions, before = sender.start(), sender.balance
    receipt = transactions.send(sender.mint(5))
    assert receipt["status"] == 1 and sender.balance == before + 5
    assert transactions.pending() == []


def test_a_dry_run_refuses_before_anything_is_sent(sender: Sender) -> None:
    nonce = sender.nonce
    with pytest.raises(Reverted) as refused:
        sender.start().send(sender.commit(7))
    assert refused.value.code == "COMMIT_NOT_THE_NEXT_BATCH"
    assert sender.nonce == nonce and not sender.pooled()


def test_gas_above_the_cap_is_waited_for(sender: Sender) -> None:
    transactions = sender.start(FeePolicy(cap=20 * GIGA))
    sender.world.net.call("anvil_setNextBlockBaseFeePerGas", hex(50 * GIGA))
    sender.mine()
    before = sender.balance
    assert code(lambda: transactions.send(sender.mint())) == "GAS_CAP"
    assert transactions.pending() == [] and sender.balance == before
    sender.world.net.call("anvil_setNextBlockBaseFeePerGas", hex(12 * GIGA))
    sender.mine()
    receipt = transactions.send(sender.mint())
    assert int(sender.eth.get_transaction(receipt["transactionHash"])["maxFeePerGas"]) == 20 * GIGA


def test_a_stuck_transaction_is_replaced_by_a_dearer_one_with_its_nonce(unmined: Sender) -> None:
    transactions, before, nonce = unmined.start(STUCK), unmined.balance, unmined.nonce
    assert code(lambda: transactions.send(unmined.mint(3))) == "NOT_MINED"
    unmined.pass_by()
    transactions.resume()
    first, last = transactions._record.pending()[nonce][0], transactions.pending()[0]
    assert last.fees.most >= first.fees.most * 1.125 and last.fees.tip >= first.fees.tip * 1.125
    assert unmined.pooled()[nonce]["hash"] == last.hash
    unmined.mine()
    transactions.resume()
    assert transactions.pending() == []
    assert (unmined.balance, unmined.nonce) == (before + 3, nonce + 1)


def test_a_replacement_never_exceeds_the_cap(unmined: Sender) -> None:
    now = fees.current(unmined.eth, fees.DEFAULT)
    transactions = unmined.start(FeePolicy(cap=now.most + 1, stuck=0.1))
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    unmined.pass_by()
    assert code(transactions.resume) == "GAS_CAP"
    (kept,) = transactions.pending()
    assert kept.fees.most <= now.most + 1 and unmined.pooled()[kept.nonce]["hash"] == kept.hash


def test_a_dropped_transaction_is_sent_again(unmined: Sender) -> None:
    transactions, before = unmined.start(), unmined.balance
    assert code(lambda: transactions.send(unmined.mint(2))) == "NOT_MINED"
    unmined.world.net.call("anvil_dropTransaction", transactions.pending()[0].hash)
    assert unmined.pooled() == {}
    transactions.resume()
    assert len(unmined.pooled()) == 1
    unmined.mine()
    transactions.resume()
    assert (unmined.balance, transactions.pending()) == (before + 2, [])


def test_what_is_under_way_is_waited_for_and_not_sent_twice(unmined: Sender) -> None:
    transactions, before, nonce = unmined.start(), unmined.balance, unmined.nonce
    for _ in range(2):
        assert code(lambda: transactions.send(unmined.mint(4))) == "NOT_MINED"
    assert list(unmined.pooled()) == [nonce]
    unmined.world.net.call("evm_setAutomine", True)
    unmined.mine()
    assert unmined.balance == before + 4


@pytest.mark.parametrize("moment", ["before sending", "after sending"])
def test_a_crash_on_either_side_of_sending_is_made_good(
    unmined: Sender, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, before, nonce = unmined.start(), unmined.balance, unmined.nonce
    send = first._eth.send_raw_transaction

    def crash(raw: bytes) -> None:
        if moment == "after sending":
            send(raw)
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(first._eth, "send_raw_transaction", crash)
        with pytest.raises(OSError):
            first.send(unmined.mint(6))
    assert len(unmined.pooled()) == (moment == "after sending")
    again = unmined.start()
    assert [attempt.nonce for attempt in again.pending()] == [nonce]
    again.resume()
    unmined.mine()
    again.resume()
    assert (unmined.balance, unmined.nonce, again.pending()) == (before + 6, nonce + 1, [])


def test_a_crash_before_the_receipt_is_noted_sends_nothing_twice(unmined: Sender) -> None:
    assert code(lambda: unmined.start().send(unmined.commit())) == "NOT_MINED"
    unmined.mine()
    again = unmined.start()
    again.resume()
    assert again.pending() == [] and unmined.world.settlement.state().committed == 1
    with pytest.raises(Reverted, match="not the next batch"):
        again.send(unmined.commit())


def test_another_transaction_with_the_same_nonce_is_noticed(unmined: Sender) -> None:
    transactions, nonce = unmined.start(), unmined.nonce
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    unmined.elsewhere(nonce, 50)
    unmined.mine()
    assert code(lambda: transactions._wait(nonce)) == "NONCE_OVERTAKEN"
    assert transactions.pending() == []


def test_what_waits_in_the_pool_from_elsewhere_keeps_its_nonce(unmined: Sender) -> None:
    transactions, nonce = unmined.start(), unmined.nonce
    unmined.elsewhere(nonce, 50)
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    assert sorted(unmined.pooled()) == [nonce, nonce + 1]


def test_fees_that_the_node_finds_too_low_are_raised(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions, real = sender.start(), fees.current
    offered = iter([Fees(1, 1)])
    monkeypatch.setattr("verifier.transactions.current", lambda *given: next(offered, None) or real(*given))
    assert transactions.send(sender.mint())["status"] == 1


def test_a_nonce_that_is_used_by_now_is_replaced_by_the_next(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions, real = sender.start(), Transactions._next_nonce
    stale = iter([sender.nonce - 1])
    monkeypatch.setattr(Transactions, "_next_nonce", lambda self: next(stale, None) or real(self))
    assert transactions.send(sender.mint())["status"] == 1


def test_a_node_that_knows_it_already_has_it(unmined: Sender) -> None:
    transactions = unmined.start()
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    transactions._send(transactions.pending()[0])
    assert len(unmined.pooled()) == 1


def test_what_is_sent_again_after_it_was_mined_is_not_sent_under_another_nonce(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions, before, nonce = sender.start(), sender.balance, sender.nonce
    send = transactions._eth.send_raw_transaction

    def lost_and_again(raw: bytes) -> None:
        send(raw)
        send(raw)

    monkeypatch.setattr(transactions._eth, "send_raw_transaction", lost_and_again)
    transactions.send(sender.mint())
    assert (sender.balance, sender.nonce) == (before + 1, nonce + 1)


def test_no_ether_is_named(sender: Sender) -> None:
    sender.world.net.call("anvil_setBalance", sender.address, "0x1")
    assert code(lambda: sender.start().send(sender.mint())) == "NO_FUNDS"


def test_what_is_cancelled_never_takes_effect(unmined: Sender) -> None:
    transactions, nonce = unmined.start(), unmined.nonce
    assert code(lambda: transactions.send(unmined.commit())) == "NOT_MINED"
    assert code(transactions.cancel) == "NOT_MINED"
    assert [attempt.name for attempt in transactions.pending()] == [NOTHING]
    unmined.mine()
    transactions.cancel()
    assert transactions.pending() == [] and unmined.nonce == nonce + 1
    assert unmined.world.settlement.state().committed == 0


def test_what_would_fail_by_now_is_replaced_by_nothing(unmined: Sender) -> None:
    transactions = unmined.start(STUCK)
    late = unmined.commit()
    unmined.world.net.call("evm_setAutomine", False)
    transactions.policy = fees.DEFAULT
    assert code(lambda: transactions.send(late)) == "NOT_MINED"
    unmined.world.net.call("anvil_dropAllTransactions")
    unmined.world.net.warp(START + 500_000)
    unmined.mine()
    transactions.resume()
    assert transactions.pending() == [] and unmined.pooled() == {}
    fresh = unmined.commit()
    assert code(lambda: transactions.send(fresh)) == "NOT_MINED"
    unmined.world.net.warp(START + 600_000)
    pooled = transactions.pending()[0]
    transactions.policy = STUCK
    transactions._dry_run_alone = fails
    transactions._look(pooled.nonce)
    unmined.pass_by()
    transactions._look(pooled.nonce)
    assert transactions.pending()[0].name == NOTHING


def fails(template: dict, attempt: object) -> None:
    """A dry run that the contract refuses."""
    raise Reverted("COMMIT_T_IS_TOO_LONG_AGO", "commit: T is too long ago")


def test_a_failure_on_chain_has_the_contracts_reason(unmined: Sender) -> None:
    transactions = unmined.start()
    assert code(lambda: transactions.send(unmined.commit())) == "NOT_MINED"
    unmined.world.net.warp(START + 700_000)
    unmined.mine()
    with pytest.raises(Reverted, match="T is too long ago"):
        transactions._wait(transactions.pending()[0].nonce)
    assert transactions.pending() == []


def test_where_no_block_comes_nothing_gets_dearer(unmined: Sender) -> None:
    transactions, nonce = unmined.start(STUCK), unmined.nonce
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    transactions.resume()
    assert len(transactions._record.pending()[nonce]) == 1


def test_a_key_that_is_at_work_elsewhere_is_not_outbid_at_once(unmined: Sender) -> None:
    transactions, nonce = unmined.start(), unmined.nonce
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    unmined.elsewhere(nonce, 50)
    rival = unmined.pooled()[nonce]["hash"]
    for _ in range(3):
        transactions.resume()
    assert unmined.pooled()[nonce]["hash"] == rival
    assert len(transactions._record.pending()[nonce]) == 1


def test_a_reorganisation_makes_pending_what_was_mined(sender: Sender) -> None:
    transactions, before, nonce = sender.start(), sender.balance, sender.nonce
    sender.mine()  # anvil forgets states from before a snapshot that was gone back to
    transactions.send(sender.mint(1))
    transactions.send(sender.mint(2))
    sender.forget(2)
    assert (sender.balance, sender.nonce) == (before, nonce)
    receipt = transactions.send(sender.mint(2))
    assert sender.eth.get_transaction(receipt["transactionHash"])["nonce"] == nonce + 1
    transactions.resume()
    assert (sender.balance, sender.nonce, transactions.pending()) == (before + 3, nonce + 2, [])


@pytest.fixture
def unsaid(sender: Sender) -> tuple[Sender, Transactions, bytes]:
    """A commitment that was mined, and the three blocks about it taken back: sender, record, raw transaction."""
    transactions = sender.start()
    for _ in range(3):
        sender.mine()
    receipt = transactions.send(sender.commit())
    raw = bytes(sender.eth.get_raw_transaction(receipt["transactionHash"]))
    sender.forget(3)
    assert transactions.pending() == [] and sender.committed() == 0
    return sender, transactions, raw


def test_what_left_its_block_and_is_cancelled_never_takes_effect(unsaid: tuple) -> None:
    sender, transactions, raw = unsaid
    nonce = sender.nonce
    transactions.cancel()
    assert (sender.nonce, transactions.pending()) == (nonce + 1, [])
    with pytest.raises(Web3RPCError, match="nonce too low"):
        sender.eth.send_raw_transaction(raw)
    assert sender.committed() == 0


def test_what_left_its_block_and_is_mined_again_meanwhile_ends_once_more(unsaid: tuple) -> None:
    sender, transactions, raw = unsaid
    sender.world.net.call("evm_setAutomine", False)
    transactions.resume()
    assert [attempt.raw for attempt in transactions.pending()] == [raw]
    sender.mine()
    assert sender.committed() == 1
    transactions.cancel()
    assert transactions.pending() == [] and sender.committed() == 1


def test_what_left_its_block_and_went_to_another_is_overtaken(unsaid: tuple) -> None:
    sender, transactions, _ = unsaid
    sender.world.net.call("evm_setAutomine", False)
    transactions.resume()
    sender.elsewhere(sender.nonce, 50)
    sender.mine()
    transactions.resume()
    assert transactions.pending() == [] and sender.committed() == 0


def test_a_crash_while_what_left_its_block_is_cancelled_is_made_good(
    unsaid: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, transactions, _ = unsaid
    nonce = sender.nonce

    def crash(raw: bytes) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(transactions._eth, "send_raw_transaction", crash)
        with pytest.raises(OSError):
            transactions.cancel()
    again = sender.start()
    again.resume()
    assert sender.committed() == 0
    again.cancel()
    assert (again.pending(), sender.nonce, sender.committed()) == ([], nonce + 1, 0)


def test_what_was_cancelled_stays_so_when_the_cancelling_leaves_its_block(unsaid: tuple) -> None:
    sender, transactions, raw = unsaid
    transactions.cancel()
    nonce = sender.nonce
    sender.forget(1)
    assert sender.nonce == nonce - 1
    transactions.resume()
    transactions.resume()
    assert (sender.nonce, transactions.pending(), sender.committed()) == (nonce, [], 0)
    with pytest.raises(Web3RPCError, match="nonce too low"):
        sender.eth.send_raw_transaction(raw)


def test_what_a_second_reorganisation_brings_back_is_known(unsaid: tuple) -> None:
    sender, transactions, raw = unsaid
    transactions.cancel()
    sender.forget(1, raw)
    assert sender.committed() == 1
    transactions.cancel()
    assert transactions.pending() == []
    brought = sender.world.settlement.commitment(1)
    assert brought.transaction in [attempt.hash for attempt in transactions.sent("commit")]
    assert not transactions.disowns(brought.transaction)
    transactions.disown([brought.transaction])
    assert sender.start().disowns(brought.transaction)


def test_a_receipt_of_another_fork_is_none(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions, nonce = sender.start(), sender.nonce
    sender.mine()
    receipt = transactions.send(sender.mint())
    sender.forget(1)
    sender.world.net.call("evm_setAutomine", False)
    monkeypatch.setattr(transactions._eth, "get_transaction_receipt", lambda hash: receipt)
    transactions.resume()
    assert [attempt.nonce for attempt in transactions.pending()] == [nonce]


@pytest.mark.parametrize("moment", ["before it is cancelled", "while it is cancelled"])
def test_what_vanished_and_would_fail_is_cancelled_all_the_same(unmined: Sender, moment: str) -> None:
    transactions, nonce = unmined.start(), unmined.nonce
    assert code(lambda: transactions.send(unmined.commit())) == "NOT_MINED"
    raw = transactions.pending()[0].raw
    unmined.world.net.call("anvil_dropAllTransactions")
    unmined.world.net.warp(START + 800_000)
    unmined.mine()
    if moment == "before it is cancelled":
        transactions.resume()
        assert transactions.pending() == []
    unmined.world.net.call("evm_setAutomine", True)
    transactions.cancel()
    assert (transactions.pending(), unmined.nonce) == ([], nonce + 1)
    with pytest.raises(Web3RPCError, match="nonce too low"):
        unmined.eth.send_raw_transaction(raw)


def test_cancelling_without_ether_says_so(unmined: Sender) -> None:
    transactions = unmined.start()
    assert code(lambda: transactions.send(unmined.mint())) == "NOT_MINED"
    unmined.world.net.call("anvil_setBalance", unmined.address, "0x1")
    assert code(transactions.cancel) == "NO_FUNDS"


def test_what_is_mined_in_place_of_a_call_is_not_its_receipt(unmined: Sender) -> None:
    transactions = unmined.start()
    nonce, template = transactions._begin(unmined.mint())
    transactions._replace(nonce, transactions.pending()[0], transactions._nothing())
    unmined.mine()
    assert code(lambda: transactions._wait(nonce, template)) == "NONCE_OVERTAKEN"


class Behind:
    """A node's answers from one block back, for so many questions: one of several behind one address."""

    def __init__(self, eth: Any, answers: int) -> None:
        self._eth, self._left = eth, answers

    def _is_behind(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def get_transaction_count(self, address: str, at: str) -> int:
        return self._eth.get_transaction_count(address, at) - self._is_behind()

    def get_transaction_receipt(self, hash: str) -> Any:
        if self._is_behind():
            raise TransactionNotFound("behind")
        return self._eth.get_transaction_receipt(hash)

    def get_transaction(self, hash: str) -> Any:
        if self._is_behind():
            raise TransactionNotFound("behind")
        return self._eth.get_transaction(hash)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._eth, name)


@pytest.mark.parametrize("answers", range(1, 12))
def test_a_node_that_is_behind_makes_nothing_happen_twice(sender: Sender, answers: int) -> None:
    transactions, before, nonce = sender.start(), sender.balance, sender.nonce
    transactions.send(sender.mint(1))
    transactions._eth = Behind(sender.eth, answers)
    transactions.send(sender.mint(2))
    transactions.resume()
    assert (sender.balance, sender.nonce, transactions.pending()) == (before + 3, nonce + 2, [])


def test_a_node_that_tells_no_pending_block_is_asked_for_the_last(sender: Sender) -> None:
    class Plain:
        max_priority_fee = 7

        def get_block(self, block: str) -> dict:
            if block == "pending":
                raise BlockNotFound(block)
            return {"baseFeePerGas": GIGA}

    assert fees.current(Plain(), fees.DEFAULT) == Fees(2 * GIGA + 7, 7)


def test_a_nonce_that_is_missing_below_is_filled(unmined: Sender) -> None:
    transactions, nonce = unmined.start(), unmined.nonce
    for amount in (1, 2):
        assert code(lambda amount=amount: transactions.send(unmined.mint(amount))) == "NOT_MINED"
    unmined.world.net.call("anvil_dropTransaction", transactions.pending()[0].hash)
    transactions._record.end(nonce, "dropped")
    transactions.resume()
    assert [attempt.name for attempt in transactions.pending()] == [NOTHING, "mint"]
    unmined.mine()
    transactions.resume()
    assert (transactions.pending(), unmined.nonce) == ([], nonce + 2)


def test_calls_that_follow_each_other_share_a_block(unmined: Sender) -> None:
    transactions = unmined.start()
    calls = [unmined.commit(1), unmined.commit(2)]
    assert code(lambda: transactions.send_all(calls)) == "NOT_MINED"
    unmined.mine()
    assert unmined.world.settlement.state().committed == 2
    transactions.resume()
    assert transactions.pending() == []


def test_a_later_call_that_does_not_pass_leaves_the_earlier_ones(sender: Sender) -> None:
    receipts = sender.start().send_all([sender.commit(1), sender.commit(3)])
    assert len(receipts) == 1 and sender.world.settlement.state().committed == 1


def test_the_record_of_another_key_is_left_alone(unmined: Sender) -> None:
    assert code(lambda: unmined.start().send(unmined.mint())) == "NOT_MINED"
    other = Transactions(unmined.chain, unmined.world.owners[0], unmined.file / "transactions.sqlite")
    assert other.pending() == []
    other.close()
