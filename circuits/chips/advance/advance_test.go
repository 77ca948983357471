package advance

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is an advance, what the tree should be told of its two pages, and what the batch should know afterwards.
type witness struct {
	Advance       layout.AdvanceSlot
	Reports       [5]layout.ReportSlot
	Word          frontend.Variable
	System        [2]frontend.Variable
	Market        [2]frontend.Variable
	Marks         [layout.Markets]frontend.Variable
	Open          [layout.Markets]frontend.Variable
	Asked, Answer frontend.Variable // of the table MARKET
}

func define(k *kernel.Kernel, w *witness) {
	state := Constrain(k, w.Advance, w.Reports[:], w.Word)
	k.Chip("test")
	k.Take(layout.NodeTag+2, 0, kernel.NewRow(w.System[0], w.System[1]), kernel.One)
	k.Take(layout.NodeTag+2, 8, kernel.NewRow(w.Market[0], w.Market[1]), kernel.One)
	for j := range w.Marks {
		k.Equal("test: mark", state.Marks[j], w.Marks[j])
		k.Equal("test: open", k.Open[j].Value(), w.Open[j])
	}
	market := w.Advance.Markets[1]
	k.Tables.Market.Ask(w.Asked, kernel.NewRow(w.Answer, market.Sweep, market.TakerFee, market.MakerFee), kernel.One)
	k.Tables.Risk.Ask(1, kernel.NewRow(w.Marks[1], market.Initial, market.Reserve, 0), kernel.One)
}

const (
	before = 1_000_000 // old clock and round
	now    = 1_000_010
)

// batch is an advance in numbers: prices[i][j] is what report i says of market j.
type batch struct {
	priced  int64
	clock   int64
	round   int64
	prices  [5][3]int64
	markets [3]listed
}

type listed struct {
	mark, priceTime, jump, ceiling, status int64
	median                                 int64
}

// sample prices three markets: the second for the first time, the third beyond its limit.
func sample() batch {
	return batch{
		priced: 1, clock: now, round: now,
		prices: [5][3]int64{{1000, 70, 500}, {1003, 90, 900}, {1001, 80, 900}, {1009, 80, 900}, {990, 60, 0x7fffffff}},
		markets: [3]listed{
			{1002, before, 1000, 50_000, 1, 1001},
			{0, 0, 100, 50_000, 1, 80},
			{500, before, 100, 50_000, 1, 900},
		},
	}
}

// after are a market's mark and time, and whether it is open, in plain integers.
func (b batch) after(j int) (mark, priceTime, open int64) {
	m := b.markets[j]
	mark, priceTime = m.mark, m.priceTime
	var prices []int64
	for _, report := range b.prices {
		prices = append(prices, report[j])
	}
	slices.Sort(prices)
	if b.priced == 1 && prices[0] > 0 {
		median := prices[2]
		fraction := min(m.jump*min(b.round-m.priceTime, 3600), m.ceiling)
		if m.priceTime == 0 || 1_000_000*max(median-m.mark, m.mark-median) <= m.mark*fraction {
			mark, priceTime = median, b.round
		}
	}
	if m.status == 1 && b.clock-priceTime <= 600 {
		open = 1
	}
	return mark, priceTime, open
}

var (
	systemWidths = []int{36, 36, 24, 8}
	marketWidths = []int{36, 36, 24, 24, 24, 24, 24, 24, 8, 2, 24}
)

