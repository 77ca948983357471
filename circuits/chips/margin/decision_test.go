package margin

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// judged is a change of an account, at the marks of a batch.
type judged struct {
	Risk          [layout.Markets]risk
	Before, After Holding
	Outflow       frontend.Variable
}

type risk struct{ Mark, Initial, Reserve, Open frontend.Variable }

func decide(k *kernel.Kernel, w *judged) {
	k.Chip("test")
	for j, r := range w.Risk {
		k.Markets[j] = kernel.Risk{Mark: r.Mark, Initial: r.Initial, Reserve: r.Reserve}
		k.Open[j] = k.Boolean("test: open", r.Open)
	}
	Decide(k, Markets(k), w.Before, w.After, k.Boolean("test: outflow", w.Outflow))
}

// change is the same in numbers: per market mark, rho, phi, open, then size, buy, sell before and after.
type change struct {
	cash    [2]int64
	markets []moved
	outflow int64
}

type moved struct {
	mark, initial, reserve, open int64
	before, after                [3]int64
}

func (c change) witness() judged {
	var w judged
	for j, m := range c.markets {
		w.Risk[j] = risk{m.mark, m.initial, m.reserve, m.open}
		w.Before.Positions[j] = layout.PositionRow{Size: m.before[0], Buy: m.before[1], Sell: m.before[2]}
		w.After.Positions[j] = layout.PositionRow{Size: m.after[0], Buy: m.after[1], Sell: m.after[2]}
	}
	w.Before.Cash, w.After.Cash, w.Outflow = c.cash[0], c.cash[1], c.outflow
	chiptest.Bury(&w)
	return w
}

// value is E, Q and P in plain integers, after rollup/margin.py.
func (c change) value(after int) (e, q, p *big.Int) {
	number := big.NewInt
	times := func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }
	e, q, p = number(c.cash[after]), number(0), number(0)
	for _, m := range c.markets {
		row := [2][3]int64{m.before, m.after}[after]
		s, b, a := number(row[0]), number(row[1]), number(row[2])
		mark, both := number(m.mark), number(m.initial+m.reserve)
		scaled := times(number(2*m.initial), s)
		side := new(big.Int).Add(scaled, times(both, new(big.Int).Sub(b, a)))
		sum := times(both, new(big.Int).Add(a, b))
		e.Add(e, times(mark, s))
		q.Add(q, times(mark, sum.Add(sum, side.Abs(side))))
		p.Add(p, times(mark, scaled.Abs(scaled)))
	}
	return e, q, p
}

// allowed is the rule in plain integers: admissible, and no outflow of who is short or has a stake in a stale market.
func (c change) allowed() bool {
	e0, q0, p0 := c.value(0)
	e1, q1, p1 := c.value(1)
	times := func(a *big.Int, n int64) *big.Int { return new(big.Int).Mul(a, big.NewInt(n)) }
	product := func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }
	if c.outflow != 0 {
		for _, m := range c.markets {
			if m.open == 0 && m.after != [3]int64{} {
				return false
			}
		}
	}
	if times(e1, wholeUnit).Cmp(q1) >= 0 {
		return true
	}
	if c.outflow != 0 || times(e0, wholeUnit).Cmp(q0) >= 0 || q1.Cmp(q0) > 0 {
		return false
	}
	for _, m := range c.markets {
		s0, s1 := m.before[0], m.after[0]
		if !(0 <= s1 && s1 <= s0 || s0 <= s1 && s1 <= 0) {
			return false
		}
	}
	if times(e0, floorUnit).Cmp(p0) >= 0 {
		return times(e1, floorUnit).Cmp(p1) >= 0 && product(e1, p0).Cmp(product(e0, p1)) >= 0
	}
	gain := new(big.Int).Sub(e1, e0)
	gain.Mul(gain, big.NewInt(floorUnit)).Add(gain, p0).Sub(gain, p1)
	return gain.Sign() >= 0
}

// aShort is an account that is short: long 10 lots at 1,000 with 5% margin asks for 500; it owns 120 and may close.
func aShort() change {
	return change{cash: [2]int64{-9880, -9880 + 2000}, markets: []moved{
		{1000, 50_000, 1_000, 1, [3]int64{10, 0, 0}, [3]int64{8, 0, 0}},
		{500, 100_000, 1_000, 1, [3]int64{0, 0, 0}, [3]int64{0, 0, 0}},
	}}
}

