"""Transactions that get lost, stuck, replaced, underpriced or forgotten; a crash at every step between them (D21)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
    assert code(lambda: transactions.send(unmined.mint())) == "GAS_CAP"
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


def test_a_reorganisation_gives_nonces_back(sender: Sender) -> None:
    transactions, before, nonce = sender.start(), sender.balance, sender.nonce
    sender.mine()  # anvil forgets states from before a snapshot that was gone back to
    transactions.send(sender.mint(1))
    transactions.send(sender.mint(2))
    sender.world.net.call("anvil_reorg", 2, [])
    assert (sender.balance, sender.nonce) == (before, nonce)
    transactions.send(sender.mint(2))
    assert (sender.balance, sender.nonce) == (before + 2, nonce + 1)


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
