# pragma version 0.4.3
"""
@title How far the rollup has come
@license Apache-2.0
@notice Four counters that every batch moves, kept in one storage slot.
"""

struct Progress:
    committed: uint256  # number of the last batch committed
    settled: uint256  # number of the last batch settled
    clock: uint256  # T of the last commitment, in seconds
    taken: uint256  # deposits that the state root has taken in

PART: constant(uint256) = 2**64 - 1

_packed: uint256


@external
@view
def counters() -> Progress:
    """
    @return Numbers of the last batch committed and settled, T of the last commitment, deposits taken.
    """
    return self.load()


@internal
@view
def load() -> Progress:
    packed: uint256 = self._packed
    return Progress(
        committed=packed & PART, settled=packed >> 64 & PART, clock=packed >> 128 & PART, taken=packed >> 192
    )


@internal
def store(now: Progress):
    """
    @dev No part reaches 2^64: batches and deposits are counted one by one, and T is at most the block's time.
    """
    self._packed = now.committed | now.settled << 64 | now.clock << 128 | now.taken << 192
