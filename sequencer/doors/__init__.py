"""Doors of the sequencer for those outside its process who work for it."""
