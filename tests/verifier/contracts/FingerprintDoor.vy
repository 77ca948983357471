# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title FingerprintDoor
@license Apache-2.0
@notice Opens the fingerprint to tests: its hash, its polynomial and what they cost.
"""
import fingerprint


@external
@view
def polynomial(z: uint256, section: Bytes[fingerprint.SECTION]) -> (uint256, uint256):
    """
    @return The polynomial of a section, and the gas that it and the section's hash took.
    """
    before: uint256 = msg.gas
    digest: bytes32 = keccak256(section)
    folded: uint256 = fingerprint.polynomial(z, section)
    return folded, before - msg.gas


@external
@view
def power(base: uint256, exponent: uint256) -> uint256:
    return fingerprint.power(base, exponent)
