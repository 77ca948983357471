# pragma version 0.4.3
"""
@title ReenteringToken
@license Apache-2.0
@notice A token that calls somebody, with calldata of its choice, while it moves.
"""
import coins

initializes: coins
exports: coins.__interface__

target: address
payload: Bytes[1024]


@deploy
def __init__(decimals: uint8):
    coins.__init__(decimals)


@external
def aim(target: address, payload: Bytes[1024]):
    """
    @notice Call this target when coins move next. The call must succeed.
    """
    self.target = target
    self.payload = payload


@external
def endow(amount: uint256):
    """
    @notice Give the token itself coins.
    """
    coins.move_in(self, amount)


@external
def poke():
    """
    @notice Make the call now.
    """
    self._call()


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self._call()
    coins.move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    coins.move(sender, receiver, amount)
    self._call()
    return True


@internal
def _call():
    target: address = self.target
    self.target = empty(address)
    if target != empty(address):
        raw_call(target, self.payload)
