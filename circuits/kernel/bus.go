package kernel

import (
	"fmt"
	"math/big"
	"sort"
	"strings"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/multicommit"

	"novate/circuits/layout"
)

// Tags of tuples. Memory rows have the tags of rollup/layout.py, nodes layout.NodeTag + level.
const (
	tagRange = 16 + iota
	TagTime
	TagAuthorised
	TagItem
	TagSweep
	TagOutflow
	TagMarket
	TagRisk
	TagSigner
	TagComb  // tables of the signers' keys
	TagFixed // table of the base point
)

var tagNames = map[int]string{
	layout.TagIdentity: "identity", layout.TagCash: "cash", layout.TagLane: "lane", layout.TagPosition: "position",
	layout.TagOrder: "order", tagRange: "range", TagTime: "time", TagAuthorised: "authorised", TagItem: "item",
	TagSweep: "sweep", TagOutflow: "outflow", TagMarket: "market", TagRisk: "risk", TagSigner: "signer",
	TagComb: "comb", TagFixed: "fixed",
}

func tagName(tag int) string {
	if tag >= layout.NodeTag {
		return fmt.Sprintf("node %d", tag-layout.NodeTag)
	}
	return tagNames[tag]
}

// The bus is one signed log-derivative sum over all tuples put and taken,
//
//	sum of m_i / (X - f_i) = 0,   f = tag*g + key + (v1 + g^2)(v2 + g^3) + (v3 + g^4)(v4 + g^5) + ...
//
// with X = c and g = c^(2^24) for the one challenge c. A key is any linear expression; values go in pairs, at one
// constraint a pair and one more an entry for the quotient.
//
// Sound because: (1) every key, value and multiplicity is committed before c is drawn, or is a constant, or is a
// function of committed wires by constraints that do not use c (the hashes of pages and nodes); (2) as polynomials in
// g, two different tuples of one tag have different f: each value is the coefficient of a power of g of its own, up to
// the product terms v1*v2 that key and degree 0 collect, which the values themselves fix; tuples of different tags
// differ in the coefficient of g; one tag has one arity, so lengths cannot be confused; (3) the X - f_i are then
// pairwise distinct and linear in X, so the reciprocals of distinct ones are linearly independent and the sum vanishes
// only if every tuple's multiplicities cancel; (4) as X and g are both powers of c, far enough apart (Kronecker
// substitution: fewer than 2^24 entries of degree one in X), the vanishing of the sum as a polynomial in c is that in
// (X, g), and a false sum passes with probability below 2^-200 over c. Multiplicities cancel in the field: an own
// tuple's is a Bit, so their sum is a count below 2^24 and is zero only if puts and takes are equally many; an info
// table's is any field element, but its queries are Bits, so what is asked and not in the table cannot cancel.
type bus struct {
	entries []entry
	limbs   []Variable
	tables  []*Table
	arity   map[int]int
	extra   []Variable
}

type entry struct {
	tag     int
	key     Variable
	row     Row
	times   Variable // put positive, taken negative
	taken   bool
	derived bool // key and row are fixed by committed wires already
	table   *Table
}

// Pair is two columns of a tuple. The same pointer at the same place of two tuples costs its product once.
type Pair struct{ A, B Variable }

// Row is the columns of a tuple in pairs.
type Row []*Pair

// NewRow pairs columns up; an odd one gets a zero.
func NewRow(columns ...Variable) Row {
	var row Row
	for i := 0; i < len(columns); i += 2 {
		p := &Pair{columns[i], 0}
		if i+1 < len(columns) {
			p.B = columns[i+1]
		}
		row = append(row, p)
	}
	return row
}

// Zeros is a row of so many zero pairs.
func Zeros(pairs int) Row {
	row := make(Row, pairs)
	for i := range row {
		row[i] = &Pair{0, 0}
	}
	return row
}

// With is the row with pair i replaced; the others stay shared.
func (r Row) With(i int, a, b Variable) Row {
	out := append(Row{}, r...)
	out[i] = &Pair{a, b}
	return out
}

// Put adds an own tuple: it exists once where on is 1.
func (k *Kernel) Put(tag int, key Variable, row Row, on Bit) {
	k.add(entry{tag: tag, key: key, row: row, times: on.value})
}

// Take consumes an own tuple.
func (k *Kernel) Take(tag int, key Variable, row Row, on Bit) {
	k.add(entry{tag: tag, key: key, row: row, times: on.value, taken: true})
}

// PutDerived adds an own tuple whose values are hashes of wires that the caller commits (Commit).
func (k *Kernel) PutDerived(tag int, key Variable, row Row, on Bit) {
	k.add(entry{tag: tag, key: key, row: row, times: on.value, derived: true})
}

