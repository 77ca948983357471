package advance

import (
	"math/big"

	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// median states that m is the median of k prices where on is 1. k is odd.
//
// Given prices and m in range. Hinted a bit below_i a price. Checked: below_i is boolean; m - p_i >= 0 where it is 1 and
// p_i - m >= 0 where it is 0 (the distance is range-checked either way); where on is 1, exactly (k+1)/2 bits are 1, and
// some price with bit 1 equals m: the terms distance_i + 1 - below_i are at least 0, and their product vanishes only
// if one has below_i = 1 and distance_i = 0. Unique: (k+1)/2 prices are at most m, and that price and the (k-1)/2
// others at least m, which for odd k only the median satisfies. Where on is 0, m is any number within 2^36 of all.
func median(k *kernel.Kernel, m kernel.Variable, prices []kernel.Variable, on kernel.Bit) {
	api := k.API
	below := k.Hint("median: below", belowHint, len(prices), append([]kernel.Variable{m}, prices...)...)
	var count, product kernel.Variable = 0, on.Value()
	for i, p := range prices {
		bit := k.Boolean("median: below", below[i])
		difference := api.Sub(m, p)
		distance := api.Sub(api.Mul(bit.Value(), api.Mul(difference, 2)), difference)
		k.Range("median: side", distance, 3)
		count = api.Add(count, bit.Value())
		term := api.Add(distance, k.Not(bit).Value())
		if i == len(prices)-1 {
			k.Product("median: one of the prices", product, term, 0)
		} else {
			product = api.Mul(product, term)
		}
	}
	k.Product("median: as many below as above", on.Value(), api.Sub(count, (len(prices)+1)/2), 0)
}

// belowHint marks the prices below m, and of those equal to it as many as are missing to a half.
func belowHint(_ *big.Int, in, out []*big.Int) error {
	m, prices := in[0], in[1:]
	missing := (len(prices) + 1) / 2
	for i, p := range prices {
		out[i].SetInt64(0)
		if p.Cmp(m) < 0 {
			out[i].SetInt64(1)
			missing--
		}
	}
	for i, p := range prices {
		if missing > 0 && p.Cmp(m) == 0 {
			out[i].SetInt64(1)
			missing--
		}
	}
	return nil
}

// pricesOf are what the reports say of a market.
func pricesOf(reports []layout.ReportSlot, market int) []kernel.Variable {
	prices := make([]kernel.Variable, len(reports))
	for i, r := range reports {
		prices[i] = r.Prices[market]
	}
	return prices
}
