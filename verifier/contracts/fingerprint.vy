# pragma version 0.4.3
"""
@title The fingerprint of the public words
@license Apache-2.0
@notice How a proof and this contract agree on a long vector of words through three field elements.
@dev Words:
     w  the public words: eleven of the head, three a deposit, one a withdrawal. Each section has its place: word i is
        the coefficient of z^i, and words past a section's count are zeros that are not sent
     p  Poseidon2 digest of w, shown by the circuit
     z  keccak256(p, words sent) mod r: fixed only after p and w are
     F  sum of w_i z^i, shown by the circuit over its own copy and computed here over the contract's
     Two different vectors of n words below r have the same F at a random z with probability below n / r.
"""
import layout

# Bytes of the longest section.
SECTION: constant(uint256) = 32 * layout.DEPOSIT_WORDS * layout.L_DEPOSITS
# Words that polynomial() takes at a time.
CHUNK: constant(uint256) = 12
R: constant(uint256) = layout.FIELD


@internal
@pure
def polynomial(z: uint256, section: Bytes[SECTION]) -> uint256:
    """
    @return The sum of section[i] z^i over the section's words. Reverts if a word is not below r, for then it would
            stand for another one.
    @dev Horner's rule from the last word down. A quotient by r is zero for words below r only. Sums stay unreduced
         between products: they are below 2 r.
    """
    sum: uint256 = 0
    excess: uint256 = 0
    at: uint256 = len(section)
    count: uint256 = at // 32
    for i: uint256 in range(count % CHUNK, bound=CHUNK):
        at = unsafe_sub(at, 32)
        word: uint256 = extract32(section, at, output_type=uint256)
        excess |= unsafe_div(word, R)
        sum = unsafe_add(uint256_mulmod(sum, z, R), word)
    for i: uint256 in range(count // CHUNK, bound=SECTION // (32 * CHUNK)):
        at = unsafe_sub(at, 32 * CHUNK)
        w: uint256[CHUNK] = abi_decode(slice(section, at, 32 * CHUNK), uint256[CHUNK])
        excess |= unsafe_div(w[11], R) | unsafe_div(w[10], R) | unsafe_div(w[9], R)
        sum = unsafe_add(
            uint256_mulmod(
                unsafe_add(uint256_mulmod(unsafe_add(uint256_mulmod(sum, z, R), w[11]), z, R), w[10]), z, R
            ),
            w[9],
        )
        excess |= unsafe_div(w[8], R) | unsafe_div(w[7], R) | unsafe_div(w[6], R)
        sum = unsafe_add(
            uint256_mulmod(
                unsafe_add(uint256_mulmod(unsafe_add(uint256_mulmod(sum, z, R), w[8]), z, R), w[7]), z, R
            ),
            w[6],
        )
        excess |= unsafe_div(w[5], R) | unsafe_div(w[4], R) | unsafe_div(w[3], R)
        sum = unsafe_add(
            uint256_mulmod(
                unsafe_add(uint256_mulmod(unsafe_add(uint256_mulmod(sum, z, R), w[5]), z, R), w[4]), z, R
            ),
            w[3],
        )
        excess |= unsafe_div(w[2], R) | unsafe_div(w[1], R) | unsafe_div(w[0], R)
        sum = unsafe_add(
            uint256_mulmod(
                unsafe_add(uint256_mulmod(unsafe_add(uint256_mulmod(sum, z, R), w[2]), z, R), w[1]), z, R
            ),
            w[0],
        )
    assert excess == 0, "settle: a word is not reduced"
    return sum % R


@internal
@pure
def plus(sum: uint256, z: uint256, place: uint256, section: Bytes[SECTION]) -> uint256:
    """
    @return The sum and a section whose first word is word `place`, below 256.
    """
    return uint256_addmod(sum, uint256_mulmod(self.polynomial(z, section), self.power(z, place), R), R)


@internal
@pure
def power(base: uint256, exponent: uint256) -> uint256:
    """
    @return base^exponent mod r, for an exponent below 256.
    """
    result: uint256 = 1
    for i: uint256 in range(8):
        result = uint256_mulmod(result, result, R)
        if (exponent >> unsafe_sub(7, i)) & 1 == 1:
            result = uint256_mulmod(result, base, R)
    return result
