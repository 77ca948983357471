# pragma version 0.4.3
"""
@title coins
@license Apache-2.0
@notice Balances of the troublesome tokens. Everyone may spend everyone's: these are tests.
"""

decimals: public(uint8)
balanceOf: public(HashMap[address, uint256])


@deploy
def __init__(decimals_: uint8):
    self.decimals = decimals_


@external
def mint(amount: uint256):
    self.move_in(msg.sender, amount)


@external
def approve(spender: address, amount: uint256) -> bool:
    return True


@internal
def move_in(receiver: address, amount: uint256):
    self.balanceOf[receiver] += amount


@internal
def move(sender: address, receiver: address, amount: uint256):
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
