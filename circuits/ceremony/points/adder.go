package points

// adder collects additions to sums that are all different, and settles them with one inversion.
type adder[F any, C coordinate[F]] struct {
	sums    []*affine[F]
	terms   []affine[F] // the last may be one that is being written
	deltas  []F         // denominators of the slopes
	doubles []bool      // a term that equals its sum: the slope is the tangent's
	partial []F         // products of the denominators so far
}

func isInfinite[F any, C coordinate[F]](p *affine[F]) bool {
	return C(&p.X).IsZero() && C(&p.Y).IsZero()
}

// term is room for a term, which the next call of add takes. Terms are written where they stay: no copy, no garbage.
func (a *adder[F, C]) term() *affine[F] {
	a.terms = append(a.terms, affine[F]{})
	return &a.terms[len(a.terms)-1]
}

// add notes sum := sum + the term that was written; with infinity, or of opposite points, it is done at once.
func (a *adder[F, C]) add(sum *affine[F]) {
	n := len(a.sums)
	term := &a.terms[n]
	if isInfinite[F, C](term) {
		a.terms = a.terms[:n]
		return
	}
	if isInfinite[F, C](sum) {
		*sum, a.terms = *term, a.terms[:n]
		return
	}
	a.deltas = append(a.deltas, term.X)
	delta, double := C(&a.deltas[n]), false
	if delta.Sub(&term.X, &sum.X); delta.IsZero() {
		double = C(delta.Sub(&term.Y, &sum.Y)).IsZero()
		if delta.Double(&sum.Y); !double || delta.IsZero() {
			*sum, a.terms, a.deltas = affine[F]{}, a.terms[:n], a.deltas[:n]
			return
		}
	}
	a.sums, a.doubles = append(a.sums, sum), append(a.doubles, double)
}

// doubleAll doubles every point of a list at once; nothing may be noted.
func (a *adder[F, C]) doubleAll(points []affine[F]) {
	var product, inverse, slope, x, across F
	C(&product).SetOne()
	a.partial, a.deltas = a.partial[:0], a.deltas[:0]
	for i := range points {
		a.partial = append(a.partial, product)
		C(&across).Double(&points[i].Y)
		a.deltas = append(a.deltas, across)
		if !C(&across).IsZero() {
			C(&product).Mul(&product, &across)
		}
	}
	C(&product).Inverse(&product)
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		if C(&a.deltas[i]).IsZero() {
			*p = affine[F]{} // infinity, or a point of order two
			continue
		}
		C(&inverse).Mul(&product, &a.partial[i])
		C(&product).Mul(&product, &a.deltas[i])
		C(&x).Square(&p.X)
		C(&slope).Double(&x)
		C(&slope).Add(&slope, &x)
		C(&slope).Mul(&slope, &inverse)
		C(&x).Square(&slope)
		C(&x).Sub(&x, &p.X)
		C(&x).Sub(&x, &p.X)
		C(&p.X).Sub(&p.X, &x)
		C(&p.X).Mul(&p.X, &slope)
		C(&p.Y).Sub(&p.X, &p.Y)
		p.X = x
	}
	a.deltas = a.deltas[:0]
}

// settle performs what was noted. The slope is (y2 - y1)/(x2 - x1) of a chord and 3 x^2 / 2y of a tangent; then
// x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1.
func (a *adder[F, C]) settle() {
	if len(a.sums) == 0 {
		return
	}
	var product, inverse, slope, x F
	C(&product).SetOne()
	a.partial = a.partial[:0]
	for i := range a.deltas {
		a.partial = append(a.partial, product)
		C(&product).Mul(&product, &a.deltas[i])
	}
	C(&product).Inverse(&product)
	for i := len(a.sums) - 1; i >= 0; i-- {
		sum, term := a.sums[i], &a.terms[i]
		C(&inverse).Mul(&product, &a.partial[i])
		C(&product).Mul(&product, &a.deltas[i])
		if a.doubles[i] {
			C(&x).Square(&sum.X)
			C(&slope).Double(&x)
			C(&slope).Add(&slope, &x)
		} else {
			C(&slope).Sub(&term.Y, &sum.Y)
		}
		C(&slope).Mul(&slope, &inverse)
		C(&x).Square(&slope)
		C(&x).Sub(&x, &sum.X)
		C(&x).Sub(&x, &term.X)
		C(&sum.X).Sub(&sum.X, &x)
		C(&sum.X).Mul(&sum.X, &slope)
		C(&sum.Y).Sub(&sum.X, &sum.Y)
		sum.X = x
	}
	a.sums, a.terms, a.deltas, a.doubles = a.sums[:0], a.terms[:0], a.deltas[:0], a.doubles[:0]
}
