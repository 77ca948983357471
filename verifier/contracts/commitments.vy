# pragma version 0.4.3
"""
@title Commitments
@license Apache-2.0
@notice A batch is committed in time, by the digest of its public words, and proven later. What was committed is never
        replaced; what is not settled in time may be voided by anyone, with everything after it.
@dev Words:
     digest    keccak256 of p and the batch's public words
     clock     T, the batch's time: at most the block's, and at most `window` seconds behind it
     seal      keccak256(class, clock, digest): all that is stored of a commitment; its event tells the rest
     patience  seconds after T from which an unsettled commitment can be voided
     Seals live in a ring, so that after RING batches a commitment takes no new storage.
"""
import progress
import roles
import verifiers

uses: progress
uses: roles
uses: verifiers

event Committed:
    number: indexed(uint256)
    size_class: uint256
    clock: uint256
    digest: bytes32

event Voided:
    first: indexed(uint256)
    last: uint256

RING: constant(uint256) = 256
WINDOW_MAX: constant(uint256) = 3600
# Where a person takes one step at a time.
DEVELOPMENT_WINDOW_MAX: constant(uint256) = 86_400

window: public(immutable(uint256))
patience: public(immutable(uint256))
_seals: bytes32[RING]


@deploy
def __init__(window_: uint256, patience_: uint256):
    most: uint256 = WINDOW_MAX
    if chain.id == 31337 or chain.id == 1337:
        most = DEVELOPMENT_WINDOW_MAX
    assert window_ >= 1 and window_ <= most, "commit: window out of range"
    assert patience_ > window_ and patience_ <= 30 * 86400, "commit: patience out of range"
    window = window_
    patience = patience_


@external
def commit(number: uint256, size_class: uint256, clock: uint256, digest: bytes32):
    """
    @notice Fix the next batch. Its T can then no longer be chosen.
    @param digest keccak256 of p and the public words, as they will be sent at settlement.
    """
    roles.only_operator()
    verifiers.of(size_class)
    now: progress.Progress = progress.load()
    assert number == now.committed + 1, "commit: not the next batch"
    assert number <= now.settled + RING, "commit: too many await their proofs"
    assert clock <= block.timestamp, "commit: T lies ahead"
    assert clock + window >= block.timestamp, "commit: T is too long ago"
    assert clock >= now.clock, "commit: T runs back"
    now.committed = number
    now.clock = clock
    progress.store(now)
    self._seals[number % RING] = self._seal(size_class, clock, digest)
    log Committed(number=number, size_class=size_class, clock=clock, digest=digest)


@external
def void(number: uint256, size_class: uint256, clock: uint256, digest: bytes32):
    """
    @notice Drop a commitment that has waited too long, and all after it. Anyone may.
    @dev Arguments as they were committed; the event tells them. The next T must still be at least that of what was
         dropped: it lies a day back.
    """
    now: progress.Progress = progress.load()
    assert number > now.settled and number <= now.committed, "void: no such commitment"
    assert self.opens(number, size_class, clock, digest), "void: not what was committed"
    assert block.timestamp > clock + patience, "void: not yet"
    log Voided(first=number, last=now.committed)
    now.committed = number - 1
    progress.store(now)


@internal
@view
def opens(number: uint256, size_class: uint256, clock: uint256, digest: bytes32) -> bool:
    """
    @return Whether a batch that awaits its proof was committed with this class, T and digest.
    """
    return self._seals[number % RING] == self._seal(size_class, clock, digest)


@internal
@pure
def _seal(size_class: uint256, clock: uint256, digest: bytes32) -> bytes32:
    return keccak256(abi_encode(size_class, clock, digest))
