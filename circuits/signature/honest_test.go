package signature

import (
	"testing"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"novate/circuits/kernel"
)

// Signatures of every kind pass, with dead slots of zeros beside them: by name, and in the compiled circuit.
func TestHonest(t *testing.T) {
	for _, c := range []struct {
		name string
		b    func() *bench
	}{
		{"all live", func() *bench { return honest(2, 3, 2, 2, false) }},
		{"the last of each dead", func() *bench { return honest(2, 3, 2, 2, true) }},
		{"all dead", func() *bench { return honest(1, 1, 1, 1, true) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if names := broken(t, c.b(), kernel.NewObserver()); len(names) != 0 {
				t.Errorf("breaks %v", names)
			}
			b := c.b()
			w, err := frontend.NewWitness(b, field)
			if err != nil {
				t.Fatal(err)
			}
			ccs := compile(t, room(len(b.Signers), len(b.Signatures), len(b.Sheets), len(b.Reports)))
			if err := ccs.IsSolved(w); err != nil {
				t.Errorf("the compiled circuit refuses: %.500s", err)
			}
		})
	}
}

// A batch without a signature needs no table of the base point.
func TestEmpty(t *testing.T) {
	b := honest(1, 0, 0, 0, true)
	if names := broken(t, b, kernel.NewObserver()); len(names) != 0 {
		t.Errorf("breaks %v", names)
	}
	if n := compile(t, room(1, 0, 0, 0)).GetNbConstraints(); n > 5000 {
		t.Errorf("%d constraints", n)
	}
}

// Whoever forgets Close gets a circuit that cannot be compiled, not one that verifies nothing.
func TestForgottenClose(t *testing.T) {
	b := room(0, 1, 0, 0)
	b.open = true
	if _, err := frontend.Compile(field, r1cs.NewBuilder, b); err == nil {
		t.Fatal("compiled")
	}
}
