# pragma version 0.4.3
# pragma evm-version cancun
"""
@title DevelopmentToken
@license Apache-2.0
@notice Collateral for development chains: an ERC-20 that anyone may mint to themselves.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from snekmate.auth import ownable
from snekmate.tokens import erc20

implements: IERC20
implements: IERC20Detailed

initializes: ownable
initializes: erc20[ownable := ownable]

exports: (
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.approve,
    erc20.transfer,
    erc20.transferFrom,
)


@deploy
def __init__(name: String[25], symbol: String[5], decimals: uint8):
    assert chain.id == 31337 or chain.id == 1337, "token: not a development chain"
    ownable.__init__()
    erc20.__init__(name, symbol, decimals, name, "1")


@external
def mint(amount: uint256):
    """
    @notice Make tokens out of nothing for the sender.
    """
    erc20._mint(msg.sender, amount)
