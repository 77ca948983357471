"""False batches, each of which breaks the rule it is named after, and that rule only."""
