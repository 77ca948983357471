# pragma version 0.4.3
"""
@title SilentToken
@license Apache-2.0
@notice A token whose transfers return nothing.
"""
import coins

initializes: coins
exports: coins.__interface__


@deploy
def __init__(decimals: uint8):
    coins.__init__(decimals)


@external
def transfer(receiver: address, amount: uint256):
    coins.move(msg.sender, receiver, amount)


@external
def transferFrom(sender: address, receiver: address, amount: uint256):
    coins.move(sender, receiver, amount)
