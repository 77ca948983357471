package signature

import (
	"testing"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
)

// Signatures of every kind pass, with dead slots of zeros beside them: by name, and in the compiled circuit.
func TestHonest(t *testing.T) {
	for name, of := range map[string]func() bench{
		"all live":             func() bench { return honest(2, 3, 2, 2) },
		"some dead":            desk,
		"all dead":             func() bench { return room(1, 1, 1, 1) },
		"nothing but a signer": func() bench { return honest(1, 0, 0, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			if names := chiptest.Observe(t, define, of(), kernel.NewObserver()); len(names) != 0 {
				t.Errorf("breaks %v", names)
			}
			if !chiptest.Solves(t, chiptest.Compile(t, define, of()), of()) {
				t.Error("the compiled circuit refuses")
			}
		})
	}
}

// A batch without a signature needs no table of the base point.
func TestNoSignatureNoTable(t *testing.T) {
	if n := chiptest.Compile(t, define, room(1, 0, 0, 0)).GetNbConstraints(); n > 5000 {
		t.Errorf("%d constraints", n)
	}
}

// unclosed is a circuit that never closes its verifier.
type unclosed struct{ Bench bench }

func (c *unclosed) Define(api frontend.API) error {
	verify(kernel.New(api, nil), &c.Bench)
	return nil
}

// Whoever forgets Close gets a circuit that does not compile, not one that verifies nothing.
func TestForgottenClose(t *testing.T) {
	if _, err := frontend.Compile(field, r1cs.NewBuilder, &unclosed{room(0, 1, 0, 0)}); err == nil {
		t.Fatal("compiled")
	}
}

// Neither does one that hands over a message of another length.
func TestMessagesHaveTheirLengths(t *testing.T) {
	for name, hand := range map[string]func(*Verifier){
		"sheet":  func(v *Verifier) { v.Sheet(0, 0, 0, 0, make([]kernel.Variable, 13), 0, kernel.One) },
		"report": func(v *Verifier) { v.Report(room(0, 0, 0, 1).Reports[0].Slot, make([]kernel.Variable, 5), kernel.One) },
	} {
		t.Run(name, func(t *testing.T) {
			circuit := &handing{hand: hand}
			if _, err := frontend.Compile(field, r1cs.NewBuilder, circuit); err == nil {
				t.Fatal("compiled")
			}
		})
	}
}

type handing struct {
	In   frontend.Variable
	hand func(*Verifier)
}

func (c *handing) Define(api frontend.API) error {
	c.hand(New(kernel.New(api, nil)))
	return nil
}
