package keys

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/cores"
)

// coordinate is an element of the field that a group's points have their coordinates in.
type coordinate[F any] interface {
	*F
	Add(a, b *F) *F
	Sub(a, b *F) *F
	Mul(a, b *F) *F
	Square(a *F) *F
	Inverse(a *F) *F
	SetOne() *F
}

// affine is a point other than infinity.
type affine[F any] struct{ X, Y F }

// tables hold, for every window of a scalar, the multiples of the base that the window's digit can ask for:
// tables[w][d-1] = d * 2^(w*window) * base. So a multiple of the base is a sum of one entry a window, without doublings.
type tables[F any] struct {
	window  int
	entries [][]affine[F]
}

// newTables builds tables from powers[i] = 2^i * base, for i below the bits of a scalar.
func newTables[F any, C coordinate[F]](powers []affine[F], window int) tables[F] {
	t := tables[F]{window: window}
	for at := 0; at < len(powers); at += window {
		t.entries = append(t.entries, nil)
	}
	cores.Each(len(t.entries), func(w int) {
		within := powers[w*window : min((w+1)*window, len(powers))]
		row := make([]affine[F], 1<<len(within)-1)
		s := newSummer[F, C](len(row))
		for i, power := range within {
			// 2^i has the low entries below it: 2^i + j = j + 2^i.
			low := 1<<i - 1
			row[low] = power
			for j := range low {
				row[low+1+j] = row[j]
				s.add(&row[low+1+j], &row[low])
			}
			s.settle()
		}
		t.entries[w] = row
	})
	return t
}

// multiply calls out(i, scalars[i] * base) for every scalar but zero, and done with the number of every block.
func multiply[F any, C coordinate[F]](t tables[F], scalars []fr.Element, out func(int, affine[F]), done func(int)) {
	const block = 2048
	blocks := (len(scalars) + block - 1) / block
	cores.Each(blocks, func(b int) {
		at := b * block
		multiplyBlock[F, C](t, scalars[at:min(at+block, len(scalars))], func(i int, p affine[F]) { out(at+i, p) })
		done(min(block, len(scalars)-at))
	})
}

// multiplyBlock adds up window by window, lowest first, all scalars of a block side by side.
//
// The chord formula of summer fails on equal and on opposite points. Neither occurs: before window w the sum is s times
// the base for the scalar's low part s, 0 < s < 2^(w*window), and the entry is d * 2^(w*window) times it with d >= 1, so
// s < d * 2^(w*window), and their sum is at most the scalar, which is below the order of the group.
func multiplyBlock[F any, C coordinate[F]](t tables[F], scalars []fr.Element, out func(int, affine[F])) {
	sums := make([]affine[F], len(scalars))
	begun := make([]bool, len(scalars))
	digits := make([][4]uint64, len(scalars))
	for i := range scalars {
		digits[i] = scalars[i].Bits()
	}
	s := newSummer[F, C](len(scalars))
	for w, row := range t.entries {
		for i := range sums {
			digit := window(&digits[i], w*t.window, t.window)
			switch {
			case digit == 0:
			case begun[i]:
				s.add(&sums[i], &row[digit-1])
			default:
				begun[i], sums[i] = true, row[digit-1]
			}
		}
		s.settle()
	}
	for i := range sums {
		if begun[i] {
			out(i, sums[i])
		}
	}
}

// window is n bits of a scalar from bit at.
func window(scalar *[4]uint64, at, n int) uint64 {
	word, shift := at/64, at%64
	digit := scalar[word] >> shift
	if shift+n > 64 && word < 3 {
		digit |= scalar[word+1] << (64 - shift)
	}
	return digit & (1<<n - 1)
}

// summer collects additions of points that have distinct x and settles them together, sharing one inversion.
type summer[F any, C coordinate[F]] struct {
	sums    []*affine[F]
	terms   []*affine[F]
	deltas  []F // x of the term less x of the sum
	partial []F // products of the deltas so far
}

func newSummer[F any, C coordinate[F]](capacity int) *summer[F, C] {
	return &summer[F, C]{
		sums: make([]*affine[F], 0, capacity), terms: make([]*affine[F], 0, capacity),
		deltas: make([]F, capacity), partial: make([]F, capacity),
	}
}

// add notes sum := sum + term.
func (s *summer[F, C]) add(sum, term *affine[F]) {
	C(&s.deltas[len(s.sums)]).Sub(&term.X, &sum.X)
	s.sums, s.terms = append(s.sums, sum), append(s.terms, term)
}

// settle performs the additions noted: slope = (y2 - y1)/(x2 - x1), x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1.
func (s *summer[F, C]) settle() {
	var product, inverse, slope, x F
	C(&product).SetOne()
	for i := range s.sums {
		s.partial[i] = product
		C(&product).Mul(&product, &s.deltas[i])
	}
	C(&product).Inverse(&product)
	for i := len(s.sums) - 1; i >= 0; i-- {
		sum, term := s.sums[i], s.terms[i]
		C(&inverse).Mul(&product, &s.partial[i])
		C(&product).Mul(&product, &s.deltas[i])
		C(&slope).Sub(&term.Y, &sum.Y)
		C(&slope).Mul(&slope, &inverse)
		C(&x).Square(&slope)
		C(&x).Sub(&x, &sum.X)
		C(&x).Sub(&x, &term.X)
		C(&sum.X).Sub(&sum.X, &x)
		C(&sum.X).Mul(&sum.X, &slope)
		C(&sum.Y).Sub(&sum.X, &sum.Y)
		sum.X = x
	}
	s.sums, s.terms = s.sums[:0], s.terms[:0]
}
