package points

// adder collects additions and doublings, of sums that are all different, and settles them with one inversion.
type adder[F any, C coordinate[F]] struct {
	sums    []*affine[F]
	terms   []affine[F]
	deltas  []F // denominators of the slopes
	doubles []bool
	partial []F // products of the denominators so far
}

func isInfinite[F any, C coordinate[F]](p *affine[F]) bool {
	return C(&p.X).IsZero() && C(&p.Y).IsZero()
}

// add notes sum := sum + term; with infinity, or of opposite points, it is done at once.
func (a *adder[F, C]) add(sum *affine[F], term affine[F]) {
	if isInfinite[F, C](&term) {
		return
	}
	if isInfinite[F, C](sum) {
		*sum = term
		return
	}
	var delta, across F
	if !C(C(&delta).Sub(&term.X, &sum.X)).IsZero() {
		a.note(sum, term, delta, false)
	} else if C(C(&across).Sub(&term.Y, &sum.Y)).IsZero() {
		a.double(sum)
	} else {
		*sum = affine[F]{}
	}
}

// double notes sum := 2 sum.
func (a *adder[F, C]) double(sum *affine[F]) {
	var delta F
	if C(C(&delta).Double(&sum.Y)).IsZero() {
		*sum = affine[F]{} // infinity, or a point of order two
		return
	}
	a.note(sum, *sum, delta, true)
}

func (a *adder[F, C]) note(sum *affine[F], term affine[F], delta F, double bool) {
	a.sums, a.terms = append(a.sums, sum), append(a.terms, term)
	a.deltas, a.doubles = append(a.deltas, delta), append(a.doubles, double)
}

// settle performs what was noted: the slope is (y2 - y1)/(x2 - x1) of a chord and 3 x^2 / 2y of a tangent; then
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
