package chips_test

import (
	"math/big"

	"novate/circuits/chips/burn"
	"novate/circuits/chips/cancel"
	"novate/circuits/chips/cancelall"
	"novate/circuits/chips/chiptest"
	"novate/circuits/chips/collect"
	"novate/circuits/chips/evict"
	"novate/circuits/chips/fill"
	"novate/circuits/chips/itemburn"
	"novate/circuits/chips/margin"
	"novate/circuits/chips/marginevict"
	"novate/circuits/chips/order"
	"novate/circuits/chips/quote"
	"novate/circuits/chips/sheet"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// desk is the trading of a batch: slots of all its chips, with raw tuples in place of pages, signatures and advance.
type desk struct {
	Used     []kernel.Variable
	Rows     [layout.TagOrder + 1][]loaded // by tag
	Words    []signed
	Messages [][]kernel.Variable // of the sheets: holder, head word, cells
	Fees     kernel.Variable

	Sheets       []layout.SheetSlot
	Orders       []layout.OrderSlot
	Quotes       []layout.QuoteSlot
	Fills        []layout.FillSlot
	Evicts       []layout.EvictSlot
	MarginEvicts []layout.MarginEvictSlot
	Cancels      []layout.CancelSlot
	CancelAlls   []layout.CancelAllSlot
	Collects     []layout.CollectSlot
	Burns        []layout.BurnSlot
	ItemBurns    []layout.ItemBurnSlot
}

// loaded is a row that a page loads at time 0 and stores as of its closing time.
type loaded struct {
	Address, Closing kernel.Variable
	Before, After    []kernel.Variable
}

// signed is a word that a signature put.
type signed struct{ Word, Holder kernel.Variable }

// What advance would say. Market 2 is the one that trades, market 3 is not open.
const (
	clock    = 1_750_000_000
	traded   = 2
	shut     = 3
	mark     = 100
	initial  = 50_000
	reserve  = 1_000
	takerFee = 500
	makerFee = 200
	budget   = 32
)

func define(k *kernel.Kernel, w *desk) {
	k.Chip("test")
	k.Clock = clock
	for m := range layout.Markets {
		isOpen := 1
		k.Open[m] = kernel.One
		if m == shut {
			isOpen, k.Open[m] = 0, kernel.Zero
		}
		k.Markets[m] = kernel.Risk{Mark: mark, Initial: initial, Reserve: reserve}
		k.Tables.Market.Add(m, kernel.NewRow(isOpen, budget, takerFee, makerFee), kernel.One)
		k.Tables.Risk.Add(m, kernel.NewRow(mark, initial, reserve, 0), kernel.One)
	}
	k.Ticks(w.Used)
	for tag, rows := range w.Rows {
		for _, r := range rows {
			k.Put(tag, k.Key(r.Address, 0), kernel.NewRow(r.Before...), kernel.One)
			k.Take(tag, k.Key(r.Address, r.Closing), kernel.NewRow(r.After...), kernel.One)
		}
	}
	for _, s := range w.Words {
		k.Put(kernel.TagAuthorised, s.Word, kernel.NewRow(s.Holder), kernel.One)
	}
	defineChips(k, w)
	k.Chip("test")
	k.Equal("test: fees", k.Fees(), w.Fees)
}

func defineChips(k *kernel.Kernel, w *desk) {
	open, markets := k.NewOpenTable(), margin.Markets(k)
	for i, s := range w.Sheets {
		of := sheet.Constrain(k, s, open)
		k.Equal("test: who signs the sheet", of.Holder, w.Messages[i][0])
		for j, cell := range of.Message {
			k.Equal("test: what the sheet's signature is about", cell, w.Messages[i][1+j])
		}
	}
	each(k, w.Orders, order.Constrain)
	each(k, w.Quotes, quote.Constrain)
	each(k, w.Fills, fill.Constrain)
	each(k, w.Evicts, evict.Constrain)
	for _, s := range w.MarginEvicts {
		marginevict.Constrain(k, s, markets)
	}
	each(k, w.Cancels, cancel.Constrain)
	each(k, w.CancelAlls, cancelall.Constrain)
	each(k, w.Collects, collect.Constrain)
	each(k, w.Burns, burn.Constrain)
	each(k, w.ItemBurns, itemburn.Constrain)
}

func each[S any](k *kernel.Kernel, slots []S, constrain func(*kernel.Kernel, S)) {
	for _, s := range slots {
		constrain(k, s)
	}
}

// pack packs fields as a signer would.
func pack(fields []layout.Bits, values ...int64) *big.Int {
	widths, variables := make([]int, len(fields)), make([]kernel.Variable, len(fields))
	for i, f := range fields {
		widths[i], variables[i] = f.Width, values[i]
	}
	return chiptest.Pack(widths, variables...)
}