func (b batch) witness() witness {
	w := witness{Asked: 1}
	a := &w.Advance
	a.Priced, a.Clock, a.Round, a.MaxAge, a.Quorum = b.priced, before, before, 600, 5
	keys := []frontend.Variable{900, 901, 902, 903, 904, 905, 906}
	copy(a.Reporters[:], keys)
	for i, number := range []int{0, 2, 3, 5, 6} {
		r := &w.Reports[i]
		for j := range 3 {
			r.Prices[j] = b.prices[i][j]
		}
		if b.priced == 1 {
			r.Reporter, r.X = number, keys[number]
		}
	}
	round := int64(before)
	if b.priced == 1 {
		round = b.round
	}
	w.Word = chiptest.Pack([]int{36, 36, 1}, b.clock, round, b.priced)
	system := append([]frontend.Variable{nil}, keys...)
	system[0] = chiptest.Pack(systemWidths, before, before, 600, 5)
	w.System[0] = chiptest.Hash(16, system...)
	system[0] = chiptest.Pack(systemWidths, b.clock, round, 600, 5)
	w.System[1] = chiptest.Hash(16, system...)
	var cells [2][]frontend.Variable
	for j, m := range b.markets {
		mark, priceTime, open := b.after(j)
		c := &a.Markets[j]
		*c = layout.MarketColumns{Mark: m.mark, PriceTime: m.priceTime, Initial: 50_000, Maintenance: 25_000, Reserve: 1_000,
			TakerFee: 500, MakerFee: 200, Jump: m.jump, Sweep: 16, Status: m.status, Ceiling: m.ceiling, Median: m.median}
		cells[0] = append(cells[0], chiptest.Pack(marketWidths, fields(*c, m.mark, m.priceTime)...))
		cells[1] = append(cells[1], chiptest.Pack(marketWidths, fields(*c, mark, priceTime)...))
		w.Marks[j], w.Open[j] = mark, open
		if j == 1 {
			w.Answer = open
		}
	}
	w.Market[0], w.Market[1] = chiptest.Hash(16, cells[0]...), chiptest.Hash(16, cells[1]...)
	chiptest.Bury(&w)
	return w
}

func edited(f func(b *batch)) witness {
	b := sample()
	f(&b)
	return b.witness()
}

