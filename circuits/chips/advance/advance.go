// Package advance opens a batch: it sets clock and marks, once, and so holds the system page and the market page.
//
// Both pages are opened in every batch (they have no live), at constant indices, from old cells to new ones. Fields as
// loaded are range-checked exactly (chips/page); what advance does not compute, it keeps: the same wire stands in both
// cells. So nothing else in a batch can change a parameter, a reporter's key, the clock or a mark, and everyone reads one
// set of them: the wires k.Clock, k.Open, k.Markets and the tables MARKET and RISK.
//
//   - Clock: T is the public word's, of 36 bits, and not before the old one.
//   - Round: with reports (priced = 1) it becomes T itself and must be newer than the old one; as many reports are live
//     as the system page's quorum says. Without, it stays, and so does every mark.
//   - Reports: their number is the class's; reporters strictly rise, so they are distinct; each key is that of its number
//     in the system page (a table put from the page's wires). Signatures are circuits/signature's, over Message: these
//     prices and this round; a key of zero, where the page names no reporter, can sign nothing there.
//   - Marks: see median.go and market.go. Price, allowance and openness are exact: a fresh price that is allowed must be
//     taken, one that is not cannot be.
//
// A lying prover may choose which reporters of the quorum it uses, whether a batch has reports at all (then T and the
// old round bound how long marks stay fresh), and reports and medians of a batch without.
package advance

import (
	"math/big"

	"github.com/consensys/gnark/constraint/solver"

	"novate/circuits/chips/page"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// State is what a batch knows after its advance, beside the kernel's wires.
type State struct {
	Priced kernel.Bit                      // whether there are reports
	Round  kernel.Variable                 // of the reports; the last one if there are none
	Marks  [layout.Markets]kernel.Variable // of 36 bits
}

// Constrain opens the batch. clock is the public word of clock, round and priced.
func Constrain(k *kernel.Kernel, s layout.AdvanceSlot, reports []layout.ReportSlot, clock kernel.Variable) State {
	k.Chip("advance")
	priced := k.Boolean("advance: priced is a bit", s.Priced)
	round := time(k, s, priced, clock)
	checkReports(k, s, reports, priced)
	system(k, s, round)
	marks := markets(k, s, reports, priced, round)
	return State{Priced: priced, Round: round, Marks: marks}
}

// time sets the clock and returns the round.
//
// Given the public word and the old clock and round of 36 bits each. Hinted T. Checked T in range, and the word is
// T + 2^36 round + 2^72 priced, with round = T or the old one. Unique: T is the remainder of the word modulo 2^36.
func time(k *kernel.Kernel, s layout.AdvanceSlot, priced kernel.Bit, word kernel.Variable) (round kernel.Variable) {
	k.Clock = k.Hint("clock", clockHint, 1, word)[0]
	k.Range("clock: within its width", k.Clock, 3)
	k.Range("clock: does not run back", k.API.Sub(k.Clock, s.Clock), 3)
	advanced := k.API.Mul(priced.Value(), k.API.Sub(k.Clock, s.Round))
	k.Range("round: newer", k.API.Sub(advanced, priced.Value()), 3)
	round = k.API.Add(s.Round, advanced)
	k.Equal("clock: equals the public T", word, k.Pack(layout.ClockWord, k.Clock, round, priced.Value()))
	return round
}

// system loads and stores the system page: the packed cell, and the reporters' keys, which stay.
func system(k *kernel.Kernel, s layout.AdvanceSlot, round kernel.Variable) {
	page.Exact(k, "system", layout.SystemCell, s.Clock, s.Round, s.MaxAge, s.Quorum)
	before := append([]kernel.Variable{k.Pack(layout.SystemCell, s.Clock, s.Round, s.MaxAge, s.Quorum)}, s.Reporters[:]...)
	after := append([]kernel.Variable{k.Pack(layout.SystemCell, k.Clock, round, s.MaxAge, s.Quorum)}, s.Reporters[:]...)
	page.Leaf(k, layout.NearLevel, layout.SystemIndex, before, after, kernel.One)
}

func init() { solver.RegisterHint(clockHint, belowHint) }

// clockHint is the clock of a public word.
func clockHint(_ *big.Int, in, out []*big.Int) error {
	mask := new(big.Int).Sub(kernel.Power(layout.TimeBits), big.NewInt(1))
	out[0].And(in[0], mask)
	return nil
}
