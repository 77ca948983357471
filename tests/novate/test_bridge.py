"""The sequencer's looks at the contract cost one question each while nothing happens there (D22)."""

from types import SimpleNamespace

import pytest

from novate.bridge import SettlementChain
from sequencer.contract import ChainUnreachable
from verifier.chain import Block
from verifier.settlement import State


class Node:
    """A settlement and its chain that count what they are asked."""

    def __init__(self) -> None:
        self.block = Block(7, b"seven", 1_700_000_000)
        self.held = State(root=5, committed=2, settled=1, clock=9, taken=3, queued=3, accounts=4, escrow=6)
        self.asked: list[str] = []
        self.replaced: Block | None = None
        self.chain = SimpleNamespace(
            id=31337, latest=lambda: self.block, block_hash=self._hash, call=lambda function: function
        )
        self.chain.web3 = SimpleNamespace(eth=None)
        names = ("window", "patience")
        self.contract = SimpleNamespace(functions=SimpleNamespace(**{name: lambda: 300 for name in names}))

    def _hash(self, number: int) -> bytes:
        return (self.replaced or self.block).hash

    def state(self, block: int) -> State:
        self.asked.append("state")
        return self.held

    def queue(self, first: int, last_block: int) -> list:
        self.asked.append("queue")
        return []


@pytest.fixture
def node():
    return Node()


@pytest.fixture
def chain(node):
    account = SimpleNamespace(address="0x0")
    chain = SettlementChain(node, account, native=None)
    yield chain
    chain.transactions.close()


def test_a_block_that_was_seen_is_not_asked_about_again(node, chain):
    first = chain.heads()
    assert chain.heads() == first and (first.committed, first.settled, first.block) == (2, 1, 7)
    assert chain.deposits(3, 1) == [] and node.asked == ["state"]


def test_another_block_is_asked_about_also_with_the_same_number(node, chain):
    chain.heads()
    node.block, node.held = node.block._replace(hash=b"another"), node.held._replace(committed=1)
    assert chain.heads().committed == 1
    node.block, node.held = node.block._replace(number=8, hash=b"eight"), node.held._replace(committed=3)
    assert chain.heads().committed == 3 and node.asked == ["state"] * 3


def test_deposits_are_looked_for_where_the_block_is_new_or_the_queue_holds_more(node, chain):
    chain.deposits(3, 1)
    chain.heads()
    chain.deposits(2, 1)
    assert node.asked == ["queue", "state", "queue"]
    node.block = node.block._replace(number=8, hash=b"eight")
    chain.deposits(3, 1)
    assert node.asked == ["queue", "state", "queue", "queue"]


def test_a_block_that_is_replaced_while_it_is_asked_about_is_not_remembered(node, chain):
    node.replaced = node.block._replace(hash=b"another")
    with pytest.raises(ChainUnreachable):
        chain.heads()
    node.replaced = None
    chain.heads()
    assert node.asked == ["state", "state"]


def test_heads_tell_whether_the_block_seen_last_is_gone(node, chain, monkeypatch):
    seven, eight = node.block, node.block._replace(number=8, hash=b"eight")
    blocks = {7: seven.hash}
    monkeypatch.setattr(node.chain, "block_hash", lambda number: blocks.get(number))
    assert not chain.heads().is_moved
    node.block, blocks[8] = eight, eight.hash
    assert not chain.heads().is_moved
    node.block, blocks = seven._replace(hash=b"another"), {7: b"another"}
    assert chain.heads().is_moved and not chain.heads().is_moved
