// Package quote rests a post-only place item of a sheet: no cash moves, nothing is swept.
//
// What a liar may choose, and what binds it: account, market, side, price, size and expiry lie in the ITEM tuple at
// the slot's own tick, and the ranges leave one way to read it: `quote: sheet still current` and `quote: market open`
// are the second column, market + 2^12 + 2^13 epoch of the position row as it is now; the market is one of eight, as
// its sheet asked. Time in force 0, post-only 1 and reduce-only 0 are constants of the bits. Sentinel, head and
// position are what memory holds (of the sentinel, next and time are read), and whether there is a head is an exact
// bit. Slot and predecessor: see package link. Which free slot is the sequencer's choice, and everything in a dead
// slot.
//
// Aliases: the other side's rows and the own side's differ in the address; the head is not the sentinel, as it is
// read only if its slot is not 0.
package quote

import (
	"novate/circuits/chips/link"
	"novate/circuits/chips/terms"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain rests the quote where the slot is live.
func Constrain(k *kernel.Kernel, s layout.QuoteSlot) {
	k.Chip("quote")
	live := k.Boolean("quote: live is a bit", s.Live)
	k.Boolean("quote: side is a bit", s.Side)
	k.Range("quote: market fits", s.Market, 1)
	terms.Price(k, "quote", s.Price, live)
	// 2^48 passes here: size is the last field of an item, and `order: within the widths` bars it.
	k.Range("quote: size at least one", k.API.Sub(s.Size, 1), 4)
	packed := k.Pack(layout.PlaceItem, s.Side, layout.Gtc, 1, 0, s.Price, s.Size)
	k.Take(kernel.TagItem, k.ItemKey(s.Tick, 0),
		kernel.NewRow(s.Account, k.SheetColumn(s.Market, 1, s.Position.Epoch), packed, s.Expiry), live)
	k.Tick(s.Tick, live)
	doesNotCross(k, s, live)

	time := k.At(s.Tick, layout.LastStep)
	after := terms.Position(k, s.Position.PositionRow, s.Side, 0, s.Size, 1)
	before := kernel.Position(s.Position.PositionRow)
	k.Access(layout.TagPosition, k.PositionAddress(s.Account, s.Market), s.Position.Previous, before,
		before.With(1, after.Buy, after.Sell).With(2, after.Size, after.Count), time, live)
	link.Rest(k, link.Place{Slot: s.Slot, PredecessorSlot: s.PredecessorSlot, Record: s.Record,
		Predecessor: s.Predecessor, Successor: s.Successor},
		k.Book(s.Market, s.Side), s.Side, time, live, layout.OrderRow{
			Owner: s.Account, Epoch: s.Position.Epoch, Index: s.Position.Count, Price: s.Price, Expiry: s.Expiry,
			ReduceOnly: 0, Remaining: s.Size,
		})
}

// doesNotCross states that the other side is empty or its head is strictly beyond the price.
func doesNotCross(k *kernel.Kernel, s layout.QuoteSlot, live kernel.Bit) {
	api := k.API
	side, time := api.Sub(1, s.Side), k.At(s.Tick, layout.LastStep)
	book := k.Book(s.Market, side)
	k.Read(layout.TagOrder, k.OrderAddress(book, 0), s.Sentinel.Previous,
		link.Sentinel(k, side, s.Sentinel.Next), time, live)
	_, present := k.Split(live, k.IsZero(s.Sentinel.Next))
	k.Read(layout.TagOrder, k.OrderAddress(book, s.Sentinel.Next), s.Head.Previous,
		kernel.Order(s.Head.OrderRow), time, present)
	buys := api.Sub(1, api.Mul(s.Side, 2))
	beyond := api.Sub(api.Mul(buys, api.Sub(s.Head.Price, s.Price)), 1)
	k.Range("quote: does not cross", api.Mul(present.Value(), beyond), 3)
}
