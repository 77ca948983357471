package batch_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/test"

	"novate/circuits/batch"
	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
	"novate/circuits/trace"
)

// leaf is a page in the tree: its index at its level, and its hashes.
type leaf struct {
	level, index  int
	before, after *big.Int
}

// open fills the nodes of a class above some leaves in an otherwise empty tree, and returns the roots.
func open(nodes *[layout.Levels][]layout.NodeSlot, leaves []leaf) (before, after *big.Int) {
	for level := range nodes {
		children := map[int][]leaf{}
		var parents []int
		for _, l := range leaves {
			if l.level == level {
				if children[l.index/8] == nil {
					parents = append(parents, l.index/8)
				}
				children[l.index/8] = append(children[l.index/8], l)
			}
		}
		slices.Sort(parents)
		for i, parent := range parents {
			s := &nodes[level][i]
			s.Index = parent
			for _, l := range children[parent] {
				s.Before[l.index%8], s.After[l.index%8], s.Flags[l.index%8] = l.before, l.after, 1
			}
			chiptest.Bury(s)
			leaves = append(leaves, leaf{level + 1, parent, chiptest.Hash(8, s.Before[:]...), chiptest.Hash(8, s.After[:]...)})
		}
	}
	top := leaves[len(leaves)-1]
	return top.before, top.after
}

const genesis, now = 1_750_000_000, 1_750_000_060

// empty is a batch of class XS in which nothing happens but the clock: its fee account's page and two pages of the
// system are open.
func empty() *batch.Circuit { return paid(nil) }

// paid is the same with a deposit of 3 to the fee account for each of these deposit slots, in ticks 1, 2, ...
func paid(slots []int) *batch.Circuit {
	class := layout.Classes[0]
	c := batch.New(class)
	a := &c.Advance
	a.Clock, a.Round, a.MaxAge, a.Quorum = genesis, genesis-20, 600, 3
	for i := range a.Reporters {
		a.Reporters[i] = 1000 + i
	}
	a.Markets[0] = layout.MarketColumns{
		Mark: 100, PriceTime: genesis - 20, Initial: 50_000, Maintenance: 25_000, Reserve: 1_000, TakerFee: 500, MakerFee: 200,
		Jump: 100, Sweep: class.Sweep, Status: 1, Ceiling: 50_000,
	}
	a.Fees.Cash = 5
	h := &c.Headers[3]
	h.Live = 1
	h.Identity.Before.Key, h.Identity.After.Key = 77, 77
	h.Cash.Before.Cash, h.Cash.Closing = 5, 256*(class.Ticks+1)
	for i, slot := range slots {
		d := &c.Deposits[slot]
		d.Live, d.Tick, d.Amount, d.Cash.Cash, d.Cash.Previous = 1, i+1, 3, a.Fees.Cash, a.Fees.Previous
		c.Used[i] = 1
		a.Fees.Cash, a.Fees.Previous = 5+3*(i+1), 256*(i+1)+255
		c.Words[layout.WordDeposits+layout.DepositWords*slot] = 3 << 24
	}
	c.Words[layout.WordCounts] = len(slots)
	h.Cash.After.Cash = a.Fees.Cash
	chiptest.Bury(c)

	system := func(clock int64) *big.Int {
		cell := chiptest.Pack([]int{36, 36, 24, 8}, clock, genesis-20, 600, 3)
		return chiptest.Hash(16, append([]frontend.Variable{cell}, a.Reporters[:]...)...)
	}
	m := a.Markets[0]
	market := chiptest.Hash(16, chiptest.Pack([]int{36, 36, 24, 24, 24, 24, 24, 24, 8, 2, 24},
		m.Mark, m.PriceTime, m.Initial, m.Maintenance, m.Reserve, m.TakerFee, m.MakerFee, m.Jump, m.Sweep, m.Status, m.Ceiling))
	fees := func(cash frontend.Variable) *big.Int { return chiptest.Hash(16, 77, 0, cash) }
	before, after := open(&c.Nodes, []leaf{
		{2, 0, system(genesis), system(now)}, {2, 8, market, market}, {0, 1 << 24, fees(5), fees(h.Cash.After.Cash)},
	})
	words := map[int]frontend.Variable{
		layout.WordClass: class.Number, layout.WordChainId: 31337, layout.WordContract: 4711, layout.WordVersion: layout.Version,
		layout.WordNumber: 12, layout.WordRootBefore: before, layout.WordRootAfter: after,
		layout.WordClock: chiptest.Pack([]int{36, 36, 1}, now, genesis-20, 0), layout.WordMarks: 100,
	}
	for i, word := range words {
		c.Words[i] = word
	}
	return agree(c, c.Words)
}

