"""The chain from an owner's side: deposit, claim, checks of batches. All of it blocks; operations run it as work."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from verifier.audit import Report
    from verifier.settlement import Settlement

GAS_MONEY = 10**18
"""Wei that a development chain gives an owner who has none."""


@dataclass(frozen=True)
class ChainAccess:
    """A node and the settlement contract. ``is_development``: collateral and gas can be made out of nothing there.

    ``keys``: folder of key files, and ``key``: which of them the contract should use, if that is known.
    """

    url: str
    contract: str
    first_block: int = 0
    is_development: bool = False
    keys: Path | None = None
    key: dict | None = None

    def settlement(self) -> "Settlement":
        """The contract. Raises ``verifier.errors.ChainUnreachable``."""
        from verifier.chain import Chain
        from verifier.settlement import Settlement

        return Settlement(Chain(self.url), self.contract, self.first_block)


class Deposited(NamedTuple):
    """A mined deposit; it is credited once it is as deep as the operator asks."""

    account: int
    amount: int
    transaction: str
    block: int


class Claimed(NamedTuple):
    """What an owner fetched, in micro-units; no transaction if nothing was owed."""

    amount: int
    transaction: str | None


def deposit(
    access: ChainAccess, owner: "LocalAccount", amount: int, account: int | None, key: tuple[int, int]
) -> Deposited:
    """Micro-units into an account, a new one bound to ``key`` if there is none yet.

    Raises ``verifier.errors.VerifierError``.
    """
    settlement = access.settlement()
    if access.is_development:
        provide(access, settlement, owner, amount)
    settlement.approve(owner, amount)
    account = account or opened_before(settlement, owner.address, key[0])
    if account is None:
        account, receipt = settlement.open_account(owner, amount, key)
    else:
        receipt = settlement.deposit(owner, account, owner.address, amount)
    return Deposited(account, amount, receipt["transactionHash"].to_0x_hex(), receipt["blockNumber"])


def opened_before(settlement: "Settlement", owner: str, key: int) -> int | None:
    """The account that an owner bound to a key before, if nobody wrote its number down."""
    event = settlement.contract.events.Deposited()
    for found in settlement.chain.events(event, settlement.first_block, owner=owner):
        if found["args"]["key"] == key:
            return found["args"]["account"]
    return None


def provide(access: ChainAccess, settlement: "Settlement", owner: "LocalAccount", amount: int) -> None:
    """Gas money and collateral on a development chain, where an owner has too little."""
    from verifier.devnet import rpc

    web3 = settlement.chain.web3
    if web3.eth.get_balance(owner.address) < GAS_MONEY // 10:
        rpc(access.url, "anvil_setBalance", owner.address, hex(GAS_MONEY))
    held = settlement.chain.call(settlement.token.functions.balanceOf(owner.address)) // settlement.scale
    if held < amount:
        settlement.mint(owner, amount - held)


def owed(access: ChainAccess, owner: str) -> int:
    """Micro-units that an address can claim."""
    return access.settlement().owed(owner)


def claim(access: ChainAccess, owner: "LocalAccount") -> Claimed:
    """Fetch everything that the owner is owed."""
    settlement = access.settlement()
    amount = settlement.owed(owner.address)
    if not amount:
        return Claimed(0, None)
    receipt = settlement.claim(owner)
    return Claimed(amount, receipt["transactionHash"].to_0x_hex())


def verify(access: ChainAccess, number: int) -> "Report":
    """Check a settled batch from chain data alone. Raises ``VerifierError`` for one that cannot be read."""
    from novate.audits import expected_key
    from verifier.audit import verify_batch

    key = expected_key(access.keys, access.key) if access.keys and access.key else None
    return verify_batch(access.settlement(), number, key=key)
