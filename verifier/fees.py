"""What a transaction offers: the node's own fees, never more than a cap."""

from contextlib import suppress
from typing import Any, NamedTuple

from web3.exceptions import BlockNotFound

from verifier.errors import ChainUnreachable
from verifier.recursion import bounded

bounded()

GIGA = 10**9


class Fees(NamedTuple):
    """EIP-1559 fees of a transaction, wei a unit of gas: most in all, and the part for whoever makes the block."""

    most: int
    tip: int


class FeePolicy(NamedTuple):
    """What an operator is ready to pay.

    ``cap``    most that is ever offered, wei a unit of gas
    ``stuck``  seconds after which a transaction that is not mined is replaced by a dearer one
    ``bump``   how much dearer, thousandths: nodes take a replacement from 12.5 % (geth: 10 %) on
    """

    cap: int = 200 * GIGA
    stuck: float = 30
    bump: int = 125


DEFAULT = FeePolicy()


def too_dear(cap: int, asked: int) -> ChainUnreachable:
    """The refusal to pay: it passes when the price falls."""
    return ChainUnreachable("GAS_CAP", f"gas costs {asked} wei, at most {cap} are paid", cap=cap, asked=asked)


def current(eth: Any, policy: FeePolicy) -> Fees:
    """Fees that the next block should take, with room for six full blocks; raises ``ChainUnreachable`` (GAS_CAP)."""
    base = eth.get_block("latest").get("baseFeePerGas", 0)
    with suppress(BlockNotFound):  # not every node makes up a pending block
        base = max(base, eth.get_block("pending").get("baseFeePerGas", 0))
    tip = eth.max_priority_fee
    if base + tip > policy.cap:
        raise too_dear(policy.cap, base + tip)
    return Fees(min(policy.cap, 2 * base + tip), tip)


def bumped(old: Fees, now: Fees, policy: FeePolicy) -> Fees:
    """Fees that replace a transaction with old ones; raises ``ChainUnreachable`` (GAS_CAP)."""
    most, tip = (max(fee + -(-fee * policy.bump // 1000) + 1, other) for fee, other in zip(old, now))
    if most > policy.cap:
        raise too_dear(policy.cap, most)
    return Fees(most, tip)
