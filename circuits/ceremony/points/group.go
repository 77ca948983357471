// Package points computes with many points of a curve at once, none of which need be a multiple of a known one: multiples,
// Fourier transforms, and sums by the columns of a sparse matrix. Points are affine, and one inversion serves a batch of
// additions; endomorphisms of the curve leave a half of the doublings in G1, a quarter in G2. Every result is the same point as gnark's own arithmetic
// gives, for infinity and equal and opposite points too. Secrets are not safe here from whoever can time the machine.
package points

import (
	"math/big"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/cores"
)

// coordinate is an element of the field that a group's points have their coordinates in.
type coordinate[F any] interface {
	*F
	Add(a, b *F) *F
	Sub(a, b *F) *F
	Double(a *F) *F
	Neg(a *F) *F
	Mul(a, b *F) *F
	Square(a *F) *F
	Inverse(a *F) *F
	SetOne() *F
	IsZero() bool
}

// affine is a point; both coordinates of infinity are zero.
type affine[F any] struct{ X, Y F }

// Group is a group of prime order whose points gnark keeps as P.
type Group[P, F any, C coordinate[F]] struct {
	in    func(P) affine[F]
	out   func(affine[F]) P
	parts parts
	endo  func(part int, p *affine[F]) // multiplies by what the part counts for
}

// G1 and G2 are the curve's groups.
var (
	G1 = newG1()
	G2 = newG2()
)

func newG1() *Group[curve.G1Affine, fp.Element, *fp.Element] {
	_, _, base, _ := curve.Generators()
	var image curve.G1Affine
	image.ScalarMultiplication(&base, lambda)
	root := thirdRoot(func(root *fp.Element) bool {
		var x fp.Element
		return image.X.Equal(x.Mul(&base.X, root))
	})
	return &Group[curve.G1Affine, fp.Element, *fp.Element]{
		func(p curve.G1Affine) affine[fp.Element] { return affine[fp.Element](p) },
		func(p affine[fp.Element]) curve.G1Affine { return curve.G1Affine(p) },
		halves,
		func(part int, p *affine[fp.Element]) {
			if part == 1 {
				p.X.Mul(&p.X, &root)
			}
		},
	}
}

func newG2() *Group[curve.G2Affine, curve.E2, *curve.E2] {
	_, _, _, base := curve.Generators()
	var image curve.G2Affine
	image.ScalarMultiplication(&base, lambda)
	root := thirdRoot(func(root *fp.Element) bool {
		var x curve.E2
		return image.X.Equal(x.MulByElement(&base.X, root))
	})
	// The twist is by xi = 9 + u: Frobenius on the curve is conjugation on the twist, times these.
	var xi, x, y curve.E2
	xi.A0.SetUint64(9)
	xi.A1.SetOne()
	less := new(big.Int).Sub(fp.Modulus(), big.NewInt(1))
	x.Exp(xi, new(big.Int).Div(less, big.NewInt(3)))
	y.Exp(xi, new(big.Int).Div(less, big.NewInt(2)))
	return &Group[curve.G2Affine, curve.E2, *curve.E2]{
		func(p curve.G2Affine) affine[curve.E2] { return affine[curve.E2](p) },
		func(p affine[curve.E2]) curve.G2Affine { return curve.G2Affine(p) },
		quarters,
		func(part int, p *affine[curve.E2]) {
			if part >= 2 {
				p.X.Conjugate(&p.X)
				p.X.Mul(&p.X, &x)
				p.Y.Conjugate(&p.Y)
				p.Y.Mul(&p.Y, &y)
			}
			if part%2 == 1 {
				p.X.MulByElement(&p.X, &root)
			}
		},
	}
}

// thirdRoot is the third root of one, other than one, that is right.
func thirdRoot(right func(*fp.Element) bool) fp.Element {
	exponent := new(big.Int).Sub(fp.Modulus(), big.NewInt(1))
	exponent.Div(exponent, big.NewInt(3))
	for base := uint64(2); ; base++ {
		var root fp.Element
		root.SetUint64(base).Exp(root, exponent)
		if right(&root) {
			return root
		}
	}
}

func (g *Group[P, F, C]) all(points []P) []affine[F] {
	inner := make([]affine[F], len(points))
	for i := range points {
		inner[i] = g.in(points[i])
	}
	return inner
}

func (g *Group[P, F, C]) back(inner []affine[F]) []P {
	points := make([]P, len(inner))
	for i := range inner {
		points[i] = g.out(inner[i])
	}
	return points
}

// Scale multiplies every point by its scalar, in place.
func (g *Group[P, F, C]) Scale(points []P, scalar func(int) fr.Element) {
	lanes := laneCount
	cores.Workers((len(points)+lanes-1)/lanes, func() func(int) {
		s := newScaler(g)
		return func(block int) {
			at := block * lanes
			part := points[at:min(at+lanes, len(points))]
			inner := g.all(part)
			s.scale(inner, func(i int) fr.Element { return scalar(at + i) })
			for i := range part {
				part[i] = g.out(inner[i])
			}
		}
	})
}
