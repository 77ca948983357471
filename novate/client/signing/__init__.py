"""Signing in plain Python, as docs/signing.md says; the compiled signer is used where it is built already."""
