# pragma version 0.4.3
"""
@title The collateral
@license Apache-2.0
@notice Takes the token in and pays it out, counted as it really moved, in micro-units.
@dev Words:
     micro-unit  one millionth of the token; a token of 6 decimals has them natively
     escrow      micro-units that back the accounts of the rollup: deposited, and not yet owed to an owner
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

import layout

MICRO_DECIMALS: constant(uint256) = 6

token: public(immutable(IERC20))
# Smallest units of the token in a micro-unit.
scale: public(immutable(uint256))
# Below ESCROW_MAX.
escrow: public(uint256)


@deploy
def __init__(token_: address):
    assert token_.is_contract, "vault: the token is no contract"
    decimals: uint256 = convert(staticcall IERC20Detailed(token_).decimals(), uint256)
    assert decimals >= MICRO_DECIMALS and decimals <= 24, "vault: decimals out of range"
    token = IERC20(token_)
    scale = 10 ** (decimals - MICRO_DECIMALS)


@internal
def take(amount: uint256) -> uint256:
    """
    @notice Take tokens from the sender.
    @param amount Micro-units asked for.
    @return Micro-units received: less, if the token keeps a fee.
    """
    before: uint256 = staticcall token.balanceOf(self)
    assert extcall token.transferFrom(
        msg.sender, self, amount * scale, default_return_value=True
    ), "vault: the token refused"
    received: uint256 = staticcall token.balanceOf(self) - before
    assert received % scale == 0, "vault: received a fraction of a micro-unit"
    return received // scale


@internal
def hold(amount: uint256):
    """
    @notice Count a deposit into the escrow.
    """
    self.escrow += amount
    assert self.escrow < layout.ESCROW_MAX, "vault: escrow is full"


@internal
def pay(to: address, amount: uint256):
    """
    @notice Send what has already left the escrow.
    @dev A token that takes more than what is paid would pay itself out of what others own.
    """
    before: uint256 = staticcall token.balanceOf(self)
    assert extcall token.transfer(to, amount * scale, default_return_value=True), "vault: the token refused"
    assert before - staticcall token.balanceOf(self) == amount * scale, "vault: the token took more than was paid"
