// Package sheet takes the head of a sheet, up to 24 places and cancels of one market under one signature, and puts
// its items. Who signed it is not looked at here: Constrain returns what was signed, and by whom it has to be.
//
// What a liar may choose, and what binds it:
//   - head: every field is range-checked to its width, so the head word, which is signed, has one reading. Lane and
//     epoch rows are what memory holds; open is the table's, which also bounds the market;
//   - items: a live item is consumed by exactly one slot, and whoever takes it proves its bits below 2^120 (order,
//     quote and cancel by their fields, item burn by ten limbs); one that is not live is zero. So each item is below
//     2^121, a cell below 2^247 has one reading, and the cells are signed. kind and live are bits. Whether an item of
//     a live sheet that is not zero is live is no choice: it is not zero only if it is. An item of zeros may be live,
//     which serves for nothing but an item burn;
//   - the replacement cannot be left out: epoch and totals move with the signed bit. Items carry the epoch after it,
//     so those of a sheet that was superseded since fit no position any more (order and quote compare);
//   - the items' ticks: the first is after the head's and within 2^24 of it. What comes between head and items is the
//     sequencer's choice, the items' order is not. Two sheets may claim one tick; only one item of a tick can be
//     applied, and a cancel item cannot be burned, so nothing is gained;
//   - everything in a dead slot: it puts nothing, and all of its items are dead.
//
// Keys: ticks of heads are at most 2^16, so places lie below 2^24 + 2^16 + 24 and cancels 2^26 higher, never on one
// key.
package sheet

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Signed is what the sheet's signature has to be about.
type Signed struct {
	Live    kernel.Bit
	Message [1 + layout.SheetCells]kernel.Variable // head word, c0..c11
	Holder  kernel.Variable                        // account + 2^24 version of the key: the second column of SIGNER
}

// Constrain applies the head where the slot is live, and puts its items. open is the batch's (kernel.NewOpenTable).
func Constrain(k *kernel.Kernel, s layout.SheetSlot, open *kernel.Table) Signed {
	k.Chip("sheet")
	api := k.API
	live := k.Boolean("sheet: live is a bit", s.Live)
	replace := k.Boolean("sheet: replace is a bit", s.Replace)
	k.NonZero("sheet: not the fee account", s.Account, live)
	k.NotExpired("word: not expired", s.Expiry)
	open.Ask(s.Market, kernel.NewRow(s.Open), live)
	k.Tick(s.Tick, live)
	k.Advance(kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow}, s.Tick, live)

	body := k.Pack(layout.BodySheet, s.Market, s.Replace, s.Expiry)
	signed := Signed{Live: live, Holder: api.Add(s.Account, k.Shift(s.LaneRow.Version, layout.AccountBits))}
	signed.Message[0] = k.Word(layout.KindSheet, s.Account, s.Lane, s.Counter, body)
	supersede(k, s, live, replace)
	cells := items(k, s, live)
	copy(signed.Message[1:], cells[:])
	return signed
}

// supersede raises the epoch and clears totals and count if the sheet replaces: two puts, of which a live slot makes
// exactly one.
func supersede(k *kernel.Kernel, s layout.SheetSlot, live, replace kernel.Bit) {
	epoch := k.API.Add(s.Position.Epoch, s.Replace)
	k.Range("sheet: epoch fits", epoch, 3)
	address, time := k.PositionAddress(s.Account, s.Market), k.At(s.Tick, layout.LastStep)
	row := kernel.Position(s.Position.PositionRow)
	replaced, kept := k.Split(live, replace)
	k.Take(layout.TagPosition, k.Key(address, s.Position.Previous), row, live)
	k.Put(layout.TagPosition, k.Key(address, time), row, kept)
	k.Put(layout.TagPosition, k.Key(address, time),
		row.With(0, epoch, s.Position.Funding).With(1, 0, 0).With(2, s.Position.Size, 0), replaced)
	k.Rises(s.Position.Previous, time)
}

// items puts the live items and returns the cells they fill, two a cell.
func items(k *kernel.Kernel, s layout.SheetSlot, live kernel.Bit) (cells [layout.SheetCells]kernel.Variable) {
	api := k.API
	k.Range("sheet: items come after the head", api.Sub(s.First, s.Tick, 1), 2)
	head := kernel.NewRow(s.Account, k.SheetColumn(s.Market, s.Open, api.Add(s.Position.Epoch, s.Replace)))
	var count kernel.Variable = 0
	for i, item := range s.Items {
		present := k.Boolean("sheet: an item is live or not", item.Live)
		k.Boolean("sheet: a kind is a bit", item.Kind)
		packed := api.Add(item.Kind, api.Mul(item.Bits, 2))
		k.Product("sheet: an absent item is zero", k.Not(present).Value(), packed, 0)
		key := k.ItemKey(api.Add(s.First, i), item.Kind)
		k.Put(kernel.TagItem, key, append(head[:1:1], kernel.NewRow(item.Bits, s.Expiry)...), present)
		count = api.Add(count, item.Live)
		if i%2 == 0 {
			cells[i/2] = packed
		} else {
			cells[i/2] = api.Add(cells[i/2], k.Shift(packed, layout.ItemShift))
		}
	}
	k.Product("sheet: a dead sheet has no items", k.Not(live).Value(), count, 0)
	return cells
}
