// Package burn uses up a signed place, transfer or withdraw without applying it: the lane advances, nothing else moves.
//
// No reason is proven: burning a word is no more than never to apply it. Cancels, cancel-alls and sheets cannot be
// burned, as the kind is one of three.
//
// What a liar may choose, and what binds it: the kind, by two bits of which at most one is set, and account, lane and
// counter, within their widths, lie in the signed word; the body is whatever it was, below 2^168, so that it cannot
// change the head. In a dead slot everything may be chosen.
package burn

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

const bodyLimbs = 14 // a place has 161 bits

// Constrain burns the word where the slot is live.
func Constrain(k *kernel.Kernel, s layout.BurnSlot) {
	k.Chip("burn")
	live := k.Boolean("burn: live is a bit", s.Live)
	k.Boolean("burn: transfer is a bit", s.Transfer)
	k.Boolean("burn: withdraw is a bit", s.Withdraw)
	k.Product("burn: kind is place, transfer or withdraw", s.Transfer, s.Withdraw, 0)
	k.Range("burn: body fits", s.Body, bodyLimbs)
	k.Tick(s.Tick, live)
	kind := k.API.Add(layout.KindPlace,
		k.API.Mul(s.Transfer, layout.KindTransfer-layout.KindPlace),
		k.API.Mul(s.Withdraw, layout.KindWithdraw-layout.KindPlace))
	k.Authorised(kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow},
		kind, s.Body, s.Tick, live)
}
