package signature

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/schnorr"
)

// columns are the points that a signature looked up, column by column, and the x that their sum must have.
type columns struct {
	base, key [schnorr.Columns]point
	rx        kernel.Variable
}

// check proves one signature of a message under the key of table number signer.
//
//	Given:   S, and the hash h of R.x, the key and the message.
//	Hinted:  for each column j a digit of S, a digit of e, and the points they name.
//	Checked: digit and point are a row of the base point's table, or of the key's: the number of the table is a column
//	         of the row, so no digit leads into another key's table. The first digit of S is what S leaves over. h - sum of 2^j e_j is
//	         2^126 times a number below floor(p / 2^126), its lowest 84 bits left out; l - 1 - S is below 2^252.
//	Unique:  a row's key is Spread(mask), so the digits of a scalar below 2^252 (2^126) are its bits, and e is the low
//	         126 bits of h: e + 2^126 q < p, so this is h itself and not h + p. S is a sum of digits, hence below 2^252,
//	         and l - 1 - S would wrap to more than p - 2^252 > 2^252 if it were negative.
//
// Hashes at the very top of the field are refused (schnorr.HashBound): signers draw another nonce.
func (v *Verifier) check(signer, key, rx, s kernel.Variable, message []kernel.Variable, live kernel.Bit) {
	k := v.k
	hash := k.Compress(append([]kernel.Variable{rx, key}, message...)...)
	sum := columns{rx: rx}
	v.baseDigits(&sum, s)
	e := v.keyDigits(&sum, signer, key, hash, live)
	v.pending = append(v.pending, sum)
	last := new(big.Int).Sub(curve.Order(), big.NewInt(1))
	k.Range("signature: S below the order", k.API.Sub(last, s), schnorr.ScalarBits/kernel.LimbBits)
	lowBits(k, hash, e)
}

// lowBits states that e, of 126 bits, is the low part of a hash below schnorr.HashBound.
func lowBits(k *kernel.Kernel, hash, e kernel.Variable) {
	shift := new(big.Int).ModInverse(kernel.Power(schnorr.ChallengeBits), fr.Modulus())
	high := k.API.Mul(k.API.Sub(hash, e), shift)
	k.BelowConstant("signature: challenge of the hash", high, new(big.Int).Rsh(fr.Modulus(), schnorr.ChallengeBits))
}

// baseDigits looks up the columns of S in the base point's table.
func (v *Verifier) baseDigits(sum *columns, s kernel.Variable) {
	k := v.k
	hinted := k.Hint("signature: digits of S", baseDigitsHint, 3*schnorr.Columns-1, s)
	first := s
	for j := range schnorr.Columns {
		sum.base[j] = point{hinted[2*j], hinted[2*j+1]}
		if j > 0 {
			first = k.API.Sub(first, k.Shift(hinted[2*schnorr.Columns+j-1], j))
		}
	}
	for j := range schnorr.Columns {
		digit := first
		if j > 0 {
			digit = hinted[2*schnorr.Columns+j-1]
		}
		v.base.Ask(digit, kernel.NewRow(sum.base[j].X, sum.base[j].Y), kernel.One)
	}
}

// keyDigits looks up the columns of e in the key's table where live, and returns e.
func (v *Verifier) keyDigits(sum *columns, signer, key, hash kernel.Variable, live kernel.Bit) kernel.Variable {
	k := v.k
	hinted := k.Hint("signature: digits of e", keyDigitsHint, 3*schnorr.Columns, live.Value(), key, hash)
	owner := &kernel.Pair{A: signer, B: 0}
	var e kernel.Variable = 0
	for j := range schnorr.Columns {
		digit := hinted[2*schnorr.Columns+j]
		sum.key[j] = point{hinted[2*j], hinted[2*j+1]}
		v.comb.Ask(k.API.Add(digit, k.Shift(signer, tableBits)), kernel.Row{{A: sum.key[j].X, B: sum.key[j].Y}, owner}, live)
		e = k.API.Add(e, k.Shift(digit, j))
	}
	return e
}
