// Package cancelall raises the epoch of an account in a market, which voids all its orders there at once, and clears
// its open totals and its count of orders.
//
// What a liar may choose, and what binds it: market and expiry lie in the signed word, range-checked to their widths,
// so there is one way to read it; the position is what memory holds. The epoch only rises, here and in a replacing
// sheet, so no order is ever revived, and what rests afterwards carries the new one. In a dead slot everything may be
// chosen.
package cancelall

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain cancels all orders of an account in a market where the slot is live.
func Constrain(k *kernel.Kernel, s layout.CancelAllSlot) {
	k.Chip("cancel all")
	live := k.Boolean("cancel all: live is a bit", s.Live)
	k.Market("cancel all: market fits", s.Market)
	k.NotExpired("word: not expired", s.Expiry)
	k.Tick(s.Tick, live)
	k.Authorised(
		kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow}, layout.KindCancelAll,
		k.Pack(layout.BodyCancelAll, s.Market, s.Expiry), s.Tick, live)

	epoch := k.API.Add(s.Position.Epoch, 1)
	k.Range("cancel all: epoch fits", epoch, 3)
	before := kernel.Position(s.Position.PositionRow)
	k.Access(layout.TagPosition, k.PositionAddress(s.Account, s.Market), s.Position.Previous, before,
		kernel.NewRow(epoch, s.Position.Funding, 0, 0, s.Position.Size, 0), k.At(s.Tick, layout.LastStep), live)
}
