package points

import (
	"encoding/binary"
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const (
	window = 5               // a digit is odd and between -15 and 15, and four zeros at least follow it
	odds   = 1 << window / 4 // multiples of a point that digits ask for: 1, 3 .. 15
	room   = 264             // for all digits of a scalar: 132 a half, 66 a quarter, which is below 6 x + 2 < 2^65
)

// digits are the signed binary digits of a scalar's parts, lowest first.
type digits struct {
	all    [room]int8
	stride int // places a part
	top    int // above the highest digit that is not zero
}

func (d *digits) part(part int) []int8 { return d.all[part*d.stride : part*d.stride+d.top] }

// parts is how scalars are divided: into how many, and so that which multiples of the parts add up.
type parts struct {
	count int
	split func(scalar *big.Int) []big.Int
}

// seed is the number that makes the curve: its fields' moduli, and with them all that follows, are polynomials in it.
var seed = new(big.Int).SetUint64(4965661367192848881)

// lambda and mu are what the endomorphisms multiply by, in the seed x: 36 x^3 + 18 x^2 + 6 x + 1, a third root of one; and
// 6 x^2, Frobenius, of G2 only.
var (
	lambda = polynomial(1, 6, 18, 36)
	mu     = polynomial(0, 0, 6)
)

func polynomial(coefficients ...int64) *big.Int {
	sum := new(big.Int)
	for i := len(coefficients) - 1; i >= 0; i-- {
		sum.Mul(sum, seed).Add(sum, big.NewInt(coefficients[i]))
	}
	return sum
}

// halves are such that s = s0 + lambda s1.
var halves = func() parts {
	lattice := &ecc.Lattice{}
	ecc.PrecomputeLattice(fr.Modulus(), lambda, lattice)
	return parts{2, func(s *big.Int) []big.Int { found := ecc.SplitScalar(s, lattice); return found[:] }}
}()

// quarters are such that s = s0 + lambda s1 + mu s2 + lambda mu s3. The lattice is of those that add up to zero; short
// vectors of it are known as polynomials of x.
var quarters = func() parts {
	lattice := &ecc.Lattice4{}
	for column, vector := range quarterBasis {
		for row, coefficients := range vector {
			lattice.V[column][row] = *polynomial(coefficients[:]...)
		}
	}
	ecc.PrecomputeLattice4(lattice)
	return parts{4, func(s *big.Int) []big.Int { found := ecc.SplitScalarFour(s, lattice); return found[:] }}
}()

var quarterBasis = [4][4][2]int64{
	{{0, 2}, {0, 1}, {1, 1}, {0, -1}},
	{{0, -1}, {0, 1}, {0, 1}, {1, 2}},
	{{-1, -1}, {0, 1}, {0, -1}, {0, -2}},
	{{1, 2}, {1, 1}, {0, -1}, {0, 1}},
}

// recode divides a scalar. A small one, or the negative of one, is its own first part.
func (p parts) recode(d *digits, scalar *fr.Element) {
	*d = digits{stride: room / p.count}
	var negative fr.Element
	negative.Neg(scalar)
	switch {
	case scalar.IsUint64() && scalar.Uint64() < 1<<60:
		d.recode(0, scalar.Uint64(), 0, false)
	case negative.IsUint64() && negative.Uint64() < 1<<60:
		d.recode(0, negative.Uint64(), 0, true)
	default:
		var whole big.Int
		for i, part := range p.split(scalar.BigInt(&whole)) {
			var buffer [16]byte
			part.FillBytes(buffer[:]) // panics beyond 128 bits, which no part has
			d.recode(i, binary.BigEndian.Uint64(buffer[8:]), binary.BigEndian.Uint64(buffer[:8]), part.Sign() < 0)
		}
	}
}

// recode writes the digits of a part. One too long for its place would be an error of the lattice: it panics.
func (d *digits) recode(part int, low, high uint64, negative bool) {
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
		d.all[part*d.stride : (part+1)*d.stride][at] = int8(digit)
		d.top = max(d.top, at+1)
	}
}
