package margin

import (
	"math/big"

	"github.com/consensys/gnark/constraint/solver"

	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Market is a market's weight, and what else the decision wants of it: make it once a batch.
type Market struct {
	Weight
	Ordered Variable // mark * (initial + reserve): half of what a lot of open order adds to Q
	Stale   Variable // 1 where the market is not open
}

// Markets are those of the batch.
func Markets(k *kernel.Kernel) (markets [layout.Markets]Market) {
	for j, w := range Weights(k) {
		markets[j] = Market{Weight: w, Ordered: k.API.Mul(w.Mark, w.Both), Stale: k.Not(k.Open[j]).Value()}
	}
	return markets
}

// Holding is the cash and the positions of an account at one time.
type Holding struct {
	Cash      Variable
	Positions [layout.Markets]layout.PositionRow
}

// Decide states that the change from before to after is admissible at the marks of the batch, and that outflow (exact)
// is 0 unless the account is whole afterwards, with nothing in a market that is not open.
//
// With E, Q and P as in rollup/margin.py, admissible is: whole after (2*10^6 E1 >= Q1); or short before, Q1 <= Q0, every
// position shrunk or unchanged, and, where 32*10^6 E0 >= P0, also 32*10^6 E1 >= P1 and E1 P0 >= E0 P1; elsewhere
// 32*10^6 (E1 - E0) + P0 - P1 >= 0.
//
// Given two holdings whose fields are within their widths, and the markets of the batch. Hinted whole (which of the two
// ways), low (which of the last two legs), a direction a market, a side a market before. Checked: what follows implies
// admissible for every choice of them, and holds for the honest one.
//   - whole = 1: 2*10^6 E1 >= Q1. Q1 is exact: the magnitude in it is range-checked.
//   - whole = 0: no outflow. Directions are 1 or -1 (their square is 1), and direction*s1 and direction*s0 - direction*s1
//     are at least 0, which is "shrunk or unchanged", and makes direction*s both magnitudes, so P0 and P1 are exact. Q0 is
//     at most exact, as the side chooses between two numbers of which the larger is Q0: so Q0 > 2*10^6 E0 and Q1 <= Q0
//     hold for the exact Q0 too.
//   - low = 1: P0 > 32*10^6 E0 is checked, so an account at or above the sixteenth cannot use the linear leg.
//   - low = 0: nothing is checked of E0. Where in truth P0 > 32*10^6 E0, the account gains nothing: 32*10^6 E1 >= P1 then
//     implies the linear leg, as 32*10^6 E1 - P1 >= 0 > 32*10^6 E0 - P0.
//
// Unique: what they prove. Some choices are free where an account may pass both ways.
func Decide(k *kernel.Kernel, markets [layout.Markets]Market, before, after Holding, outflow kernel.Bit) {
	api := k.API
	equity := [2]Variable{before.Cash, after.Cash}
	requirement := [2]Variable{0, 0}
	var stale Variable = 0
	for j, w := range markets {
		b, a := before.Positions[j], after.Positions[j]
		equity[0] = api.Add(equity[0], api.Mul(w.Mark, b.Size))
		equity[1] = api.Add(equity[1], api.Mul(w.Mark, a.Size))
		required := requirementAtLeast(k, w, a)
		requirement[0] = api.Add(requirement[0], requirementAtMost(k, w, b))
		requirement[1] = api.Add(requirement[1], required)
		stale = api.Add(stale, api.Mul(w.Stale, required))
	}
	k.Product("margin: no outflow while stale", outflow.Value(), stale, 0)

	surplus := api.Sub(api.Mul(equity[1], wholeUnit), requirement[1])
	whole := k.Boolean("margin: whole", k.Sign("margin: whole", surplus))
	short := k.Not(whole)
	k.Product("margin: whole, or no outflow", short.Value(), outflow.Value(), 0)
	deficit := api.Sub(requirement[0], api.Mul(equity[0], wholeUnit), 1)
	k.Range("margin: whole, or short before", k.Select(whole, surplus, deficit), worthLimbs)
	fall := api.Mul(short.Value(), api.Sub(requirement[0], requirement[1]))
	k.Range("margin: whole, or requirement not higher", fall, worthLimbs)
	held := shrinking(k, markets, before, after, short)
	lessRisk(k, equity, held, short)
}

// requirementAtLeast is mark ((rho + phi)(B + S) + |2 rho s + (rho + phi)(B - S)|), exactly: twice the worse of all
// buys and all sells filling.
func requirementAtLeast(k *kernel.Kernel, w Market, p layout.PositionRow) Variable {
	api := k.API
	held, buy, sell := api.Mul(w.Initial, p.Size), api.Mul(w.Both, p.Buy), api.Mul(w.Both, p.Sell)
	worse := k.Absolute("margin: worse side", api.Add(held, held, buy, api.Neg(sell)), sideLimbs)
	return api.Mul(w.Mark, api.Add(buy, sell, worse))
}

// requirementAtMost is the same number, or less if the prover names the better side. Two constraints where a proof of
// the sign takes eight: for the baseline a lower number is never of use.
func requirementAtMost(k *kernel.Kernel, w Market, p layout.PositionRow) Variable {
	api := k.API
	buy, sell := api.Mul(w.Ordered, p.Buy), api.Mul(w.Ordered, p.Sell)
	difference := api.Add(api.Mul(w.Position, p.Size), buy, api.Neg(sell))
	buys := k.Boolean("margin: a side before", k.Sign("margin: a side before", difference))
	worse := api.Sub(api.Mul(buys.Value(), api.Mul(difference, 2)), difference)
	return api.Add(buy, sell, worse)
}

// shrinking states that every position shrank or stayed where short is 1, and returns the requirement of the positions
// alone before and after, both zero where short is 0.
func shrinking(k *kernel.Kernel, markets [layout.Markets]Market, before, after Holding, short kernel.Bit) (held [2]Variable) {
	api := k.API
	held = [2]Variable{0, 0}
	for j, w := range markets {
		direction := k.Hint("margin: direction", directionHint, 1, short.Value(), before.Positions[j].Size)[0]
		k.Product("margin: a direction is one or minus one", direction, direction, short.Value())
		was := api.Mul(direction, before.Positions[j].Size)
		is := api.Mul(direction, after.Positions[j].Size)
		k.Range("margin: whole, or no position flips", is, sizeLimbs)
		k.Range("margin: whole, or no position grows", api.Sub(was, is), sizeLimbs)
		held[0] = api.Add(held[0], api.Mul(w.Position, was))
		held[1] = api.Add(held[1], api.Mul(w.Position, is))
	}
	return held
}

// lessRisk states the last clause where short is 1. held is zero where it is 0, so the equities are cleared as well.
func lessRisk(k *kernel.Kernel, equity, held [2]Variable, short kernel.Bit) {
	api := k.API
	e0, e1 := api.Mul(short.Value(), equity[0]), api.Mul(short.Value(), equity[1])
	below := api.Sub(held[0], api.Mul(e0, floorUnit), short.Value()) // at least 0 below the sixteenth
	stays := api.Sub(api.Mul(e1, floorUnit), held[1])
	low := k.Boolean("margin: below a sixteenth", k.Sign("margin: below a sixteenth", below))
	k.Range("margin: whole, or above a sixteenth after, or below it before", k.Select(low, below, stays), worthLimbs)
	linear := api.Add(api.Mul(api.Sub(e1, e0), floorUnit), held[0], api.Neg(held[1]))
	ratio := api.Sub(api.Mul(e1, held[0]), api.Mul(e0, held[1]))
	k.Range("margin: whole, or less risk", k.Select(low, linear, ratio), ratioLimbs)
}

func init() { solver.RegisterHint(directionHint) }

// directionHint is 1 or -1 with the sign of the size, or 0 where nothing is claimed.
func directionHint(field *big.Int, in, out []*big.Int) error {
	out[0].Set(in[0])
	if in[1].Cmp(new(big.Int).Rsh(field, 1)) > 0 {
		out[0].Neg(out[0]).Mod(out[0], field)
	}
	return nil
}
