// Package itemburn lets a place item of a sheet go unused. No reason is proven: it is the same as an order never sent.
//
// What a liar may choose, and what binds it: all columns lie in the ITEM tuple. The tick has two limbs, so that its key
// is never a cancel item's, which lie from 2^26; the bits have ten, as a sheet's cells need (package sheet). It uses up
// no tick: nothing happens at it. In a dead slot everything may be chosen.
package itemburn

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain burns the item where the slot is live.
func Constrain(k *kernel.Kernel, s layout.ItemBurnSlot) {
	k.Chip("item burn")
	live := k.Boolean("item burn: live is a bit", s.Live)
	k.Range("item burn: tick, of a place item", s.Tick, 2)
	k.Range("item burn: bits fits", s.Bits, 10)
	k.Take(kernel.TagItem, k.ItemKey(s.Tick, 0), kernel.NewRow(s.Account, s.Second, s.Bits, s.Expiry), live)
}
