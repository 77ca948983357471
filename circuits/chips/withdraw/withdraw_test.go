package withdraw

import (
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is withdrawals with their public words, the words that were signed, and the rows of account 7.
type witness struct {
	Slots                  []layout.WithdrawalSlot
	Owed                   []frontend.Variable
	Signed, Holder, Live   frontend.Variable
	CashBefore, CashAfter  frontend.Variable
	LaneBefore, LaneAfter  frontend.Variable
	Identity               layout.IdentityRow
	Outflows               frontend.Variable
	CashLive, IdentityLive frontend.Variable
	Used                   [4]frontend.Variable
}

func define(k *kernel.Kernel, w *witness) {
	k.Clock = 5000
	for i, s := range w.Slots {
		Constrain(k, s, w.Owed[i])
	}
	k.Chip("test")
	k.Ticks(w.Used[:])
	live := k.Boolean("test: live", w.Live)
	k.Put(kernel.TagAuthorised, w.Signed, kernel.NewRow(w.Holder), live)
	k.Put(layout.TagLane, k.Key(8*7+5, 0), kernel.NewRow(w.LaneBefore, 2), live)
	k.Take(layout.TagLane, k.Key(8*7+5, effect), kernel.NewRow(w.LaneAfter, 2), live)
	live = k.Boolean("test: live", w.CashLive)
	k.Put(layout.TagCash, k.Key(7, 0), kernel.NewRow(w.CashBefore), live)
	k.Take(layout.TagCash, k.Key(7, effect), kernel.NewRow(w.CashAfter), live)
	live = k.Boolean("test: live", w.IdentityLive)
	k.Put(layout.TagIdentity, k.Key(7, 0), kernel.Identity(w.Identity), live)
	k.Take(layout.TagIdentity, k.Key(7, effect), kernel.Identity(w.Identity), live)
	k.TakeCounted(kernel.TagOutflow, 7, nil, w.Outflows)
}

const effect = 3*256 + 255

func signed(amount, expiry frontend.Variable) frontend.Variable {
	return chiptest.Pack([]int{4, 24, 3, 48, 60, 36}, 5, 7, 5, 90, amount, expiry)
}

func owed(owner, amount frontend.Variable) frontend.Variable {
	return chiptest.Pack([]int{168, 60}, owner, amount)
}

// honest takes 300 out of account 7 at tick 3; a second slot is dead.
func honest() witness {
	s := layout.WithdrawalSlot{Live: 1, Tick: 3, Account: 7, Lane: 5, Counter: 90, Amount: 300, Expiry: 5000}
	s.LaneRow.Counter, s.LaneRow.Version = 80, 2
	s.Identity.Key, s.Identity.Owner, s.Identity.Version = 71, 1234, 2
	s.Cash.Cash = 1000
	w := witness{
		Slots:  []layout.WithdrawalSlot{s, {}},
		Owed:   []frontend.Variable{owed(1234, 300), 0},
		Signed: signed(300, 5000), Holder: 7 + 2<<24, Live: 1,
		CashBefore: 1000, CashAfter: 700, LaneBefore: 80, LaneAfter: 90, Identity: s.Identity.IdentityRow,
		Outflows: 1, CashLive: 1, IdentityLive: 1,
		Used: [4]frontend.Variable{0, 0, 1, 0},
	}
	chiptest.Bury(&w)
	return w
}

func TestForgeries(t *testing.T) {
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "to another recipient", Rule: "withdraw: word", Forge: func(w *witness) {
			w.Owed[0] = owed(4321, 300)
		}},
		{Name: "another amount is owed", Rule: "withdraw: word", Forge: func(w *witness) {
			w.Owed[0] = owed(1234, 301)
		}},
		{Name: "a word of a dead slot", Rule: "withdraw: word", Forge: func(w *witness) {
			w.Owed[1] = owed(1234, 300)
		}},
		{Name: "before its account is opened", Rule: "withdraw: account exists", Forge: func(w *witness) {
			w.Slots[0].Identity.Key, w.Slots[0].Identity.Owner = 0, 0
			w.Identity.Key, w.Identity.Owner, w.Owed[0] = 0, 0, owed(0, 300)
		}},
		{Name: "an amount of nothing", Rule: "withdraw: amount is at least one", Forge: func(w *witness) {
			w.Slots[0].Amount, w.Signed, w.Owed[0], w.CashAfter = 0, signed(0, 5000), owed(1234, 0), 1000
		}},
		{Name: "a negative amount", Rule: "withdraw: amount is at least one", Forge: func(w *witness) {
			w.Slots[0].Amount, w.CashAfter = -5, 1005
			w.Signed, w.Owed[0] = signed(-5, 5000), owed(1234, -5)
		}},
		{Name: "cash beyond its width", Rule: "withdraw: within the width of cash", Forge: func(w *witness) {
			w.Slots[0].Cash.Cash, w.CashBefore, w.CashAfter = -1<<59, -1<<59, -1<<59-300
		}},
		{Name: "after its expiry", Rule: "word: not expired", Forge: func(w *witness) {
			w.Slots[0].Expiry, w.Signed = 4999, signed(300, 4999)
		}},
		{Name: "a word of another kind", Rule: "bus: authorised", Forge: func(w *witness) {
			w.Signed = chiptest.Plus(w.Signed, kernel.Power(0))
		}},
		{Name: "a nonce used again", Rule: "lane: counter rises", Forge: func(w *witness) {
			w.Slots[0].LaneRow.Counter, w.LaneBefore = 90, 90
		}},
		{Name: "an outflow left out", Rule: "bus: outflow", Forge: func(w *witness) {
			w.Outflows = 0
		}},
		{Name: "money that stays", Rule: "bus: cash", Forge: func(w *witness) {
			w.CashAfter = 1000
		}},
		{Name: "a slot that counts for two", Rule: "withdraw: live is a bit", Forge: func(w *witness) {
			w.Slots[1] = w.Slots[0]
			w.Slots[0].Live, w.Slots[1].Live = 2, -1
			w.Owed[0] = chiptest.Pack([]int{168, 60}, 2468, 600)
			w.Owed[1] = chiptest.Pack([]int{168, 60}, -1234, -300)
		}},
	})
}

func TestSlope(t *testing.T) {
	slope := chiptest.Slope(t, define, func(n int) witness {
		return witness{Slots: make([]layout.WithdrawalSlot, n), Owed: make([]frontend.Variable, n)}
	})
	if want := 53; slope != want {
		t.Errorf("a withdrawal costs %d constraints, pinned %d", slope, want)
	}
}
