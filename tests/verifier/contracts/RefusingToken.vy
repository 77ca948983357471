# pragma version 0.4.3
"""
@title RefusingToken
@license Apache-2.0
@notice A token that answers false in place of a revert, once told to.
"""
import coins

initializes: coins
exports: coins.__interface__

refuses: bool


@deploy
def __init__(decimals: uint8):
    coins.__init__(decimals)


@external
def refuse(yes: bool):
    self.refuses = yes


@external
def transfer(receiver: address, amount: uint256) -> bool:
    if not self.refuses:
        coins.move(msg.sender, receiver, amount)
    return not self.refuses


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    if not self.refuses:
        coins.move(sender, receiver, amount)
    return not self.refuses
