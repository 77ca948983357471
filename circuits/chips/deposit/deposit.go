// Package deposit credits one deposit of the contract's queue, and opens its account if it is new.
//
// Sound because: the three public words of the slot are equal to its columns, and the first has one unpacking: account
// of 24 bits, amount of 60, new of one, each checked exactly. Cash grows by the amount and stays within its width. A new
// account's IDENTITY row was all zeros (the row taken is the constant) and becomes key, owner, version 0; otherwise
// there is no access to it. The contract vouches for the rest, as it vouches for the words: the key is a coordinate of
// a point on the curve and not zero, the owner is an address (168 bits hold it), an account is new once, later deposits
// name its owner, the amount lies in its bounds. So every queued deposit can be applied.
//
// A lying prover may choose the columns of a dead slot. It cannot leave out a deposit: live is a prefix of the slots
// and their number is a public word (Live), and the words of a slot past that number are zeros in the contract's copy.
package deposit

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain applies the deposit where the slot is live, and returns live. words are the public words of the slot.
func Constrain(k *kernel.Kernel, s layout.DepositSlot, words []kernel.Variable) kernel.Bit {
	k.Chip("deposit")
	live := k.Boolean("deposit: live is a bit", s.Live)
	fresh := k.Boolean("deposit: new is a bit", s.New)
	k.Range("deposit: account fits", s.Account, 2)
	k.Range("deposit: amount fits", s.Amount, 5)
	k.Equal("deposit: word", words[0], k.Pack(layout.DepositWord, s.Account, s.Amount, fresh.Value()))
	k.Equal("deposit: key", words[1], s.Key)
	k.Equal("deposit: owner", words[2], s.Owner)
	k.Tick(s.Tick, live)
	time := k.At(s.Tick, layout.LastStep)
	k.CashMoves("deposit: within the width of cash", s.Account, s.Cash, s.Amount, time, live)
	opened := kernel.Identity(layout.IdentityRow{Key: s.Key, Owner: s.Owner, Version: 0})
	k.Access(layout.TagIdentity, s.Account, s.Identity.Previous, kernel.Zeros(2), opened, time, k.And(live, fresh))
	return live
}
