# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title Groth16Verifier
@license Apache-2.0
@notice Says whether a proof holds for the three public inputs of one batch circuit. One deployment per size class; the
        verifying key is given at deployment and lives in the code.
@dev Words:
     inputs     p, z and F: digest of the public words, challenge, fold
     C, PoK     the proof's commitment, which covers private wires only, and the proof that its values are known
     h          keccak256(C) mod r: the commitment's challenge, a fourth input
     L          K0 + p K1 + z K2 + F K3 + h K4 + C
     sigma      trapdoor of the commitment key, whose base is gamma

     A proof holds when both equations hold:
         knowledge  e(C, -sigma gamma) e(PoK, gamma) = 1
         circuit    e(A, B) e(Krs, -delta) e(alpha, -beta) e(L, -gamma) = 1
     They are checked as knowledge^rho * circuit = 1, where rho hashes the whole proof and all inputs. An equation that
     fails is an element of prime order r, fixed before rho is known, so a false proof passes with probability 1/r a
     hash. With a weight that its author could foresee, an error in one equation would cancel in the other. Because the
     commitment's base is gamma, e(rho PoK, gamma) = e(-rho PoK, -gamma) joins the pair of L: five pairs.

     Several proofs hold when all their equations do. They are checked as one product, the proofs weighted with
     tau_0 = 1, tau_1, ...:
         prod_i (knowledge_i^rho * circuit_i)^tau_i = 1
     where rho and every tau_i hash all proofs and all inputs, so that neither is known before each equation has failed
     or not. If any fails, then knowledge_i^rho * circuit_i differs from one for its i but with probability 1/r over
     rho; and given that, the product differs from one but with probability 1/r over the last tau_i that counts, as only
     one value of it would cancel the rest (with none but i = 0 false there is nothing to cancel). A false set passes
     with probability below 2/r a hash. By linearity all pairs but e(tau_i A_i, B_i) are shared: n + 4 pairs for n.
