// Package fill trades a taker against the record at the head of the other side, at the record's price, as much as both
// want and the maker's position allows.
//
// What a liar may choose, and what binds it: time, step, taker and state of the walk are those of the SWEEP tuple that
// the slot takes; the record is what memory holds at the walk's head; the position and the cash are those of the
// record's owner; quantity, remaining and next head are functions of these, by exact bits; the fee is bounded through
// the cash it is taken from (60 bits beside a notional of 84), so that 10^6 fee = notional * fraction + rest with the
// rest below 10^6 is an equation of integers. A dead slot puts and takes nothing and owes no fee.
//
// Aliases: the owner is not the taker, so no row here is the order's; it is not account 0, which owns no order but the
// sentinels. The record's address has the other side's book, the position's the owner's own.
package fill

import (
	"novate/circuits/chips/sweep"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain fills the head of the book where the slot is live.
func Constrain(k *kernel.Kernel, s layout.FillSlot) {
	k.Chip("fill")
	api := k.API
	step := sweep.Step{
		Live: k.Boolean("fill: live is a bit", s.Live),
		Time: s.Time,
		Taker: sweep.Taker{Market: s.Market, Side: s.Side, Account: s.Account, Price: s.Price,
			MakerFee: s.MakerFee, Open: s.Open},
		State:    sweep.State{Remaining: s.Remaining, Cost: s.Cost, Head: s.Head, Step: s.Step},
		Record:   s.Record,
		Position: s.Position,
	}
	step.Begin(k)
	quantity, _ := step.Fillable(k, "match")
	notional := api.Mul(quantity, s.Record.Price)

	left := api.Sub(s.Record.Remaining, quantity)
	done := k.IsZero(left)
	step.Move(k, sweep.State{
		Remaining: api.Sub(s.Remaining, quantity),
		Cost:      api.Add(s.Cost, notional),
		Head:      k.Select(done, s.Record.Next, s.Head),
	}, 1)
	record(k, step, left, done)
	maker(k, step, quantity)
	step.MakerFee(k, s.Fee, notional)
	k.Fee(s.Fee, step.Live)
	k.CashMoves("fill: within the width of cash", s.Record.Owner, s.Cash,
		api.Sub(step.Signed(k, notional), s.Fee), s.Time, step.Live)
}

// record leaves what is left of the record, or zeros: two puts, of which a live slot makes exactly one.
func record(k *kernel.Kernel, s sweep.Step, left kernel.Variable, done kernel.Bit) {
	address := k.OrderAddress(s.Book(k), s.State.Head)
	row := kernel.Order(s.Record.OrderRow)
	gone, stays := k.Split(s.Live, done)
	k.Take(layout.TagOrder, k.Key(address, s.Record.Previous), row, s.Live)
	k.Put(layout.TagOrder, k.Key(address, s.Time), kernel.Zeros(len(row)), gone)
	k.Put(layout.TagOrder, k.Key(address, s.Time), row.With(3, left, s.Record.Next), stays)
	k.Rises(s.Record.Previous, s.Time)
}

// maker moves the maker's position.
func maker(k *kernel.Kernel, s sweep.Step, quantity kernel.Variable) {
	api := k.API
	after := s.Filled(k, quantity)
	k.Range("fill: within the width of a size", api.Add(after.Size, kernel.Power(layout.SizeBits-1)), 4)
	total := api.Add(s.Position.Sell, api.Mul(s.Taker.Side, api.Sub(s.Position.Buy, s.Position.Sell)))
	k.Range("fill: within the open total", api.Sub(total, quantity), 4)
	before := kernel.Position(s.Position.PositionRow)
	k.Access(layout.TagPosition, k.PositionAddress(s.Record.Owner, s.Taker.Market), s.Position.Previous, before,
		before.With(1, after.Buy, after.Sell).With(2, after.Size, after.Count), s.Time, s.Live)
}
