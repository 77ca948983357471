package signature

import (
	"fmt"
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint/solver"

	"novate/circuits/curve"
	"novate/circuits/schnorr"
)

func init() { solver.RegisterHint(eighthHint, baseDigitsHint, keyDigitsHint, startHint) }

// baseTable is the comb of the base point, in the circuit's model.
var baseTable = sync.OnceValue(func() []curve.Weierstrass { return curve.FromEdwards(schnorr.BaseTable()...) })

func element(x *big.Int) (e fr.Element) {
	e.SetBigInt(x)
	return e
}

func put(p curve.Weierstrass, out []*big.Int) {
	p.X.BigInt(out[0])
	p.Y.BigInt(out[1])
}

// eighthHint answers live, x with a point E such that 8 E has this Edwards x, or B's if live is 0 or no key has it.
func eighthHint(_ *big.Int, in, out []*big.Int) error {
	a := curve.Base
	if in[0].Sign() != 0 {
		if p, ok := curve.FromX(element(in[1])); ok {
			a = p
		}
	}
	eighth := new(big.Int).ModInverse(big.NewInt(8), curve.Order())
	put(curve.FromEdwards(curve.Multiply(a, eighth))[0], out)
	return nil
}

// baseDigitsHint answers S with the points of its columns, then the digits but the first.
func baseDigitsHint(_ *big.Int, in, out []*big.Int) error {
	table := baseTable()
	for j, mask := range schnorr.Masks(in[0], schnorr.BaseRows) {
		put(table[mask], out[2*j:])
		if j > 0 {
			out[2*schnorr.Columns+j-1].Set(schnorr.Spread(mask))
		}
	}
	return nil
}

// keyDigitsHint answers live, x of a key and a hash with the points of the columns of e, then the digits. Where no key
// has that x, or live is 0, the points are padding.
func keyDigitsHint(_ *big.Int, in, out []*big.Int) error {
	masks := schnorr.Masks(in[2], schnorr.KeyRows)
	points := padding()
	if in[0].Sign() != 0 {
		if table := schnorr.Comb(element(in[1])); table != nil {
			for j, mask := range masks {
				points[j] = table[mask]
			}
		}
	}
	for j, p := range curve.FromEdwards(points[:]...) {
		put(p, out[2*j:])
		out[2*schnorr.Columns+j].Set(schnorr.Spread(masks[j]))
	}
	return nil
}

// padding are points with sum of 2^j key_j = (0, 0), the torsion point: with S = 0 the signature's sum is that point too,
// and it has x = 0.
func padding() (points [schnorr.Columns]curve.Edwards) {
	rest := curve.Multiply(curve.Base, big.NewInt(1<<schnorr.Columns-2)) // columns but the first
	for j := range points {
		points[j] = curve.Base
	}
	// torsion - rest: adding (0, -1) turns (x, y) into (-x, -y).
	points[0].X = rest.X
	points[0].Y.Neg(&rest.Y)
	return points
}

// startHint answers a challenge with bits and Y of the first point beyond it.
func startHint(_ *big.Int, in, out []*big.Int) error {
	n, p, ok := startOf(element(in[0]))
	if !ok {
		return fmt.Errorf("signature: no point within %d of the challenge", 1<<startBits)
	}
	for i := range startBits {
		out[i].SetUint64(n >> i & 1)
	}
	p.Y.BigInt(out[startBits])
	return nil
}