func TestForgeries(t *testing.T) {
	clockOnly := func(b *batch) { *b = batch{clock: now, markets: b.markets} }
	lie := func(label string, values ...int64) map[string][]*big.Int {
		return map[string][]*big.Int{label: chiptest.Field(values...)}
	}
	chiptest.Twins(t, define, func() witness { return sample().witness() }, []chiptest.Forgery[witness]{
		{Name: "a round that goes back", Rule: "advance: priced is a bit", Lies: lie("clock#0", before+1), Forge: func(w *witness) {
			*w = edited(func(b *batch) { clockOnly(b); b.clock = before + 1 })
			w.Advance.Priced = -1 // the round moves by clock less round, times this
			w.Word = chiptest.Pack([]int{36, 36, 1}, before+1, before-1, -1)
			system := append([]frontend.Variable{chiptest.Pack(systemWidths, before+1, before-1, 600, 5)}, w.Advance.Reporters[:]...)
			w.System[1] = chiptest.Hash(16, system...)
			for i := range w.Reports {
				w.Reports[i].Reporter, w.Reports[i].X = i, 900+i
			}
		}},
		{Name: "another clock", Rule: "clock: equals the public T", Lies: lie("clock#0", now+1), Forge: func(w *witness) {
			*w = edited(func(b *batch) { clockOnly(b); b.clock = now + 1 })
			w.Word = chiptest.Pack([]int{36, 36, 1}, now, before, 0)
		}},
		{Name: "a clock that runs back", Rule: "clock: does not run back", Forge: func(w *witness) {
			*w = edited(func(b *batch) { clockOnly(b); b.clock = before - 1 })
		}},
		{Name: "a clock beyond its width", Rule: "clock: within its width", Lies: lie("clock#0", 1<<36+5), Forge: func(w *witness) {
			*w = edited(func(b *batch) { clockOnly(b); b.clock = 1<<36 + 5 })
		}},
		{Name: "the same round again", Rule: "round: newer", Forge: func(w *witness) {
			*w = edited(func(b *batch) {
				b.clock, b.round = before, before
				b.markets[1].mark = 80
				b.markets[1].priceTime = before
			})
		}},
		{Name: "fewer reports than the quorum", Rule: "reports: quorum", Forge: func(w *witness) {
			w.Advance.Quorum = 7
			system := append([]frontend.Variable{chiptest.Pack(systemWidths, before, before, 600, 7)}, w.Advance.Reporters[:]...)
			w.System[0] = chiptest.Hash(16, system...)
			system[0] = chiptest.Pack(systemWidths, now, now, 600, 7)
			w.System[1] = chiptest.Hash(16, system...)
		}},
		{Name: "two reports of one reporter", Rule: "reports: distinct", Forge: func(w *witness) {
			w.Reports[1].Reporter, w.Reports[1].X = w.Reports[0].Reporter, w.Reports[0].X
		}},
		{Name: "a key that is nobody's", Rule: "bus: reporter", Forge: func(w *witness) {
			w.Reports[1].X = 7777
		}},
		{Name: "a price beyond its width", Rule: "reports: price fits", Forge: func(w *witness) {
			w.Advance.Markets[7].Median = 1
			for i, price := range []int64{0, 1, 1 << 36, 1, 1} {
				w.Reports[i].Prices[7] = price
			}
		}},
		{Name: "the second lowest price", Rule: "median: as many below as above", Forge: func(w *witness) {
			w.Advance.Markets[0].Median = 1000
			*w = remarked(*w, 0, 1000)
		}},
		{Name: "the second highest price", Rule: "median: one of the prices", Lies: lie("median: below#0", 1, 0, 1, 0, 1), Forge: func(w *witness) {
			w.Advance.Markets[0].Median = 1003
			*w = remarked(*w, 0, 1003)
		}},
		{Name: "a price between the prices", Rule: "median: one of the prices", Forge: func(w *witness) {
			w.Advance.Markets[0].Median = 1002
			*w = remarked(*w, 0, 1002)
		}},
		{Name: "a side that is wrong", Rule: "median: side", Lies: lie("median: below#0", 1, 1, 0, 0, 1), Forge: func(w *witness) {
			w.Advance.Markets[0].Median = 1000
			*w = remarked(*w, 0, 1000)
		}},
		{Name: "a fresh price refused", Rule: "jump: allowed", Lies: lie("sign: jump: allowed#0", 0), Forge: func(w *witness) {
			*w = kept(*w, 0)
		}},
		{Name: "a jump let pass", Rule: "jump: allowed", Lies: lie("sign: jump: allowed#2", 1), Forge: func(w *witness) {
			*w = remarked(*w, 2, 900)
		}},
		{Name: "an allowance of more than the time that passed", Rule: "jump: at most an hour", Lies: lie("sign: jump: at most an hour#0", 0)},
		{Name: "an allowance of the ceiling", Rule: "jump: at most the ceiling", Lies: lie("sign: jump: at most the ceiling#0", 0)},
		{Name: "a distance of the wrong sign", Rule: "jump: distance", Lies: lie("sign: jump: distance#2", 0), Forge: func(w *witness) {
			*w = remarked(*w, 2, 900)
		}},
		{Name: "an old mark called fresh", Rule: "market: fresh", Lies: lie("sign: market: fresh#0", 1), Forge: func(w *witness) {
			*w = edited(func(b *batch) { clockOnly(b); b.markets[0].priceTime = now - 601 })
			w.Open[0] = 1
		}},
		{Name: "a fresh mark called old", Rule: "market: fresh", Lies: lie("sign: market: fresh#1", 0), Forge: func(w *witness) {
			w.Open[1], w.Answer = 0, 0
		}},
		{Name: "a market that is not listed", Rule: "bus: market", Forge: func(w *witness) {
			w.Asked = 8
		}},
		{Name: "a market that is said to be open", Rule: "bus: market", Forge: func(w *witness) {
			*w = edited(func(b *batch) { b.markets[1].status = 2 })
			w.Answer = 1
		}},
		{Name: "a status that changes", Rule: "bus: node 2", Forge: func(w *witness) {
			*w = edited(func(b *batch) { b.markets[1].status = 2 })
			w.Market[1] = sample().witness().Market[1]
		}},
		{Name: "a sweep beyond its block", Rule: "market: sweep fits a block", Forge: func(w *witness) {
			*w = swept(*w, 241)
		}},
		{Name: "a fraction that takes from its neighbour", Rule: "page: market maker fee", Forge: func(w *witness) {
			m := &w.Advance.Markets[1]
			m.MakerFee, m.Jump = chiptest.Plus(m.MakerFee, kernel.Power(24)), 99
		}},
		{Name: "a maximal age that takes from the quorum", Rule: "page: system max age", Forge: func(w *witness) {
			*w = edited(clockOnly)
			w.Advance.MaxAge, w.Advance.Quorum = 600+1<<24, 4
			w.Open[1], w.Answer = 1, 1
		}},
	})
}

