package points

import (
	"cmp"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/cores"
)

// Term is a coefficient of a sparse matrix, named by its place in a list, in some row.
type Term struct{ Column, Coefficient uint32 }

// Part is a sparse matrix, row by row, and a point for every row.
type Part[P any] struct {
	Points []P
	Rows   [][]Term
}

// Coefficients are scalars made ready to multiply many points.
type Coefficients []digits

// Recode makes scalars ready for points of this group.
func (g *Group[P, F, C]) Recode(scalars []fr.Element) Coefficients {
	recoded := make(Coefficients, len(scalars))
	for i := range scalars {
		g.parts.recode(&recoded[i], &scalars[i])
	}
	return recoded
}

const (
	chunk   = 1 << 15 // rows whose multiples are in memory at once
	longest = 256     // terms of a column that are added up in one lane
	columns = 32      // lanes side by side
)

// Columns is, for every column, the sum over all parts and rows of coefficient times the row's point. The doublings of a
// column are shared by its terms, the multiples of a point by all its terms.
func (g *Group[P, F, C]) Columns(count int, parts []Part[P], coefficients Coefficients) []P {
	sums := make([]affine[F], count)
	for _, part := range parts {
		for first := 0; first < len(part.Rows); first += chunk {
			rows := part.Rows[first:min(first+chunk, len(part.Rows))]
			g.chunk(sums, g.all(part.Points[first:first+len(rows)]), rows, coefficients)
		}
	}
	return g.back(sums)
}

// lane is some of a column's terms in a chunk, and their sum.
type lane[F any] struct {
	column, segment int
	terms           []Term // the column is the row here
	sum             affine[F]
}

func (g *Group[P, F, C]) chunk(sums, points []affine[F], rows [][]Term, coefficients Coefficients) {
	tables := make([]affine[F], len(points)*odds)
	cores.Workers((len(points)+laneCount-1)/laneCount, func() func(int) {
		a := &adder[F, C]{}
		return func(block int) {
			from, to := block*laneCount, min((block+1)*laneCount, len(points))
			a.multiples(points[from:to], tables[from*odds:to*odds])
		}
	})
	lanes := lanesOf[F](len(sums), rows)
	cores.Workers((len(lanes)+columns-1)/columns, func() func(int) {
		s := &column[P, F, C]{of: g, tables: tables, coefficients: coefficients}
		s.places = make([]affine[F], room/g.parts.count*columns)
		return func(block int) { s.sum(lanes[block*columns : min((block+1)*columns, len(lanes))]) }
	})
	collect[F, C](sums, lanes)
}

// lanesOf sorts a chunk's terms by column; lanes of about as many terms stand together.
func lanesOf[F any](count int, rows [][]Term) []lane[F] {
	starts := make([]int, count+1)
	for _, row := range rows {
		for _, term := range row {
			starts[term.Column+1]++
		}
	}
	for i := range count {
		starts[i+1] += starts[i]
	}
	terms, next := make([]Term, starts[count]), slices.Clone(starts)
	for r, row := range rows {
		for _, term := range row {
			terms[next[term.Column]] = Term{uint32(r), term.Coefficient}
			next[term.Column]++
		}
	}
	var lanes []lane[F]
	for c := range count {
		segment := 0
		for part := range slices.Chunk(terms[starts[c]:starts[c+1]], longest) {
			lanes = append(lanes, lane[F]{column: c, segment: segment, terms: part})
			segment++
		}
	}
	slices.SortFunc(lanes, func(a, b lane[F]) int {
		return cmp.Or(cmp.Compare(len(b.terms), len(a.terms)), cmp.Compare(a.column, b.column), cmp.Compare(a.segment, b.segment))
	})
	return lanes
}

// collect adds the lanes to their columns' sums, a segment of every column at a time.
func collect[F any, C coordinate[F]](sums []affine[F], lanes []lane[F]) {
	a := &adder[F, C]{}
	for segment, found := 0, true; found; segment++ {
		found = false
		for i := range lanes {
			if lanes[i].segment == segment {
				*a.term() = lanes[i].sum
				a.add(&sums[lanes[i].column])
				found = true
			}
		}
		a.settle()
	}
}

// column adds up lanes side by side: first the terms' multiples, digit place by digit place, then the places.
type column[P, F any, C coordinate[F]] struct {
	of           *Group[P, F, C]
	adder        adder[F, C]
	tables       []affine[F]
	coefficients Coefficients
	places       []affine[F]
	sums         [columns]affine[F]
}

func (s *column[P, F, C]) sum(lanes []lane[F]) {
	clear(s.places)
	top := 0
	for round := range len(lanes[0].terms) {
		for part := range s.of.parts.count {
			for i := range lanes {
				if round < len(lanes[i].terms) {
					term := lanes[i].terms[round]
					factor := &s.coefficients[term.Coefficient]
					top = max(top, factor.top)
					s.place(i, factor, part, s.tables[int(term.Column)*odds:])
				}
			}
			s.adder.settle()
		}
	}
	sums := s.sums[:len(lanes)]
	clear(sums)
	for at := top - 1; at >= 0; at-- {
		s.adder.doubleAll(sums)
		for i := range sums {
			*s.adder.term() = s.places[at*columns+i]
			s.adder.add(&sums[i])
		}
		s.adder.settle()
	}
	for i := range lanes {
		lanes[i].sum = sums[i]
	}
}

// place notes the addition of a part of a term to the digit places of lane i.
func (s *column[P, F, C]) place(i int, factor *digits, part int, table []affine[F]) {
	for at, digit := range factor.part(part) {
		if digit != 0 {
			s.of.entry(s.adder.term(), table, digit, part)
			s.adder.add(&s.places[at*columns+i])
		}
	}
}