// TakeCounted consumes n equal own tuples, n a field element. Their puts are Bits, so n is forced to be their number.
func (k *Kernel) TakeCounted(tag int, key Variable, row Row, n Variable) {
	k.add(entry{tag: tag, key: key, row: row, times: n, taken: true})
}

// Commit commits wires that fix derived tuples.
func (k *Kernel) Commit(wires ...Variable) { k.book.extra = append(k.book.extra, wires...) }

func (k *Kernel) add(e entry) {
	if n, ok := k.book.arity[e.tag]; ok && n != len(e.row) {
		panic(fmt.Sprintf("kernel: tag %s has %d pairs, not %d", tagName(e.tag), n, len(e.row)))
	}
	k.book.arity[e.tag] = len(e.row)
	k.book.entries = append(k.book.entries, e)
}

// Table is an info table: rows that anyone may read any number of times.
type Table struct {
	k       *Kernel
	tag     int
	rows    []entry
	queries []entry
}

// NewTable starts an info table of rows with so many pairs.
func (k *Kernel) NewTable(tag, pairs int) *Table {
	k.book.arity[tag] = pairs
	t := &Table{k: k, tag: tag}
	k.book.tables = append(k.book.tables, t)
	return t
}

// Add adds a row; where live is 0 nobody can read it.
func (t *Table) Add(key Variable, row Row, live Bit) { t.add(key, row, live, false) }

// AddDerived adds a row that is fixed by wires committed elsewhere.
func (t *Table) AddDerived(key Variable, row Row, live Bit) { t.add(key, row, live, true) }

func (t *Table) add(key Variable, row Row, live Bit, derived bool) {
	t.rows = append(t.rows, entry{tag: t.tag, key: key, row: row, times: live.value, derived: derived, table: t})
}

// Ask states that the table has this row, where on is 1.
func (t *Table) Ask(key Variable, row Row, on Bit) {
	if n := t.k.book.arity[t.tag]; n != len(row) {
		panic(fmt.Sprintf("kernel: table %s has %d pairs, not %d", tagName(t.tag), n, len(row)))
	}
	t.queries = append(t.queries, entry{tag: t.tag, key: key, row: row, times: on.value, taken: true, table: t})
}

const deadRow = "bus: a dead row is not read"

// settle turns rows into entries with counted multiplicities, queries into takes.
func (t *Table) settle() {
	if len(t.rows) == 0 && len(t.queries) == 0 {
		return
	}
	k := t.k
	in := []Variable{len(t.rows)}
	for _, r := range t.rows {
		in = append(in, r.key)
	}
	for _, q := range t.queries {
		in = append(in, q.times, q.key)
	}
	counts, err := k.API.Compiler().NewHint(countHint, len(t.rows), in...)
	if err != nil {
		panic(err)
	}
	for i, r := range t.rows {
		if !k.isConstant(r.times) {
			k.Product(deadRow, counts[i], k.API.Sub(1, r.times), 0)
		}
		r.times = counts[i]
		k.add(r)
	}
	for _, q := range t.queries {
		k.add(q)
	}
}

// close commits everything, draws the challenge and states the balance. gnark calls it once, after Define.
func (k *Kernel) close(api frontend.API) error {
	k.Chip("bus")
	if k.watch != nil {
		for _, t := range k.book.tables {
			k.observeTable(t)
		}
		return k.observeBalance()
	}
	if len(k.book.limbs) > 0 {
		t := k.NewTable(tagRange, 0)
		for i := range 1 << LimbBits {
			t.Add(i, nil, One)
		}
		for _, limb := range k.book.limbs {
			t.Ask(limb, nil, One)
		}
	}
	for _, t := range k.book.tables {
		t.settle()
	}
	k.stateTags()
	multicommit.WithCommitment(api, func(api frontend.API, challenge frontend.Variable) error {
		for _, f := range k.after {
			if err := f(challenge); err != nil {
				return err
			}
		}
		k.Chip("bus")
		k.balance(challenge)
		return nil
	}, k.committed()...)
	return nil
}

// stateTags lists the tags of the bus as rules: the balance is all of them at once. A tuple costs a quotient; those of
// limbs count with the ranges that look them up.
func (k *Kernel) stateTags() {
	for _, e := range k.book.entries {
		constraints := 1
		if e.tag == tagRange && e.taken {
			constraints = 0
		}
		k.state("bus: "+tagName(e.tag), constraints)
	}
}

