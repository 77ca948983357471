package advance

import (
	"novate/circuits/chips/page"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// markets loads and stores the market page, sets what the batch knows of markets, and returns the marks.
func markets(k *kernel.Kernel, s layout.AdvanceSlot, reports []layout.ReportSlot, priced kernel.Bit, round kernel.Variable) (marks [layout.Markets]kernel.Variable) {
	var before, after []kernel.Variable
	for j, m := range s.Markets {
		page.Exact(k, "market", layout.MarketCell, fields(m, m.Mark, m.PriceTime)...)
		k.Range("market: sweep fits a block", k.API.Sub(layout.SweepMax, m.Sweep), 1)
		take := accepted(k, m, pricesOf(reports, j), priced, round)
		mark := k.Select(take, m.Median, m.Mark)
		priceTime := k.Select(take, round, m.PriceTime)
		before = append(before, k.Pack(layout.MarketCell, fields(m, m.Mark, m.PriceTime)...))
		after = append(after, k.Pack(layout.MarketCell, fields(m, mark, priceTime)...))
		publish(k, j, m, mark, openness(k, m, priceTime, s.MaxAge))
		marks[j] = mark
	}
	page.Leaf(k, layout.NearLevel, layout.MarketIndex, before, after, kernel.One)
	return marks
}

// fields are those of the market's cell, with this mark and time.
func fields(m layout.MarketColumns, mark, priceTime kernel.Variable) []kernel.Variable {
	return []kernel.Variable{mark, priceTime, m.Initial, m.Maintenance, m.Reserve, m.TakerFee, m.MakerFee, m.Jump,
		m.Sweep, m.Status, m.Ceiling}
}

// accepted is the exact bit of: the batch has reports, all of them price the market, and their median is the market's
// first price or lies within the jump limit.
func accepted(k *kernel.Kernel, m layout.MarketColumns, prices []kernel.Variable, priced kernel.Bit, round kernel.Variable) kernel.Bit {
	all := prices[0]
	for _, p := range prices[1:] {
		all = k.API.Mul(all, p)
	}
	// A product is zero only if a factor is.
	on := k.And(priced, k.Not(k.IsZero(all)))
	median(k, m.Median, prices, on)
	first := k.IsZero(m.PriceTime)
	return k.And(on, k.Or(first, within(k, m, round)))
}

// within is the exact bit of 10^6 |median - mark| <= mark * min(jump * min(round - price time, 3600), ceiling).
//
// Given mark, median below 2^36, jump and ceiling below 2^24, price time at most round (every price time was a round).
// No difference leaves its range: |3600 - age| < 2^36, jump * 3600 < 2^36, mark * ceiling < 2^60 and 10^6 * 2^36 < 2^56.
func within(k *kernel.Kernel, m layout.MarketColumns, round kernel.Variable) kernel.Bit {
	api := k.API
	age := api.Sub(round, m.PriceTime)
	seconds := api.Sub(layout.JumpSeconds, k.Excess("jump: at most an hour", api.Sub(layout.JumpSeconds, age), 3))
	grown := api.Mul(m.Jump, seconds)
	fraction := api.Sub(m.Ceiling, k.Excess("jump: at most the ceiling", api.Sub(m.Ceiling, grown), 3))
	distance := k.Absolute("jump: distance", api.Sub(m.Median, m.Mark), 3)
	allowance := api.Mul(m.Mark, fraction)
	return k.NotNegative("jump: allowed", api.Sub(allowance, api.Mul(distance, layout.Million)), 5)
}

// openness is the exact bit of: status is open and the mark is not too old.
func openness(k *kernel.Kernel, m layout.MarketColumns, priceTime, maxAge kernel.Variable) kernel.Bit {
	listed := k.IsZero(k.API.Sub(m.Status, layout.StatusOpen))
	spare := k.API.Sub(k.API.Add(maxAge, priceTime), k.Clock)
	return k.And(listed, k.NotNegative("market: fresh", spare, 3))
}

// publish lets the batch read a market.
func publish(k *kernel.Kernel, j int, m layout.MarketColumns, mark kernel.Variable, open kernel.Bit) {
	k.Open[j] = open
	k.Markets[j] = kernel.Risk{Mark: mark, Initial: m.Initial, Reserve: m.Reserve}
	k.Tables.Market.Add(j, kernel.NewRow(open.Value(), m.Sweep, m.TakerFee, m.MakerFee), kernel.One)
	k.Tables.Risk.Add(j, kernel.NewRow(mark, m.Initial, m.Reserve, 0), kernel.One)
}
