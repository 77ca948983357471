"""Provers outside the sequencer's process: one of them, several, or a cluster's worth."""
