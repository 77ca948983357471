package fees

import (
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is what three slots owe, and the CASH row of account 0.
type witness struct {
	Owed, Live [3]frontend.Variable
	Access     layout.CashAccess
	After      frontend.Variable
}

func define(k *kernel.Kernel, w *witness) {
	for i, owed := range w.Owed {
		k.Fee(owed, k.Boolean("test: live", w.Live[i]))
	}
	Constrain(k, w.Access, 40)
	k.Chip("test")
	k.Put(layout.TagCash, 0, kernel.NewRow(w.Access.Cash), kernel.One)
	k.Take(layout.TagCash, 256*41, kernel.NewRow(w.After), kernel.One)
}

func honest() witness {
	w := witness{Owed: [3]frontend.Variable{5, 1000, 7}, Live: [3]frontend.Variable{1, 0, 1}, After: 112}
	w.Access.Cash = 100
	chiptest.Bury(&w)
	return w
}

func TestForgeries(t *testing.T) {
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "a fee short", Rule: "bus: cash", Forge: func(w *witness) { w.After = 111 }},
		{Name: "fees of a dead slot", Rule: "bus: cash", Forge: func(w *witness) { w.After = 1112 }},
		{Name: "cash beyond its width", Rule: "fees: within the width of cash", Forge: func(w *witness) {
			w.Access.Cash, w.After = 1<<59-1, 1<<59+11
		}},
	})
}
