# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title Settlement
@license Apache-2.0
@notice Holds the collateral of one rollup and moves its state root forward, one proven batch at a time.
@dev Words:
     root   commitment to every account, order and price of the rollup
     batch  what one proof covers: first committed (commitments.vy), then settled here
     words  what proof and contract agree on (fingerprint.vy), everything that both sides know of a batch
@custom:invariants
     1. root moves in settle_* alone, settle_many among them, under a proof that holds and for words that were committed in time
     2. what all owners were ever owed is at most what was ever deposited, and the token is held for the difference
     3. a deposit is taken once, in the order of its queue; a batch is settled once, in the order of its number
     4. verifiers, token, admin and time limits never change
@custom:kill none: the admin names the operator and can do nothing else
"""
import Groth16Verifier
import claims
import commitments
import deposits
import fingerprint
import layout
import progress
import proofs
import roles
import vault
import verifiers

initializes: progress
initializes: roles
initializes: vault
initializes: verifiers
initializes: deposits[vault := vault]
initializes: claims[vault := vault]
initializes: commitments[progress := progress, roles := roles, verifiers := verifiers]

exports: (
    roles.admin,
    roles.operator,
    roles.nominee,
    roles.nominate_operator,
    roles.accept_operator,
    vault.token,
    vault.scale,
    vault.escrow,
    verifiers.xs,
    verifiers.s,
    verifiers.m,
    verifiers.q,
    verifiers.l,
    deposits.minimum,
    deposits.accounts,
    deposits.owner_of,
    deposits.queued,
    deposits.link_of,
    deposits.open_account,
    deposits.deposit,
    claims.owed,
    claims.claim,
    commitments.window,
    commitments.patience,
    commitments.commit,
    commitments.void,
    progress.counters,
)

# What the chain learns of a batch.
struct Outcome:
    root: uint256
    clock: uint256  # T | round << 36 | priced << 72
    marks: uint256[layout.MARK_WORDS]  # seven a word

# What settlement is told of one batch; see settle_xs.
struct Batch:
    sponge: uint256
    proof: proofs.Proof
    outcome: Outcome
    queued: Bytes[96 * layout.L_DEPOSITS]
    withdrawals: Bytes[32 * layout.L_WITHDRAWALS]

event Settled:
    number: indexed(uint256)
    size_class: uint256
    sponge: uint256
    outcome: Outcome
    first_deposit: uint256  # number in the queue; the words of deposits were logged when they were queued
    deposits: uint256
    withdrawals: Bytes[32 * layout.L_WITHDRAWALS]
    proof: proofs.Proof

# Bytes of a settle call without deposits and withdrawals: selector, number, sponge, proof, outcome, two offsets and two
# lengths.
CALL: constant(uint256) = 4 + 32 * (2 + 12 + 2 + layout.MARK_WORDS + 4)
# Bytes of a settle_many call without batches: selector, class, number, an offset and a length. And of each batch, without
# deposits and withdrawals: its offset, sponge, proof, outcome, two offsets and two lengths.
CALL_OF_MANY: constant(uint256) = 4 + 32 * 4
CALL_OF_EACH: constant(uint256) = 32 * (1 + 1 + 12 + 2 + layout.MARK_WORDS + 4)
# Batches that one call settles.
MANY: constant(uint256) = proofs.MANY
TIME: constant(uint256) = 2**layout.TIME_BITS - 1
OWNER: constant(uint256) = 2**layout.OWNER_BITS - 1

genesis_root: public(immutable(uint256))
root: public(uint256)


@deploy
def __init__(
    token: address,
    admin: address,
    operator: address,
    root: uint256,
    classes: address[5],
    window: uint256,
    patience: uint256,
    minimum: uint256,
):
    """
    @param operator Nominated here; must accept.
    @param root Root of the state that the genesis file describes.
    @param classes Verifiers of the classes XS, S, M, Q and L; zero where a class is not in use.
    @param window Seconds that a commitment may lag behind its T.
    @param patience Seconds after which an unsettled commitment may be voided.
    @param minimum Smallest deposit, micro-units.
    """
    assert root != 0 and root < layout.FIELD, "settlement: root out of range"
    roles.__init__(admin, operator)
    vault.__init__(token)
    verifiers.__init__(classes)
    deposits.__init__(minimum)
    commitments.__init__(window, patience)
    genesis_root = root
    self.root = root


@external
@nonreentrant
def settle_xs(
    number: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    queued: Bytes[96 * layout.XS_DEPOSITS],
    withdrawals: Bytes[32 * layout.XS_WITHDRAWALS],
):
    """
    @notice Settle the next batch, of class XS.
    @param number Of the batch.
    @param sponge p, the circuit's digest of the public words.
    @param queued Words of the deposits taken, three each, as they were queued.
    @param withdrawals Words of what is owed: owner | amount << 168.
    """
    self._settle(layout.XS_NUMBER, layout.XS_WITHDRAWAL_OFFSET, number, sponge, proof, outcome, queued, withdrawals)


@external
@nonreentrant
def settle_s(
    number: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    queued: Bytes[96 * layout.S_DEPOSITS],
    withdrawals: Bytes[32 * layout.S_WITHDRAWALS],
):
    """
    @notice Settle the next batch, of class S; see settle_xs.
    """
    self._settle(layout.S_NUMBER, layout.S_WITHDRAWAL_OFFSET, number, sponge, proof, outcome, queued, withdrawals)


@external
@nonreentrant
def settle_m(
    number: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    queued: Bytes[96 * layout.M_DEPOSITS],
    withdrawals: Bytes[32 * layout.M_WITHDRAWALS],
):
    """
    @notice Settle the next batch, of class M; see settle_xs.
    """
    self._settle(layout.M_NUMBER, layout.M_WITHDRAWAL_OFFSET, number, sponge, proof, outcome, queued, withdrawals)


@external
@nonreentrant
def settle_q(
    number: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    queued: Bytes[96 * layout.Q_DEPOSITS],
    withdrawals: Bytes[32 * layout.Q_WITHDRAWALS],
):
    """
    @notice Settle the next batch, of class Q; see settle_xs.
    """
    self._settle(layout.Q_NUMBER, layout.Q_WITHDRAWAL_OFFSET, number, sponge, proof, outcome, queued, withdrawals)


@external
@nonreentrant
def settle_l(
    number: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    queued: Bytes[96 * layout.L_DEPOSITS],
    withdrawals: Bytes[32 * layout.L_WITHDRAWALS],
):
    """
    @notice Settle the next batch, of class L; see settle_xs.
    """
    self._settle(layout.L_NUMBER, layout.L_WITHDRAWAL_OFFSET, number, sponge, proof, outcome, queued, withdrawals)


@external
@nonreentrant
def settle_many(size_class: uint256, first: uint256, batches: DynArray[Batch, MANY]):
    """
    @notice Settle the next batches, all of one class. Each is held to what settle_xs holds one to; their proofs are
            checked together (Groth16Verifier.verify_many). All of them are settled, or none.
    @param first Number of the first batch.
    """
    # Guards.
    roles.only_operator()
    assert len(batches) > 0, "settle: no batch"
    deposits_most: uint256 = 0
    withdrawals_most: uint256 = 0
    withdrawal_offset: uint256 = 0
    deposits_most, withdrawals_most, withdrawal_offset = verifiers.sections(size_class)
    now: progress.Progress = progress.load()
    before: progress.Progress = now
    root: uint256 = self.root
    length: uint256 = CALL_OF_MANY
    shown: DynArray[proofs.Proof, MANY] = []
    inputs: DynArray[uint256[3], MANY] = []
    for batch: Batch in batches:
        length += CALL_OF_EACH + len(batch.queued) + len(batch.withdrawals)
        assert len(batch.queued) <= 96 * deposits_most, "settle: more deposits than the class has"
        assert len(batch.withdrawals) <= 32 * withdrawals_most, "settle: more withdrawals than the class has"
        inputs.append(
            self._inputs(
                now,
                root,
                size_class,
                withdrawal_offset,
                first + len(shown),
                batch.sponge,
                batch.outcome,
                batch.queued,
                batch.withdrawals,
            )
        )
        shown.append(batch.proof)
        now.settled += 1
        now.taken += len(batch.queued) // 96
        root = batch.outcome.root
    assert len(msg.data) == length, "settle: calldata has another length"
    verifier: Groth16Verifier.__interface__ = Groth16Verifier.__interface__(verifiers.of(size_class))
    assert staticcall verifier.verify_many(shown, inputs), "settle: a proof does not hold"

    # Effects.
    progress.store(now)
    self.root = root
    now = before
    for batch: Batch in batches:
        now.settled += 1
        self._note(
            now, size_class, batch.sponge, batch.proof, batch.outcome, len(batch.queued) // 96, batch.withdrawals
        )
        now.taken += len(batch.queued) // 96


@internal
def _settle(
    size_class: uint256,
    withdrawal_offset: uint256,
    number: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    queued: Bytes[96 * layout.L_DEPOSITS],
    withdrawals: Bytes[32 * layout.L_WITHDRAWALS],
):
    # Guards.
    roles.only_operator()
    assert len(msg.data) == CALL + len(queued) + len(withdrawals), "settle: calldata has another length"
    now: progress.Progress = progress.load()
    inputs: uint256[3] = self._inputs(
        now, self.root, size_class, withdrawal_offset, number, sponge, outcome, queued, withdrawals
    )
    verifier: Groth16Verifier.__interface__ = Groth16Verifier.__interface__(verifiers.of(size_class))
    assert staticcall verifier.verify(proof, inputs), "settle: the proof does not hold"

    # Effects.
    now.settled = number
    self._note(now, size_class, sponge, proof, outcome, len(queued) // 96, withdrawals)
    now.taken += len(queued) // 96
    progress.store(now)
    self.root = outcome.root


@internal
@view
def _inputs(
    now: progress.Progress,
    root: uint256,
    size_class: uint256,
    withdrawal_offset: uint256,
    number: uint256,
    sponge: uint256,
    outcome: Outcome,
    queued: Bytes[96 * layout.L_DEPOSITS],
    withdrawals: Bytes[32 * layout.L_WITHDRAWALS],
) -> uint256[3]:
    """
    @return p, z and F of a batch that may follow on `now` and `root` if its proof holds for them. Sections are no
            longer than the class has room for.
    """
    assert len(queued) % 96 == 0 and len(withdrawals) % 32 == 0, "settle: words are cut"
    assert number == now.settled + 1, "settle: not the next batch"
    assert number <= now.committed, "settle: not committed"
    assert outcome.root != 0, "settle: the root is zero"
    taken: uint256 = len(queued) // 96
    # One word more than the head has: a coefficient that is zero, and completes a chunk.
    head: Bytes[384] = abi_encode(
        size_class,
        chain.id,
        self,
        layout.VERSION,
        number,
        root,
        outcome,
        taken | len(withdrawals) // 32 << 32,
        empty(uint256),
    )
    digest: bytes32 = keccak256(concat(convert(sponge, bytes32), slice(head, 0, 352), queued, withdrawals))
    assert commitments.opens(number, size_class, outcome.clock & TIME, digest), "settle: not what was committed"
    assert deposits.are_next(now.taken, taken, queued), "settle: not the queued deposits"
    z: uint256 = convert(digest, uint256) % layout.FIELD
    folded: uint256 = fingerprint.polynomial(z, head)
    if taken > 0:
        folded = fingerprint.plus(folded, z, layout.WORD_DEPOSITS, queued)
    if len(withdrawals) > 0:
        folded = fingerprint.plus(folded, z, withdrawal_offset, withdrawals)
    return [sponge, z, folded]


@internal
def _note(
    now: progress.Progress,
    size_class: uint256,
    sponge: uint256,
    proof: proofs.Proof,
    outcome: Outcome,
    taken: uint256,
    withdrawals: Bytes[32 * layout.L_WITHDRAWALS],
):
    """
    @notice Owe what batch `now.settled` owes, and tell of it; `now.taken` is the count before its deposits.
    """
    self._owe(withdrawals)
    log Settled(
        number=now.settled,
        size_class=size_class,
        sponge=sponge,
        outcome=outcome,
        first_deposit=now.taken + 1,
        deposits=taken,
        withdrawals=withdrawals,
        proof=proof,
    )


@internal
def _owe(withdrawals: Bytes[32 * layout.L_WITHDRAWALS]):
    """
    @notice Move what the proof owes to its owners out of the escrow.
    """
    total: uint256 = 0
    for i: uint256 in range(len(withdrawals) // 32, bound=layout.L_WITHDRAWALS):
        word: uint256 = extract32(withdrawals, 32 * i, output_type=uint256)
        assert word & OWNER < 2**160, "settle: an owner is no address"
        amount: uint256 = word >> layout.OWNER_BITS
        claims.owe(convert(word & OWNER, address), amount)
        total += amount
    if total > 0:
        assert total <= vault.escrow, "settle: more is owed than held"
        vault.escrow -= total
