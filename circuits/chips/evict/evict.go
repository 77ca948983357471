// Package evict removes the record at the head of the other side because it cannot be filled: it is void, expired, the
// taker's own, or has nothing to reduce. Each reason is the opposite of a rule of fill, so state decides between them.
//
// What a liar may choose, and what binds it: time, step, taker and state are those of the SWEEP tuple that the slot
// takes; record and position are what memory holds; void is an exact bit; a claim of another reason is proven, and one
// is needed for a record that is not void. Which true reason is claimed changes nothing. The open total falls by what
// remains of the record if it is not void, by that exact bit. A dead slot puts and takes nothing.
//
// Aliases: an own record's position row is the taker's, at an earlier time than the order's own access.
package evict

import (
	"novate/circuits/chips/link"
	"novate/circuits/chips/sweep"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain evicts the head of the book where the slot is live.
func Constrain(k *kernel.Kernel, s layout.EvictSlot) {
	k.Chip("evict")
	api := k.API
	step := sweep.Step{
		Live: k.Boolean("evict: live is a bit", s.Live),
		Time: s.Time,
		Taker: sweep.Taker{Market: s.Market, Side: s.Side, Account: s.Account, Price: s.Price,
			MakerFee: s.MakerFee, Open: s.Open},
		State:    sweep.State{Remaining: s.Remaining, Cost: s.Cost, Head: s.Head, Step: s.Step},
		Record:   s.Record,
		Position: s.Position,
	}
	step.Begin(k)
	k.NonZero("evict: the taker still wants", s.Remaining, step.Live)
	step.Pass(k, 1)

	current := link.Current(k, s.Record.OrderRow, s.Position.PositionRow)
	own := k.Boolean("evict: own is a bit", s.Own)
	k.Product("evict: own order", own.Value(), api.Sub(s.Record.Owner, s.Account), 0)
	link.Excused(k, "evict", link.Excuse{Expired: s.Expired, Reduce: s.Reduce, Other: own}, current, step.Live,
		s.Record.Expiry, step.ReduceOnly(k), step.Reducible(k))

	link.Remove(k, step.Book(k), s.Head, s.Record, s.Time, step.Live)
	link.Lower(k, s.Record.Owner, s.Market, step.Other(k), s.Position,
		api.Mul(s.Record.Remaining, current.Value()), s.Time, step.Live)
}
