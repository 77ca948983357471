package margin

import (
	"math/big"

	"github.com/consensys/gnark/constraint/solver"

	"novate/circuits/kernel"
)

func init() { solver.RegisterHint(reasonHint) }

// Inadmissible states where live is 1 that a fill which takes an account from before to after is not admissible: it is
// not whole afterwards, and it was whole before; or its position does not shrink; or, where it was at least at a
// sixteenth ("high"), it is below it afterwards or its ratio falls; or, elsewhere, it loses more than a sixteenth of
// the risk it gives up. Q never rises by a fill, so that clause of the rule cannot be the one that fails.
//
// overshoot is the size after the fill, counted in the direction in which the fill moved it by at least one lot. So the
// position does not shrink (keep its sign and lose size, or end at zero) exactly where overshoot is at least 1.
//
// Given exact values. Hinted two bits that choose among the four reasons that high leaves. Checked the chosen one is
// true: each is a number that is at least 0 exactly where the reason holds, and the number at hand is in range. Not
// unique, and need not be: any true reason will do. Bounds: the widest, a difference of two E*P, fits ratioLimbs.
func Inadmissible(k *kernel.Kernel, before, after Account, overshoot Variable, live kernel.Bit) {
	api := k.API
	shortage := api.Sub(-1, after.Surplus(k))
	k.Range("evict: the maker would not be whole", api.Mul(live.Value(), shortage), worthLimbs)
	high := k.NotNegative("evict: exactly whether a sixteenth was there", before.AboveFloor(k), worthLimbs)

	wasWhole, grows := before.Surplus(k), api.Sub(overshoot, 1)
	sinks := api.Sub(-1, after.AboveFloor(k))
	ratioFalls := api.Sub(-1, RatioGain(k, before, after))
	loses := api.Sub(-1, Relief(k, before, after))

	choice := k.Hint("evict: reason", reasonHint, 2, wasWhole, grows, sinks, ratioFalls, high.Value())
	leg := k.Boolean("evict: a choice of reasons", choice[0])
	first := k.Boolean("evict: a choice of reasons", choice[1])
	reason := k.Select(leg,
		k.Select(high, k.Select(first, sinks, ratioFalls), loses),
		k.Select(first, wasWhole, grows))
	k.Range("evict: the fill is not admissible", api.Mul(live.Value(), reason), ratioLimbs)
}

// reasonHint chooses a reason that holds: in are the four that a bit chooses from, and high; out is whether it is one
// of the last clause, and whether it is the first of its pair.
func reasonHint(field *big.Int, in, out []*big.Int) error {
	half := new(big.Int).Rsh(field, 1)
	holds := func(i int) bool { return in[i].Cmp(half) <= 0 }
	leg, first := true, holds(2)
	switch {
	case holds(0):
		leg, first = false, true
	case holds(1):
		leg, first = false, false
	}
	for i, bit := range []bool{leg, first} {
		out[i].SetInt64(0)
		if bit {
			out[i].SetInt64(1)
		}
	}
	return nil
}
