# pragma version 0.4.3
"""
@title What owners are owed
@license Apache-2.0
@notice Settlement writes down what is owed; the owner fetches it. Nothing is ever pushed.
@dev An owner's slot holds all that was ever owed (low half) and all that was ever claimed (high half), so the slot of a
     known recipient is never zero and costs no new storage.
"""
import vault

uses: vault

event Claimed:
    owner: indexed(address)
    amount: uint256

HALF: constant(uint256) = 2**128 - 1

_ledger: HashMap[address, uint256]


@external
@view
def owed(owner: address) -> uint256:
    """
    @return Micro-units that the owner can claim.
    """
    entry: uint256 = self._ledger[owner]
    return (entry & HALF) - (entry >> 128)


@external
@nonreentrant
def claim() -> uint256:
    """
    @notice Fetch everything that the sender is owed.
    @return Micro-units sent.
    """
    entry: uint256 = self._ledger[msg.sender]
    total: uint256 = entry & HALF
    amount: uint256 = total - (entry >> 128)
    assert amount > 0, "claim: nothing is owed"
    self._ledger[msg.sender] = total | total << 128
    log Claimed(owner=msg.sender, amount=amount)
    vault.pay(msg.sender, amount)
    return amount


@internal
def owe(owner: address, amount: uint256):
    """
    @dev Amounts are below 2^86, so 2^42 of them do not reach the high half.
    """
    self._ledger[owner] = unsafe_add(self._ledger[owner], amount)
