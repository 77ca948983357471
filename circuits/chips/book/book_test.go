package book

import (
	"strings"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is pages, what the tree should be told of each, and one access to row 3 of each by somebody else.
type witness struct {
	Slots  []layout.BookSlot
	Leaves []leaf
	Access []access
}

type leaf struct{ Index, Before, After, Live frontend.Variable }

type access struct {
	Book, Slot, Live frontend.Variable
	Before, After    layout.OrderRow
}

func define(k *kernel.Kernel, w *witness) {
	for _, s := range w.Slots {
		Constrain(k, s)
	}
	k.Chip("test")
	for _, l := range w.Leaves {
		k.TakeCounted(layout.NodeTag+layout.NearLevel, l.Index, kernel.NewRow(l.Before, l.After), l.Live)
	}
	for _, a := range w.Access {
		live := k.Boolean("test: live", a.Live)
		k.Access(layout.TagOrder, k.OrderAddress(a.Book, a.Slot), 0, kernel.Order(a.Before), kernel.Order(a.After), 511, live)
	}
}

var widths = []int{24, 36, 24, 36, 36, 1, 48, 24}

func cellOf(r layout.OrderRow) frontend.Variable { return chiptest.Pack(widths, r.Columns()...) }

func order(owner, price, remaining, next int) layout.OrderRow {
	return layout.OrderRow{Owner: owner, Epoch: 3, Index: 7, Price: price, Expiry: layout.Never, ReduceOnly: 1, Remaining: remaining, Next: next}
}

// sample is page 5 of book 11: rows 2 and 3 hold orders, and somebody fills row 3 in part.
func sample() (layout.BookSlot, access) {
	s := layout.BookSlot{Live: 1, Book: 11, Page: 5, SaltBefore: 77, SaltAfter: 78}
	resting, before, after := order(41, 900, 12, 163), order(42, 901, 30, 0), order(42, 901, 29, 0)
	s.Rows[2] = layout.OrderStored{Closing: 0, Before: resting, After: resting}
	s.Rows[3] = layout.OrderStored{Closing: 511, Before: before, After: after}
	chiptest.Bury(&s)
	return s, access{Book: 11, Slot: 32*5 + 3, Live: 1, Before: before, After: after}
}

func leafOf(s layout.BookSlot) leaf {
	before, after := make([]frontend.Variable, 16), make([]frontend.Variable, 16)
	for i, r := range s.Rows {
		before[i], after[i] = cellOf(r.Before), cellOf(r.After)
	}
	before[15], after[15] = s.SaltBefore, s.SaltAfter
	return leaf{Index: 1<<17 + 1024*11 + 5, Before: chiptest.Hash(16, before...), After: chiptest.Hash(16, after...), Live: 1}
}

func honest() witness {
	s, a := sample()
	var dead layout.BookSlot
	chiptest.Bury(&dead)
	return witness{Slots: []layout.BookSlot{s, dead}, Leaves: []leaf{leafOf(s)}, Access: []access{a}}
}

// fieldsOf are a row's fields in the order of its cell.
func fieldsOf(r *layout.OrderRow) []*frontend.Variable {
	return []*frontend.Variable{&r.Owner, &r.Epoch, &r.Index, &r.Price, &r.Expiry, &r.ReduceOnly, &r.Remaining, &r.Next}
}

// Every field of a record that takes one unit of its range from the next field, so that the cell stays as it is.
func TestFieldsThatTakeFromTheirNeighbours(t *testing.T) {
	var forgeries []chiptest.Forgery[witness]
	for i, f := range layout.OrderCell {
		forgeries = append(forgeries, chiptest.Forgery[witness]{
			Name: f.Name, Rule: "page: order " + strings.ReplaceAll(f.Name, "_", " "), Forge: func(w *witness) {
				row := &w.Slots[0].Rows[2]
				for _, r := range []*layout.OrderRow{&row.Before, &row.After} {
					fields := fieldsOf(r)
					*fields[i] = chiptest.Plus(*fields[i], chiptest.Power(1, uint(f.Width)))
					if i+1 < len(fields) {
						*fields[i+1] = chiptest.Plus(*fields[i+1], chiptest.Power(-1, 0))
					}
				}
				w.Leaves[0] = leafOf(w.Slots[0]) // moved by the last field alone
			},
		})
	}
	chiptest.Twins(t, define, honest, forgeries)
}

func TestForgeries(t *testing.T) {
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "the page of the next book", Rule: "page: book fits", Forge: func(w *witness) {
			w.Slots[0].Book, w.Leaves[0].Index = 16, 1<<17+1024*16+5
			w.Access[0].Book = 16
		}},
		{Name: "a page under the next book's leaf", Rule: "page: number fits", Forge: func(w *witness) {
			w.Slots[0].Book, w.Slots[0].Page = 10, 5+1024
			w.Access[0].Book, w.Access[0].Slot = 10, 32*(5+1024)+3
		}},
		{Name: "two rows that change places as they close", Rule: "page: closing time", Forge: func(w *witness) {
			s := &w.Slots[0]
			zero := s.Rows[4].After
			s.Rows[4].After, s.Rows[2].After = s.Rows[2].After, zero
			s.Rows[2].Closing, s.Rows[4].Closing = chiptest.Power(2, 64), chiptest.Power(-2, 64)
			w.Leaves[0] = leafOf(*s)
		}},
		{Name: "a page that is loaded twice by one slot", Rule: "page: live is a bit", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Live, w.Leaves[0].Live = 2, 2
			s.Rows[3], w.Access[0].Live = layout.OrderStored{Closing: 0, Before: order(0, 0, 0, 0), After: order(0, 0, 0, 0)}, 0
			w.Leaves[0].Before, w.Leaves[0].After = leafOf(*s).Before, leafOf(*s).After
		}},
		{Name: "a dead page that feeds memory", Rule: "bus: order", Forge: func(w *witness) {
			w.Slots[1], w.Slots[0] = w.Slots[0], w.Slots[1]
			w.Slots[1].Live, w.Leaves[0].Live = 0, 0
		}},
		{Name: "a dead page in the tree", Rule: "bus: node 2", Forge: func(w *witness) {
			w.Slots[0].Live, w.Access[0].Live = 0, 0
		}},
		{Name: "a row stored as it was loaded", Rule: "bus: order", Forge: func(w *witness) {
			w.Slots[0].Rows[3].After = w.Slots[0].Rows[3].Before
			w.Leaves[0] = leafOf(w.Slots[0])
		}},
		{Name: "another page's content", Rule: "bus: node 2", Forge: func(w *witness) {
			w.Slots[0].Rows[2].Before.Price, w.Slots[0].Rows[2].After.Price = 901, 901
		}},
	})
}

// The salt that is stored is the prover's to choose.
func TestSaltIsFree(t *testing.T) {
	w, watch := honest(), kernel.NewObserver()
	w.Slots[0].SaltAfter = 123456789
	w.Leaves[0] = leafOf(w.Slots[0])
	if names := chiptest.Observe(t, define, w, watch); len(names) > 0 {
		t.Fatalf("breaks %v", names)
	}
}

func TestSlope(t *testing.T) {
	slope := chiptest.Slope(t, define, func(n int) witness { return witness{Slots: make([]layout.BookSlot, n)} })
	if want := 1597; slope != want {
		t.Errorf("a book page costs %d constraints, pinned %d", slope, want)
	}
}
