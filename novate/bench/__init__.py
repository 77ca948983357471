"""Measurements: what `novate bench` runs and reports."""