// agree sets the public inputs: the sponge over the circuit's words, challenge and fold over the contract's.
func agree(c *batch.Circuit, contract []frontend.Variable) *batch.Circuit {
	integers := func(words []frontend.Variable) []*big.Int {
		out := make([]*big.Int, len(words))
		for i, word := range words {
			out[i] = chiptest.Number(word)
		}
		return out
	}
	sponge := trace.Sponge(integers(c.Words))
	challenge := trace.Challenge(sponge, trace.Sent(c.Class, integers(contract)))
	c.Sponge, c.Challenge, c.Fold = sponge, challenge, trace.Fold(integers(contract), challenge)
	return c
}

func observe(t *testing.T, c *batch.Circuit) (*kernel.Observer, []string) {
	t.Helper()
	c.Watch = kernel.NewObserver()
	if err := test.IsSolved(c, c, ecc.BN254.ScalarField()); err != nil {
		t.Fatal(err)
	}
	return c.Watch, c.Watch.Names()
}

func TestBatchesByHand(t *testing.T) {
	for _, slots := range [][]int{nil, {0}, {0, 1, 2}} {
		if watch, names := observe(t, paid(slots)); len(names) > 0 {
			t.Fatalf("deposits %v break %q %v", slots, names, watch.Unbalanced)
		}
	}
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, batch.New(layout.Classes[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*batch.Circuit{empty(), paid([]int{0, 1})} {
		full, err := frontend.NewWitness(c, ecc.BN254.ScalarField())
		if err != nil {
			t.Fatal(err)
		}
		if err := system.IsSolved(full); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForgedWords(t *testing.T) {
	for _, f := range []struct {
		name  string
		forge func(c *batch.Circuit)
		rules []string
	}{
		{"another class", func(c *batch.Circuit) { c.Words[layout.WordClass] = 2; agree(c, c.Words) }, []string{"statement: class"}},
		{"another version", func(c *batch.Circuit) { c.Words[layout.WordVersion] = 2; agree(c, c.Words) }, []string{"statement: version"}},
		{"another mark", func(c *batch.Circuit) { c.Words[layout.WordMarks] = 101; agree(c, c.Words) }, []string{"statement: marks"}},
		{"a mark that takes from the next", func(c *batch.Circuit) { c.Words[layout.WordMarks+1] = 1; agree(c, c.Words) }, []string{"statement: marks"}},
		{"a deposit left out", func(c *batch.Circuit) { c.Words[layout.WordCounts] = 1; agree(c, c.Words) }, []string{"statement: counts"}},
		{"a request", func(c *batch.Circuit) { c.Words[layout.WordCounts] = 1 << 16; agree(c, c.Words) }, []string{"statement: counts"}},
		{"a withdrawal left out", func(c *batch.Circuit) { c.Words[layout.WordCounts] = 1 << 32; agree(c, c.Words) }, []string{"statement: counts"}},
		{"a deposit skipped with a later one live", func(c *batch.Circuit) { *c = *paid([]int{0, 2}) }, []string{"statement: live slots come first"}},
		{"another clock", func(c *batch.Circuit) {
			c.Words[layout.WordClock] = chiptest.Plus(c.Words[layout.WordClock], kernel.Power(72))
			agree(c, c.Words)
		}, []string{"clock: equals the public T"}},
		{"another root", func(c *batch.Circuit) { c.Words[layout.WordRootAfter] = 7; agree(c, c.Words) }, []string{"bus: node 9"}},
		{"a word of the contract's copy only", func(c *batch.Circuit) {
			contract := slices.Clone(c.Words)
			contract[layout.WordNumber] = 13
			agree(c, contract)
		}, []string{"fingerprint: fold"}},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := empty()
			f.forge(c)
			if _, names := observe(t, c); !slices.Equal(names, f.rules) {
				t.Errorf("breaks %q, not %q", names, f.rules)
			}
		})
	}
}
