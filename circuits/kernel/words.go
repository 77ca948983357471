package kernel

import "novate/circuits/layout"

// Pack adds fields up at their places, low bits first. It checks nothing: whoever takes a word range-checks its parts,
// which makes the packing unique.
func (k *Kernel) Pack(fields []layout.Bits, values ...Variable) Variable {
	if len(fields) != len(values) {
		panic("kernel: fields and values differ in number")
	}
	var packed Variable = 0
	at := 0
	for i, f := range fields {
		packed = k.API.Add(packed, k.Shift(values[i], at))
		at += f.Width
	}
	return packed
}

// Word is head and body of a signed word.
func (k *Kernel) Word(kind, account, lane, counter, body Variable) Variable {
	return k.API.Add(k.Pack(layout.WordHead, kind, account, lane, counter), k.Shift(body, layout.WordBodyShift))
}

// Authority is who signed, and under which nonce.
type Authority struct {
	Account, Lane, Counter Variable
	Row                    layout.LaneAccess
}

// Authorised takes a signed word where single is 1, and advances its lane at the time of effect: the only taker of a
// word is the chip that applies it. Lane and version come out of memory; the version must be that under which the
// signer's key was read. Account, lane and counter are range-checked for the packing whether or not single is 1.
func (k *Kernel) Authorised(a Authority, kind, body, tick Variable, single Bit) {
	holder := k.API.Add(a.Account, k.Shift(a.Row.Version, layout.AccountBits))
	k.Take(TagAuthorised, k.Word(kind, a.Account, a.Lane, a.Counter, body), NewRow(holder), single)
	k.Advance(a, tick, single)
}

// Advance advances a lane where on is 1.
func (k *Kernel) Advance(a Authority, tick Variable, on Bit) {
	k.Range("word: account fits", a.Account, 2)
	k.Range("word: lane fits", a.Lane, 1)
	k.Range("word: lane fits", k.API.Mul(a.Lane, 512), 1)
	k.Range("word: counter fits", a.Counter, 4)
	k.Range("lane: counter rises", k.API.Sub(a.Counter, a.Row.Counter, on.value), 4)
	before := Lane(a.Row.LaneRow)
	k.Access(layout.TagLane, k.LaneAddress(a.Account, a.Lane), a.Row.Previous, before,
		before.With(0, a.Counter, a.Row.Version), k.At(tick, layout.LastStep), on)
}

// NotExpired states expiry >= clock, both of 36 bits.
func (k *Kernel) NotExpired(rule string, expiry Variable) {
	k.Range("word: expiry fits", expiry, 3)
	k.Range(rule, k.API.Sub(expiry, k.Clock), 3)
}
