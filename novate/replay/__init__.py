"""A replay: recorded markets traded again, by the engine alone or through sequencer, proof and chain."""
