# pragma version 0.4.3
"""
@title FeeToken
@license Apache-2.0
@notice A token that keeps a fee of what it moves, and on request takes a further one from the sender.
"""
import coins

initializes: coins
exports: coins.__interface__

fee: uint256
surcharge: uint256


@deploy
def __init__(decimals: uint8):
    coins.__init__(decimals)


@external
def charge(fee: uint256, surcharge: uint256):
    self.fee = fee
    self.surcharge = surcharge


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self._move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    self._move(sender, receiver, amount)
    return True


@internal
def _move(sender: address, receiver: address, amount: uint256):
    coins.move(sender, receiver, amount - self.fee)
    coins.move(sender, self, self.fee + self.surcharge)