@custom:trust Keys of a development set-up have a known trapdoor: they are refused but on development chains.
"""
import layout
import proofs

EC_ADD: constant(address) = 0x0000000000000000000000000000000000000006
EC_MUL: constant(address) = 0x0000000000000000000000000000000000000007
PAIRING: constant(address) = 0x0000000000000000000000000000000000000008
# An invalid point burns all that its call was given. These are somewhat above the prices of EIP-1108.
EC_ADD_GAS: constant(uint256) = 500
EC_MUL_GAS: constant(uint256) = 10_000
PAIRING_GAS: constant(uint256) = 250_000
PAIR_GAS: constant(uint256) = 36_000

BASE_FIELD: constant(uint256) = 21888242871839275222246405745257275088696311157297823662689037894645226208583
# Bytes of a verify call: selector, proof, inputs.
CALL: constant(uint256) = 4 + 32 * (12 + 3)
MANY: constant(uint256) = proofs.MANY
# Pairs that are shared by proofs checked together.
SHARED: constant(uint256) = 4

# Whether the key comes out of a development set-up: whoever ran that can prove anything.
development_keys: public(immutable(bool))
# Digest of the ceremony's transcript; zero for development keys.
ceremony: public(immutable(bytes32))
KEY: immutable(proofs.VerifyingKey)


@deploy
def __init__(verifying_key: proofs.VerifyingKey, transcript: bytes32):
    """
    @param verifying_key Checked point by point.
    @param transcript Digest of the ceremony's transcript, or zero: then these are development keys.
    """
    development: bool = transcript == empty(bytes32)
    assert not development or chain.id == 31337 or chain.id == 1337, "key: development keys on a live chain"
    self._check_points(verifying_key)
    self._check_independence(verifying_key)
    development_keys = development
    ceremony = transcript
    KEY = verifying_key


@external
@view
def key() -> proofs.VerifyingKey:
    """
    @return The verifying key, so that a proof can be checked again from chain data alone.
    """
    return KEY


@external
@view
def verify(proof: proofs.Proof, inputs: uint256[3]) -> bool:
    """
    @return True if and only if the proof holds. False for an unreduced input, an invalid point or a false proof. A
            caller must take False as "revert", never as evidence: too little gas ends here too.
    """
    if len(msg.data) != CALL:
        return False
    for value: uint256 in inputs:
        if value >= layout.FIELD:
            return False
    rho: uint256 = convert(keccak256(abi_encode(proof, inputs)), uint256)
    h: uint256 = convert(keccak256(abi_encode(proof.commitment)), uint256) % layout.FIELD
    # A point and its scalar. The precompile takes any scalar, so rho needs no reduction where it is not negated.
    terms: uint256[3][5] = [
        [KEY.k[1][0], KEY.k[1][1], inputs[0]],
        [KEY.k[2][0], KEY.k[2][1], inputs[1]],
        [KEY.k[3][0], KEY.k[3][1], inputs[2]],
        [KEY.k[4][0], KEY.k[4][1], h],
        [proof.knowledge[0], proof.knowledge[1], layout.FIELD - rho % layout.FIELD],
    ]

    # L - rho PoK.
    ok: bool = False
    sum: Bytes[64] = b""
    product: Bytes[64] = b""
    ok, sum = raw_call(
        EC_ADD,
        abi_encode(KEY.k[0], proof.commitment),
        max_outsize=64,
        gas=EC_ADD_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not ok:
        return False
    for term: uint256[3] in terms:
        ok, product = raw_call(
            EC_MUL, abi_encode(term), max_outsize=64, gas=EC_MUL_GAS, is_static_call=True, revert_on_failure=False
        )
        if not ok:
            return False
        ok, sum = raw_call(
            EC_ADD, concat(sum, product), max_outsize=64, gas=EC_ADD_GAS, is_static_call=True, revert_on_failure=False
        )
        if not ok:
            return False

    # rho C.
    ok, product = raw_call(
        EC_MUL,
        abi_encode(proof.commitment, rho),
        max_outsize=64,
        gas=EC_MUL_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not ok:
        return False

    return self._product_is_one(
        abi_encode(
            proof.a,
            proof.b,
            proof.krs,
            KEY.delta_neg,
            KEY.alpha,
            KEY.beta_neg,
            extract32(sum, 0),
            extract32(sum, 32),
            KEY.gamma_neg,
            extract32(product, 0),
            extract32(product, 32),
            KEY.base_sigma_neg,
        )
    )


@external
@view
def verify_many(proofs_: DynArray[proofs.Proof, MANY], inputs: DynArray[uint256[3], MANY]) -> bool:
    """
    @return True if and only if every proof holds for its inputs. False as for verify, and for no proof at all.
    @dev Bytes behind the two lists are of no effect: a caller's compiler pads its call to the longest one.
    """
    count: uint256 = len(proofs_)
    if count == 0 or len(inputs) != count:
        return False
    seed: bytes32 = keccak256(abi_encode(proofs_, inputs))
    # Sums over the proofs, each times its weight: of the scalars of K, and of Krs, C and PoK.
    scalars: uint256[5] = empty(uint256[5])
    krs: uint256[2] = empty(uint256[2])
    committed: uint256[2] = empty(uint256[2])
    known: uint256[2] = empty(uint256[2])
    pairs: uint256[6][MANY + SHARED] = empty(uint256[6][MANY + SHARED])
    ok: bool = True
    for i: uint256 in range(count, bound=MANY):
        proof: proofs.Proof = proofs_[i]
        a: uint256[2] = proof.a
        tau: uint256 = 1
        if i == 0:
            krs = proof.krs
            committed = proof.commitment
            known = proof.knowledge
        else:
            tau = convert(keccak256(abi_encode(seed, i)), uint256) % layout.FIELD
            ok, a = self._plus_product(ok, empty(uint256[2]), proof.a, tau)
            ok, krs = self._plus_product(ok, krs, proof.krs, tau)
            ok, committed = self._plus_product(ok, committed, proof.commitment, tau)
            ok, known = self._plus_product(ok, known, proof.knowledge, tau)
        h: uint256 = convert(keccak256(abi_encode(proof.commitment)), uint256) % layout.FIELD
        values: uint256[5] = [1, inputs[i][0], inputs[i][1], inputs[i][2], h]
        for k: uint256 in range(5):
            if values[k] >= layout.FIELD:
                return False
            scalars[k] = uint256_addmod(scalars[k], uint256_mulmod(tau, values[k], layout.FIELD), layout.FIELD)
        pairs[SHARED + i] = [a[0], a[1], proof.b[0], proof.b[1], proof.b[2], proof.b[3]]

    rho: uint256 = convert(keccak256(abi_encode(seed, empty(uint256))), uint256) % layout.FIELD
    combined: uint256[2] = committed
    for k: uint256 in range(5):
        ok, combined = self._plus_product(ok, combined, KEY.k[k], scalars[k])
    ok, combined = self._plus_product(ok, combined, known, layout.FIELD - rho)
    ok, committed = self._plus_product(ok, empty(uint256[2]), committed, rho)
    alpha: uint256[2] = empty(uint256[2])
    ok, alpha = self._plus_product(ok, empty(uint256[2]), KEY.alpha, scalars[0])
    if not ok:
        return False
    points: uint256[2][SHARED] = [combined, committed, krs, alpha]
    partners: uint256[4][SHARED] = [KEY.gamma_neg, KEY.base_sigma_neg, KEY.delta_neg, KEY.beta_neg]
    for k: uint256 in range(SHARED):
        partner: uint256[4] = partners[k]
        pairs[k] = [points[k][0], points[k][1], partner[0], partner[1], partner[2], partner[3]]
    answer: Bytes[32] = b""
    ok, answer = raw_call(
        PAIRING,
        slice(abi_encode(pairs), 0, 192 * (count + SHARED)),
        max_outsize=32,
        gas=PAIRING_GAS + PAIR_GAS * (count - 1),
        is_static_call=True,
        revert_on_failure=False,
    )
    return ok and len(answer) == 32 and convert(answer, uint256) == 1


@internal
@view
def _plus_product(ok: bool, sum: uint256[2], point: uint256[2], scalar: uint256) -> (bool, uint256[2]):
    """
    @return Whether all went well so far and here, and sum + scalar point.
    """
    done: bool = ok
    product: Bytes[64] = b""
    total: Bytes[64] = b""
    if done:
        done, product = raw_call(
            EC_MUL,
            abi_encode(point, scalar),
            max_outsize=64,
            gas=EC_MUL_GAS,
            is_static_call=True,
            revert_on_failure=False,
        )
    if done:
        done, total = raw_call(
            EC_ADD,
            concat(abi_encode(sum), product),
            max_outsize=64,
            gas=EC_ADD_GAS,
            is_static_call=True,
            revert_on_failure=False,
        )
    if not done or len(total) != 64:
        return False, sum
    return True, abi_decode(total, uint256[2])


@internal
@view
def _product_is_one(pairs: Bytes[960]) -> bool:
    """
    @return True if and only if the product of the five pairings is one. The precompile itself rejects unreduced
            coordinates, points off their curve and G2 points outside the subgroup: its call then fails.
    """
    ok: bool = False
    answer: Bytes[32] = b""
    ok, answer = raw_call(
        PAIRING, pairs, max_outsize=32, gas=PAIRING_GAS, is_static_call=True, revert_on_failure=False
    )
    # A chain without the precompile answers with success and no bytes.
    return ok and len(answer) == 32 and convert(answer, uint256) == 1


@internal
@view
def _check_points(verifying_key: proofs.VerifyingKey):
    """
    @notice Every point lies in its group and none is infinity. A K at infinity would mean an input that binds nothing.
    """
    infinity: uint256[2] = [0, 0]
    g2_points: uint256[4][5] = [
        verifying_key.beta_neg,
        verifying_key.gamma_neg,
        verifying_key.delta_neg,
        verifying_key.base,
        verifying_key.base_sigma_neg,
    ]
    for point: uint256[4] in g2_points:
        assert point[0] != 0 or point[1] != 0, "key: a G2 point is infinity"
        # The precompile checks curve and subgroup of a G2 point even when its partner is infinity.
        pairs: Bytes[960] = abi_encode(infinity, point, empty(uint256[24]))
        assert self._product_is_one(pairs), "key: a G2 point is not in its group"
    for i: uint256 in range(6):
        point: uint256[2] = verifying_key.alpha
        if i < 5:
            point = verifying_key.k[i]
        assert point[0] != 0 or point[1] != 0, "key: a G1 point is infinity"
        ok: bool = raw_call(
            EC_ADD, abi_encode(point, point), max_outsize=0, is_static_call=True, revert_on_failure=False
        )
        assert ok, "key: a G1 point is not on the curve"


@internal
@pure
def _check_independence(verifying_key: proofs.VerifyingKey):
    """
    @notice The commitment's base is gamma, and neither delta nor sigma gamma is gamma or -gamma: a set-up that was left
            out halfway leaves them equal, and then anyone can prove anything.
    """
    gamma_neg: uint256[4] = verifying_key.gamma_neg
    base: uint256[4] = verifying_key.base
    assert (
        base[0] == gamma_neg[0]
        and base[1] == gamma_neg[1]
        and base[2] + gamma_neg[2] == BASE_FIELD
        and base[3] + gamma_neg[3] == BASE_FIELD
    ), "key: the commitment's base is not gamma"
    for other: uint256[4] in [verifying_key.delta_neg, verifying_key.base_sigma_neg]:
        assert other[0] != gamma_neg[0] or other[1] != gamma_neg[1], "key: delta or sigma gamma is gamma"