// remarked is the witness with another mark for a market, everywhere but in the reports.
func remarked(w witness, j int, mark int64) witness {
	w.Marks[j] = mark
	return stored(w, j, mark, now, 16)
}

// kept is the witness with the old mark kept.
func kept(w witness, j int) witness {
	w.Marks[j] = w.Advance.Markets[j].Mark
	return stored(w, j, w.Advance.Markets[j].Mark, w.Advance.Markets[j].PriceTime, 16)
}

// swept is the witness with another sweep parameter in market 1, before and after.
func swept(w witness, sweep int64) witness {
	b := sample()
	w.Advance.Markets[1].Sweep = sweep
	var cells [2][]frontend.Variable
	for j := range b.markets {
		c := w.Advance.Markets[j]
		mark, priceTime, _ := b.after(j)
		cells[0] = append(cells[0], chiptest.Pack(marketWidths, fields(c, c.Mark, c.PriceTime)...))
		cells[1] = append(cells[1], chiptest.Pack(marketWidths, fields(c, mark, priceTime)...))
	}
	w.Market[0], w.Market[1] = chiptest.Hash(16, cells[0]...), chiptest.Hash(16, cells[1]...)
	return w
}

// stored is the witness with another cell stored for a market.
func stored(w witness, market int, mark, priceTime frontend.Variable, sweep int64) witness {
	b := sample()
	var cells []frontend.Variable
	for j := range b.markets {
		m, at, _ := b.after(j)
		var cellMark, cellTime frontend.Variable = m, at
		if j == market {
			cellMark, cellTime = mark, priceTime
		}
		cells = append(cells, chiptest.Pack(marketWidths, fields(w.Advance.Markets[j], cellMark, cellTime)...))
	}
	w.Market[1] = chiptest.Hash(16, cells...)
	return w
}

// Clocks, reports, limits and ages at their borders and at random: the circuit takes what the rule takes.
func TestAdvanceIsTheRule(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 120 {
		b := sample()
		b.priced = min(1, r.Int64N(5))
		b.clock += r.Int64N(5000)
		b.round = b.clock
		for j := range b.markets {
			m := &b.markets[j]
			*m = listed{1 + r.Int64N(2000), before - r.Int64N(4000), 1 + r.Int64N(30), 1 + r.Int64N(60_000), r.Int64N(3), 0}
			if r.IntN(4) == 0 {
				m.priceTime, m.mark = 0, 0
			}
			var prices []int64
			for i := range b.prices {
				b.prices[i][j] = max(0, m.mark+r.Int64N(1+m.mark/20+r.Int64N(4))-m.mark/40)
				prices = append(prices, b.prices[i][j])
			}
			slices.Sort(prices)
			m.median = prices[2]
			if b.priced == 0 || prices[0] == 0 {
				m.median = r.Int64N(2000)
			}
		}
		if names := chiptest.Observe(t, define, b.witness(), kernel.NewObserver()); len(names) > 0 {
			t.Fatalf("%+v breaks %q", b, names)
		}
	}
}

func TestSlope(t *testing.T) {
	type several struct {
		Each []struct {
			Advance layout.AdvanceSlot
			Reports [5]layout.ReportSlot
			Word    frontend.Variable
		}
	}
	define := func(k *kernel.Kernel, w *several) {
		for _, e := range w.Each {
			Constrain(k, e.Advance, e.Reports[:], e.Word)
		}
	}
	slope := chiptest.Slope(t, define, func(n int) (w several) {
		w.Each = append(w.Each, make([]struct {
			Advance layout.AdvanceSlot
			Reports [5]layout.ReportSlot
			Word    frontend.Variable
		}, n)...)
		return w
	})
	if want := 3_251; slope != want {
		t.Errorf("an advance of five reports costs %d constraints, pinned %d", slope, want)
	}
}
