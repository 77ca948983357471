package points

import "github.com/consensys/gnark-crypto/ecc/bn254/fr"

// laneCount is how many points are multiplied side by side: enough that an inversion is cheap, few enough for a cache.
const laneCount = 512

// scaler multiplies points by scalars of their own.
type scaler[P, F any, C coordinate[F]] struct {
	of      *Group[P, F, C]
	adder   adder[F, C]
	tables  []affine[F]
	scalars []digits
	sums    []affine[F]
}

func newScaler[P, F any, C coordinate[F]](g *Group[P, F, C]) *scaler[P, F, C] {
	return &scaler[P, F, C]{
		of: g, tables: make([]affine[F], laneCount*odds), scalars: make([]digits, laneCount), sums: make([]affine[F], laneCount),
	}
}

// multiples writes the odd multiples of every point, odds to a point.
func (a *adder[F, C]) multiples(points, tables []affine[F]) {
	doubled := make([]affine[F], len(points))
	for i := range points {
		doubled[i], tables[i*odds] = points[i], points[i]
	}
	a.doubleAll(doubled)
	for m := 1; m < odds; m++ {
		for i := range points {
			tables[i*odds+m] = tables[i*odds+m-1]
			*a.term() = doubled[i]
			a.add(&tables[i*odds+m])
		}
		a.settle()
	}
}

// entry writes a digit's multiple out of a point's table, times what the digit's part counts for.
func (g *Group[P, F, C]) entry(p *affine[F], table []affine[F], digit int8, part int) {
	if digit > 0 {
		*p = table[digit/2]
	} else {
		*p = table[-digit/2]
		C(&p.Y).Neg(&p.Y)
	}
	if part > 0 {
		g.endo(part, p)
	}
}

// scale multiplies at most laneCount points in place, highest digit first, all side by side.
func (s *scaler[P, F, C]) scale(points []affine[F], scalar func(int) fr.Element) {
	s.adder.multiples(points, s.tables)
	sums, top := s.sums[:len(points)], 0
	for i := range sums {
		sums[i] = affine[F]{}
		of := scalar(i)
		s.of.parts.recode(&s.scalars[i], &of)
		top = max(top, s.scalars[i].top)
	}
	for at := top - 1; at >= 0; at-- {
		s.adder.doubleAll(sums)
		for part := range s.of.parts.count {
			for i := range sums {
				if digit := s.scalars[i].all[part*s.scalars[i].stride+at]; digit != 0 {
					s.of.entry(s.adder.term(), s.tables[i*odds:(i+1)*odds], digit, part)
					s.adder.add(&sums[i])
				}
			}
			s.adder.settle()
		}
	}
	copy(points, sums)
}