func (k *Kernel) committed() []Variable {
	var out []Variable
	add := func(vs ...Variable) {
		for _, v := range vs {
			if v != nil && !k.isConstant(v) {
				out = append(out, v)
			}
		}
	}
	for _, e := range k.book.entries {
		add(e.times)
		if e.derived {
			continue
		}
		add(e.key)
		for _, p := range e.row {
			add(p.A, p.B)
		}
	}
	add(k.book.extra...)
	return out
}

// balance states that the sum over the bus is zero.
func (k *Kernel) balance(c Variable) {
	api := k.API
	g := c
	for range 24 {
		g = api.Mul(g, g)
	}
	if len(k.book.entries) >= 1<<24 {
		panic("kernel: the bus holds fewer than 2^24 entries")
	}
	powers := []Variable{1, g}
	power := func(i int) Variable {
		for len(powers) <= i {
			powers = append(powers, api.Mul(powers[len(powers)-1], g))
		}
		return powers[i]
	}
	type place struct {
		pair *Pair
		at   int
	}
	products := map[place]Variable{}
	terms := make([]Variable, 0, len(k.book.entries))
	for _, e := range k.book.entries {
		f := api.Add(api.Mul(e.tag, g), e.key)
		for i, p := range e.row {
			w, ok := products[place{p, i}]
			if !ok {
				a, b := power(2+2*i), power(3+2*i)
				if k.isConstant(p.A) && k.isConstant(p.B) {
					w = api.Add(api.Mul(p.A, p.B), api.Mul(p.A, b), api.Mul(p.B, a), power(5+4*i))
				} else {
					w = api.Mul(api.Add(p.A, a), api.Add(p.B, b))
				}
				products[place{p, i}] = w
			}
			f = api.Add(f, w)
		}
		q := api.DivUnchecked(e.times, api.Sub(c, f))
		if e.taken {
			q = api.Neg(q)
		}
		terms = append(terms, q)
	}
	k.Equal("bus: balance", k.Sum(terms...), 0)
}

// text is a tuple in the test engine.
func (k *Kernel) text(e entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", k.see(e.key))
	for _, p := range e.row {
		fmt.Fprintf(&b, " %v %v", k.see(p.A), k.see(p.B))
	}
	return b.String()
}

// observeTable checks a table's queries by membership.
func (k *Kernel) observeTable(t *Table) {
	rows, dead := map[string]bool{}, map[string]bool{}
	for _, r := range t.rows {
		if k.see(r.times).Sign() != 0 {
			rows[k.text(r)] = true
		} else {
			dead[k.text(r)] = true
		}
	}
	rule := "bus: " + tagName(t.tag)
	k.state(rule, 0)
	for _, q := range t.queries {
		text := k.text(q)
		if k.see(q.times).Sign() == 0 || rows[text] {
			continue
		}
		if dead[text] {
			k.watch.fail(deadRow)
		} else {
			k.watch.fail(rule)
		}
		k.watch.Unbalanced = append(k.watch.Unbalanced, fmt.Sprintf("%s asks %s", tagName(t.tag), text))
	}
}

// observeBalance compares the multisets of own tuples, tag by tag.
func (k *Kernel) observeBalance() error {
	type tuple struct {
		tag  int
		text string
	}
	sums := map[tuple]*big.Int{}
	for _, e := range k.book.entries {
		k.state("bus: "+tagName(e.tag), 0)
		times := k.see(e.times)
		if times.Sign() == 0 {
			continue
		}
		at := tuple{e.tag, k.text(e)}
		if sums[at] == nil {
			sums[at] = new(big.Int)
		}
		if e.taken {
			times.Neg(times)
		}
		sums[at].Add(sums[at], times)
	}
	field := k.API.Compiler().Field()
	for at, sum := range sums {
		if new(big.Int).Mod(sum, field).Sign() != 0 {
			k.watch.fail("bus: " + tagName(at.tag))
			k.watch.Unbalanced = append(k.watch.Unbalanced, fmt.Sprintf("%v x %s(%s)", sum, tagName(at.tag), at.text))
		}
	}
	sort.Strings(k.watch.Unbalanced)
	return nil
}

func countHint(_ *big.Int, in, out []*big.Int) error {
	n := int(in[0].Int64())
	at := make(map[string]int, n)
	for i := range n {
		at[string(in[1+i].Bytes())] = i
	}
	counts := make([]int64, n)
	for q := 1 + n; q+1 < len(in); q += 2 {
		if i, ok := at[string(in[q+1].Bytes())]; ok {
			counts[i] += in[q].Int64()
		}
	}
	for i := range out {
		out[i].SetInt64(counts[i])
	}
	return nil
}
