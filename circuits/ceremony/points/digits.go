package points

import (
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const (
	window = 5               // a digit is odd and between -15 and 15, and four zeros at least follow it
	odds   = 1 << window / 4 // multiples of a point that digits ask for: 1, 3 .. 15
	height = 132             // digits of half a scalar, with room
)

// digits are a scalar as half[0] + lambda * half[1], each by its signed binary digits, lowest first.
type digits struct {
	half [2][height]int8
	top  int // above the highest digit that is not zero
}

// lambda is a third root of one among the scalars; multiplying a point by it is cheap.
var lambda = func() *big.Int {
	exponent := new(big.Int).Sub(fr.Modulus(), big.NewInt(1))
	exponent.Div(exponent, big.NewInt(3))
	for base := uint64(2); ; base++ {
		var root fr.Element
		root.SetUint64(base).Exp(root, exponent)
		if !root.IsOne() {
			return root.BigInt(new(big.Int))
		}
	}
}()

var lattice = func() *ecc.Lattice {
	l := &ecc.Lattice{}
	ecc.PrecomputeLattice(fr.Modulus(), lambda, l)
	return l
}()

// split recodes a scalar. A small one, or the negative of one, is its own half.
func (d *digits) split(scalar *fr.Element) {
	*d = digits{}
	var negative fr.Element
	negative.Neg(scalar)
	if scalar.IsUint64() {
		d.recode(0, scalar.Uint64(), 0, false)
		return
	}
	if negative.IsUint64() {
		d.recode(0, negative.Uint64(), 0, true)
		return
	}
	var whole big.Int
	halves := ecc.SplitScalar(scalar.BigInt(&whole), lattice)
	for i := range halves {
		var words [2]uint64
		var buffer [16]byte
		halves[i].FillBytes(buffer[:]) // panics beyond 128 bits, which no half has
		for at, b := range buffer {
			words[1-at/8] |= uint64(b) << (56 - at%8*8)
		}
		d.recode(i, words[0], words[1], halves[i].Sign() < 0)
	}
}

// recode writes the digits of a number of 127 bits.
func (d *digits) recode(half int, low, high uint64, negative bool) {
	for at := 0; low|high != 0; {
		if low == 0 {
			low, high, at = high, 0, at+64
			continue
		}
		zeros := bits.TrailingZeros64(low)
		low, high, at = low>>zeros|high<<(64-zeros), high>>zeros, at+zeros
		digit := int64(low % (1 << window))
		if digit >= 1<<(window-1) {
			digit -= 1 << window
		}
		var borrow uint64
		if digit > 0 {
			low -= uint64(digit)
		} else {
			low, borrow = bits.Add64(low, uint64(-digit), 0)
			high += borrow
		}
		if negative {
			digit = -digit
		}
		d.half[half][at] = int8(digit)
		d.top = max(d.top, at+1)
	}
}
