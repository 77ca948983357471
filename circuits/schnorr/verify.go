package schnorr

import (
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
)

// Verdict says why a signature is refused.
type Verdict byte

// Verdicts, in the order in which they are looked for.
const (
	Valid    Verdict = iota
	NoKey            // no point of the prime subgroup but the identity has this x
	WideS            // S is not below the order
	WideHash         // the hash is not below HashBound
	WrongSum         // S B - e* A is not a point with x = R.x, or it is the identity
	verdicts         // their number
)

// String names a verdict.
func (v Verdict) String() string {
	return [verdicts]string{"valid", "no such key", "S is not reduced", "hash above its bound", "equation fails"}[v]
}

// Verify judges a signature under the key with this x. It accepts exactly what the circuit accepts.
func Verify(x fr.Element, signature Signature, message []fr.Element) Verdict {
	table := combs.of(x)
	if table == nil {
		return NoKey
	}
	if signature.S.Sign() < 0 || signature.S.Cmp(curve.Order()) >= 0 {
		return WideS
	}
	h := hash(signature.RX, x, message)
	if h.Cmp(HashBound) >= 0 {
		return WideHash
	}
	// The key's table carries an offset, so it gives e + Shift = e*; that of the base table is taken off by the start.
	base, accumulator := BaseTable(), start()
	digits, key := Masks(signature.S, BaseRows), Masks(h, KeyRows)
	for j := Columns - 1; j >= 0; j-- {
		if j < Columns-1 {
			accumulator.Double(&accumulator)
		}
		var minus curve.Edwards
		minus.Neg(&table[key[j]])
		accumulator.MixedAdd(&accumulator, &base[digits[j]])
		accumulator.MixedAdd(&accumulator, &minus)
	}
	var shown fr.Element
	shown.Mul(&signature.RX, &accumulator.Z)
	if accumulator.X.IsZero() || !shown.Equal(&accumulator.X) {
		return WrongSum
	}
	return Valid
}

// start is the point that the Columns - 1 doublings turn into -BaseShift B.
var start = sync.OnceValue(func() (p curve.Extended) {
	k := new(big.Int).Rsh(BaseShift, Columns-1)
	point := curve.Multiply(curve.Base, k.Neg(k))
	p.FromAffine(&point)
	return p
})
