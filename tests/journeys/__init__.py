"""Whole paths, with everything real: keys, proofs, contracts, a node."""
