package header

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/chips/margin"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is header pages, what the tree should be told of them, and what others did to account 9 between.
type witness struct {
	Risk     [layout.Markets]risk
	Slots    []layout.HeaderSlot
	Leaves   []leaf
	Outflows []outflow
	Cash     []moved
	Position []traded
}

type (
	risk    struct{ Mark, Initial, Reserve, Open frontend.Variable }
	leaf    struct{ Index, Before, After, Live frontend.Variable }
	outflow struct{ Account, Live frontend.Variable }
	moved   struct{ Account, Before, After, Live frontend.Variable }
	traded  struct {
		Account, Market, Live frontend.Variable
		Before, After         layout.PositionRow
	}
)

func define(k *kernel.Kernel, w *witness) {
	k.Chip("test")
	for j, r := range w.Risk {
		k.Markets[j] = kernel.Risk{Mark: r.Mark, Initial: r.Initial, Reserve: r.Reserve}
		k.Open[j] = k.Boolean("test: open", r.Open)
	}
	markets := margin.Markets(k)
	for _, s := range w.Slots {
		Constrain(k, s, markets)
	}
	k.Chip("test")
	for _, l := range w.Leaves {
		k.TakeCounted(layout.NodeTag, l.Index, kernel.NewRow(l.Before, l.After), l.Live)
	}
	for _, o := range w.Outflows {
		k.Put(kernel.TagOutflow, o.Account, nil, k.Boolean("test: live", o.Live))
	}
	for _, c := range w.Cash {
		k.Access(layout.TagCash, c.Account, 0, kernel.NewRow(c.Before), kernel.NewRow(c.After), 511, k.Boolean("test: live", c.Live))
	}
	for _, p := range w.Position {
		address := k.PositionAddress(p.Account, p.Market)
		k.Access(layout.TagPosition, address, 0, kernel.Position(p.Before), kernel.Position(p.After), 511, k.Boolean("test: live", p.Live))
	}
}

// sample is account 9: its position in market 2 shrinks from 10 to 8 at the mark, which pays for it.
func sample() layout.HeaderSlot {
	s := layout.HeaderSlot{Live: 1, Account: 9, Outflows: 2, SaltBefore: 5, SaltAfter: 6}
	identity := layout.IdentityRow{Key: 123456789, Owner: 987, Version: 4}
	s.Identity = layout.IdentityStored{Closing: 0, Before: identity, After: identity}
	s.Cash = layout.CashStored{Closing: 511, Before: layout.CashRow{Cash: -4000}, After: layout.CashRow{Cash: -2000}}
	for i := range s.Lanes {
		row := layout.LaneRow{Counter: 100 + i, Version: 4}
		s.Lanes[i] = layout.LaneStored{Closing: 0, Before: row, After: row}
	}
	s.Positions[2] = layout.PositionStored{
		Closing: 511, Before: position(10, 3), After: position(8, 3),
	}
	chiptest.Bury(&s)
	return s
}

func position(size, buy int) layout.PositionRow {
	return layout.PositionRow{Epoch: 7, Funding: 0, Buy: buy, Sell: 0, Size: size, Count: 2}
}

var (
	identityWidths = []int{168, 24}
	laneWidths     = []int{48, 48, 48, 48}
	positionWidths = []int{48, 48, 48, 36, 24, 48}
)

func leafOf(s layout.HeaderSlot) leaf {
	pack := func(after bool) frontend.Variable {
		identity, cash := s.Identity.Before, s.Cash.Before
		if after {
			identity, cash = s.Identity.After, s.Cash.After
		}
		cells := []frontend.Variable{identity.Key, chiptest.Pack(identityWidths, identity.Owner, identity.Version), cash.Cash}
		var counters []frontend.Variable
		for _, lane := range s.Lanes {
			counters = append(counters, map[bool]layout.LaneRow{false: lane.Before, true: lane.After}[after].Counter)
		}
		cells = append(cells, chiptest.Pack(laneWidths, counters[:4]...), chiptest.Pack(laneWidths, counters[4:]...))
		for _, p := range s.Positions {
			row := map[bool]layout.PositionRow{false: p.Before, true: p.After}[after]
			cells = append(cells, chiptest.Pack(positionWidths, row.Size, row.Buy, row.Sell, row.Epoch, row.Count, row.Funding))
		}
		return chiptest.Hash(16, append(cells, 0, 0, map[bool]frontend.Variable{false: s.SaltBefore, true: s.SaltAfter}[after])...)
	}
	return leaf{Index: 1<<24 + 9, Before: pack(false), After: pack(true), Live: s.Live}
}

