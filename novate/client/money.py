"""Money: in from the chain, out to it, and between accounts of one owner."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from novate.client import building, chain, errors, models
from novate.client.accounts import KeyFile
from novate.client.building import Number
from novate.client.operation import Steps, Work, operation
from novate.client.trading import BRIEF_SECONDS, Trading, now
from rollup.actions import Transfer, Withdraw
from sequencer import instruments

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


class Deposit(NamedTuple):
    """A deposit that is mined. The account is credited as soon as it is as deep as the operator asks."""

    account: int
    amount: Decimal
    transaction: str
    block: int


class Claim(NamedTuple):
    """What the owner fetched; no transaction if nothing was owed."""

    amount: Decimal
    transaction: str | None


class Money(Trading):
    """Deposits and claims are the owner's, on chain; withdrawals and transfers are signed by the trading key."""

    owner: "LocalAccount | KeyFile | None" = None
    """Who signs on chain: an account, or the key file that holds it and is only opened when it is needed."""

    @operation
    def deposit(self, amount: Number, owner: "LocalAccount | None" = None) -> Steps[Deposit]:
        """Collateral from the owner's address into the account, out of nothing on a development chain.

        Raises InvalidInput (NO_CHAIN, NO_OWNER), ``verifier.errors.Reverted`` and ``ChainUnreachable``.
        """
        access, holder, units = self._access(), self._owner(owner), building.micro(amount)
        account, signer = self._authority()
        key = (signer.x, signer.y)
        done = yield Work(lambda: chain.deposit(access, holder, units, account, key))
        return Deposit(done.account, instruments.amount(done.amount), done.transaction, done.block)

    @operation
    def withdraw(self, amount: Number) -> Steps[models.Receipt]:
        """Collateral out of the account: the owner may ``claim`` it once the batch is settled."""
        account, _ = self._authority()
        units = building.micro(amount)
        return (yield from self._single(Withdraw(account, 0, 0, units, now() + BRIEF_SECONDS)))

    @operation
    def transfer(self, to: int, amount: Number) -> Steps[models.Receipt]:
        """Collateral to another account of the same owner, at once."""
        account, _ = self._authority()
        units = building.micro(amount)
        return (yield from self._single(Transfer(account, 0, 0, to, units, now() + BRIEF_SECONDS)))

    @operation
    def owed(self, owner: str | None = None) -> Steps[Decimal]:
        """What the contract owes an address, this client's owner unless said. Raises as ``deposit``."""
        access = self._access()
        known = self.owner.owner if isinstance(self.owner, KeyFile) else ""
        address = owner or known or self._owner(None).address
        return instruments.amount((yield Work(lambda: chain.owed(access, address))))

    @operation
    def claim(self, owner: "LocalAccount | None" = None) -> Steps[Claim]:
        """Fetch everything that the contract owes the owner. Raises as ``deposit``."""
        access, holder = self._access(), self._owner(owner)
        done = yield Work(lambda: chain.claim(access, holder))
        return Claim(instruments.amount(done.amount), done.transaction)

    def _owner(self, named: "LocalAccount | None") -> "LocalAccount":
        holder = named or self.owner
        if holder is None:
            raise errors.InvalidInput("NO_OWNER", "deposits and claims need the owner's key: give owner=")
        return holder.owner_account() if isinstance(holder, KeyFile) else holder
