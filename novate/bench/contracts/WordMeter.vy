# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title WordMeter
@license Apache-2.0
@notice Measures what public words cost the settlement contract once they are there: their hash and their polynomial.
"""
import fingerprint


@external
@view
def gas_of(z: uint256, section: Bytes[fingerprint.SECTION]) -> uint256:
    """
    @param z Any challenge.
    @param section Public words.
    @return Gas of hashing them, checking that each is below r, and adding them up.
    """
    before: uint256 = msg.gas
    digest: bytes32 = keccak256(section)
    folded: uint256 = fingerprint.polynomial(z, section)
    after: uint256 = msg.gas
    # Both results are used, so neither is left out by the compiler.
    assert digest != empty(bytes32) and folded < max_value(uint256)
    return before - after
