"""The page in a real browser, against a real sequencer and gateway."""
