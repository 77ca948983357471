// Package withdraw takes cash out of an account and owes it to the account's owner.
//
// Sound because: the word is taken once and its parts are checked to their widths (kernel.Authorised for the head);
// the amount, at least one, leaves the CASH row, which stays within its width (that bars 2^60 too, the one amount of 61
// bits that its own range lets pass); the slot's public word is that amount and the owner read from the account's IDENTITY
// row at that time, which exists (else a withdrawal put before the deposit that opens the account would be owed to
// nobody). That the account is whole afterwards is the margin rule of its page, which takes the OUTFLOW that is put here.
// Amount and owner lie side by side: the owner was checked to 168 bits where its page was loaded, or is an address out of
// a deposit.
//
// A lying prover may choose when the withdrawal happens (its tick) and everything in a dead slot; a dead slot's word is
// zero, live is a prefix of the slots, and their number is a public word.
package withdraw

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain applies the withdrawal where the slot is live, and returns live. word is the public word of the slot.
func Constrain(k *kernel.Kernel, s layout.WithdrawalSlot, word kernel.Variable) kernel.Bit {
	k.Chip("withdraw")
	live := k.Boolean("withdraw: live is a bit", s.Live)
	owner := kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow}
	k.Authorised(owner, layout.KindWithdraw, k.Pack(layout.BodyWithdraw, s.Amount, s.Expiry), s.Tick, live)
	k.Tick(s.Tick, live)
	k.NotExpired("word: not expired", s.Expiry)
	k.Range("withdraw: amount is at least one", k.API.Sub(s.Amount, live.Value()), 5)

	time := k.At(s.Tick, layout.LastStep)
	k.Read(layout.TagIdentity, s.Account, s.Identity.Previous, kernel.Identity(s.Identity.IdentityRow), time, live)
	k.NonZero("withdraw: account exists", s.Identity.Key, live)
	k.CashMoves("withdraw: within the width of cash", s.Account, s.Cash, k.API.Neg(s.Amount), time, live)
	owed := k.Pack(layout.WithdrawalWord, s.Identity.Owner, s.Amount)
	k.Product("withdraw: word", live.Value(), owed, word)
	k.Put(kernel.TagOutflow, s.Account, nil, live)
	return live
}
