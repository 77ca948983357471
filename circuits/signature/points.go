package signature

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
	"novate/circuits/kernel"
)

// point is an affine point of the Weierstrass model Y^2 = X^3 + A2 X^2 + A4 X.
type point struct{ X, Y kernel.Variable }

func integer(x fr.Element) *big.Int { return x.BigInt(new(big.Int)) }

var (
	a2, twiceA2 = integer(curve.A2), new(big.Int).Lsh(integer(curve.A2), 1)
	a4, scale   = integer(curve.A4), integer(curve.Scale)
)

func constant(p curve.Weierstrass) point { return point{integer(p.X), integer(p.Y)} }

// chords adds points by the formulas of affine chords and tangents: three constraints an addition, four a doubling, five
// for 2P + Q.
//
// Given points of the curve. Each quotient is a line's slope; where its denominator is not zero, quotient and sum are
// unique. A zero denominator means P = Q or P = -Q in an addition, Y = 0 in a doubling: then a numerator other than zero
// satisfies nothing, and 0/0, which is P + P by a chord, would leave the slope to the prover. The caller shows that its
// points never meet like that. rule names the quotients.
type chords struct {
	k    *kernel.Kernel
	rule string
}

// add is P + Q.
func (c chords) add(p, q point) point {
	return c.third(p, q, c.k.Divide(c.rule, c.k.API.Sub(q.Y, p.Y), c.k.API.Sub(q.X, p.X)))
}

// double is 2P. Only the point (0, 0) has Y = 0, and its numerator A4 is not zero: no witness doubles it.
func (c chords) double(p point) point {
	api := c.k.API
	slope := api.Add(api.Mul(api.Mul(p.X, p.X), 3), api.Mul(p.X, twiceA2), a4)
	return c.third(p, p, c.k.Divide(c.rule, slope, api.Mul(p.Y, 2)))
}

// doubleAdd is 2P + Q as (P + Q) + P. The Y of P + Q is not needed: the slope of the second chord is -first - 2 Y_P/(X - X_P).
func (c chords) doubleAdd(p, q point) point {
	api := c.k.API
	first := c.k.Divide(c.rule, api.Sub(q.Y, p.Y), api.Sub(q.X, p.X))
	middle := api.Sub(api.Mul(first, first), a2, p.X, q.X)
	second := api.Sub(c.k.Divide(c.rule, api.Mul(p.Y, 2), api.Sub(p.X, middle)), first)
	return c.third(p, point{middle, nil}, second)
}

// third is the sum of two points on a line through p of this slope; it does not look at q's Y.
func (c chords) third(p, q point, slope kernel.Variable) point {
	api := c.k.API
	x := api.Sub(api.Mul(slope, slope), a2, p.X, q.X)
	return point{x, api.Sub(api.Mul(slope, api.Sub(p.X, x)), p.Y)}
}

func (c chords) minus(p point) point { return point{p.X, c.k.API.Neg(p.Y)} }

// onCurve states the curve's equation, three constraints.
func onCurve(k *kernel.Kernel, rule string, p point) {
	inner := k.API.Add(k.API.Mul(p.X, p.X), k.API.Mul(p.X, a2), a4)
	k.Product(rule, p.X, inner, k.API.Mul(p.Y, p.Y))
}
