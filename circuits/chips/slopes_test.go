// Package chips_test measures the chips of trading and runs them together, on witnesses made by hand.
package chips_test

import (
	"testing"

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

// slots are so many slots of one chip.
type slots[S any] struct {
	Clock kernel.Variable
	Risk  [3]kernel.Variable
	Slots []S
}

// chip is a chip's circuit of equal slots, as a test wants it.
type chip struct {
	name  string
	slope int
	run   func(t *testing.T) (slope int, brokenByDead []string)
}

func of[S any](constrain func(k *kernel.Kernel, s S)) func(t *testing.T) (int, []string) {
	define := func(k *kernel.Kernel, w *slots[S]) {
		k.Clock = w.Clock
		for m := range k.Markets {
			k.Open[m] = kernel.One
			k.Markets[m] = kernel.Risk{Mark: w.Risk[0], Initial: w.Risk[1], Reserve: w.Risk[2]}
		}
		for m := range layout.Markets {
			k.Tables.Market.Add(m, kernel.NewRow(1, 32, 500, 200), kernel.One)
			k.Tables.Risk.Add(m, kernel.NewRow(w.Risk[0], w.Risk[1], w.Risk[2], 0), kernel.One)
		}
		for _, s := range w.Slots {
			constrain(k, s)
		}
	}
	return func(t *testing.T) (int, []string) {
		slope := chiptest.Slope(t, define, func(n int) slots[S] { return slots[S]{Slots: make([]S, n)} })
		dead := func() slots[S] { // compiling overwrites its witness
			w := slots[S]{Clock: 1_750_000_000, Risk: [3]kernel.Variable{100, 50_000, 1_000}, Slots: make([]S, 2)}
			for i := range w.Slots {
				chiptest.Bury(&w.Slots[i])
			}
			return w
		}
		broken := chiptest.Observe(t, define, dead(), kernel.NewObserver())
		if len(broken) == 0 && !chiptest.Solves(t, chiptest.Compile(t, define, dead()), dead()) {
			broken = append(broken, "the compiled circuit")
		}
		return slope, broken
	}
}

// The chips' costs are figures that users pay for: a change shows here first.
func TestSlopesAndDeadSlots(t *testing.T) {
	var (
		open    map[*kernel.Kernel]*kernel.Table
		markets map[*kernel.Kernel][layout.Markets]margin.Market
	)
	open, markets = map[*kernel.Kernel]*kernel.Table{}, map[*kernel.Kernel][layout.Markets]margin.Market{}
	chips := []chip{
		{"order", 191, of(order.Constrain)},
		{"quote", 98, of(quote.Constrain)},
		{"fill", 92, of(fill.Constrain)},
		{"evict", 53, of(evict.Constrain)},
		{"evict margin", 388, of(func(k *kernel.Kernel, s layout.MarginEvictSlot) {
			if _, ok := markets[k]; !ok {
				markets[k] = margin.Markets(k)
			}
			marginevict.Constrain(k, s, markets[k])
		})},
		{"sheet, without its signature", 168, of(func(k *kernel.Kernel, s layout.SheetSlot) {
			if open[k] == nil {
				open[k] = k.NewOpenTable()
			}
			sheet.Constrain(k, s, open[k])
		})},
		{"cancel", 87, of(cancel.Constrain)},
		{"cancel all", 42, of(cancelall.Constrain)},
		{"collect", 55, of(collect.Constrain)},
		{"burn", 39, of(burn.Constrain)},
		{"item burn", 16, of(itemburn.Constrain)},
	}
	for _, c := range chips {
		t.Run(c.name, func(t *testing.T) {
			slope, broken := c.run(t)
			if slope != c.slope {
				t.Errorf("%d constraints a slot, not %d", slope, c.slope)
			}
			if len(broken) > 0 {
				t.Errorf("dead slots break %v", broken)
			}
		})
	}
}
