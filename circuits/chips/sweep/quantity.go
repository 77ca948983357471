package sweep

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// ReduceOnly is 1 where the record may only reduce its owner's position: it says so, or the market is not open.
func (s Step) ReduceOnly(k *kernel.Kernel) Variable {
	return k.API.Sub(1, k.API.Mul(k.API.Sub(1, s.Record.ReduceOnly), s.Taker.Open))
}

// Reducible is how much the record could reduce its owner's position: as much as its size where they have opposite
// signs, not above 0 elsewhere.
func (s Step) Reducible(k *kernel.Kernel) Variable { return s.Signed(k, s.Position.Size) }

// Fillable states that the record can be filled, margin apart, each rule being the opposite of a reason to evict it,
// and returns how much: as much as the taker wants, the record has left and, if it is reduce-only, its owner's position
// allows; and how much it could reduce that position. name is the prefix of the rules.
//
// Bounds: remaining and wanted are below 2^48, the size within 2^47 of zero, so differences fit 4 and 5 limbs.
// Where the slot is dead its zeros pass: 2^36 - 1 is added to expiry - clock, and 1 is not taken off the quantity.
func (s Step) Fillable(k *kernel.Kernel, name string) (quantity, reducible Variable) {
	api := k.API
	r := s.Record
	k.Equal(name+": maker is not void", r.Epoch, s.Position.Epoch)
	spare := api.Mul(k.Not(s.Live).Value(), layout.Never)
	k.Range(name+": maker is not expired", api.Add(api.Sub(r.Expiry, k.Clock), spare), 3)
	k.NonZero(name+": not the taker's own", api.Sub(r.Owner, s.Taker.Account), s.Live)

	wanted := s.State.Remaining
	over := k.Excess("match: as much as possible", api.Sub(wanted, r.Remaining), 4)
	quantity = api.Sub(wanted, over)
	reducible = s.Reducible(k)
	beyond := k.Excess("match: as much as possible", api.Sub(quantity, reducible), 5)
	quantity = api.Sub(quantity, api.Mul(s.ReduceOnly(k), beyond))
	k.Range(name+": quantity at least one", api.Sub(quantity, s.Live.Value()), 4)
	return quantity, reducible
}

// Filled is the maker's row after so much was filled: the size moves against the taker's side, the open total falls.
func (s Step) Filled(k *kernel.Kernel, quantity Variable) layout.PositionRow {
	api := k.API
	bought := api.Mul(s.Taker.Side, quantity) // by the maker, whose side is the other
	after := s.Position.PositionRow
	after.Size = api.Sub(api.Add(after.Size, bought, bought), quantity)
	after.Buy = api.Sub(after.Buy, bought)
	after.Sell = api.Sub(after.Sell, api.Sub(quantity, bought))
	return after
}

// MakerFee is RoundedUp for the maker's fee on a notional below 2^84.
func (s Step) MakerFee(k *kernel.Kernel, fee, notional Variable) {
	RoundedUp(k, "fee: maker, rounded up", fee, notional, s.Taker.MakerFee)
}

// RoundedUp states fee = ceil(notional * fraction / 10^6), for a fee that the caller bounds by 2^100 in magnitude.
//
// Given notional below 2^84 and fraction below 2^24. Checked 10^6 fee - notional * fraction, in [0, 10^6). Unique: with
// a bounded fee neither side wraps, so that is a division of integers; in the field alone, each remainder has a fee.
func RoundedUp(k *kernel.Kernel, rule string, fee, notional, fraction Variable) {
	k.Below(rule, k.API.Sub(k.API.Mul(fee, layout.Million), k.API.Mul(notional, fraction)), layout.Million, 2)
}
