"""Simulated makers and takers that trade recorded markets through the public API, as anyone else would."""