func honest() witness {
	s := sample()
	var dead layout.HeaderSlot
	chiptest.Bury(&dead)
	w := witness{
		Slots: []layout.HeaderSlot{s, dead}, Leaves: []leaf{leafOf(s)}, Outflows: []outflow{{9, 1}, {9, 1}},
		Cash:     []moved{{9, s.Cash.Before.Cash, s.Cash.After.Cash, 1}},
		Position: []traded{{9, 2, 1, s.Positions[2].Before, s.Positions[2].After}},
	}
	for j := range w.Risk {
		w.Risk[j] = risk{1000, 50_000, 1_000, 1}
	}
	return w
}

// Every field of a position that takes one unit of its range from the next field, so that the cell stays as it is.
func TestFieldsThatTakeFromTheirNeighbours(t *testing.T) {
	idle := func() witness { // market 5 has no mark, or margin would have its say as well
		w := honest()
		w.Risk[5].Mark = 0
		row := layout.PositionRow{Size: -3, Buy: 4, Sell: 5, Epoch: 6, Count: 7, Funding: 8}
		w.Slots[0].Positions[5] = layout.PositionStored{Closing: 0, Before: row, After: row}
		w.Leaves[0] = leafOf(w.Slots[0])
		return w
	}
	var forgeries []chiptest.Forgery[witness]
	for i, f := range layout.PositionCell {
		forgeries = append(forgeries, chiptest.Forgery[witness]{Name: f.Name, Rule: "page: position " + f.Name, Forge: func(w *witness) {
			row := &w.Slots[0].Positions[5]
			for _, r := range []*layout.PositionRow{&row.Before, &row.After} {
				fields := []*frontend.Variable{&r.Size, &r.Buy, &r.Sell, &r.Epoch, &r.Count, &r.Funding}
				*fields[i] = chiptest.Plus(*fields[i], chiptest.Power(1, uint(f.Width)))
				if i+1 < len(fields) {
					*fields[i+1] = chiptest.Plus(*fields[i+1], chiptest.Power(-1, 0))
				}
			}
			w.Leaves[0] = leafOf(w.Slots[0]) // moved by the last field alone
		}})
	}
	chiptest.Twins(t, define, idle, forgeries)
}

