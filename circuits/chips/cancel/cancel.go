// Package cancel removes the order that a word or a sheet's item names, if it still rests: a hit. Otherwise it
// changes nothing: a miss. State decides which; a cancel cannot be burned.
//
// What a liar may choose, and what binds it: the fields of a single cancel lie in the signed word, those of an item
// in its ITEM tuple (at a key 2^26 above its tick), each range-checked to its width, so there is one way to read
// them. Open and the sheet's epoch complete an item's second column; they decide nothing. Record and position are
// what memory holds at the named slot and the account's row in the named market. Hit is an exact bit: owner, epoch
// and index of the record are those of the word, and the epoch is the position's, all in one number whose parts
// cannot carry into each other. The predecessor is read on a hit alone: see package link. In a dead slot everything
// may be chosen.
//
// Aliases: account 0 cannot cancel, so what is hit is no sentinel, the only records of account 0; hence the slot is
// not 0, and its predecessor is another.
package cancel

import (
	"novate/circuits/chips/link"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain cancels where the slot is live.
func Constrain(k *kernel.Kernel, s layout.CancelSlot) {
	k.Chip("cancel")
	api := k.API
	live := k.Boolean("cancel: live is a bit", s.Live)
	source(k, s, live)
	k.NonZero("cancel: not the fee account", s.Account, live)

	time, book := k.At(s.Tick, layout.LastStep), k.Book(s.Market, s.Side)
	hit, miss := k.Split(live, named(k, s))
	address, row := k.OrderAddress(book, s.Slot), kernel.Order(s.Record.OrderRow)
	k.Take(layout.TagOrder, k.Key(address, s.Record.Previous), row, live)
	k.Put(layout.TagOrder, k.Key(address, time), kernel.Zeros(len(row)), hit)
	k.Put(layout.TagOrder, k.Key(address, time), row, miss)
	k.Rises(s.Record.Previous, time)
	link.Bypass(k, book, s.Slot, s.Record.Next, s.PredecessorSlot, s.Predecessor, time, hit)
	link.Lower(k, s.Account, s.Market, s.Side, s.Position, api.Mul(hit.Value(), s.Record.Remaining), time, live)
}

// source takes the word of a single cancel or the item of a sheet, and the tick.
func source(k *kernel.Kernel, s layout.CancelSlot, live kernel.Bit) {
	single, item := k.Split(live, k.Boolean("cancel: single is a bit", s.Single))
	k.Boolean("cancel: side is a bit", s.Side)
	k.Boolean("cancel: open is a bit", s.Open)
	k.Market("cancel: market fits", s.Market)
	k.Range("cancel: slot fits", s.Slot, 2)
	k.Range("cancel: epoch fits", s.Epoch, 3)
	k.Range("cancel: index fits", s.Index, 2)
	k.Range("cancel: epoch of the sheet", s.SheetEpoch, 3)
	k.NotExpired("word: not expired", s.Expiry)
	k.Tick(s.Tick, live)
	k.Authorised(
		kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow}, layout.KindCancel,
		k.Pack(layout.BodyCancel, s.Market, s.Side, s.Slot, s.Epoch, s.Index, s.Expiry), s.Tick, single)
	second := k.SheetColumn(s.Market, s.Open, s.SheetEpoch)
	packed := k.Pack(layout.CancelItem, s.Side, s.Slot, s.Epoch, s.Index)
	k.Take(kernel.TagItem, k.ItemKey(s.Tick, 1), kernel.NewRow(s.Account, second, packed, s.Expiry), item)
}

// named is the exact bit of a record that is the one named, and not void.
//
// Each difference is below 2^24 or 2^36 and lies at a multiple of a power of two that the lower ones do not reach, so
// their sum is 0 only if each is; it is below 2^127.
func named(k *kernel.Kernel, s layout.CancelSlot) kernel.Bit {
	api := k.API
	return k.IsZero(api.Add(
		api.Sub(s.Record.Owner, s.Account),
		k.Shift(api.Sub(s.Record.Index, s.Index), 26),
		k.Shift(api.Sub(s.Record.Epoch, s.Epoch), 52),
		k.Shift(api.Sub(s.Position.Epoch, s.Epoch), 90)))
}
