package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/test"

	"novate/circuits/kernel"
	"novate/circuits/schnorr"
)

// truncation is lowBits alone: no hash can be made to lie at the top of the field.
type truncation struct {
	Hash, E frontend.Variable
	watch   *kernel.Observer
}

func (c *truncation) Define(api frontend.API) error {
	lowBits(kernel.New(api, c.watch), c.Hash, c.E)
	return nil
}

// The circuit reads hashes up to the bound that signers and the native verifier keep, and none beyond.
func TestHashBound(t *testing.T) {
	mask := new(big.Int).Sub(kernel.Power(schnorr.ChallengeBits), big.NewInt(1))
	for _, c := range []struct {
		name  string
		hash  *big.Int
		holds bool
	}{
		{"zero", new(big.Int), true},
		{"below the bound", new(big.Int).Sub(schnorr.HashBound, big.NewInt(1)), true},
		{"the bound", schnorr.HashBound, false},
		{"the last element", new(big.Int).Sub(field, big.NewInt(1)), false},
	} {
		watch := kernel.NewObserver()
		circuit := &truncation{Hash: c.hash, E: new(big.Int).And(c.hash, mask), watch: watch}
		if err := test.IsSolved(circuit, circuit, field); err != nil {
			t.Fatal(err)
		}
		if holds := len(watch.Broken) == 0; holds != c.holds {
			t.Errorf("%s: breaks %v", c.name, watch.Names())
		}
		witness, err := frontend.NewWitness(&truncation{Hash: c.hash, E: circuit.E}, field)
		if err != nil {
			t.Fatal(err)
		}
		if holds := compileAny(t, &truncation{}).IsSolved(witness) == nil; holds != c.holds {
			t.Errorf("%s: in the compiled circuit %v", c.name, holds)
		}
	}
}
