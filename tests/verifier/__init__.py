"""Tests of contracts, verifiers and settlement client."""
