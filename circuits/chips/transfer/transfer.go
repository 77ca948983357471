// Package transfer moves cash between two accounts of one owner.
//
// Sound because: the word is taken once and its parts are checked to their widths (kernel.Authorised for the head);
// the recipient exists, is not the sender (so the two CASH rows differ) and has the same owner, both read at the time
// of effect; the same amount, at least one, leaves the one row and enters the other, both kept within their width (that
// bars 2^60 too, the one amount of 61 bits that its own range lets pass). That the sender is whole afterwards is the
// margin rule of its page, which takes the OUTFLOW that is put here.
//
// A lying prover may choose when the transfer happens (its tick), and everything in a dead slot.
package transfer

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain applies the transfer where the slot is live.
func Constrain(k *kernel.Kernel, s layout.TransferSlot) {
	k.Chip("transfer")
	live := k.Boolean("transfer: live is a bit", s.Live)
	sender := kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow}
	body := k.Pack(layout.BodyTransfer, s.To, s.Amount, s.Expiry)
	k.Authorised(sender, layout.KindTransfer, body, s.Tick, live)
	k.Tick(s.Tick, live)
	k.NotExpired("word: not expired", s.Expiry)
	k.Range("transfer: recipient fits", s.To, 2)
	k.Range("transfer: amount is at least one", k.API.Sub(s.Amount, live.Value()), 5)
	k.NonZero("transfer: not to oneself", k.API.Sub(s.To, s.Account), live)

	time := k.At(s.Tick, layout.LastStep)
	k.Read(layout.TagIdentity, s.Account, s.Identity.Previous, kernel.Identity(s.Identity.IdentityRow), time, live)
	k.Read(layout.TagIdentity, s.To, s.IdentityTo.Previous, kernel.Identity(s.IdentityTo.IdentityRow), time, live)
	k.NonZero("transfer: recipient exists", s.IdentityTo.Key, live)
	k.Equal("transfer: one owner", s.IdentityTo.Owner, s.Identity.Owner)

	k.CashMoves("transfer: within the width of cash", s.Account, s.Cash, k.API.Neg(s.Amount), time, live)
	k.CashMoves("transfer: within the width of cash", s.To, s.CashTo, s.Amount, time, live)
	k.Put(kernel.TagOutflow, s.Account, nil, live)
}
