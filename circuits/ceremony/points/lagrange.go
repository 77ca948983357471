package points

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"

	"novate/circuits/cores"
)

// Lagrange turns powers of a number x, x^0 .. x^(N-1) times one point, into the Lagrange polynomials of the domain of N
// at x times that point: the inverse Fourier transform. N is a power of two.
func (g *Group[P, F, C]) Lagrange(powers []P) []P {
	points := g.all(powers)
	domain := fft.NewDomain(uint64(len(points)))
	twiddles, _ := domain.TwiddlesInv()
	for stage, half := 0, len(points)/2; half >= 1; stage, half = stage+1, half/2 {
		g.stage(points, half, func(k int, ofSum bool) (fr.Element, bool) {
			factor := fr.One()
			if !ofSum {
				factor = twiddles[stage][k]
			}
			if stage == 0 {
				factor.Mul(&factor, &domain.CardinalityInv)
			}
			return factor, !ofSum || stage == 0
		})
	}
	fft.BitReverse(points)
	return g.back(points)
}

// stage replaces pairs at a distance of half by their sum and difference, times factors where there are any.
func (g *Group[P, F, C]) stage(points []affine[F], half int, factor func(k int, ofSum bool) (fr.Element, bool)) {
	pairs := len(points) / 2
	cores.Workers((pairs+laneCount-1)/laneCount, func() func(int) {
		s := newScaler(g)
		var sums, differences [laneCount]affine[F]
		return func(block int) {
			first := block * laneCount
			n := min(laneCount, pairs-first)
			at := func(i int) int { return (first+i)/half*2*half + (first+i)%half }
			for i := range n {
				left, right := points[at(i)], points[at(i)+half]
				sums[i], differences[i] = left, left
				*s.adder.term() = right
				s.adder.add(&sums[i])
				negative := s.adder.term()
				*negative = right
				C(&negative.Y).Neg(&negative.Y)
				s.adder.add(&differences[i])
			}
			s.adder.settle()
			for which, part := range [2][]affine[F]{sums[:n], differences[:n]} {
				if _, any := factor(0, which == 0); any {
					s.scale(part, func(i int) fr.Element { f, _ := factor((first+i)%half, which == 0); return f })
				}
			}
			for i := range n {
				points[at(i)], points[at(i)+half] = sums[i], differences[i]
			}
		}
	})
}
