// Package curve is the curve that signing keys live on, the twisted Edwards curve over BN254's scalar field
//
//	-x^2 + y^2 = 1 + d x^2 y^2
//
// with 8 l points, l prime, and its Weierstrass model Y^2 = X^3 + A2 X^2 + A4 X, in which a chord costs a circuit three
// constraints. Its arithmetic is gnark-crypto's; here are the map between the models and the choice of points by x.
package curve

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
)

// Edwards is an affine point of the twisted Edwards curve.
type Edwards = twistededwards.PointAffine

// Extended is a point of the twisted Edwards curve whose addition needs no division.
type Extended = twistededwards.PointExtended

// Weierstrass is an affine point of the Weierstrass model: any but the identity.
type Weierstrass struct{ X, Y fr.Element }

var (
	// A2 and A4 are the coefficients of the Weierstrass model; Scale takes Montgomery's u to its X.
	A2, A4, Scale fr.Element
	// Base generates the prime subgroup.
	Base Edwards
	// Torsion is the point of order two, (0, -1) and in the Weierstrass model (0, 0): the only one, as -d is no square.
	Torsion = Weierstrass{}

	order big.Int
	d     fr.Element
)

// Order is l, the order of the prime subgroup.
func Order() *big.Int { return new(big.Int).Set(&order) }

func init() {
	params := twistededwards.GetEdwardsCurve()
	order.Set(&params.Order)
	Base, d = params.Base, params.D
	// Montgomery form: A = 2 (a+d)/(a-d), B = 4/(a-d); then X = B u, Y = B^2 v gives A2 = A B, A4 = B^2.
	var difference, total fr.Element
	difference.Sub(&params.A, &d).Inverse(&difference)
	total.Add(&params.A, &d).Double(&total)
	Scale.SetUint64(4)
	Scale.Mul(&Scale, &difference)
	A2.Mul(&total, &difference).Mul(&A2, &Scale)
	A4.Square(&Scale)
}

// FromEdwards maps points to the Weierstrass model: X = B (1+y)/(1-y), Y = B X/x. The identity and the torsion point
// have no such quotients, and panic.
func FromEdwards(points ...Edwards) []Weierstrass {
	denominators := make([]fr.Element, 2*len(points))
	for i, p := range points {
		if p.X.IsZero() {
			panic("curve: the Weierstrass model of a point with x = 0")
		}
		denominators[2*i].SetOne().Sub(&denominators[2*i], &p.Y)
		denominators[2*i+1] = p.X
	}
	inverses := fr.BatchInvert(denominators)
	out := make([]Weierstrass, len(points))
	for i, p := range points {
		w := &out[i]
		w.X.SetOne().Add(&w.X, &p.Y).Mul(&w.X, &inverses[2*i]).Mul(&w.X, &Scale)
		w.Y.Mul(&w.X, &inverses[2*i+1]).Mul(&w.Y, &Scale)
	}
	return out
}

// EdwardsX is the x of the same point in the Edwards model, B X/Y: 0 for the torsion point.
func (p Weierstrass) EdwardsX() (x fr.Element) {
	x.Inverse(&p.Y)
	return *x.Mul(&x, &p.X).Mul(&x, &Scale)
}

// On tells whether p satisfies the equation of the Weierstrass model.
func (p Weierstrass) On() bool {
	var left, right, term fr.Element
	left.Square(&p.Y)
	right.Square(&p.X)
	term.Mul(&A2, &p.X)
	right.Add(&right, &term).Add(&right, &A4).Mul(&right, &p.X)
	return left.Equal(&right)
}

// Lift is a point of the Weierstrass model with this X, if there is one.
func Lift(x fr.Element) (Weierstrass, bool) {
	var square, term fr.Element
	square.Square(&x)
	term.Mul(&A2, &x)
	square.Add(&square, &term).Add(&square, &A4).Mul(&square, &x)
	p := Weierstrass{X: x}
	return p, p.Y.Sqrt(&square) != nil
}

// FromX is the point of the prime subgroup, other than the identity, whose Edwards x this is.
//
// There is at most one: the points with that x are (x, y) and (x, -y) = -(x, y) + (0, -1), and the torsion point (0, -1)
// is not in the subgroup. y^2 = (1 + x^2)/(1 - d x^2), whose denominator is never zero, as d is no square.
func FromX(x fr.Element) (p Edwards, ok bool) {
	if x.IsZero() {
		return p, false
	}
	var one, square, denominator fr.Element
	one.SetOne()
	square.Square(&x)
	denominator.Mul(&d, &square)
	denominator.Sub(&one, &denominator).Inverse(&denominator)
	square.Add(&square, &one).Mul(&square, &denominator)
	p.X = x
	if p.Y.Sqrt(&square) == nil {
		return p, false
	}
	if p.IsInSubGroup() {
		return p, true
	}
	p.Y.Neg(&p.Y)
	return p, p.IsInSubGroup()
}

// Multiply is k p, for k of either sign.
func Multiply(p Edwards, k *big.Int) (out Edwards) {
	out.ScalarMultiplication(&p, k)
	return out
}

// Affine normalizes points with one division for all.
func Affine(points []Extended) []Edwards {
	denominators := make([]fr.Element, len(points))
	for i := range points {
		denominators[i] = points[i].Z
	}
	inverses := fr.BatchInvert(denominators)
	out := make([]Edwards, len(points))
	for i := range points {
		out[i].X.Mul(&points[i].X, &inverses[i])
		out[i].Y.Mul(&points[i].Y, &inverses[i])
	}
	return out
}
