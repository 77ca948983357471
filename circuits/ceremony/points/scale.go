package points

import "github.com/consensys/gnark-crypto/ecc/bn254/fr"

// laneCount is how many points are multiplied side by side: enough that an inversion is cheap, few enough for a cache.
const laneCount = 512

// scaler multiplies points by scalars of their own.
type scaler[F any, C coordinate[F]] struct {
	adder   adder[F, C]
	root    F
	tables  []affine[F]
	scalars []digits
	sums    []affine[F]
}

func newScaler[F any, C coordinate[F]](root F) *scaler[F, C] {
	return &scaler[F, C]{
		root: root, tables: make([]affine[F], laneCount*odds), scalars: make([]digits, laneCount), sums: make([]affine[F], laneCount),
	}
}

// multiples writes the odd multiples of every point, odds to a point.
func (a *adder[F, C]) multiples(points, tables []affine[F]) {
	doubled := make([]affine[F], len(points))
	for i := range points {
		doubled[i], tables[i*odds] = points[i], points[i]
		a.double(&doubled[i])
	}
	a.settle()
	for m := 1; m < odds; m++ {
		for i := range points {
			tables[i*odds+m] = tables[i*odds+m-1]
			a.add(&tables[i*odds+m], doubled[i])
		}
		a.settle()
	}
}

// entry is a digit's multiple out of a point's table, times lambda for a digit of the second half.
func entry[F any, C coordinate[F]](table []affine[F], digit int8, half int, root *F) affine[F] {
	var p affine[F]
	if digit > 0 {
		p = table[digit/2]
	} else {
		p = table[-digit/2]
		C(&p.Y).Neg(&p.Y)
	}
	if half == 1 {
		C(&p.X).Mul(&p.X, root)
	}
	return p
}

// scale multiplies at most laneCount points in place, highest digit first, all side by side.
func (s *scaler[F, C]) scale(points []affine[F], scalar func(int) fr.Element) {
	s.adder.multiples(points, s.tables)
	sums, top := s.sums[:len(points)], 0
	for i := range sums {
		sums[i] = affine[F]{}
		of := scalar(i)
		s.scalars[i].split(&of)
		top = max(top, s.scalars[i].top)
	}
	for at := top - 1; at >= 0; at-- {
		for i := range sums {
			s.adder.double(&sums[i])
		}
		s.adder.settle()
		for half := range 2 {
			for i := range sums {
				if digit := s.scalars[i].half[half][at]; digit != 0 {
					s.adder.add(&sums[i], entry[F, C](s.tables[i*odds:(i+1)*odds], digit, half, &s.root))
				}
			}
			s.adder.settle()
		}
	}
	copy(points, sums)
}
