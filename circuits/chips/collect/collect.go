// Package collect removes an order that nobody asks to remove, anywhere in its book: it is void, expired, or has
// nothing to reduce. When, and which, is the sequencer's choice.
//
// What a liar may choose, and what binds it: market, side and slot, within their widths; the record is what memory
// holds there and the position its owner's; void is an exact bit, and a claim of another reason is proven. The open
// total falls by what remains of the record if it is not void, by that exact bit. The sentinel cannot be collected;
// nor can a free slot, as nothing points to it. A dead slot puts and takes nothing.
package collect

import (
	"novate/circuits/chips/link"
	"novate/circuits/chips/sweep"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain collects the order where the slot is live.
func Constrain(k *kernel.Kernel, s layout.CollectSlot) {
	k.Chip("collect")
	api := k.API
	live := k.Boolean("collect: live is a bit", s.Live)
	k.Boolean("collect: side is a bit", s.Side)
	k.Market("collect: market fits", s.Market)
	k.Range("unlink: slot fits", s.Slot, 2)
	k.NonZero("unlink: not the sentinel", s.Slot, live)
	k.Tick(s.Tick, live)

	current := link.Current(k, s.Record.OrderRow, s.Position.PositionRow)
	reducible := sweep.Signed(k, s.Side, api.Neg(s.Position.Size)) // by an order of this side
	link.Excused(k, "collect", link.Excuse{Expired: s.Expired, Reduce: s.Reduce, Other: kernel.Zero}, current, live,
		s.Record.Expiry, s.Record.ReduceOnly, reducible)

	time, book := k.At(s.Tick, layout.LastStep), k.Book(s.Market, s.Side)
	link.Remove(k, book, s.Slot, s.Record, time, live)
	link.Bypass(k, book, s.Slot, s.Record.Next, s.PredecessorSlot, s.Predecessor, time, live)
	link.Lower(k, s.Record.Owner, s.Market, s.Side, s.Position,
		api.Mul(s.Record.Remaining, current.Value()), time, live)
}
