package deposit

import (
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is deposits with their words, the rows that pages load and store, and the ticks in use.
type witness struct {
	Slots    []layout.DepositSlot
	Words    [][3]frontend.Variable
	Cash     []cash
	Identity []identity
	Used     [4]frontend.Variable
	Count    frontend.Variable
}

type (
	cash     struct{ Account, Before, After, Closing, Live frontend.Variable }
	identity struct {
		Account, Closing, Live frontend.Variable
		Before, After          layout.IdentityRow
	}
)

func define(k *kernel.Kernel, w *witness) {
	var live []kernel.Bit
	for i, s := range w.Slots {
		live = append(live, Constrain(k, s, w.Words[i][:]))
	}
	k.Chip("test")
	var count kernel.Variable = 0
	for _, l := range live {
		count = k.API.Add(count, l.Value())
	}
	k.Equal("test: count", count, w.Count)
	k.Ticks(w.Used[:])
	for _, c := range w.Cash {
		on := k.Boolean("test: live", c.Live)
		k.Put(layout.TagCash, k.Key(c.Account, 0), kernel.NewRow(c.Before), on)
		k.Take(layout.TagCash, k.Key(c.Account, c.Closing), kernel.NewRow(c.After), on)
	}
	for _, i := range w.Identity {
		on := k.Boolean("test: live", i.Live)
		k.Put(layout.TagIdentity, k.Key(i.Account, 0), kernel.Identity(i.Before), on)
		k.Take(layout.TagIdentity, k.Key(i.Account, i.Closing), kernel.Identity(i.After), on)
	}
}

const opening, later = 2*256 + 255, 3*256 + 255

func row(key, owner, version frontend.Variable) layout.IdentityRow {
	return layout.IdentityRow{Key: key, Owner: owner, Version: version}
}

func word(account, amount, fresh int) frontend.Variable {
	return chiptest.Pack([]int{24, 60, 1}, account, amount, fresh)
}

// honest opens account 7 at tick 2 and adds to account 8 at tick 3; a third slot is dead.
func honest() witness {
	first := layout.DepositSlot{Live: 1, Tick: 2, Account: 7, Amount: 1000, New: 1, Key: 55, Owner: 66}
	second := layout.DepositSlot{Live: 1, Tick: 3, Account: 8, Amount: 500, New: 0, Key: 0, Owner: 0}
	second.Cash.Cash = -20
	w := witness{
		Slots:    []layout.DepositSlot{first, second, {}},
		Words:    [][3]frontend.Variable{{word(7, 1000, 1), 55, 66}, {word(8, 500, 0), 0, 0}, {0, 0, 0}},
		Cash:     []cash{{7, 0, 1000, opening, 1}, {8, -20, 480, later, 1}},
		Identity: []identity{{7, opening, 1, row(0, 0, 0), row(55, 66, 0)}},
		Used:     [4]frontend.Variable{0, 1, 1, 0},
		Count:    2,
	}
	chiptest.Bury(&w)
	return w
}

func TestForgeries(t *testing.T) {
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "another account is credited", Rule: "deposit: word", Forge: func(w *witness) {
			w.Slots[1].Account, w.Cash[1].Account = 9, 9
		}},
		{Name: "another amount is credited", Rule: "deposit: word", Forge: func(w *witness) {
			w.Slots[1].Amount, w.Cash[1].After = 501, 481
		}},
		{Name: "an amount that takes from the account", Rule: "deposit: account fits", Forge: func(w *witness) {
			w.Slots[1].Account, w.Slots[1].Amount = 8+1<<24, 499
			w.Cash[1].Account, w.Cash[1].After = 8+1<<24, 479
		}},
		{Name: "an amount that takes from new", Rule: "deposit: amount fits", Forge: func(w *witness) {
			w.Slots[0].New, w.Slots[0].Amount = 0, 1000+1<<60
			w.Slots[0].Cash.Cash, w.Cash[0].Before, w.Cash[0].After = -1<<60, -1<<60, 1000
			w.Identity[0].Live = 0
		}},
		{Name: "a new account that is not opened", Rule: "deposit: new is a bit", Forge: func(w *witness) {
			w.Slots[0].New, w.Identity[0].Live = 2, 0
			w.Slots[0].Amount = 1000
			w.Words[0][0] = word(7, 1000, 2)
			w.Slots[0].Live, w.Cash[0].Live, w.Used[1], w.Count = 0, 0, 0, 1
		}},
		{Name: "another key", Rule: "deposit: key", Forge: func(w *witness) {
			w.Slots[0].Key, w.Identity[0].After.Key = 56, 56
		}},
		{Name: "another owner", Rule: "deposit: owner", Forge: func(w *witness) {
			w.Slots[0].Owner, w.Identity[0].After.Owner = 67, 67
		}},
		{Name: "an account opened twice", Rule: "bus: identity", Forge: func(w *witness) {
			w.Identity[0].Before = row(44, 45, 0)
		}},
		{Name: "cash beyond its width", Rule: "deposit: within the width of cash", Forge: func(w *witness) {
			w.Slots[1].Cash.Cash, w.Cash[1].Before, w.Cash[1].After = 1<<59-1, 1<<59-1, 1<<59+499
		}},
		{Name: "a deposit counted for two", Rule: "deposit: live is a bit", Forge: func(w *witness) {
			w.Slots[2].Live, w.Count = -1, 1
			w.Slots[1].Live, w.Cash[1].Live = 1, 1
			w.Slots[2].Tick, w.Slots[2].Cash = w.Slots[1].Tick, w.Slots[1].Cash
			w.Slots[2].Account, w.Slots[2].Amount = 8, 500
			w.Words[2][0] = word(8, 500, 0)
			w.Cash[1].Live, w.Used[2] = 0, 0
		}},
		{Name: "a tick of somebody else", Rule: "bus: time", Forge: func(w *witness) {
			w.Used[1] = 0
		}},
		{Name: "a dead slot that pays", Rule: "bus: cash", Forge: func(w *witness) {
			w.Slots[1].Live, w.Used[2], w.Count = 0, 0, 1
		}},
	})
}

func TestSlope(t *testing.T) {
	slope := chiptest.Slope(t, define, func(n int) witness {
		return witness{Slots: make([]layout.DepositSlot, n), Words: make([][3]frontend.Variable, n)}
	})
	if want := 30; slope != want {
		t.Errorf("a deposit costs %d constraints, pinned %d", slope, want)
	}
}
