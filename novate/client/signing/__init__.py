"""Signing in plain Python: what docs/signing.md says, with nothing to compile; the compiled signer is used if it is there."""
