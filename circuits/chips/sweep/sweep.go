// Package sweep is what the steps of a taker's walk along the other side of the book have in common: fill, evict and
// evict for margin.
//
// An order puts one SWEEP tuple at step 248 - sweep of its tick's block and takes one; each step takes one and puts
// the next, 1 or 8 steps later. The key is 256 tick + step, and step is a column as well, so key - step is 256 tick
// all along a walk, which makes time below 2^24. The tuples are own and keys rise, so a walk neither starts nowhere,
// nor forks, nor loops; ticks are used once, so it ends with the order that began it, and all steps of an order form
// one chain in time, inside its block. What the taker is (market, side, account, price, maker fee, open) is passed on
// by every step in the same pairs. The step is at least 8 and rises, so `step: within budget` (247 - step in one
// limb) bounds it by 247: no step is added after the sweep limit. Remaining, cost and head are functions of the rows
// met.
//
// No step meets the sentinel, though none asks whether the head is 0. A step evicts its record or fills at least one
// lot of it, and the sentinel has one: either leaves zeros in slot 0, where the order, last in its block, has to find
// the sentinel of that book as it always is (link.Sentinel).
//
// What a liar may choose: nothing of a live step but which chip makes it, and each chip proves why it is the one. A
// dead step puts and takes nothing.
package sweep

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Variable is a wire, a linear expression of wires, or a constant.
type Variable = kernel.Variable

// Taker is what every step of a walk passes on.
type Taker struct{ Market, Side, Account, Price, MakerFee, Open Variable }

// Row is the pairs that all tuples of a walk share.
func (t Taker) Row() kernel.Row {
	return kernel.NewRow(t.Market, t.Side, t.Account, t.Price, t.MakerFee, t.Open)
}

// State is where a walk stands: what the taker still wants, what it has paid or got, the head of the other side.
type State struct{ Remaining, Cost, Head, Step Variable }

// Tuple is a SWEEP tuple: (market, side) (account, price) (maker fee, open) (remaining, cost) (head, step).
func Tuple(taker kernel.Row, s State) kernel.Row {
	return append(taker[:3:3], kernel.NewRow(s.Remaining, s.Cost, s.Head, s.Step)...)
}

// Step is one step, and the rows that it meets.
type Step struct {
	Live     kernel.Bit
	Time     Variable
	Taker    Taker
	State    State
	Record   layout.OrderAccess
	Position layout.PositionAccess // of the record's owner
}

// Begin states what every step needs: budget is left, and the head crosses the taker's price.
func (s Step) Begin(k *kernel.Kernel) {
	k.Range("step: within budget", k.API.Sub(layout.SweepEnd-1, s.State.Step), 1)
	k.Range("match: prices cross", s.Signed(k, k.API.Sub(s.Taker.Price, s.Record.Price)), 3)
}

// Move takes the step's tuple and puts the next one, weight steps later. The pair of remaining and cost is shared where
// next keeps both.
func (s Step) Move(k *kernel.Kernel, next State, weight int) {
	row := Tuple(s.Taker.Row(), s.State)
	k.Take(kernel.TagSweep, s.Time, row, s.Live)
	row = row.With(4, next.Head, k.API.Add(s.State.Step, weight))
	if next.Remaining != nil {
		row = row.With(3, next.Remaining, next.Cost)
	}
	k.Put(kernel.TagSweep, k.API.Add(s.Time, weight), row, s.Live)
}

// Pass is Move for a step that trades nothing: the walk goes on with the next record.
func (s Step) Pass(k *kernel.Kernel, weight int) { s.Move(k, State{Head: s.Record.Next}, weight) }

// Signed is x for a taker that buys and -x for one that sells.
func (s Step) Signed(k *kernel.Kernel, x Variable) Variable { return Signed(k, s.Taker.Side, x) }

// Signed is x on the buy side and -x on the sell side.
func Signed(k *kernel.Kernel, side, x Variable) Variable {
	return k.API.Mul(k.API.Sub(1, k.API.Mul(side, 2)), x)
}

// Other is the other side.
func (s Step) Other(k *kernel.Kernel) Variable { return k.API.Sub(1, s.Taker.Side) }

// Book is the book that the walk goes along.
func (s Step) Book(k *kernel.Kernel) Variable { return k.Book(s.Taker.Market, s.Other(k)) }