func TestDecisionKnowsItsCases(t *testing.T) {
	edit := func(f func(c *change)) change {
		c := aShort()
		f(&c)
		return c
	}
	cases := []struct {
		name  string
		c     change
		rules []string
	}{
		{"short, closes at the mark", aShort(), nil},
		{"whole after a deposit", edit(func(c *change) { c.cash[1] += 1000 }), nil},
		{"whole with an outflow", edit(func(c *change) { c.cash[1] += 1000; c.outflow = 1 }), nil},
		{"short with an outflow", edit(func(c *change) { c.outflow = 1 }), []string{"margin: whole, or no outflow"}},
		{"an outflow while a market is stale", edit(func(c *change) { c.cash[1] += 1000; c.outflow, c.markets[0].open = 1, 0 }),
			[]string{"margin: no outflow while stale"}},
		{"an outflow with mere orders in a stale market", edit(func(c *change) {
			c.cash[1], c.outflow, c.markets[1].open, c.markets[1].after = 1000, 1, 0, [3]int64{0, 0, 1}
		}), []string{"margin: no outflow while stale"}},
		{"an outflow beside a stale market without a stake", edit(func(c *change) {
			c.cash[1], c.outflow, c.markets[1].open = 1000, 1, 0
		}), nil},
		{"whole before, short after", edit(func(c *change) {
			c.markets[0].before, c.markets[0].after, c.cash = [3]int64{10, 1, 0}, [3]int64{9, 1, 0}, [2]int64{-10000 + 602, -9000 + 551}
			c.markets[1].before, c.markets[1].after = [3]int64{0, 1, 0}, [3]int64{0, 1, 0}
		}), []string{"margin: whole, or short before"}},
		{"flat, ends negative", change{cash: [2]int64{5, -1}, markets: aShort().markets[1:]},
			[]string{"margin: whole, or above a sixteenth after, or below it before", "margin: whole, or short before"}},
		{"orders added while short", edit(func(c *change) { c.markets[1].after = [3]int64{0, 9, 0} }),
			[]string{"margin: whole, or requirement not higher"}},
		{"one position grows while the sum shrinks", edit(func(c *change) {
			c.markets[0].after, c.markets[1].after, c.cash[1] = [3]int64{4, 0, 0}, [3]int64{1, 0, 0}, -9880+6000-500
		}), []string{"margin: whole, or no position grows"}},
		{"a position grows", edit(func(c *change) {
			c.markets[0] = moved{1000, 50_000, 1_000, 1, [3]int64{8, 9, 0}, [3]int64{10, 0, 0}}
			c.cash = [2]int64{-7880, -9850}
		}), []string{"margin: whole, or no position grows"}},
		{"a flip", edit(func(c *change) { c.markets[0].after, c.cash[1] = [3]int64{-1, 0, 0}, -9880+10_900 }),
			[]string{"margin: whole, or no position flips"}},
		{"high, and the ratio falls", edit(func(c *change) { c.cash[1] -= 30 }), []string{"margin: whole, or less risk"}},
		{"high, and falls below a sixteenth", edit(func(c *change) { c.cash[1] -= 100 }),
			[]string{"margin: whole, or above a sixteenth after, or below it before", "margin: whole, or less risk"}},
		{"low, loses the sixteenth of what it gives up", edit(func(c *change) { c.cash = [2]int64{-9990, -9990 + 2000 - 6} }), nil},
		{"low, loses more", edit(func(c *change) { c.cash = [2]int64{-9990, -9990 + 2000 - 7} }), []string{"margin: whole, or less risk"}},
		{"open orders are no risk given up", edit(func(c *change) {
			c.markets[0].before, c.markets[0].after = [3]int64{10, 30, 0}, [3]int64{10, 0, 0}
			c.cash = [2]int64{-9880 + 280, -9880 + 112}
		}), []string{"margin: whole, or less risk"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			names := chiptest.Observe(t, decide, c.c.witness(), kernel.NewObserver())
			if fmt.Sprint(names) != fmt.Sprint(append([]string{}, c.rules...)) {
				t.Errorf("breaks %q, not %q", names, c.rules)
			}
			if (len(names) == 0) != c.c.allowed() {
				t.Errorf("the rule in integers says %v", c.c.allowed())
			}
		})
	}
}