func TestForgeries(t *testing.T) {
	push := func(sign int64, n uint) *big.Int { return chiptest.Power(sign, n) }
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "an owner that takes from the version", Rule: "page: identity owner", Forge: func(w *witness) {
			for _, r := range []*layout.IdentityRow{&w.Slots[0].Identity.Before, &w.Slots[0].Identity.After} {
				r.Owner, r.Version = chiptest.Plus(r.Owner, push(4, 168)), 0
			}
		}},
		{Name: "a counter that takes from the next", Rule: "page: header lane 1", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Lanes[1].Before.Counter, s.Lanes[2].Before.Counter = chiptest.Plus(s.Lanes[1].Before.Counter, push(102, 48)), 0
			s.Lanes[1].After.Counter, s.Lanes[2].After.Counter = s.Lanes[1].Before.Counter, 0
		}},
		{Name: "cash beyond its width", Rule: "page: cash", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Cash.Before.Cash, w.Cash[0].Before = push(1, 59), push(1, 59)
			w.Leaves[0] = leafOf(*s)
		}},
		{Name: "an account beyond its width", Rule: "page: account fits", Forge: func(w *witness) {
			w.Slots[0].Account, w.Leaves[0].Index = 1<<24+9, 1<<25+9
			w.Cash[0].Account, w.Position[0].Account = 1<<24+9, 1<<24+9
			w.Outflows[0].Account, w.Outflows[1].Account = 1<<24+9, 1<<24+9
		}},
		{Name: "two lanes that change places as they close", Rule: "page: closing time", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Lanes[1].After, s.Lanes[2].After = s.Lanes[2].After, s.Lanes[1].After
			s.Lanes[1].Closing, s.Lanes[2].Closing = push(1, 64), push(-1, 64)
			w.Leaves[0] = leafOf(*s)
		}},
		{Name: "a page that is loaded twice by one slot", Rule: "page: live is a bit", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Live, s.Outflows = 2, 0
			s.Cash.Closing, s.Cash.After = 0, s.Cash.Before
			s.Positions[2].Closing, s.Positions[2].After = 0, s.Positions[2].Before
			w.Leaves[0] = leafOf(*s)
			w.Cash[0].Live, w.Position[0].Live, w.Outflows[0].Live, w.Outflows[1].Live = 0, 0, 0, 0
		}},
		{Name: "a dead page takes the outflows", Rule: "margin: a dead page takes no outflow", Forge: func(w *witness) {
			w.Slots[0].Outflows = 0
			w.Slots[1].Account, w.Slots[1].Outflows = 9, 2
		}},
		{Name: "outflows that nobody takes", Rule: "bus: outflow", Forge: func(w *witness) {
			w.Slots[0].Outflows = 0
		}},
		{Name: "an outflow of somebody else", Rule: "bus: outflow", Forge: func(w *witness) {
			w.Outflows[1].Account = 10
		}},
		{Name: "an outflow while the market is stale", Rule: "margin: no outflow while stale", Forge: func(w *witness) {
			w.Risk[2].Open = 0
		}},
		{Name: "whole before, short after", Rule: "margin: whole, or short before", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Cash.After.Cash, w.Cash[0].After = -7448, -7448
			s.Cash.Before.Cash, w.Cash[0].Before = -9347, -9347
			s.Outflows, w.Outflows[0].Live, w.Outflows[1].Live = 0, 0, 0
			w.Leaves[0] = leafOf(*s)
		}},
		{Name: "a mask", Rule: "bus: node 0", Forge: func(w *witness) {
			s := w.Slots[0]
			s.Identity.Before.Version = chiptest.Plus(s.Identity.Before.Version, push(1, 24))
			s.Identity.After.Version = s.Identity.Before.Version
			w.Leaves[0] = leafOf(s)
		}},
		{Name: "a dead page that feeds memory", Rule: "bus: cash", Forge: func(w *witness) {
			w.Slots[0].Live, w.Leaves[0].Live, w.Position[0].Live = 0, 0, 0
			w.Slots[0].Outflows, w.Outflows[0].Live, w.Outflows[1].Live = 0, 0, 0
		}},
		{Name: "new cells in place of old", Rule: "bus: position", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.Positions[2].Before = s.Positions[2].After
			w.Leaves[0] = leafOf(*s)
		}},
		{Name: "another page's content", Rule: "bus: node 0", Forge: func(w *witness) {
			w.Slots[0].Identity.Before.Key, w.Slots[0].Identity.After.Key = 5, 5
		}},
	})
}

// The salt that is stored is the prover's to choose, and so is everything in a dead slot.
func TestWhatIsFree(t *testing.T) {
	w, watch := honest(), kernel.NewObserver()
	w.Slots[0].SaltAfter = 123456789
	w.Leaves[0] = leafOf(w.Slots[0])
	w.Slots[1] = w.Slots[0]
	w.Slots[1].Live, w.Slots[1].Outflows, w.Slots[1].Account = 0, 0, 4
	if names := chiptest.Observe(t, define, w, watch); len(names) > 0 {
		t.Fatalf("breaks %v", names)
	}
}

func TestSlope(t *testing.T) {
	slope := chiptest.Slope(t, define, func(n int) witness { return witness{Slots: make([]layout.HeaderSlot, n)} })
	if want := 1805; slope != want {
		t.Errorf("a header page with its margin costs %d constraints, pinned %d", slope, want)
	}
}
