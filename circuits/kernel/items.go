package kernel

import "novate/circuits/layout"

// TagOpen is the table of which markets take orders that open risk: key market, row (open, 0).
const TagOpen = 14

func init() { tagNames[TagOpen] = "open" }

// NewOpenTable is the table of a batch, for k.Open as it is.
func (k *Kernel) NewOpenTable() *Table {
	table := k.NewTable(TagOpen, 1)
	for market, open := range k.Open {
		table.Add(market, NewRow(open.value), One)
	}
	return table
}

// ItemKey is the key of a sheet's item: its tick, and 2^26 more for a cancel. Unique for ticks below 2^26.
func (k *Kernel) ItemKey(tick, kind Variable) Variable {
	return k.API.Add(tick, k.Shift(kind, layout.ItemKindShift))
}

// SheetColumn is the second column of an ITEM tuple: what the head of its sheet saw. Unique for a market of 12 bits, a
// bit and an epoch of 36.
func (k *Kernel) SheetColumn(market, open, epoch Variable) Variable {
	return k.API.Add(market, k.Shift(open, layout.MarketBits), k.Shift(epoch, layout.MarketBits+1))
}
