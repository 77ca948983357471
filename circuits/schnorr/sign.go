package schnorr

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
	"novate/circuits/poseidon"
)

// Signature is (R.x, S).
type Signature struct {
	RX fr.Element
	S  *big.Int
}

// headCells are what precedes a message in its hash: R.x and A.x.
const headCells = 2

// HashBound is what a hash must stay below: the field's order without its low 210 bits. Above it the circuit could not
// tell the hash's own low bits from those of the hash plus the order. One hash in 2^44 lies there.
var HashBound = func() *big.Int {
	top := new(big.Int).Rsh(fr.Modulus(), 210)
	return top.Lsh(top, 210)
}()

// IsMessage tells whether a message may have so many cells: 2 for a word, 6 for a report, 14 for a sheet.
func IsMessage(cells int) bool {
	_, ok := poseidon.PartialRounds[cells+headCells]
	return ok
}

// hash is Poseidon2(R.x, A.x, message...).
func hash(rx, x fr.Element, message []fr.Element) *big.Int {
	if !IsMessage(len(message)) {
		panic(fmt.Sprintf("schnorr: a message of %d cells", len(message)))
	}
	var room [16]fr.Element
	cells := append(append(room[:0], rx, x), message...)
	digest := poseidon.Compress(cells)
	return digest.BigInt(new(big.Int))
}

// Challenge is e* for a hash.
func Challenge(hash *big.Int) *big.Int {
	e := new(big.Int).And(hash, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), ChallengeBits), big.NewInt(1)))
	return e.Add(e, Shift)
}

// Sign signs a message. The nonce is a hash of the key's own secret and of the message, so the same message has the
// same signature, and no source of randomness can spoil it.
func (k *SigningKey) Sign(message []fr.Element) Signature {
	bytes := make([]byte, 0, 32*len(message))
	for i := range message {
		cell := message[i].Bytes()
		bytes = append(bytes, cell[:]...)
	}
	for attempt := byte(0); ; attempt++ {
		r := scalar(nonceDomain, k.prefix, []byte{attempt}, bytes)
		var point curve.Edwards
		point.ScalarMultiplicationBase(r)
		h := hash(point.X, k.Public.X, message)
		if h.Cmp(HashBound) >= 0 {
			continue
		}
		s := Challenge(h)
		s.Mul(s, k.secret).Add(s, r)
		return Signature{RX: point.X, S: s.Mod(s, curve.Order())}
	}
}
