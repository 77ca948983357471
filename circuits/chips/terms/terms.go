// Package terms is what has to hold of any order before it rests, from a word (order) or out of a sheet (quote).
package terms

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Price states 1 <= price <= 2^36 - 2 where live is 1, and a width of 36 bits in any case, as the packing that it lies in
// wants it. 5 constraints.
func Price(k *kernel.Kernel, chip string, price kernel.Variable, live kernel.Bit) {
	k.Range(chip+": price fits", price, 3)
	k.NonZero(chip+": price is not 0", price, live)
	k.NonZero(chip+": price is not the highest", k.API.Sub(layout.PriceMax+1, price), live)
}

// Position is a row after an order traded and rested: size moved, the open total of its side raised by what rests,
// count raised by one if it rests. 8 constraints.
//
// It states that the row still holds whatever will be filled of its orders: size + buy < 2^47 and sell - size <=
// 2^47, of which an order can only break the one of its side, as buying lowers sell - size and selling size + buy.
// Both hold of an empty row, and nothing else breaks them: a fill keeps the sum of its side and lowers the other, all
// others lower the totals. With totals that are not negative, both totals stay below 2^48 and the size within 2^47 of
// zero.
func Position(k *kernel.Kernel, row layout.PositionRow, side, moved, rested, rests kernel.Variable) layout.PositionRow {
	api := k.API
	sold := api.Mul(side, rested)
	row.Size = api.Add(row.Size, moved)
	row.Buy = api.Add(row.Buy, api.Sub(rested, sold))
	row.Sell = api.Add(row.Sell, sold)
	row.Count = api.Add(row.Count, rests)
	half := kernel.Power(layout.SizeBits - 1)
	below := api.Sub(half, 1, row.Size, row.Buy)
	above := api.Add(half, api.Sub(row.Size, row.Sell))
	k.Range("order: within the widths", api.Add(below, api.Mul(side, api.Sub(above, below))), 4)
	k.Range("order: count", row.Count, 2)
	return row
}
