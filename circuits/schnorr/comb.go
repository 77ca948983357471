// Package schnorr is the signature scheme of owners and reporters, outside a circuit.
//
// A key is a point A = a B of the prime subgroup, other than the identity, known by its x. A signature of a message is
// (R.x, S) with
//
//	S B = R + e* A,   e* = e + Shift,   e = the low 126 bits of Poseidon2(R.x, A.x, message...),
//
// R in the subgroup and not the identity, S below the order, and the hash below HashBound. docs/signing.md has the
// scheme in words, docs/decisions the reasons.
package schnorr

import (
	"math/big"

	"novate/circuits/curve"
)

// A comb (Lim and Lee) writes a scalar as rows of Columns bits. A table holds the sum of every subset of rows, so that a
// column costs one lookup and one addition, and a doubling leads to the next column.
const (
	Columns       = 21
	KeyRows       = 6
	BaseRows      = 12
	ChallengeBits = Columns * KeyRows
	ScalarBits    = Columns * BaseRows
)

// offset is the bit of the multiple that every entry of a table carries: twice that of the last row, so that no
// entry is the identity and no two points added while building it have the same x.
func offset(rows int) uint { return uint(Columns*(rows-1) + 1) }

// shift is what the offsets of all columns add up to: (2^Columns - 1) 2^offset.
func shift(rows int) *big.Int { return new(big.Int).Lsh(big.NewInt(1<<Columns-1), offset(rows)) }

var (
	// Shift is the constant between hash and challenge: 2^127 - 2^106.
	Shift = shift(KeyRows)
	// BaseShift is what the offsets of the base point's table add to a scalar.
	BaseShift = shift(BaseRows)
)

// Spread moves bit i of mask to bit Columns*i: the scalar of a column in which the rows of mask have a one.
func Spread(mask int) *big.Int {
	s := new(big.Int)
	for i := 0; mask>>i != 0; i++ {
		if mask>>i&1 == 1 {
			s.SetBit(s, Columns*i, 1)
		}
	}
	return s
}

// Masks reads a scalar by columns: bit i of mask j is bit Columns*i + j of the scalar.
func Masks(scalar *big.Int, rows int) (masks [Columns]int) {
	for j := range masks {
		for i := range rows {
			masks[j] |= int(scalar.Bit(Columns*i+j)) << i
		}
	}
	return masks
}

// Table holds (2^offset + Spread(mask)) p for every mask of so many rows.
func Table(p curve.Edwards, rows int) []curve.Edwards {
	heads := make([]curve.Extended, rows) // 2^(Columns i) p
	heads[0].FromAffine(&p)
	for i := 1; i < rows; i++ {
		heads[i] = heads[i-1]
		for range Columns {
			heads[i].Double(&heads[i])
		}
	}
	affine := curve.Affine(heads)
	table := make([]curve.Extended, 1<<rows)
	table[0].Double(&heads[rows-1])
	for i := range rows {
		for mask := range 1 << i {
			table[mask|1<<i].MixedAdd(&table[mask], &affine[i])
		}
	}
	return curve.Affine(table)
}