// random is a change near the borders of the rule: equities are drawn around requirements.
func random(r *rand.Rand) change {
	c := change{outflow: int64(r.IntN(4)) / 3}
	for range 2 {
		m := moved{mark: 1 + r.Int64N(50), initial: 1 + r.Int64N(200_000), reserve: 1 + r.Int64N(2_000), open: min(1, r.Int64N(8))}
		m.before = [3]int64{r.Int64N(41) - 20, r.Int64N(8), r.Int64N(8)}
		m.after = m.before
		switch r.IntN(4) {
		case 0:
			m.after[0] = r.Int64N(41) - 20
		case 1:
			m.after = [3]int64{m.before[0] / 2, 0, 0}
		case 2:
			m.after[1+r.IntN(2)] = r.Int64N(8)
		}
		c.markets = append(c.markets, m)
	}
	for v := range 2 {
		e, q, p := c.value(v)
		units := []*big.Int{new(big.Int).Quo(q, big.NewInt(wholeUnit)), new(big.Int).Quo(p, big.NewInt(floorUnit)), big.NewInt(0)}
		c.cash[v] = units[r.IntN(3)].Int64() - e.Int64() + r.Int64N(9) - 4
		if v == 1 && r.IntN(2) == 0 {
			before, _, _ := c.value(0)
			e, _, _ := c.value(1)
			c.cash[1] += before.Int64() - e.Int64() + r.Int64N(5) - 2
		}
	}
	return c
}

// With honest hints the circuit admits exactly what the rule admits.
func TestDecisionIsTheRule(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	admitted := 0
	for range 1500 {
		c := random(r)
		names := chiptest.Observe(t, decide, c.witness(), kernel.NewObserver())
		if (len(names) == 0) != c.allowed() {
			t.Fatalf("%+v: breaks %q, the rule says %v", c, names, c.allowed())
		}
		if len(names) == 0 {
			admitted++
		}
	}
	if admitted < 300 || admitted > 1200 {
		t.Fatalf("%d of 1500 admitted: the draw tests one side only", admitted)
	}
}

// Whatever a prover answers to the hints, it gets nothing admitted that the rule refuses.
func TestNoLieIsAdmitted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		c := random(r)
		if c.allowed() {
			continue
		}
		for choice := range 64 {
			bit := func(i int) int64 { return int64(choice >> i & 1) }
			watch := kernel.NewObserver()
			watch.Lies = map[string][]*big.Int{
				"sign: margin: whole#0":             chiptest.Field(bit(0)),
				"sign: margin: below a sixteenth#0": chiptest.Field(bit(1)),
				"sign: margin: a side before#0":     chiptest.Field(bit(2)),
				"sign: margin: a side before#1":     chiptest.Field(bit(3)),
				"margin: direction#0":               chiptest.Field((1 - bit(0)) * (2*bit(4) - 1)),
				"margin: direction#1":               chiptest.Field((1 - bit(0)) * (2*bit(5) - 1)),
			}
			if names := chiptest.Observe(t, decide, c.witness(), watch); len(names) == 0 {
				t.Fatalf("%+v is admitted with choice %06b", c, choice)
			}
		}
	}
}

// Lies outside what a hint may be are caught by the rule on the hint.
func TestHintsAreBound(t *testing.T) {
	for _, c := range []struct {
		label  string
		answer int64
		rule   string
	}{
		{"sign: margin: worse side#0", 0, "margin: worse side"},
		{"sign: margin: below a sixteenth#0", 2, "margin: below a sixteenth"},
		{"margin: direction#1", 0, "margin: a direction is one or minus one"},
		{"margin: direction#1", 3, "margin: a direction is one or minus one"},
		{"sign: margin: a side before#1", 2, "margin: a side before"},
	} {
		watch := kernel.NewObserver()
		watch.Lies = map[string][]*big.Int{c.label: chiptest.Field(c.answer)}
		names := chiptest.Observe(t, decide, aShort().witness(), watch)
		if len(names) == 0 || (c.answer != 2 && fmt.Sprint(names) != fmt.Sprint([]string{c.rule})) {
			t.Errorf("%s = %d breaks %q, not %q alone", c.label, c.answer, names, c.rule)
		}
	}
}

func TestDecisionsCost(t *testing.T) {
	type several struct {
		Risk [layout.Markets]risk
		Each []struct {
			Before, After Holding
			Outflow       frontend.Variable
		}
	}
	define := func(k *kernel.Kernel, w *several) {
		k.Chip("test")
		for j, r := range w.Risk {
			k.Markets[j] = kernel.Risk{Mark: r.Mark, Initial: r.Initial, Reserve: r.Reserve}
			k.Open[j] = k.Boolean("test: open", r.Open)
		}
		markets := Markets(k)
		for _, e := range w.Each {
			Decide(k, markets, e.Before, e.After, k.Boolean("test: outflow", e.Outflow))
		}
	}
	slope := chiptest.Slope(t, define, func(n int) several {
		return several{Each: make([]struct {
			Before, After Holding
			Outflow       frontend.Variable
		}, n)}
	})
	if want := 323 + 1; slope != want { // one for the outflow of the test
		t.Errorf("a decision costs %d constraints, pinned %d", slope, want)
	}
}
