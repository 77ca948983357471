// Package margin values accounts exactly, without a division and hence without rounding, for the two places that judge
// margin: the header page (every account of a batch, before and after) and the eviction of a maker who cannot pay.
//
//	E = cash + sum of s * mark                                            micro-units
//	Q = sum of mark * (r*(B + S) + |2*rho*s + r*(B - S)|), r = rho + phi  half a ppm of a micro-unit, with open orders
//	P = sum of 2 * mark * rho * |s|                                       the same unit, of the positions alone
//
// over the markets, with position s, open totals B and S, initial margin rho and fee reserve phi in parts per million.
// A market's part of Q is 2 * mark * max(rho*(s + B) + phi*B, rho*(S - s) + phi*S).
//
// Bounds: marks have 36 bits, rho and phi 24, sizes and totals 48, cash 60; there are 8 markets. So |s| <= 2^47 fits 4
// limbs; |2*rho*s + r*(B - S)| < 2^74, and as the genesis keeps fractions at 10^6 at most, it is below 2^70 and fits 6;
// |E| < 2^87, Q < 2^114, P < 2^111; what is compared, 2*10^6*E - Q and 32*10^6*E - P, lies below 2^115 and fits 10
// limbs; a difference of two E*P lies below 2^199 and fits 17. A row after a fill that is only imagined keeps these
// bounds, as orders keep s + B < 2^47 and S - s <= 2^47 and B, S >= 0. None of this wraps in the field, whatever fits.
//
// What a liar may choose: the hinted signs and choices of cases. A wrong sign makes a magnitude negative, which is in
// no range; of zero both signs are right and make the same magnitude. A wrong case has to prove a false inequality.
// All else is a function of wires that the caller took from memory or from the market page.
package margin

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Variable is a wire, a linear expression of wires, or a constant.
type Variable = kernel.Variable

const (
	wholeUnit = 2 * layout.Million // of E against Q and P
	floorUnit = 16 * wholeUnit     // of sixteen E against P

	sizeLimbs  = 4
	sideLimbs  = 6
	worthLimbs = 10
	ratioLimbs = 17
)

// Weight is a market's risk as Value wants it: make it once a market, not once a row.
type Weight struct {
	Mark     Variable
	Initial  Variable
	Both     Variable // initial + reserve
	Position Variable // 2 * mark * initial: what a lot of position adds to P
}

// Weigh costs one constraint.
func Weigh(k *kernel.Kernel, risk kernel.Risk) Weight {
	return Weight{
		Mark:     risk.Mark,
		Initial:  risk.Initial,
		Both:     k.API.Add(risk.Initial, risk.Reserve),
		Position: k.API.Mul(k.API.Mul(risk.Mark, 2), risk.Initial),
	}
}

// Weights are those of the batch's markets.
func Weights(k *kernel.Kernel) (weights [layout.Markets]Weight) {
	for m, risk := range k.Markets {
		weights[m] = Weigh(k, risk)
	}
	return weights
}

// Part is what one position row adds to its account's value.
type Part struct {
	Equity      Variable // to E
	Requirement Variable // to Q: zero only of a row without size and orders, if mark and initial margin are not zero
	Risk        Variable // to P
}

// Value is the part of a row in a market of this weight: 20 constraints.
//
// Given size, buy and sell within their widths. Hinted two signs. Checked each is boolean and turns its number into
// one within a range that its negative, unless zero, is not in. Unique: both magnitudes.
func Value(k *kernel.Kernel, row layout.PositionRow, w Weight) Part {
	api := k.API
	magnitude := k.Absolute("margin: magnitude of a size", row.Size, sizeLimbs)
	sided := api.Mul(w.Initial, row.Size)
	buys, sells := api.Mul(w.Both, row.Buy), api.Mul(w.Both, row.Sell)
	worse := k.Absolute("margin: worse side", api.Add(sided, sided, buys, api.Neg(sells)), sideLimbs)
	return Part{
		Equity:      api.Mul(row.Size, w.Mark),
		Requirement: api.Mul(w.Mark, api.Add(buys, sells, worse)),
		Risk:        api.Mul(w.Position, magnitude),
	}
}

// Account is what an account is worth.
type Account struct{ Equity, Requirement, Risk Variable } // E, Q, P

// Total adds cash and parts up.
func Total(k *kernel.Kernel, cash Variable, parts ...Part) Account {
	a := Account{cash, 0, 0}
	for _, p := range parts {
		a = a.Plus(k, p)
	}
	return a
}

// Plus is the account with one part more.
func (a Account) Plus(k *kernel.Kernel, p Part) Account {
	return Account{k.API.Add(a.Equity, p.Equity), k.API.Add(a.Requirement, p.Requirement), k.API.Add(a.Risk, p.Risk)}
}

// Replacing is the account with another part for one market's.
func (a Account) Replacing(k *kernel.Kernel, old, new Part) Account {
	less := Part{k.API.Neg(old.Equity), k.API.Neg(old.Requirement), k.API.Neg(old.Risk)}
	return a.Plus(k, less).Plus(k, new)
}

// Surplus is 2*10^6 E - Q: the account is whole where it is not negative.
func (a Account) Surplus(k *kernel.Kernel) Variable {
	return k.API.Sub(k.API.Mul(a.Equity, wholeUnit), a.Requirement)
}

// AboveFloor is 32*10^6 E - P: not negative where equity is at least a sixteenth of the positions' requirement.
func (a Account) AboveFloor(k *kernel.Kernel) Variable {
	return k.API.Sub(k.API.Mul(a.Equity, floorUnit), a.Risk)
}

// RatioGain is E1*P0 - E0*P1: not negative where the ratio of equity to the positions' requirement does not fall.
func RatioGain(k *kernel.Kernel, before, after Account) Variable {
	return k.API.Sub(k.API.Mul(after.Equity, before.Risk), k.API.Mul(before.Equity, after.Risk))
}

// Relief is 32*10^6 (E1 - E0) + P0 - P1: not negative where the equity lost is at most a sixteenth of the requirement
// given up. It is the gain of AboveFloor.
func Relief(k *kernel.Kernel, before, after Account) Variable {
	return k.API.Sub(after.AboveFloor(k), before.AboveFloor(k))
}
