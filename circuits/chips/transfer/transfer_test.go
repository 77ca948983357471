package transfer

import (
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is transfers, the words that were signed, the rows that pages load and store, and outflows that they take.
type witness struct {
	Slots    []layout.TransferSlot
	Words    []word
	Cash     []stored
	Lane     []stored
	Identity []identity
	Outflow  frontend.Variable // account
	Outflows frontend.Variable // their number
	Used     [4]frontend.Variable
}

type (
	word     struct{ Word, Holder, Live frontend.Variable }
	stored   struct{ Address, Before, After, Version, Closing, Live frontend.Variable }
	identity struct {
		Account, Closing, Live frontend.Variable
		Row                    layout.IdentityRow
	}
)

func define(k *kernel.Kernel, w *witness) {
	k.Clock = 5000
	for _, s := range w.Slots {
		Constrain(k, s)
	}
	k.Chip("test")
	k.Ticks(w.Used[:])
	for _, x := range w.Words {
		k.Put(kernel.TagAuthorised, x.Word, kernel.NewRow(x.Holder), k.Boolean("test: live", x.Live))
	}
	for _, c := range w.Cash {
		on := k.Boolean("test: live", c.Live)
		k.Put(layout.TagCash, k.Key(c.Address, 0), kernel.NewRow(c.Before), on)
		k.Take(layout.TagCash, k.Key(c.Address, c.Closing), kernel.NewRow(c.After), on)
	}
	for _, c := range w.Lane {
		on := k.Boolean("test: live", c.Live)
		k.Put(layout.TagLane, k.Key(c.Address, 0), kernel.NewRow(c.Before, c.Version), on)
		k.Take(layout.TagLane, k.Key(c.Address, c.Closing), kernel.NewRow(c.After, c.Version), on)
	}
	for _, i := range w.Identity {
		on := k.Boolean("test: live", i.Live)
		k.Put(layout.TagIdentity, k.Key(i.Account, 0), kernel.Identity(i.Row), on)
		k.Take(layout.TagIdentity, k.Key(i.Account, i.Closing), kernel.Identity(i.Row), on)
	}
	k.TakeCounted(kernel.TagOutflow, w.Outflow, nil, w.Outflows)
}

const effect = 3*256 + 255

func signed(to, amount, expiry frontend.Variable) frontend.Variable {
	return chiptest.Pack([]int{4, 24, 3, 48, 24, 60, 36}, 4, 7, 5, 90, to, amount, expiry)
}

// honest moves 300 from account 7 to account 8 at tick 3; a second slot is dead.
func honest() witness {
	s := layout.TransferSlot{Live: 1, Tick: 3, Account: 7, Lane: 5, Counter: 90, To: 8, Amount: 300, Expiry: 5000}
	s.LaneRow.Counter, s.LaneRow.Version = 80, 2
	s.Identity.Key, s.Identity.Owner, s.Identity.Version = 71, 1234, 2
	s.IdentityTo.Key, s.IdentityTo.Owner, s.IdentityTo.Version = 81, 1234, 0
	s.Cash.Cash, s.CashTo.Cash = 1000, -50
	w := witness{
		Slots:   []layout.TransferSlot{s, {}},
		Words:   []word{{signed(8, 300, 5000), 7 + 2<<24, 1}},
		Cash:    []stored{{7, 1000, 700, 0, effect, 1}, {8, -50, 250, 0, effect, 1}},
		Lane:    []stored{{8*7 + 5, 80, 90, 2, effect, 1}},
		Used:    [4]frontend.Variable{0, 0, 1, 0},
		Outflow: 7, Outflows: 1,
	}
	w.Identity = []identity{{7, effect, 1, s.Identity.IdentityRow}, {8, effect, 1, s.IdentityTo.IdentityRow}}
	chiptest.Bury(&w)
	return w
}

func TestForgeries(t *testing.T) {
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "to another owner", Rule: "transfer: one owner", Forge: func(w *witness) {
			w.Slots[0].IdentityTo.Owner, w.Identity[1].Row.Owner = 4321, 4321
		}},
		{Name: "to an account that does not exist", Rule: "transfer: recipient exists", Forge: func(w *witness) {
			w.Slots[0].IdentityTo.Key, w.Identity[1].Row.Key = 0, 0
		}},
		{Name: "to oneself", Rule: "transfer: not to oneself", Forge: func(w *witness) {
			s := &w.Slots[0]
			s.To, w.Words[0].Word = 7, signed(7, 300, 5000)
			s.IdentityTo, s.CashTo = s.Identity, s.Cash
			// Both reads and both writes at one time: a prover pairs put and take as it likes.
			w.Cash = append(w.Cash[:1], stored{7, 1000, 1300, 0, effect, 1})
			w.Identity[1] = w.Identity[0]
		}},
		{Name: "an amount of nothing", Rule: "transfer: amount is at least one", Forge: func(w *witness) {
			w.Slots[0].Amount, w.Words[0].Word = 0, signed(8, 0, 5000)
			w.Cash[0].After, w.Cash[1].After = 1000, -50
		}},
		{Name: "an amount that takes from the expiry", Rule: "transfer: amount is at least one", Forge: func(w *witness) {
			w.Slots[0].Amount, w.Words[0].Word = chiptest.Plus(5, kernel.Power(60)), signed(8, 5, 5001)
			// Only balances that are out of their width could take part in it.
			w.Slots[0].Cash.Cash, w.Cash[0].Before, w.Cash[0].After = 1<<59+6, 1<<59+6, -1<<59+1
			w.Slots[0].CashTo.Cash, w.Cash[1].Before, w.Cash[1].After = -1<<59-6, -1<<59-6, 1<<59-1
		}},
		{Name: "a recipient beyond the width", Rule: "transfer: recipient fits", Forge: func(w *witness) {
			w.Slots[0].To, w.Slots[0].Amount = 8+1<<24, 299
			w.Cash[0].After, w.Cash[1].After, w.Cash[1].Address, w.Identity[1].Account = 701, 249, 8+1<<24, 8+1<<24
		}},
		{Name: "cash beyond its width", Rule: "transfer: within the width of cash", Forge: func(w *witness) {
			w.Slots[0].Cash.Cash, w.Cash[0].Before, w.Cash[0].After = -1<<59, -1<<59, -1<<59-300
		}},
		{Name: "after its expiry", Rule: "word: not expired", Forge: func(w *witness) {
			w.Slots[0].Expiry, w.Words[0].Word = 4999, signed(8, 300, 4999)
		}},
		{Name: "a word that nobody signed", Rule: "bus: authorised", Forge: func(w *witness) {
			w.Words[0].Live = 0
		}},
		{Name: "a word under an old key", Rule: "bus: authorised", Forge: func(w *witness) {
			w.Words[0].Holder = 7 + 1<<24
		}},
		{Name: "a nonce used again", Rule: "lane: counter rises", Forge: func(w *witness) {
			w.Slots[0].LaneRow.Counter, w.Lane[0].Before = 90, 90
		}},
		{Name: "an outflow left out", Rule: "bus: outflow", Forge: func(w *witness) {
			w.Outflows = 0
		}},
		{Name: "money from nowhere", Rule: "bus: cash", Forge: func(w *witness) {
			w.Cash[0].After = 1000
		}},
		{Name: "a dead slot that pays", Rule: "bus: cash", Forge: func(w *witness) {
			w.Slots[0].Live, w.Used[2], w.Outflows, w.Words[0].Live, w.Lane[0].Live = 0, 0, 0, 0, 0
			w.Identity[0].Live, w.Identity[1].Live = 0, 0
		}},
		{Name: "a slot that counts for two", Rule: "transfer: live is a bit", Forge: func(w *witness) {
			// Live twice in one slot, minus once in another: one transfer in all.
			w.Slots[1] = w.Slots[0]
			w.Slots[0].Live, w.Slots[1].Live = 2, -1
		}},
	})
}

func TestSlope(t *testing.T) {
	slope := chiptest.Slope(t, define, func(n int) witness { return witness{Slots: make([]layout.TransferSlot, n)} })
	if want := 73; slope != want {
		t.Errorf("a transfer costs %d constraints, pinned %d", slope, want)
	}
}
