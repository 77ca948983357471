// Package marginevict removes the record at the head of the other side because its owner could not pay for the fill: a
// fill that the rules of fill would allow, but after which the owner's account would not be admissible.
//
// At the step's time it reads the owner's cash and position in every market; one step later it removes the record and
// lowers the open total, so that what is valued is what stood before. It costs eight steps of the taker's budget, and
// so must not stand in for a cheaper reason: `evict margin: not a cheap reason` is all of fill's own rules.
//
// What a liar may choose, and what binds it: time, step, taker and state are those of the SWEEP tuple that the slot
// takes; record, cash and all eight positions are what memory holds, at addresses formed of the record's owner and of
// constants; the risk of the walk's market is that of the table; the imagined fill is a function of these; its fee is
// bounded by five limbs and hence the rounded-up one. The position that is lowered is the traded market's row as read
// one step before, as nothing can stand between two steps. Not admissible is proven (package margin): an owner who
// is whole after the fill cannot be evicted. A dead slot puts and takes nothing.
//
// Aliases: cash, positions and record differ in tag; the eight positions in the market, a constant; the traded
// market's row is read at the step's time and written one later.
package marginevict

import (
	"novate/circuits/chips/link"
	"novate/circuits/chips/margin"
	"novate/circuits/chips/sweep"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain evicts the head of the book for its owner's margin where the slot is live. markets are the batch's.
func Constrain(k *kernel.Kernel, s layout.MarginEvictSlot, markets [layout.Markets]margin.Market) {
	k.Chip("evict margin")
	api := k.API
	step := sweep.Step{
		Live: k.Boolean("evict margin: live is a bit", s.Live),
		Time: s.Time,
		Taker: sweep.Taker{Market: s.Market, Side: s.Side, Account: s.Account, Price: s.Price,
			MakerFee: s.MakerFee, Open: s.Open},
		State:    sweep.State{Remaining: s.Remaining, Cost: s.Cost, Head: s.Head, Step: s.Step},
		Record:   s.Record,
		Position: s.Position,
	}
	step.Begin(k)
	step.Pass(k, layout.MarginStep)
	quantity, reducible := step.Fillable(k, "evict margin: not a cheap reason")
	before := account(k, s, markets, step.Live)
	after := filled(k, s, step, before, quantity)
	// Taken from the size, the quantity leaves reducible - quantity on the side that could be reduced.
	margin.Inadmissible(k, before, after, api.Sub(quantity, reducible), step.Live)

	later := api.Add(s.Time, 1)
	link.Remove(k, step.Book(k), s.Head, s.Record, later, step.Live)
	link.Lower(k, s.Record.Owner, s.Market, step.Other(k), s.Position, s.Record.Remaining, later, step.Live)
}

// account reads and values all that the record's owner has.
func account(k *kernel.Kernel, s layout.MarginEvictSlot, markets [layout.Markets]margin.Market,
	live kernel.Bit) margin.Account {
	owner := s.Record.Owner
	k.Read(layout.TagCash, owner, s.Cash.Previous, kernel.Cash(s.Cash.CashRow), s.Time, live)
	parts := make([]margin.Part, layout.Markets)
	for j, row := range s.Positions {
		k.Read(layout.TagPosition, k.PositionAddress(owner, j), row.Previous,
			kernel.Position(row.PositionRow), s.Time, live)
		parts[j] = margin.Value(k, row.PositionRow, markets[j].Weight)
	}
	return margin.Total(k, s.Cash.Cash, parts...)
}

// filled is the account after the fill, at the record's price and with its fee.
func filled(k *kernel.Kernel, s layout.MarginEvictSlot, step sweep.Step, before margin.Account,
	quantity kernel.Variable) margin.Account {
	api := k.API
	k.Tables.Risk.Ask(s.Market, kernel.NewRow(s.Mark, s.Initial, s.Reserve, 0), step.Live)
	notional := api.Mul(quantity, s.Record.Price)
	step.MakerFee(k, s.Fee, notional)
	k.Range("fee: maker, bounded", s.Fee, 5)

	weight := margin.Weigh(k, kernel.Risk{Mark: s.Mark, Initial: s.Initial, Reserve: s.Reserve})
	old := margin.Value(k, s.Position.PositionRow, weight)
	imagined := margin.Value(k, step.Filled(k, quantity), weight)
	imagined.Equity = api.Add(imagined.Equity, step.Signed(k, notional), api.Neg(s.Fee))
	return before.Replacing(k, old, imagined)
}
