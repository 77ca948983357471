package chiptest

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"novate/circuits/poseidon"
)

// Number is the value of a variable of a witness, modulo the field.
func Number(v frontend.Variable) *big.Int {
	var x *big.Int
	switch n := v.(type) {
	case *big.Int:
		x = n
	case int:
		x = big.NewInt(int64(n))
	case int64:
		x = big.NewInt(n)
	default:
		panic(fmt.Sprintf("chiptest: %T is no number", v))
	}
	return new(big.Int).Mod(x, field)
}

// Plus is v + n, as an integer: a field of a cell may be pushed out of its width in either direction.
func Plus(v frontend.Variable, n *big.Int) *big.Int { return new(big.Int).Add(Number(v), n) }

// Power is 2^n, negative for a negative sign.
func Power(sign int64, n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(sign), n) }

// Field are numbers as a hint answers them.
func Field(values ...int64) []*big.Int {
	out := make([]*big.Int, len(values))
	for i, v := range values {
		out[i] = Number(v)
	}
	return out
}

// Hash is Poseidon2 of numbers, padded with zeros to a width.
func Hash(width int, cells ...frontend.Variable) *big.Int {
	in := make([]fr.Element, width)
	for i, cell := range cells {
		in[i].SetBigInt(Number(cell))
	}
	out := poseidon.Compress(in)
	return out.BigInt(new(big.Int))
}

// Pack adds values up at the given widths, low ones first.
func Pack(widths []int, values ...frontend.Variable) *big.Int {
	sum, at := new(big.Int), uint(0)
	for i, v := range values {
		sum.Add(sum, new(big.Int).Lsh(Number(v), at))
		at += uint(widths[i])
	}
	return sum.Mod(sum, field)
}
