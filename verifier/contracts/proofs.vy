# pragma version 0.4.3
"""
@title A proof and its key
@license Apache-2.0
@notice Points of G2 are written x1 x0 y1 y0, as the pairing precompile wants them. Infinity is all zeros.
"""

# Proofs that are checked together at most.
MANY: constant(uint256) = 4

# In the order of gnark's Proof.MarshalSolidity, 384 bytes.
struct Proof:
    a: uint256[2]
    b: uint256[4]
    krs: uint256[2]
    commitment: uint256[2]
    knowledge: uint256[2]  # proof that the commitment is to known values

struct VerifyingKey:
    alpha: uint256[2]
    beta_neg: uint256[4]
    gamma_neg: uint256[4]
    delta_neg: uint256[4]
    base: uint256[4]  # of the commitment key; must be gamma
    base_sigma_neg: uint256[4]
    k: uint256[2][5]  # of the constant, p, z, F and the commitment's challenge
